"""Devices: cameras, phones and edge devices that send assets."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import select, update

from fototeca.assets import Device
from fototeca.catalog import tables as t
from fototeca.catalog.database import Database, fields_of, many, one
from fototeca.catalog.inputs import DevicePatch, checked_name

_DEVICE = select(*fields_of(t.devices, Device))


class Devices:
    """The devices of a workspace."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def see(self, identifier: str) -> Device:
        """Note that a device has been heard of now; one that is not known yet is added.

        Raises:
            InvalidInput: The identifier is empty or too long.
        """
        identifier = checked_name(identifier, "device")
        devices = t.devices.c
        with self._database.write(self._workspace_id) as transaction:
            here = (devices.identifier == identifier, devices.workspace_id == self._workspace_id)
            seen = update(t.devices).where(*here).values(seen=transaction.at)
            if not transaction.connection.execute(seen).rowcount:
                at = transaction.at
                transaction.insert(t.devices, uuid=uuid4().hex, identifier=identifier, settings={}, created=at, seen=at)
        return self.get(identifier)

    def get(self, key: int | str) -> Device:
        """A device by its id or its own identifier.

        Raises:
            NotFound: There is none.
        """
        match = t.devices.c.id == key if isinstance(key, int) else t.devices.c.identifier == key
        with self._database.read() as connection:
            statement = _DEVICE.where(match, t.devices.c.workspace_id == self._workspace_id)
            return one(connection, Device, statement, f"device {key}")

    def all(self) -> list[Device]:
        """Every device, the first known first."""
        with self._database.read() as connection:
            statement = _DEVICE.where(t.devices.c.workspace_id == self._workspace_id).order_by(t.devices.c.id)
            return many(connection, Device, statement)

    def update(self, device_id: int, patch: DevicePatch) -> Device:
        """Change a device.

        Raises:
            NotFound: There is no such device.
        """
        with self._database.write(self._workspace_id) as transaction:
            transaction.update(t.devices, device_id, **patch.given())
        return self.get(device_id)

    def delete(self, device_id: int) -> None:
        """Forget a device; the assets that it sent stay.

        Raises:
            NotFound: There is no such device.
        """
        with self._database.write(self._workspace_id) as transaction:
            transaction.delete(t.devices, device_id)
