"""Credentials are in nothing that is printed, logged or raised, whatever answers, and however it goes wrong."""

import base64
import itertools
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import dns.message
import dns.rcode
import pytest

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.workflow.applying import apply
from emailauth.workflow.hosts import Hosts
from emailauth.workflow.load import load
from emailauth.workflow.planning import make_plan
from tests.dns_hosts.rfc2136.scripted import scripted
from tests.fakes import cloudflare, route53
from tests.fakes.service import Fault, Lost, Request, Response
from tests.hosts.commands import person, run
from tests.hosts.places import MakePlace, on_cloudflare, on_cloudfront, on_route53
from tests.live.authority import Authority
from tests.servers.bind9 import bind9
from tests.servers.program import Served

pytestmark = pytest.mark.no_cover

SESSION_TOKEN: Final = "IQoJb3JpZ2luX2VjEXAMPLEthatNobodyShallSee+of/a/session="  # noqa: S105 - recognisable, so that it is found in output
ISSUED: Final = ("secret-of-ASIAEXAMPLE", "session-token-")
"""How what the fake issues for a role begins."""
SECRETS: Final = (route53.SECRET_KEY, SESSION_TOKEN, cloudflare.TOKEN)
PIECE: Final = 12
"""So many characters of one are too many."""


def leaked(text: str, *secrets: str) -> list[str]:
    """Pieces of secrets that are in a text."""
    pieces = [secret[i : i + PIECE] for secret in (*SECRETS, *secrets) for i in range(len(secret) - PIECE + 1)]
    return [piece for piece in (*pieces, *ISSUED) if piece in text]


# ------------------------------------------------------------------------------------------------- what is heard


@dataclass(frozen=True, kw_only=True)
class Heard:
    """All that anybody could see of a run."""

    statuses: tuple[int, ...]
    text: str


def heard(folder: Path, environ: Mapping[str, str]) -> Heard:
    """A plan and an apply as commands, with all that is logged; and once more as calls, for what is raised."""
    with logged() as records:
        ran = [run(*arguments, folder=folder, environ=environ) for arguments in (("plan",), ("apply", "--yes"))]
        raised = raised_by(folder, environ)
    texts = [text for one in ran for text in (one.out, one.err)]
    return Heard(statuses=tuple(one.status for one in ran), text="\n".join([*texts, *records, raised]))


@contextmanager
def logged() -> Iterator[list[str]]:
    """Everything that is logged above DEBUG, and all of what we log ourselves."""
    records: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno > logging.DEBUG or record.name.startswith("emailauth"):
                records.append(logging.Formatter().format(record) + repr(record.__dict__))

    root, keep = logging.getLogger(), Keep(logging.DEBUG)
    before = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    try:
        yield records
    finally:
        root.removeHandler(keep)
        root.setLevel(before)


def raised_by(folder: Path, environ: Mapping[str, str]) -> str:
    """The exception, with those before it as they are printed, and all that it holds; nothing if none is raised."""
    with person(environ):
        hosts = Hosts(folder)
        try:
            apply(make_plan(load(folder / "email-auth.yaml"), hosts), lambda _: None)
        except (CouldNotDoError, UsageError) as e:
            chain = [e]
            while (cause := chain[-1].__cause__) is not None:
                chain.append(cause)  # type: ignore[arg-type]
            return "".join([*traceback.format_exception(e), *(f"{one!r} {one.args} {vars(one)}" for one in chain)])
    return repr(vars(hosts))


# ------------------------------------------------------------------------------------------------- HTTP services

Hook: TypeAlias = Callable[[str, Request], Fault]
AWS_ERROR: Final = "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"


def whole(request: Request) -> str:
    """A request as a server may repeat it."""
    return f"{request.method} {request.path} " + " ".join(f"{name}: {value}" for name, value in request.headers.items())


def refused(code: str, status: int = 403) -> Hook:
    """With what was sent in the message, as AWS does it where a signature is wrong."""

    def hook(_: str, request: Request) -> Fault:
        if "bearer" in request.headers.get("authorization", "").lower():
            body = f'{{"success": false, "errors": [{{"code": 1000, "message": "{whole(request)}"}}], "result": null}}'.replace("\\", "")
            return Response(status=status, headers={"content-type": "application/json"}, body=body.encode())
        message = f"The canonical request should have been {whole(request)}"
        if "x-amz-target" in request.headers:
            body = f'{{"__type": "{code}", "message": "{message}"}}'
            return Response(status=status, headers={"content-type": "application/x-amz-json-1.1"}, body=body.encode())
        return Response(status=status, headers={"content-type": "text/xml"}, body=AWS_ERROR.format(code=code, message=message).encode())

    return hook


def repeats(status: int) -> Hook:
    """Something in between that shows what it got."""
    return lambda _, request: Response(status=status, headers={"content-type": "text/html"}, body=f"<pre>{whole(request)}</pre>".encode())


FAULTS: Final[Mapping[str, Hook | None]] = {
    "none": None,
    "signature": refused("SignatureDoesNotMatch"),
    "expired": refused("ExpiredToken"),
    "denied": refused("AccessDenied"),
    "invalid": refused("InvalidInput", 400),
    "throttled": refused("Throttling", 400),
    "too many": refused("Throttling", 429),
    "failing": repeats(500),
    "forbidden by a proxy": repeats(403),
    "redirected": repeats(302),
    "garbage": repeats(200),
    "lost": lambda _operation, _request: Lost(),
}
PLACES: Final[Mapping[str, MakePlace]] = {"route53": on_route53, "cloudflare": on_cloudflare, "cloudfront": on_cloudfront}
READS: Final = ("List", "Get", "Describe", "Head", "Verify")


def only_writes(hook: Hook) -> Hook:
    return lambda operation, request: None if operation.startswith(READS) else hook(operation, request)


@pytest.mark.parametrize(
    ("fault", "writes"), [("none", False), *itertools.product([name for name in FAULTS if name != "none"], [False, True])]
)
@pytest.mark.parametrize("name", PLACES)
def test_services(name: str, fault: str, writes: bool, authority: Authority, tmp_path: Path) -> None:
    hook = FAULTS[fault]
    with PLACES[name](tmp_path, authority) as place:
        for service in place.services:
            if hook is not None:
                service.before = only_writes(hook) if writes else hook
        environ = {**place.environ, "AWS_SESSION_TOKEN": SESSION_TOKEN, "SSL_CERT_FILE": str(authority.ca_file)}
        found = heard(tmp_path, environ)
    assert leaked(found.text) == []
    assert found.statuses == ((0, 0) if hook is None else (0, 3) if writes else (3, 3))


def test_a_role(authority: Authority, tmp_path: Path) -> None:
    """What AWS issues for a role is as secret as what it was issued to."""
    with on_route53(tmp_path, authority) as place:
        file = tmp_path / "email-auth.yaml"
        file.write_text(file.read_text().replace("route53: {}", "route53: {role_arn: 'arn:aws:iam::111122223333:role/dns'}"))
        service = place.services[0]
        assert heard(tmp_path, place.environ).statuses == (0, 0)
        assert service.count("AssumeRole")
        service.before = only_writes(refused("AccessDenied"))
        found = heard(tmp_path, place.environ)
    assert leaked(found.text) == []


# ------------------------------------------------------------------------------------------------------ TSIG keys

_TSIG_FILE: Final = """\
version: 1
dns_host: {rfc2136: {server: 127.0.0.1, port: PORT, key_name: emailauth-key, key_env: EMAILAUTH_TSIG_SECRET, timeout: 5}}
domains: {example.com: {spf: {otherwise: fail}, tls_rpt: {reports: ["mailto:tls@example.com"]}}}
"""


def answering(rcode: dns.rcode.Rcode) -> Callable[[bytes], bytes]:
    """Without a signature, as servers do that do not like one."""

    def handle(wire: bytes) -> bytes:
        response = dns.message.make_response(dns.message.from_wire(wire, keyring=False, continue_on_error=True, ignore_trailing=True))
        response.set_rcode(rcode)
        return response.to_wire()

    return handle


TSIG_FAULTS: Final[Mapping[str, Callable[[bytes], bytes | None]]] = {
    "refused": answering(dns.rcode.REFUSED),
    "not for us": answering(dns.rcode.NOTAUTH),
    "failing": answering(dns.rcode.SERVFAIL),
    "garbage": lambda _: b"\x00\x01garbage",
    "repeats": lambda wire: wire,
    "lost": lambda _: None,
}


@pytest.mark.parametrize("fault", TSIG_FAULTS)
def test_a_name_server(fault: str, tmp_path: Path) -> None:
    secret = base64.b64encode(b"a secret of 32 octets, more or less").decode()
    with scripted(TSIG_FAULTS[fault]) as port:
        (tmp_path / "email-auth.yaml").write_text(_TSIG_FILE.replace("PORT", str(port)))
        found = heard(tmp_path, {"EMAILAUTH_TSIG_SECRET": secret})
    assert leaked(found.text, secret, "a secret of 32 octets") == []
    assert set(found.statuses) <= {2, 3}


@pytest.mark.parametrize("right", [True, False])
def test_bind(right: bool, tmp_path: Path) -> None:
    with bind9(tmp_path, [Served(name="example.com")]) as server:
        secret = server.secret if right else base64.b64encode(b"another secret of as many octets").decode()
        (tmp_path / "email-auth.yaml").write_text(_TSIG_FILE.replace("PORT", str(server.port)))
        found = heard(tmp_path, {"EMAILAUTH_TSIG_SECRET": secret})
    assert leaked(found.text, secret) == []
    assert found.statuses == ((0, 0) if right else (3, 3))


def test_a_secret_that_is_none_is_not_shown_either(tmp_path: Path) -> None:
    (tmp_path / "email-auth.yaml").write_text(_TSIG_FILE.replace("PORT", "53"))
    found = heard(tmp_path, {"EMAILAUTH_TSIG_SECRET": "a password, and no base64"})
    assert leaked(found.text, "a password, and no base64") == []
    assert found.statuses == (2, 2)
