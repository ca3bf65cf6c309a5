"""Every named shape of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jiuyi_sandbox.his import charge_contract, insurance_contract, shapes

if TYPE_CHECKING:
    from jiuyi_sandbox.his.shapes import Schema

COMPONENTS: dict[str, Schema] = {
    **shapes.COMPONENTS,
    **charge_contract.COMPONENTS,
    **insurance_contract.COMPONENTS,
}
