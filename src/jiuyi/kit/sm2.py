"""SM2 signatures with SM3 (GB/T 32918.2-2016) on the recommended curve (GB/T 32918.5-2017).

Every scalar multiplication is a ladder of 256 equal steps over complete formulas, so that its course does not depend
on the scalar; Python's integers themselves are not constant in time, so keys belong on machines of our own.
"""

import base64
import binascii
import secrets

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SM3, Hash

FIELD = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = FIELD - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
_GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
USER_ID = b"1234567812345678"
"""The user id that the standard's examples and every known centre use."""
_SIZE = 32
_DER_MARK = 0x30

Point = tuple[int, int]
_Projective = tuple[int, int, int]
_NOWHERE: _Projective = (0, 1, 0)


class NotAKey(ValueError):
    """The text is not an SM2 key."""


def _add(one: _Projective, two: _Projective) -> _Projective:
    """Complete addition for a = -3 (Renes, Costello, Batina 2015, algorithm 4): no special cases."""
    x1, y1, z1 = one
    x2, y2, z2 = two
    t0, t1, t2 = x1 * x2 % FIELD, y1 * y2 % FIELD, z1 * z2 % FIELD
    t3 = ((x1 + y1) * (x2 + y2) - t0 - t1) % FIELD
    t4 = ((y1 + z1) * (y2 + z2) - t1 - t2) % FIELD
    y3 = ((x1 + z1) * (x2 + z2) - t0 - t2) % FIELD
    x3 = (y3 - _B * t2) % FIELD
    x3 = 3 * x3 % FIELD
    z3, x3 = (t1 - x3) % FIELD, (t1 + x3) % FIELD
    y3 = _B * y3 % FIELD
    t2 = 3 * t2 % FIELD
    y3 = 3 * (y3 - t2 - t0) % FIELD
    t0 = (3 * t0 - t2) % FIELD
    return (
        (t3 * x3 - t4 * y3) % FIELD,
        (x3 * z3 + t0 * y3) % FIELD,
        (t4 * z3 + t3 * t0) % FIELD,
    )


def _times(scalar: int, point: Point) -> _Projective:
    low, high = _NOWHERE, (*point, 1)
    for place in range(255, -1, -1):
        both = _add(low, high)
        if scalar >> place & 1:
            low, high = both, _add(high, high)
        else:
            low, high = _add(low, low), both
    return low


def _affine(point: _Projective) -> Point | None:
    x, y, z = point
    if z == 0:
        return None
    inverse = pow(z, -1, FIELD)
    return x * inverse % FIELD, y * inverse % FIELD


def _bytes(number: int) -> bytes:
    return number.to_bytes(_SIZE, "big")


def _sm3(message: bytes) -> bytes:
    digest = Hash(SM3())
    digest.update(message)
    return digest.finalize()


def _raw(text: str) -> bytes:
    """Base64, or hexadecimal, which some access packages use."""
    stripped = text.strip()
    try:
        return bytes.fromhex(stripped)
    except ValueError:
        pass  # then it is Base64
    try:
        return base64.b64decode(stripped, validate=True)
    except binascii.Error as error:
        raise NotAKey("neither Base64 nor hexadecimal") from error


def public_key(text: str) -> Point:
    """Read a public key: 64 bytes X ‖ Y, with or without 04 in front. Raises `NotAKey`."""
    raw = _raw(text)
    if len(raw) == 2 * _SIZE + 1 and raw[0] == 4:  # noqa: PLR2004 - the mark of an uncompressed point
        raw = raw[1:]
    if len(raw) != 2 * _SIZE:
        raise NotAKey("a public key has 64 bytes")
    x, y = int.from_bytes(raw[:_SIZE], "big"), int.from_bytes(raw[_SIZE:], "big")
    if x >= FIELD or y >= FIELD or (y * y - (x * x * x + _A * x + _B)) % FIELD:
        raise NotAKey("not a point of the curve")
    return x, y


class PrivateKey:
    """A private key: 32 bytes, also with a zero byte in front. Raises `NotAKey`."""

    def __init__(self, text: str) -> None:
        raw = _raw(text)
        if len(raw) == _SIZE + 1 and raw[0] == 0:
            raw = raw[1:]
        self._scalar = int.from_bytes(raw, "big")
        if len(raw) != _SIZE or not 0 < self._scalar < ORDER - 1:
            raise NotAKey("a private key has 32 bytes")
        point = _affine(_times(self._scalar, (_GX, _GY)))
        if point is None:
            raise NotAKey("the key has no point")
        self.public: Point = point

    def sign(self, message: bytes, user_id: bytes = USER_ID) -> bytes:
        """64 bytes: r ‖ s."""
        e = int.from_bytes(_digest(self.public, message, user_id), "big")
        while True:
            k = secrets.randbelow(ORDER - 1) + 1
            point = _affine(_times(k, (_GX, _GY)))
            if point is None:
                continue
            r = (e + point[0]) % ORDER
            if r == 0 or r + k == ORDER:
                continue
            s = pow(1 + self._scalar, -1, ORDER) * (k - r * self._scalar) % ORDER
            if s:
                return _bytes(r) + _bytes(s)


def verify(public: Point, message: bytes, signature: bytes, user_id: bytes = USER_ID) -> bool:
    """Whether a signature (r ‖ s, or DER) over `message` is of that key."""
    try:
        r, s = _parts(signature)
    except ValueError:
        return False
    t = (r + s) % ORDER
    if not (0 < r < ORDER and 0 < s < ORDER) or t == 0:
        return False
    point = _affine(_add(_times(s, (_GX, _GY)), _times(t, public)))
    e = int.from_bytes(_digest(public, message, user_id), "big")
    return point is not None and (e + point[0]) % ORDER == r


def _parts(signature: bytes) -> tuple[int, int]:
    if len(signature) == 2 * _SIZE:
        return int.from_bytes(signature[:_SIZE], "big"), int.from_bytes(signature[_SIZE:], "big")
    if signature[:1] == bytes([_DER_MARK]):
        return decode_dss_signature(signature)
    raise ValueError("neither r ‖ s nor DER")


def _digest(public: Point, message: bytes, user_id: bytes) -> bytes:
    """SM3(Z ‖ message), Z being the digest of who signs and of the curve."""
    head = (8 * len(user_id)).to_bytes(2, "big") + user_id
    curve = b"".join(map(_bytes, (_A, _B, _GX, _GY, *public)))
    return _sm3(_sm3(head + curve) + message)
