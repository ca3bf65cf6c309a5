"""Every SQL of patients: `files` (patients and bindings), `proofs` (verifications, attempts, consents), `joining`."""

from jiuyi.domains.patients.repository import files, joining, proofs

__all__ = ["files", "joining", "proofs"]
