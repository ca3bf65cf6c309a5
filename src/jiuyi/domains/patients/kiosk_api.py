"""Routes of the desk: finding the patient whose card or document is in hand."""

from typing import Annotated

import msgspec
from litestar import post

from jiuyi.domains.patients.service import desk
from jiuyi.domains.patients.types import DeskPatientView, DocumentType
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk, Role
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.http import DEVICE
from jiuyi.kit.limits import Shield
from jiuyi.kit.problems import FieldFault, InvalidRequest

_MOST_A_MINUTE = 30
_Text = Annotated[str, msgspec.Meta(min_length=4, max_length=40)]


class FindIn(msgspec.Struct, forbid_unknown_fields=True):
    """A card number, or a document. In the body, never in an address."""

    card_no: _Text | None = None
    document_type: DocumentType | None = None
    document_number: _Text | None = None


@post("/api/desk/patients/find", **DEVICE(Role.CASHIER, Role.SELF_SERVICE, Role.HAND_HELD), status_code=200)
async def find(tx: Tx, vault: Vault, clock: Clock, shield: Shield, at_desk: AtDesk, data: FindIn) -> DeskPatientView:
    """Who it is, masked. A window serves a few people a minute: whoever tries numbers out with its key is stopped."""
    staff.attended(at_desk)
    shield.hit("desk_find", at_desk.device_code, times=_MOST_A_MINUTE, seconds=60)
    if data.card_no:
        return await desk.find_by_card(tx, vault, clock, at_desk, data.card_no)
    if data.document_type and data.document_number:
        return await desk.find_by_document(tx, vault, clock, at_desk, data.document_type, data.document_number)
    raise InvalidRequest([FieldFault("card_no", "请刷卡，或填写证件类型和号码", "Read a card, or give a document")])


ROUTES = [find]
