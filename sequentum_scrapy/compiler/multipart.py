"""Bodies of the type multipart/form-data, as RFC 7578 and browsers have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from mimetypes import guess_type

DEFAULT_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file in a form: its name, which is empty where none was chosen, and what is in it."""

    name: str
    data: bytes

    @property
    def content_type(self) -> str:
        return guess_type(self.name)[0] or DEFAULT_TYPE


def encode_multipart(parts: Iterable[tuple[str, str | FilePart]]) -> tuple[str, bytes]:
    """Return the Content-Type and the body of a form with these fields and files."""
    encoded = [_part(name, value) for name, value in parts]
    # Made of the content, so that the same form is the same request.
    digest = blake2b(b"".join(head + data for head, data in encoded), digest_size=16)
    boundary = f"----form-{digest.hexdigest()}"
    mark = f"--{boundary}\r\n".encode()
    body = b"".join(mark + head + b"\r\n" + data + b"\r\n" for head, data in encoded)
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


def _part(name: str, value: str | FilePart) -> tuple[bytes, bytes]:
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if isinstance(value, str):
        return f"{head}\r\n".encode(), value.encode()
    head += f'; filename="{_quoted(value.name)}"\r\nContent-Type: {value.content_type}\r\n'
    return head.encode(), value.data


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
