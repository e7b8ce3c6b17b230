"""Recognises a file that holds what its row holds in another form: compressed, encoded, with other line ends."""

from __future__ import annotations

import bz2
import codecs
import lzma
import zlib
from dataclasses import dataclass

_MAGIC = {
    "gzip": (b"\x1f\x8b",),
    "bzip2": (b"BZh",),
    "xz": (b"\xfd7zXZ\x00",),
    "zstandard": (b"\x28\xb5\x2f\xfd",),
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "Parquet": (b"PAR1",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "PDF": (b"%PDF-",),
    "HDF5": (b"\x89HDF\r\n\x1a\n",),
    "NumPy": (b"\x93NUMPY",),
}
_SUFFIXES = {
    ".gz": "gzip",
    ".tgz": "gzip",
    ".bz2": "bzip2",
    ".xz": "xz",
    ".zst": "zstandard",
    ".zip": "zip",
    ".xlsx": "zip",
    ".docx": "zip",
    ".pptx": "zip",
    ".npz": "zip",
    ".parquet": "Parquet",
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".pdf": "PDF",
    ".h5": "HDF5",
    ".npy": "NumPy",
}
# Those that a text of another encoding is likely to be in; a name is enough, the bytes have to be the same.
_ENCODINGS = (
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "latin-1",
    "cp1252",
    "iso8859-15",
    "iso8859-2",
    "cp1250",
    "cp1251",
    "koi8-r",
    "cp437",
    "cp850",
    "mac_roman",
    "shift_jis",
    "euc_jp",
    "gb18030",
    "big5",
    "euc_kr",
)


@dataclass(frozen=True, slots=True)
class Form:
    """A format that begins with certain bytes."""

    name: str

    def fits(self, content: bytes) -> bool:
        """Whether the content can be of this format."""
        return content.startswith(_MAGIC[self.name])


def is_no_content_of(filename: str) -> Form | None:
    """Return the format that a file of this name has, where every file of the format begins alike."""
    last = filename.rpartition("/")[2].lower()
    suffix = last[last.rfind(".") :] if "." in last else ""
    return Form(_SUFFIXES[suffix]) if suffix in _SUFFIXES else None


def form_of(file: bytes, row: bytes) -> str | None:
    """Return how `file` holds the content of `row`, None if it is not seen to."""
    name, plain = _decompressed(file, 2 * len(row) + 1024)
    if name is not None:
        # Text may have been encoded before it was compressed.
        return name if plain == row or _encoding_of(plain, row) is not None else None
    return _encoding_of(file, row)


def _encoding_of(file: bytes, row: bytes) -> str | None:
    try:
        text = row.decode("utf-8")
    except UnicodeDecodeError:
        return None
    by_line_ends = {
        "": text,
        " with CR LF line ends": text.replace("\r\n", "\n").replace("\n", "\r\n"),
        " with CR line ends": text.replace("\r\n", "\n").replace("\n", "\r"),
        " with LF line ends": text.replace("\r\n", "\n"),
    }
    for ends, variant in by_line_ends.items():
        for encoding in ("utf-8", *_ENCODINGS):
            if len(file) > 4 * len(variant) + 4:
                continue
            try:
                encoded = variant.encode(encoding)
            except UnicodeEncodeError:
                continue
            if encoded == file or _big_endian(encoding, variant) == file:
                return f"{encoding}{ends}"
    return None


def _big_endian(encoding: str, text: str) -> bytes | None:
    # Python writes the byte order of the machine after its mark; another machine's is as good.
    marks = {"utf-16": codecs.BOM_UTF16_BE, "utf-32": codecs.BOM_UTF32_BE}
    return marks[encoding] + text.encode(f"{encoding}-be") if encoding in marks else None


def _decompressed(file: bytes, limit: int) -> tuple[str | None, bytes]:
    # Never more than the row could fill: a file may be made to burst.
    try:
        if file.startswith(_MAGIC["gzip"]):
            return "gzip", zlib.decompressobj(wbits=31).decompress(file, limit)
        if file.startswith(_MAGIC["bzip2"]):
            return "bzip2", bz2.BZ2Decompressor().decompress(file, limit)
        if file.startswith(_MAGIC["xz"]):
            return "xz", lzma.LZMADecompressor().decompress(file, limit)
    except (zlib.error, OSError, lzma.LZMAError, EOFError):
        pass
    return None, b""
