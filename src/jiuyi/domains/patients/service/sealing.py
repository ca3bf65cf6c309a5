"""What is sealed where, and the blind index of an identity."""

from datetime import date

import msgspec

from jiuyi.domains.patients.types import Claim, DocumentType, Guardian, HospitalFile, VerificationRow
from jiuyi.kit.crypto import Vault

NAME = "patients.patient.name"
DOCUMENT = "patients.patient.document"
PHONE = "patients.patient.phone"
CARD = "patients.patient.card"
GUARDIAN = "patients.patient.guardian"
CLAIM = "patients.verification.claim"
TARGET = "patients.verification.phone"
IP = "patients.attempt.ip"


def identity_index(
    vault: Vault, kind: DocumentType, number: str | None, name: str, born: date | None, guardian: Guardian | None
) -> bytes:
    """One index for one person: by document; a child without one is known by guardian, name and birth."""
    if number is not None:
        return vault.index(f"{kind}:{number}", DOCUMENT)
    answers = guardian.document_number if guardian else ""
    return vault.index(f"{kind}:{answers}:{name}:{born}", DOCUMENT)


def claim_index(vault: Vault, claim: Claim) -> bytes:
    if claim.document_number is None and claim.card_no is not None:
        return vault.index(f"card:{claim.card_no}", DOCUMENT)
    return identity_index(
        vault, claim.document_type, claim.document_number, claim.name, claim.birth_date, claim.guardian
    )


def file_index(vault: Vault, file: HospitalFile) -> bytes:
    return identity_index(vault, file.document_type, file.document_number, file.name, file.birth_date, file.guardian)


def seal_claim(vault: Vault, claim: Claim) -> bytes:
    return vault.seal(msgspec.json.encode(claim).decode(), CLAIM)


def open_claim(vault: Vault, row: VerificationRow) -> Claim:
    return msgspec.json.decode(vault.open(row.claim_sealed, CLAIM), type=Claim)
