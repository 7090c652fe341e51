"""A Worker as `GET .../content/v2` gives it: a form (RFC 7578) with one part for each module."""

import re
from email.message import Message
from typing import Final

_LINE: Final = b"\r\n"
_TYPE: Final = "Content-Type"


def main_module(content_type: str, body: bytes) -> bytes | None:
    """The content of the only module, octet for octet; None where the answer is another thing or has several modules, as ours never do."""
    boundary = _boundary(content_type)
    if boundary is None:
        return None
    parts = re.split(re.escape(_LINE + b"--" + boundary) + rb"(?:--)?[ \t]*(?:\r\n|\Z)", _LINE + body)
    if len(parts) != len(("before", "the part", "after")):
        return None
    _, separator, content = (_LINE + parts[1]).partition(_LINE + _LINE)
    return content if separator else None


def _boundary(content_type: str) -> bytes | None:
    message = Message()
    message[_TYPE] = content_type
    boundary = message.get_boundary() if message.get_content_type() == "multipart/form-data" else None
    return boundary.encode("ascii", "replace") if boundary else None
