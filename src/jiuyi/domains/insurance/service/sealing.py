"""Who is insured and the single-use consent, sealed: they are read only inside calls to the insurance."""

import msgspec

from jiuyi.domains.insurance.types import Consent, Insured, Settlement
from jiuyi.kit.crypto import Sealed, Vault

INSURED = "insurance.settlement.insured_sealed"
CONSENT = "insurance.settlement.proof_sealed"


def seal_insured(vault: Vault, insured: Insured) -> Sealed:
    """For the column."""
    return vault.seal(msgspec.json.encode(insured).decode(), INSURED)


def seal_consent(vault: Vault, consent: Consent) -> Sealed:
    """For the column."""
    return vault.seal(msgspec.json.encode(consent).decode(), CONSENT)


def insured_of(vault: Vault, row: Settlement) -> Insured | None:
    """Who is insured, once that is known."""
    if row.insured_sealed is None:
        return None
    return msgspec.json.decode(vault.open(row.insured_sealed, INSURED), type=Insured)


def consent_of(vault: Vault, row: Settlement) -> Consent | None:
    """What the patient consented with, while it is needed."""
    if row.proof_sealed is None:
        return None
    return msgspec.json.decode(vault.open(row.proof_sealed, CONSENT), type=Consent)
