"""Asking for a place, from the parsed request to the answer's bytes: the hot path of the rush.

Nothing here touches the database but admission's batch (and a face that is not known yet): the ticket vouches for what
the confirm page checked, and brings the masked name and card that the answer shows.
"""

from datetime import timedelta
from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.booking import settings
from jiuyi.domains.booking.errors import AgreementMissing, TicketStale
from jiuyi.domains.booking.flows.admission import Admission, Admitted, Ask
from jiuyi.domains.booking.flows.faces import Face, Faces
from jiuyi.domains.booking.repository import admission as repository
from jiuyi.domains.booking.repository import appointments
from jiuyi.domains.booking.rules import texts, tickets, wording
from jiuyi.domains.booking.rules.standing import PayState, Standing
from jiuyi.domains.booking.rules.tickets import Bound, Ticket
from jiuyi.domains.booking.service import showing
from jiuyi.domains.booking.service.showing import REASON, Shop
from jiuyi.domains.booking.types import AppointmentView, HoldBody, PatientBrief, TimelineEntry
from jiuyi.kit.db import Db
from jiuyi.kit.ids import number_from

MOST_REASON = 200


class Desk:
    """Where a web process takes requests for places."""

    def __init__(self, db: Db, shop: Shop, admission: Admission, faces: Faces, secret: bytes) -> None:
        self.db = db
        self.shop = shop
        self.secret = secret
        self.admission = admission
        self._faces = faces

    async def hold(
        self, body: HoldBody, key: UUID, by: Principal, request_id: str, language: str
    ) -> tuple[AppointmentView, bool]:
        """Hold a place; the appointment, and whether it is new (False: this key had made it before).

        Raises `AgreementMissing`, `TicketStale`, and what `Admission.hold` raises.
        """
        if texts.BOOKING_RULES not in body.agreements:
            raise AgreementMissing
        bound = Bound(by.account_id, by.session_id, body.patient_id, body.slot_id, body.mdt_application_id)
        ticket = tickets.check(self.secret, bound, body.ticket, self.shop.directory.clock.seconds())
        if ticket is None:
            return await self._earlier(by, key, language), False
        sealed = self.shop.vault.seal(body.reason[:MOST_REASON], REASON) if body.reason else None
        admitted = await self.admission.hold(
            Ask(
                appointment_id=ticket.appointment_id,
                key=key,
                account_id=by.account_id,
                channel=by.channel,
                patient_id=body.patient_id,
                slot_id=body.slot_id,
                request_id=request_id,
                visit_kind=body.visit_kind,
                reason_sealed=sealed,
                mdt_application_id=body.mdt_application_id,
                joined=by.joined,
            )
        )
        if admitted.again:
            return await self._stored(admitted.appointment_id, language), False
        return self._new(body, ticket, admitted, await self._faces.face(body.slot_id), language), True

    async def _earlier(self, by: Principal, key: UUID, language: str) -> AppointmentView:
        """A ticket that is not good any more, from a phone that asks again for what it has already got."""
        async with self.db.autocommit() as tx:
            found = await repository.by_key(tx, by.account_id, key)
        if found is None:
            raise TicketStale
        return await self._stored(found, language)

    async def _stored(self, appointment_id: UUID, language: str) -> AppointmentView:
        async with self.db.tx() as tx:
            row = await appointments.locked(tx, appointment_id)
            return await showing.view(tx, self.shop, row, language)

    def _new(self, body: HoldBody, ticket: Ticket, admitted: Admitted, face: Face, language: str) -> AppointmentView:
        """What was just written, without reading it back."""
        at = admitted.judged.at
        code, title = wording.step("state", "held", language) or ("submitted", "")
        return AppointmentView(
            id=ticket.appointment_id,
            number=number_from("L", ticket.appointment_id),
            state=Standing.PLACING.value,
            state_title=wording.title(Standing.PLACING, language),
            state_detail=_PLACING["en" if language == "en" else "zh"],
            patient=PatientBrief(body.patient_id, ticket.patient_name, ticket.card_no or None),
            clinic=face.clinic,
            slot=face.slot,
            visit_kind=body.visit_kind,
            reason=body.reason[:MOST_REASON] if body.reason else None,
            sequence_no=None,
            place=face.place,
            place_en=face.place_en,
            room=face.room,
            fee_fen=face.fee_fen,
            order_id=None,
            pay_state=PayState.NONE.value,
            paid_fen=0,
            insurance_fen=0,
            refunded_fen=0,
            held_until=at + timedelta(minutes=self.shop.knobs.get(settings.HOLD_MINUTES)),
            check_in_from=None,
            check_in_to=None,
            cancel_deadline=face.cancel_deadline,
            can_cancel=True,
            cancel_blocked_reason=None,
            created_at=at,
            timeline=[TimelineEntry(at, code, title, "patient")],
            refund=None,
            offers=[],
            mdt_application_id=body.mdt_application_id,
        )


_PLACING = {spoken: wording.detail(Standing.PLACING, wording.Facts(), spoken) for spoken in ("zh", "en")}
