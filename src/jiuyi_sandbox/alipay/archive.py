"""A ZIP file as Alipay makes it: names in GBK without a word about it, which most programs read as cp437."""

import struct
import zlib

_VERSION = 20
_DEFLATE = 8
_DOS_DATE = 0x5A21
"""2025-01-01: what is inside has dates of its own."""


def pack(files: dict[str, bytes]) -> bytes:
    """The archive of these files (PKWARE's APPNOTE: local headers with data, central directory, its end)."""
    body, directory = b"", b""
    for name, content in files.items():
        raw_name = name.encode("gb18030")
        deflate = zlib.compressobj(wbits=-15)
        packed = deflate.compress(content) + deflate.flush()
        facts = struct.pack(
            "<HHHHHIIIHH", _VERSION, 0, _DEFLATE, 0, _DOS_DATE, zlib.crc32(content), len(packed), len(content),
            len(raw_name), 0,
        )  # fmt: skip
        directory += b"PK\x01\x02" + struct.pack("<H", _VERSION) + facts
        directory += struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + raw_name
        body += b"PK\x03\x04" + facts + raw_name + packed
    count = len(files)
    return body + directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
