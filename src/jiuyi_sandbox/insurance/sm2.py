"""SM2 signatures (GB/T 32918.2-2016, curve of GB/T 32918.5-2017) in plain Python; SM3 comes from `cryptography`.

Slow (milliseconds) and not constant in time: good enough for a sandbox, never for a secret that matters.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SM3, Hash

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
USER_ID = b"1234567812345678"
"""The default user id, which every known centre uses (the national specification)."""

Point = tuple[int, int]
_Jacobian = tuple[int, int, int]
_INFINITY: _Jacobian = (1, 1, 0)
_SIZE = 32


class NotAKey(ValueError):
    """The text is not an SM2 key."""


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if z == 0 or y == 0:
        return _INFINITY
    yy = y * y % P
    s = 4 * x * yy % P
    zz = z * z % P
    m = 3 * (x - zz) * (x + zz) % P  # a = -3
    nx = (m * m - 2 * s) % P
    return nx, (m * (s - nx) - 8 * yy * yy) % P, 2 * y * z % P


def _add(one: _Jacobian, two: _Jacobian) -> _Jacobian:
    if one[2] == 0:
        return two
    if two[2] == 0:
        return one
    x1, y1, z1 = one
    x2, y2, z2 = two
    z1z1, z2z2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * z2z2 % P, x2 * z1z1 % P
    s1, s2 = y1 * z2 * z2z2 % P, y2 * z1 * z1z1 % P
    if u1 == u2:
        return _double(one) if s1 == s2 else _INFINITY
    h, r = (u2 - u1) % P, (s2 - s1) % P
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    nx = (r * r - hhh - 2 * v) % P
    return nx, (r * (v - nx) - s1 * hhh) % P, z1 * z2 * h % P


def _times(k: int, point: Point) -> _Jacobian:
    table = [_INFINITY, (point[0], point[1], 1)]
    for _ in range(14):
        table.append(_add(table[-1], table[1]))
    found = _INFINITY
    for shift in range(252, -4, -4):
        for _ in range(4):
            found = _double(found)
        found = _add(found, table[k >> shift & 15])
    return found


def _affine(point: _Jacobian) -> Point:
    x, y, z = point
    inverse = pow(z, -1, P)
    square = inverse * inverse % P
    return x * square % P, y * square * inverse % P


def on_curve(point: Point) -> bool:
    """Whether a point lies on the curve (the point at infinity has no coordinates and is never asked about)."""
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - x * x * x - A * x - B) % P == 0


def _bytes(number: int) -> bytes:
    return number.to_bytes(_SIZE, "big")


def sm3(data: bytes) -> bytes:
    """The 32 bytes of SM3 (GB/T 32905-2016)."""
    digest = Hash(SM3())
    digest.update(data)
    return digest.finalize()


def public_of(private: int) -> Point:
    """The public point of a private number."""
    return _affine(_times(private, G))


def _z(public: Point, user_id: bytes) -> bytes:
    bits = (len(user_id) * 8).to_bytes(2, "big")
    return sm3(bits + user_id + b"".join(map(_bytes, (A, B, *G, *public))))


def digest(public: Point, message: bytes, user_id: bytes = USER_ID) -> int:
    """What is signed: SM3(Z_A ‖ message) as a number."""
    return int.from_bytes(sm3(_z(public, user_id) + message), "big")


def sign(private: int, message: bytes, user_id: bytes = USER_ID) -> bytes:
    """The signature r ‖ s, 64 bytes."""
    e = digest(public_of(private), message, user_id)
    while True:
        k = 1 + secrets.randbelow(N - 1)
        r = (e + _affine(_times(k, G))[0]) % N
        if r == 0 or r + k == N:
            continue
        s = pow(1 + private, -1, N) * (k - r * private) % N
        if s:
            return _bytes(r) + _bytes(s)


def verify(public: Point, message: bytes, signature: bytes, user_id: bytes = USER_ID) -> bool:
    """Whether `signature` (r ‖ s, or the DER form some partners send) holds."""
    pair = _pair(signature)
    if pair is None or not on_curve(public):
        return False
    r, s = pair
    t = (r + s) % N
    if not (0 < r < N and 0 < s < N and t):
        return False
    point = _add(_times(s, G), _times(t, public))
    return point[2] != 0 and (digest(public, message, user_id) + _affine(point)[0]) % N == r


def _pair(signature: bytes) -> tuple[int, int] | None:
    if len(signature) == 2 * _SIZE:
        return int.from_bytes(signature[:_SIZE], "big"), int.from_bytes(signature[_SIZE:], "big")
    try:
        # SEQUENCE of two INTEGERs, short lengths only: a signature never needs the long form.
        if signature[0] != 0x30 or signature[1] != len(signature) - 2 or signature[2] != 0x02:  # noqa: PLR2004
            return None
        first = signature[3]
        if signature[4 + first] != 0x02 or 6 + first + signature[5 + first] != len(signature):  # noqa: PLR2004
            return None
    except IndexError:
        return None
    return int.from_bytes(signature[4 : 4 + first], "big"), int.from_bytes(signature[6 + first :], "big")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private number, and both keys in the form in which the centre hands them out."""

    private: int

    @property
    def public(self) -> Point:
        """The public point."""
        return public_of(self.private)

    @property
    def private_text(self) -> str:
        """Base64 of 32 bytes."""
        return base64.b64encode(_bytes(self.private)).decode()

    @property
    def public_text(self) -> str:
        """Base64 of `04 ‖ X ‖ Y`."""
        return base64.b64encode(b"\x04" + b"".join(map(_bytes, self.public))).decode()


def new_private_text() -> str:
    """A fresh private key, Base64 of 32 bytes."""
    return KeyPair(1 + secrets.randbelow(N - 2)).private_text


def read_private(text: str) -> KeyPair:
    """A private key from Base64 of 32 bytes (33 with a leading zero). Raises NotAKey."""
    raw = _decoded(text)
    if len(raw) == _SIZE + 1 and raw[0] == 0:
        raw = raw[1:]
    number = int.from_bytes(raw, "big")
    if len(raw) != _SIZE or not 0 < number < N - 1:
        raise NotAKey("a private key has 32 bytes")
    return KeyPair(number)


def read_public(text: str) -> Point:
    """A public key from Base64 of `04 ‖ X ‖ Y`, or of `X ‖ Y`. Raises NotAKey."""
    raw = _decoded(text)
    if len(raw) == 2 * _SIZE + 1 and raw[0] == 4:  # noqa: PLR2004 - the mark of an uncompressed point
        raw = raw[1:]
    if len(raw) != 2 * _SIZE:
        raise NotAKey("a public key has 64 bytes behind its mark")
    point = int.from_bytes(raw[:_SIZE], "big"), int.from_bytes(raw[_SIZE:], "big")
    if not on_curve(point):
        raise NotAKey("the point is not on the curve")
    return point


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as wrong:
        raise NotAKey("not Base64") from wrong
