import msgspec

from jiuyi.domains.catalog.types import Listing
from jiuyi.kit.outcomes import Garbled
from jiuyi.wire.hospital import Door


class HisCatalog:
    """`catalog.list` of the HIS contract (§2.1), as the port `catalog.ports.HospitalCatalog`."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def listing(self) -> Listing:
        """The whole tree. Raises the outcomes of a call; `Garbled` when the shape is not the contract's."""
        data = await self._door.call("catalog.list", {})
        try:
            return msgspec.convert(data, Listing)
        except msgspec.ValidationError as error:
            raise Garbled("his", "catalog.list", str(error)) from error
