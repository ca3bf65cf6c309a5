"""Every SQL of patients: `files` (patients and bindings) and `proofs` (verifications, attempts, consents)."""

from jiuyi.domains.patients.repository import files, proofs

__all__ = ["files", "proofs"]
