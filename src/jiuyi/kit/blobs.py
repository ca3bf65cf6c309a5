"""Files as encrypted, content-addressed rows, so that backup and fail-over cover them. At most 5 MB each."""

import hashlib
import os
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from jiuyi.kit.crypto import Keys
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id

MOST_BYTES = 5 * 1024 * 1024
_NONCE = 12
_INSERT = """
INSERT INTO kit.blob (id, owner, content_type, size, digest, key_id, body, expires_at, created_at)
VALUES (%(id)s, %(owner)s, %(content_type)s, %(size)s, %(digest)s, %(key_id)s, %(body)s,
        app_now() + make_interval(days => %(days)s), app_now())
"""
_READ = "SELECT id, owner, content_type, size, digest, key_id, body FROM kit.blob WHERE id = %s AND owner = %s"
_PRUNE = "DELETE FROM kit.blob WHERE expires_at < app_now()"
STATEMENTS = (_INSERT, _READ, _PRUNE)


class TooLarge(ValueError):
    """More than 5 MB."""


class Blob(msgspec.Struct):
    """A stored file: the clear `body` after `read`."""

    id: UUID
    owner: str
    content_type: str
    size: int
    digest: bytes
    key_id: int
    body: bytes


async def write(tx: Tx, keys: Keys, *, owner: str, content_type: str, body: bytes, keep_days: int) -> UUID:
    """Encrypt and store `body`; return its id. `owner` is the domain (`booking.mdt`). Raises `TooLarge`."""
    if len(body) > MOST_BYTES:
        raise TooLarge(len(body))
    blob_id = new_id()
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(keys.key(keys.active, "intl")).encrypt(nonce, body, blob_id.bytes + owner.encode())
    params = {
        "id": blob_id,
        "owner": owner,
        "content_type": content_type,
        "size": len(body),
        "digest": hashlib.sha256(body).digest(),
        "key_id": keys.active,
        "body": sealed,
        "days": keep_days,
    }
    await tx.run(_INSERT, params)
    return blob_id


async def read(tx: Tx, keys: Keys, blob_id: UUID, owner: str) -> Blob | None:
    """The file with its clear body, or None when `owner` has no such file."""
    found = await tx.one(Blob, _READ, (blob_id, owner))
    if found is not None:
        key = keys.key(found.key_id, "intl")
        nonce, sealed = found.body[:_NONCE], found.body[_NONCE:]
        found.body = AESGCM(key).decrypt(nonce, sealed, blob_id.bytes + owner.encode())
    return found


async def prune(tx: Tx) -> int:
    """Delete files past their retention; return how many."""
    return await tx.run(_PRUNE)
