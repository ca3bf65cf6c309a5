"""Uploaded files: what they really are, and pictures made anew so that nothing hidden travels with them."""

import io

from PIL import Image, ImageOps

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 50_000_000
"""A picture of a few kilobytes can claim to be gigabytes large; phones make 12 to 48 million pixels."""
_JPEG, _PNG, _PDF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"
_LONGEST_NAME = 80
_SIDE = 3200


class Unusable(ValueError):
    """Not a JPEG, PNG or PDF that can be read. `args[0]` says why, for the log."""


def clean(raw: bytes) -> tuple[str, bytes]:
    """Content type and the bytes to keep. Pictures are decoded and encoded again: no EXIF, no place, no second file.

    Raises `Unusable`.
    """
    if len(raw) > MOST_BYTES:
        raise Unusable("too large")
    if raw.startswith(_PDF):
        if b"%%EOF" not in raw[-2048:]:
            raise Unusable("a PDF without its end")
        return "application/pdf", raw
    if raw.startswith(_JPEG):
        return "image/jpeg", _again(raw, "JPEG")
    if raw.startswith(_PNG):
        return "image/png", _again(raw, "PNG")
    raise Unusable("unknown kind")


def _again(raw: bytes, kind: str) -> bytes:
    try:
        with Image.open(io.BytesIO(raw), formats=[kind]) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS:
                raise Unusable("too many pixels")
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Unusable(str(error)) from error
    picture.thumbnail((_SIDE, _SIDE))
    out = io.BytesIO()
    picture.save(out, kind, **({"quality": 88} if kind == "JPEG" else {}))
    if out.tell() > MOST_BYTES:
        raise Unusable("too large after decoding")
    return out.getvalue()


def safe_name(name: str) -> str:
    """A file's name without its folders and control characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable()).strip()
    return kept[-_LONGEST_NAME:] or "document"
