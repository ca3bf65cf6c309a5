"""What pages may show: masked."""

from collections.abc import Collection

from jiuyi.domains.patients import rules
from jiuyi.domains.patients.service import sealing
from jiuyi.domains.patients.types import (
    BoundPatient,
    Claim,
    DocumentType,
    Outcome,
    PatientState,
    PatientView,
    Sex,
    VerificationRow,
    VerificationView,
    Way,
    WayView,
)
from jiuyi.kit import masking
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault


def patient_view(vault: Vault, clock: Clock, patient: BoundPatient) -> PatientView:
    """A bound patient, masked."""
    today = clock.today()
    number = vault.open(patient.document_sealed, sealing.DOCUMENT) if patient.document_sealed else ""
    guardian = vault.open(patient.guardian_sealed, sealing.GUARDIAN) if patient.guardian_sealed else None
    return PatientView(
        id=patient.id,
        name=masking.name(vault.open(patient.name_sealed, sealing.NAME)),
        document_type=patient.document_type,
        document_number=_masked_number(patient.document_type, number),
        sex=patient.sex,
        birth_date=patient.birth_date,
        age=rules.age_on(patient.birth_date, today),
        phone=masking.phone(vault.open(patient.phone_sealed, sealing.PHONE)),
        card_no=masking.card(vault.open(patient.card_sealed, sealing.CARD)),
        relation=patient.relation,
        is_default=patient.is_default,
        is_minor=rules.is_minor(patient.birth_date, today),
        guardian_name=masking.name(guardian) if guardian else None,
        has_file=True,
        bound_at=patient.bound_at,
        reports_open_at=None if patient.reports_open else patient.reports_open_at,
        state=PatientState.ACTIVE,
    )


def pending_view(vault: Vault, clock: Clock, row: VerificationRow) -> PatientView:
    """A patient whom the HIS has not confirmed yet: what was claimed, masked."""
    claim, today = sealing.open_claim(vault, row), clock.today()
    born = claim.birth_date
    return PatientView(
        id=row.patient_id,
        name=masking.name(claim.name),
        document_type=claim.document_type,
        document_number=_masked_number(claim.document_type, claim.document_number or ""),
        sex=claim.sex or Sex.UNKNOWN,
        birth_date=born,
        age=rules.age_on(born, today) if born else None,
        phone=masking.phone(claim.phone),
        card_no=None,
        relation=claim.relation,
        is_default=False,
        is_minor=rules.is_minor(born, today) if born else False,
        guardian_name=masking.name(claim.guardian.name) if claim.guardian else None,
        has_file=False,
        bound_at=row.created_at,
        reports_open_at=None,
        state=PatientState.PENDING,
    )


def verification_view(vault: Vault, row: VerificationRow, claim: Claim, closed: Collection[str]) -> VerificationView:
    """What was found and how to prove it; only what was typed comes back, masked."""
    return VerificationView(
        id=row.id,
        outcome=row.outcome,
        name=masking.name(claim.name),
        document_number=_masked_number(claim.document_type, claim.document_number or ""),
        ways=[_way_view(vault, row, way) for way in ways(row) if way not in closed],
        expires_at=row.expires_at,
    )


def ways(row: VerificationRow) -> list[Way]:
    """The ways that this verification offers, closed for the day or not."""
    if row.outcome is Outcome.NEW_FILE:
        return [Way.SMS_NEW_PHONE]
    return [Way.SMS_ON_FILE, Way.COUNTER_CODE] if row.phone_sealed else [Way.COUNTER_CODE]


def _way_view(vault: Vault, row: VerificationRow, way: Way) -> WayView:
    if way is Way.COUNTER_CODE or row.phone_sealed is None:
        return WayView(way)
    return WayView(way, masking.phone(vault.open(row.phone_sealed, sealing.TARGET)))


def _masked_number(kind: DocumentType, number: str) -> str:
    return masking.document(number, kind) if number else ""
