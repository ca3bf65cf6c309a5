"""The chain: the hash of an entry covers the hash before it (SM3 over canonical JSON)."""

from datetime import UTC

import msgspec
from cryptography.hazmat.primitives import hashes

from jiuyi.domains.audit.types import Entry

GENESIS = bytes(32)


def canonical(entry: Entry) -> bytes:
    """The bytes that are chained: JSON with sorted keys, times in UTC."""
    return msgspec.json.encode(msgspec.structs.replace(entry, at=entry.at.astimezone(UTC)), order="sorted")


def chain(before: bytes, seq: int, entry: Entry) -> bytes:
    """SM3(before ‖ seq as 8 bytes ‖ canonical entry), 32 bytes."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(before + seq.to_bytes(8, "big") + canonical(entry))
    return digest.finalize()
