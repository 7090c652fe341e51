"""Serves hosted files from a Cloudflare Worker: one for an account, which has them in its own source text and answers for all host names.

Cloudflare makes the DNS record and the certificate of each host name (Workers custom domains), so the zone of the name must be there.
Needs the extra `emailauth[cloudflare]`, and an API token with Workers Scripts Write on the account and Zone Read on the zones.
"""

import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from emailauth.core.errors import UsageError
from emailauth.core.names import InvalidName, is_host, normalise
from emailauth.web_hosts import ReadBack
from emailauth.web_hosts.cloudflare_worker.connection import Connection
from emailauth.web_hosts.cloudflare_worker.errors import SETTING
from emailauth.web_hosts.cloudflare_worker.host import CloudflareWorker

__all__ = ["CloudflareWorker", "Settings", "open_host"]

PATIENCE: Final = 900.0
"""Seconds that the certificate of a new host name may take: usually one or two minutes."""

_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
_CONNECT: Final = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9.-]+)):(?P<port>[0-9]{1,5})")
_MAX_PORT: Final = 65535


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Cloudflare Worker, which serves the files of all domains under its custom domains."""

    account: Annotated[
        Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")] | None,
        msgspec.Meta(
            description="The id of the Cloudflare account, 32 hex digits. Not said: the account of the zones that the API token sees, "
            "which must be one.",
            examples=["0123456789abcdef0123456789abcdef"],
        ),
    ] = None
    script: Annotated[
        str,
        msgspec.Meta(
            description="The name of the Worker. One of this name that emailauth did not make is never changed.",
            pattern="^[a-z0-9_][a-z0-9_-]{0,62}$",
            examples=["emailauth"],
        ),
    ] = "emailauth"
    token_env: Annotated[
        str,
        msgspec.Meta(
            description="The environment variable that holds the API token: Workers Scripts Write on the account, Zone Read on the zones.",
            examples=["CLOUDFLARE_API_TOKEN"],
        ),
    ] = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the name of a variable
    override: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="Host names that another Worker of the account answers for now, and that this one may take over.",
            examples=[["mta-sts.example.com"]],
        ),
    ] = ()
    connect: Annotated[
        str | None,
        msgspec.Meta(
            description="Where to connect to check a file, instead of the host name's own address: for tests.", examples=["127.0.0.1:8443"]
        ),
    ] = None
    ca_file: Annotated[
        str | None,
        msgspec.Meta(
            description="Certificate authorities to trust for that instead of the system's: a PEM file, relative to the file.",
            examples=["ca.pem"],
        ),
    ] = None


def open_host(
    settings: Settings,
    directory: Path,
    *,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
    pause: Callable[[float], None] = time.sleep,
    strict: bool = False,
) -> CloudflareWorker:
    """The host of these settings. Raises `UsageError` where one of them cannot be understood.

    `clock` gives Unix time in seconds, `pause` waits for seconds. `strict` is for tests: answers must be all that the SDK knows of them.
    """
    if not _VARIABLE.fullmatch(settings.token_env):  # whatever it is, it may be the token
        raise UsageError(
            f"{SETTING}: token_env: the name of an environment variable stands here, such as CLOUDFLARE_API_TOKEN, not a token"
        )
    return CloudflareWorker(
        connection=Connection(token_env=settings.token_env, environ=environ, clock=clock, pause=pause, strict=strict),
        account=settings.account,
        script=settings.script,
        override=tuple(map(_host_name, settings.override)),
        read_back=_read_back(settings, directory),
    )


def _host_name(text: str) -> str:
    try:
        name = normalise(text)
    except InvalidName as e:
        raise UsageError(f"{SETTING}: override: {e}") from e
    if not is_host(name):
        raise UsageError(f"{SETTING}: override: {text!r} is no host name")
    return name


def _read_back(settings: Settings, directory: Path) -> ReadBack:
    connect_to = None
    if settings.connect is not None:
        found = _CONNECT.fullmatch(settings.connect)
        if found is None or int(found["port"]) > _MAX_PORT:
            raise UsageError(f"{SETTING}: connect: {settings.connect!r} is not like 127.0.0.1:8443 or [::1]:8443")
        connect_to = (found["ipv6"] or found["name"], int(found["port"]))
    if "\0" in (settings.ca_file or ""):
        raise UsageError(f"{SETTING}: ca_file: no path can hold a NUL")
    ca_file = None if settings.ca_file is None else str(directory / settings.ca_file)
    return ReadBack(over_https=True, connect_to=connect_to, ca_file=ca_file, patience=PATIENCE)
