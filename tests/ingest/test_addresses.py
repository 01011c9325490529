from __future__ import annotations

import pytest

from fototeca.ingest.addresses import is_public

PUBLIC = [
    "1.1.1.1",
    "93.184.215.14",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
]
PRIVATE = {
    "this host": "0.0.0.0",
    "ten": "10.1.2.3",
    "carrier NAT": "100.64.0.1",
    "loopback": "127.0.0.1",
    "link-local, cloud metadata": "169.254.169.254",
    "private 172": "172.31.255.255",
    "protocol assignments": "192.0.0.8",
    "documentation": "203.0.113.5",
    "6to4 relay": "192.88.99.1",
    "private 192": "192.168.1.1",
    "benchmarking": "198.19.0.1",
    "multicast": "224.0.0.251",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "unspecified v6": "::",
    "loopback v6": "::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped private": "::ffff:10.0.0.1",
    "compatible loopback": "::127.0.0.1",
    "link-local v6": "fe80::1",
    "link-local v6 with zone": "fe80::1%eth0",
    "site-local v6": "fec0::1",
    "unique local": "fd00::1",
    "multicast v6": "ff02::1",
    "discard": "100::1",
    "documentation v6": "2001:db8::1",
    "new documentation v6": "3fff::1",
    "6to4 of a private address": "2002:7f00:1::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "NAT64 of cloud metadata": "64:ff9b::a9fe:a9fe",
    "local NAT64": "64:ff9b:1::a00:1",
    "not an address": "localhost",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE.values(), ids=PRIVATE.keys())
def test_not_public(address: str) -> None:
    assert not is_public(address)
