"""Which internet addresses anyone may be sent to.

An address that is private, or that leads to a private one by being translated on the way, must not be reachable
through a URL that a stranger chose.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast. Not `ipaddress.is_global`: what that
# takes for global differs between Python releases.
_CLOSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)

# https://www.iana.org/assignments/iana-ipv6-special-registry: the only block given out for public use, less its
# special parts. Of those, 2001::/23 holds Teredo and 2002::/16 is 6to4: both hide an IPv4 address.
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether a numeric address belongs to the public internet; what is not an address does not."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in _CLOSED_V4)
    inner = _embedded(parsed)
    if inner is not None:
        return is_public(str(inner))
    return parsed in _OPEN_V6 and not any(parsed in network for network in _CLOSED_V6)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that traffic to this IPv6 address ends at, by mapping or by NAT64 (RFC 6052)."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped
