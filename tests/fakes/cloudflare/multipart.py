"""multipart/form-data (RFC 7578) as far as uploads and downloads of scripts need it, octet for octet."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_BOUNDARY: Final = re.compile(r'multipart/form-data\s*;.*?boundary="?([^";]+)"?', re.IGNORECASE)
_PARAMETER: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class NotMultipart(ValueError):
    """A body that is no multipart/form-data."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a form."""

    name: str
    filename: str | None = None
    content_type: str | None = None
    body: bytes

    def octets(self) -> bytes:
        filename = "" if self.filename is None else f'; filename="{self.filename}"'
        head = f'Content-Disposition: form-data; name="{self.name}"{filename}\r\n'
        if self.content_type:
            head += f"Content-Type: {self.content_type}\r\n"
        return head.encode() + b"\r\n" + self.body + b"\r\n"


def parts_of(content_type: str, body: bytes) -> list[Part]:
    boundary = _BOUNDARY.match(content_type)
    if boundary is None:
        raise NotMultipart(content_type)
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise NotMultipart("the form does not end")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, separator, body = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not separator:
        raise NotMultipart("a part without a header")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head.decode().split("\r\n"))}
    disposition = dict(_PARAMETER.findall(headers.get("content-disposition", "")))
    if "name" not in disposition:
        raise NotMultipart("a part without a name")
    return Part(name=disposition["name"], filename=disposition.get("filename"), content_type=headers.get("content-type"), body=body)


def form(parts: Sequence[Part], boundary: str) -> tuple[str, bytes]:
    """Content type and body of a form."""
    line = f"--{boundary}".encode()
    body = b"".join(line + b"\r\n" + part.octets() for part in parts) + line + b"--\r\n"
    return f"multipart/form-data; boundary={boundary}", body
