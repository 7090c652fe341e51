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
from emailauth.vendors.cloudflare.calls import Caller
from emailauth.vendors.cloudflare.connection import Connection
from emailauth.web_hosts import read_back
from emailauth.web_hosts.cloudflare_worker.host import CloudflareWorker
from emailauth.web_hosts.cloudflare_worker.refusals import HINTS, SETTING

__all__ = ["CloudflareWorker", "Settings", "open_host"]

PATIENCE: Final = 900.0
"""Seconds that the certificate of a new host name may take: usually one or two minutes."""

_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")


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
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
    strict: bool = False,
) -> CloudflareWorker:
    """The host of these settings. Raises `UsageError` where one of them cannot be understood.

    `environ` holds the token, and `CLOUDFLARE_BASE_URL` where the API is elsewhere. `clock` gives seconds that only grow, `pause` waits
    for some. `strict` is for tests: answers must be all that the SDK knows of them.
    """
    if not _VARIABLE.fullmatch(settings.token_env):  # whatever it is, it may be the token
        raise UsageError(
            f"{SETTING}: token_env: the name of an environment variable stands here, such as CLOUDFLARE_API_TOKEN, not a token"
        )
    caller = Caller(setting=SETTING, token_env=settings.token_env, permissions="Workers Scripts Write and Zone Read", hints=HINTS)
    return CloudflareWorker(
        connection=Connection(caller, environ=environ, clock=clock, pause=pause, strict=strict),
        account=settings.account,
        script=settings.script,
        override=tuple(map(_host_name, settings.override)),
        read_back=read_back(SETTING, settings, directory, patience=PATIENCE),
    )


def _host_name(text: str) -> str:
    try:
        name = normalise(text)
    except InvalidName as e:
        raise UsageError(f"{SETTING}: override: {e}") from e
    if not is_host(name):
        raise UsageError(f"{SETTING}: override: {text!r} is no host name")
    return name
