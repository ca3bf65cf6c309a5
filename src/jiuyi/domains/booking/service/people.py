"""Patients as booking needs them: the HIS's number for its calls, masked names and cards for pages."""

from collections.abc import Iterable
from uuid import UUID

from jiuyi.domains.booking.repository import mdt
from jiuyi.domains.booking.types import AppointmentRow, PatientBrief
from jiuyi.domains.patients import service as patients
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Absent, Tx


class People:
    """Reads patients by id, for work that already has the right to them."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    async def his_id(self, tx: Tx, patient_id: UUID) -> str:
        """The HIS's own number of a patient. Raises `Absent`."""
        found = (await patients.on_file(tx, self.vault, [patient_id])).get(patient_id)
        if found is None:
            raise Absent(f"patient {patient_id}")
        return found.his_patient_id

    async def may_book(self, tx: Tx, row: AppointmentRow) -> bool:
        """Whether the account that asked for the place is still bound to the patient."""
        return await patients.is_bound(tx, row.patient_id, row.account_id)

    async def masked_name(self, tx: Tx, patient_id: UUID) -> str:
        """`陈*华`."""
        return (await self.briefs(tx, [patient_id]))[patient_id].name

    async def briefs(self, tx: Tx, ids: Iterable[UUID]) -> dict[UUID, PatientBrief]:
        """Masked name and card of each patient; an unknown one has neither."""
        wanted = list(dict.fromkeys(ids))
        found = await patients.on_file(tx, self.vault, wanted)
        return {
            key: PatientBrief(key, found[key].name, found[key].card_no) if key in found else PatientBrief(key, "", None)
            for key in wanted
        }

    async def application_no(self, tx: Tx, application_id: UUID | None) -> str | None:
        """The number under which the HIS knows an MDT application."""
        found = await mdt.application(tx, application_id) if application_id else None
        return found.number if found else None
