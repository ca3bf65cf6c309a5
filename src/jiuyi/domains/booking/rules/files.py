"""Uploaded files: what they really are, and pictures made anew so that nothing hidden travels with them."""

import io
import threading

from PIL import Image, ImageOps

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 20_000_000}
"""A picture of a few kilobytes can claim to be gigabytes large. Phones' cameras make JPEGs of 12 to 48 million pixels,
which are read smaller than they are; a PNG must be unpacked whole, and screenshots have 4 million."""
_JPEG, _PNG, _PDF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"
_LONGEST_NAME = 80
_SIDE = 3200
_ONE_AT_A_TIME = threading.Lock()


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
            if width * height > MOST_PIXELS[kind]:
                raise Unusable("too many pixels")
            with _ONE_AT_A_TIME:
                picture = _small(opened)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Unusable(str(error)) from error
    out = io.BytesIO()
    picture.save(out, kind, **({"quality": 88} if kind == "JPEG" else {}))
    if out.tell() > MOST_BYTES:
        raise Unusable("too large after decoding")
    return out.getvalue()


def _small(opened: Image.Image) -> Image.Image:
    """Made small first: turned and converted at full size, a picture would be in memory three times."""
    times = max(1.0, max(opened.size) / _SIDE)
    # A JPEG can be decoded at half, a quarter or an eighth of its size.
    opened.draft("RGB", (int(opened.width / times), int(opened.height / times)))
    shrunk = opened if opened.mode in {"L", "RGB", "RGBA", "CMYK", "YCbCr"} else opened.convert("RGB")
    shrunk.thumbnail((_SIDE, _SIDE))
    return ImageOps.exif_transpose(shrunk).convert("RGB")


def safe_name(name: str) -> str:
    """A file's name without its folders and control characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable()).strip()
    return kept[-_LONGEST_NAME:] or "document"
