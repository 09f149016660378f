"""Files, as a record tells of them: their names, types and checksums."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from email.message import Message
from fnmatch import fnmatchcase
from hashlib import sha256
from mimetypes import guess_extension, guess_type
from typing import Any
from urllib.parse import unquote, urlsplit

_UNSAFE = re.compile(r"[^\w.\-+@=, ]+")
_MAX_PART = 100
_MAX_PARTS = 8
_UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/download"})
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)
"""First bytes that tell a type, whatever a site says of it."""
_SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif"})
_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)


def file_name(url: str, disposition: str = "", kind: str = "") -> str:
    """Return the name of a file: as the site gives it, else the last part of its address."""
    given = ""
    if disposition:
        message = Message()
        message["Content-Disposition"] = disposition
        given = message.get_filename() or ""
    last = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    name = _safe_part(given.replace("\\", "/").rpartition("/")[2] or last) or "file"
    if "." not in name:
        name += guess_extension(kind) or ""
    return name


def file_type(body: bytes, content_type: str, name: str) -> str:
    """Return the MIME type of a file: by its first bytes, else as told, else by its name."""
    told = content_type.partition(";")[0].strip().lower()
    for mark, kind in _MAGIC:
        if body.startswith(mark):
            # Office documents and the like are archives that know better what they are.
            return told if kind == "application/zip" and told not in _UNTOLD else kind
    if _HTML.match(body[:1024]) and "xml" not in told:
        return "text/html"
    if told in _SHOWN and b"%PDF-" not in body[:1024]:
        # It says of itself what it does not look like.
        return "application/octet-stream"
    return (guess_type(name)[0] or told or "application/octet-stream") if told in _UNTOLD else told


def is_one_of(kind: str, patterns: Sequence[str]) -> bool:
    """Tell whether a MIME type is allowed; no patterns allow all."""
    return not patterns or any(fnmatchcase(kind, pattern.lower()) for pattern in patterns)


def safe_path(text: str) -> str:
    """Return a path that stays in its folder, with names that every store takes."""
    parts = [_safe_part(part) for part in text.replace("\\", "/").split("/")]
    kept = [part for part in parts if part]
    return "/".join([*kept[: _MAX_PARTS - 1], *kept[_MAX_PARTS - 1 :][-1:]]) or "file"


def _safe_part(part: str) -> str:
    clean = _UNSAFE.sub("_", part).strip(" .")
    if len(clean) <= _MAX_PART:
        return clean
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending) > 10:
        return clean[:_MAX_PART]
    return f"{stem[: _MAX_PART - len(ending) - 1]}.{ending}"


def described(url: str, body: bytes, *, name: str, kind: str, path: str) -> dict[str, Any]:
    """Return what a record tells of a file; the checksum is SHA-256."""
    return {
        "url": url,
        "path": path,
        "name": name,
        "type": kind,
        "bytes": len(body),
        "checksum": sha256(body).hexdigest(),
    }


def names_of_file(name: str, kind: str) -> Mapping[str, str]:
    """Return what a template may name of a file: ``{{ file.name }}``."""
    stem, dot, ending = name.rpartition(".")
    return {
        "name": name,
        "stem": stem if dot else name,
        "ending": ending if dot else "",
        "type": kind,
    }
