"""What a person meets at a host, and how it is made to happen."""

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from tests.fakes.service import Response, Service
from tests.hosts.commands import run
from tests.hosts.forks import Ran
from tests.hosts.places import MakePlace, Place, State
from tests.live.authority import Authority

LOGIN_PAGE: Final = b"<html>Log in to the network of this hotel</html>"
EXPIRED: Final = (403, "ExpiredToken", "The security token included in the request is expired")
NOWHERE: Final = "http://127.0.0.1:1"
"""Where nobody listens."""
Spoil: TypeAlias = Callable[[Any], object]


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One thing that goes wrong, and what is said."""

    status: int
    said: str
    """The message, whole, without the name of the program."""
    verb: str = "plan"
    fails: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """What services answer, by operation."""
    spoil: Spoil | None = None
    """Makes something wrong with the service."""
    service: int = 0
    """Which one of the place's."""
    environ: Mapping[str, str | None] = field(default_factory=dict)
    """What is wrong with the environment; None: not set."""
    edit: tuple[str, str] = ("", "")
    """What is wrong with the file: a regular expression, and what stands there instead."""
    missing: tuple[str, ...] = ()
    """Modules that are not installed."""
    waited: str = ""
    """What is told before, of what is waited for."""
    done: int = 0
    """How many changes were made."""
    leaves: bool = False
    """Something was made on the way to a change, and stays; the message says so."""


def run_at(place: Place, authority: Authority, *arguments: str, environ: Mapping[str, str | None] | None = None) -> Ran:
    """Runs a command on the file of a place, in this process."""
    asked = {**place.environ, "SSL_CERT_FILE": str(authority.ca_file), **(environ or {})}
    return run(*arguments, folder=place.folder, environ={name: value for name, value in asked.items() if value is not None})


def meet(trouble: Trouble, make: MakePlace, folder: Path, authority: Authority) -> tuple[Ran, State, State]:
    """How the command ends, and what was there before and after."""
    with make(folder, authority) as place, pytest.MonkeyPatch.context() as patch:
        for module in trouble.missing:
            patch.setitem(sys.modules, module, None)
        file = folder / "email-auth.yaml"
        file.write_text(re.sub(*trouble.edit, file.read_text()))
        if trouble.spoil is not None:
            trouble.spoil(place.services[trouble.service])
        for service in place.services:
            service.fails = dict(trouble.fails)  # type: ignore[attr-defined]
        before = place.state()
        command = ["apply", "--yes"] if trouble.verb == "apply" else ["plan"]
        return run_at(place, authority, *command, environ=trouble.environ), before, place.state()


# --------------------------------------------------------------------------------------------- what can be made wrong


def no_zones(service: Any) -> None:
    """The account has none."""
    service.zones.clear()


def answers(status: int, body: bytes) -> Spoil:
    """Something else answers, or nothing that makes sense."""

    def spoil(service: Service) -> None:
        service.before = lambda _operation, _request: Response(status=status, headers={"content-type": "text/html"}, body=body)

    return spoil


def denied(action: str, code: str = "AccessDenied", *, operation: str = "") -> dict[str, tuple[Any, ...]]:
    """As IAM says it."""
    why = f"no identity-based policy allows the {action} action"
    text = f"User: arn:aws:iam::111122223333:user/mail is not authorized to perform: {action} because {why}"
    return {operation or action.partition(":")[2]: (403, code, text)}
