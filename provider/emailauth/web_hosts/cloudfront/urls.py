"""The URLs of hosted files."""

import re
from typing import Final
from urllib.parse import urlsplit

from emailauth.core.errors import UsageError
from emailauth.core.names import is_host

_PATH: Final = re.compile(r"(/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._-]{1,255})+")


def split(url: str) -> tuple[str, str]:
    """Host name and path. Raises `UsageError` for a URL that more than one text could stand for."""
    parts = urlsplit(url)
    if url != f"https://{parts.netloc}{parts.path}" or not is_host(parts.netloc) or not _PATH.fullmatch(parts.path):
        raise UsageError(f"{url!r} cannot be served by CloudFront: https://, a host name in lower case, and a plain path are needed")
    return parts.netloc, parts.path
