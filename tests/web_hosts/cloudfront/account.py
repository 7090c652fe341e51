"""One account of the fake AWS, a user's hosts on it, and the DNS that their records go to: a small stand-in for the workflow."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

from emailauth.core.file import FileWrite, HostedFile
from emailauth.vendors.aws.calls import Aws as Session
from emailauth.web_hosts import WebHost
from emailauth.web_hosts.cloudfront import Settings, open_host
from tests.fakes.aws import Aws, environment
from tests.fakes.service import Request, Response

Files = Mapping[str, bytes | None]
"""Bodies by URL; None: nothing shall be there."""


@dataclass
class Front:
    """Where the SDK's clients, which take long to make, stay while accounts come and go behind it."""

    aws: Aws = field(default_factory=Aws)

    def send(self, request: Any) -> AWSResponse:
        """Hands a request of botocore to the account without a network between (test_conformance.py has one)."""
        parts = urlsplit(request.url)
        body = request.body.read() if hasattr(request.body, "read") else request.body or b""
        answer = self.aws.handle(
            Request(
                number=len(self.aws.calls),
                method=request.method,
                path=parts.path,
                query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                headers={name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()},
                body=body.encode() if isinstance(body, str) else body,
            )
        )
        if not isinstance(answer, Response):
            raise ConnectionClosedError(endpoint_url=request.url)
        content = b"" if request.method == "HEAD" else answer.body
        headers: Any = HeadersDict({**answer.headers, "Content-Length": str(len(answer.body))})
        return AWSResponse(request.url, answer.status, headers, _Raw(content))


class _Raw(BytesIO):
    """What botocore reads an answer from."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


@dataclass
class Account:
    """The account, and what a user does with it."""

    aws: Aws
    pauses: list[float] = field(default_factory=list)
    """Seconds of all pauses, none of which was made."""

    def host(self, **settings: Any) -> WebHost:
        """A host as a new process would have it; its time is that of AWS."""
        return open_host(Settings(**settings), Path(), pause=self.pauses.append, now=lambda: self.aws.now)

    def publish(self, host: WebHost, name: str) -> None:
        """Puts the records that the host tells into DNS."""
        for record in host.records(name, "example.com"):
            self.aws.dns[record.name] = record.value.removesuffix(".")

    def withdraw(self, host: WebHost, name: str) -> None:
        """Takes them out of it."""
        for record in host.records(name, "example.com"):
            self.aws.dns.pop(record.name, None)

    def apply(self, files: Files, host: WebHost | None = None) -> WebHost:
        """What the workflow does: preparations, records, files; then the removals, whose records go first."""
        host = host or self.host()
        served = sorted({name_of(url) for url, body in files.items() if body is not None})
        host.prepare(sorted(host.to_prepare(served)))
        for name in served:
            self.publish(host, name)
        self._change(host, {url: body for url, body in files.items() if body is not None})
        for name in {name_of(url) for url in files} - set(served):
            self.withdraw(host, name)
        self._change(host, {url: None for url, body in files.items() if body is None})
        return host

    def _change(self, host: WebHost, files: Files) -> None:
        found = host.read(files)
        writes = [FileWrite(url=url, before=found[url], after=file(url, body)) for url, body in files.items() if found[url] != body]
        if writes:
            host.change(writes)

    def left(self, files: Files) -> list[str]:
        """What a new process would find to do."""
        host = self.host()
        served = {name_of(url) for url, body in files.items() if body is not None}
        found = host.read(files)
        return [*host.to_prepare(sorted(served)), *(url for url, body in files.items() if found[url] != body)]

    def seen(self, url: str, method: str = "GET") -> tuple[int, str, bytes]:
        """Status, content type and body that a sender gets."""
        parts = urlsplit(url)
        assert parts.netloc in self.aws.dns, f"{parts.netloc} is not in DNS"
        status, headers, body = self.aws.fetch(parts.netloc, parts.path, method)
        return status, headers["content-type"], body

    def settle(self) -> None:
        """Lets CloudFront deploy what it was told."""
        for distribution in self.aws.distributions.values():
            distribution.deploying, distribution.serves = 0, distribution.config


def name_of(url: str) -> str:
    """The host name of a URL."""
    return urlsplit(url).netloc


def policy_url(domain: str) -> str:
    """Where a policy is."""
    return f"https://mta-sts.{domain}/.well-known/mta-sts.txt"


def policy(*mail_hosts: str) -> bytes:
    """A policy (RFC 8461 section 3.2)."""
    lines = ["version: STSv1", "mode: enforce", *(f"mx: {name}" for name in mail_hosts), "max_age: 604800", ""]
    return "\r\n".join(lines).encode()


def file(url: str, body: bytes | None) -> HostedFile | None:
    """A file as its protocol would have it."""
    if body is None:
        return None
    types = {"txt": "text/plain", "svg": "image/svg+xml", "pem": "application/pem-certificate-chain"}
    return HostedFile(url=url, body=body, content_type=types[url.rpartition(".")[2]], domain="example.com", kind="mta_sts")


@contextmanager
def accounts() -> Iterator[Front]:
    """A place for accounts, which the SDK talks to; all hosts share one set of clients."""
    made: dict[str, Any] = {}
    connect = Session._connect

    def connected(session: Session) -> Any:
        key = str(session._account)
        if key not in made:
            made[key] = connect(session)
        return made[key]

    front = Front()
    with (
        patch.dict("os.environ", environment("http://127.0.0.1:1")),
        patch.object(Session, "_connect", connected),
        patch.object(URLLib3Session, "send", lambda _, request: front.send(request)),
    ):
        yield front


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def killed_after(calls: int) -> Iterator[None]:
    """The process is killed when it has made so many calls: before the first for 0."""
    made = [0]
    send = URLLib3Session.send

    def count(session: Any, request: Any) -> Any:
        if made[0] == calls:
            raise Killed
        made[0] += 1
        return send(session, request)

    with patch.object(URLLib3Session, "send", count):
        yield


def copied(aws: Aws) -> Aws:
    """Another account with the same things in it."""
    made = copy.deepcopy(aws, {id(same): same for same in (aws.lock, aws.apis)})
    made.cloudfront.distributions.controls = made.cloudfront.controls.controls.keys
    return made
