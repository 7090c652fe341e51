"""`emailauth:index:HostedFile`: a file that is served over HTTPS: the MTA-STS policy, a BIMI logo or certificate."""

import asyncio
import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from emailauth.core.errors import ConflictError, CouldNotDoError, UsageError
from emailauth.core.file import FileWrite, HostedFile
from emailauth.core.names import labels
from emailauth.pulumi import config, inputs
from emailauth.pulumi.failures import AlreadyThere, HalfMade
from emailauth.pulumi.inputs import Failure, Field, Wrong
from emailauth.pulumi.properties import UNKNOWN, Properties, Property, is_known, plain
from emailauth.pulumi.resources.contract import Change, Difference, Found, Target, scalar_change
from emailauth.pulumi.session import Session
from emailauth.web_hosts import WebHost
from emailauth.workflow.applying import read_back

TOKEN: Final = "emailauth:index:HostedFile"  # noqa: S105 - a type token


def _url(value: Property) -> str:
    url = inputs.text(value)
    try:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.port or parts.query or parts.fragment or parts.username or not parts.path:
            raise Wrong("must be an https URL of host and path, nothing else: https://mta-sts.example.com/.well-known/mta-sts.txt")
        return f"https://{inputs.name(parts.hostname)}{parts.path}"
    except ValueError as e:
        raise e if isinstance(e, Wrong) else Wrong(f"is no URL: {e}") from e


def _base64(value: Property) -> str:
    text = inputs.text(value)
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as e:
        raise Wrong(f"must be base64 (RFC 4648 section 4): {e}") from e
    return text


FIELDS: Final[Mapping[str, Field]] = {
    "domain": Field(normal=inputs.name, required=True),
    "kind": Field(normal=inputs.text, required=True),
    "url": Field(normal=_url, required=True),
    "body": Field(normal=inputs.text),
    "bodyBase64": Field(normal=_base64),
    "contentType": Field(normal=inputs.text),
    "adopt": Field(normal=inputs.flag),
    "webHost": Field(normal=config.web_host),
    "directory": Field(normal=inputs.text),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """Inputs of a file, all known and plain."""

    url: str
    file: HostedFile | None
    """None: nothing shall be served there."""
    adopt: bool

    @property
    def body(self) -> bytes | None:
        return None if self.file is None else self.file.body


def body_inputs(body: bytes) -> Properties:
    """A body as inputs: text, if it is any, so that a preview shows what changes."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"bodyBase64": base64.b64encode(body).decode("ascii")}


def _body(known: Properties) -> bytes | None:
    if "body" in known:
        return str(known["body"]).encode()
    return base64.b64decode(known["bodyBase64"]) if "bodyBase64" in known else None


def _said(properties: Properties) -> _Said:
    known = plain(properties)
    body = _body(known)
    url = known["url"]
    file = (
        None
        if body is None
        else HostedFile(
            url=url, body=body, content_type=known.get("contentType") or content_type(url), domain=known["domain"], kind=known["kind"]
        )
    )
    return _Said(url=url, file=file, adopt=bool(known.get("adopt")))


def _type(properties: Properties) -> Property:
    """The type that a file has, whether it is said (as an import does) or follows from the URL."""
    known = plain({key: properties.get(key) for key in ("contentType", "url")})
    return known["contentType"] or (content_type(known["url"]) if is_known(known["url"]) else UNKNOWN)


def content_type(url: str) -> str:
    """What a file is by the end of its URL; for imports, and where nothing is said."""
    return _TYPES.get(PurePosixPath(urlsplit(url).path).suffix, "application/octet-stream")


_TYPES: Final = {".txt": "text/plain", ".svg": "image/svg+xml", ".pem": "application/pem-certificate-chain"}
_KINDS: Final = {".txt": "mta_sts", ".svg": "bimi/logo", ".pem": "bimi/certificate"}


class _HostedFile:
    """See `CustomResource`."""

    token = TOKEN
    fields = FIELDS

    async def check(self, session: Session, news: Properties) -> tuple[Properties, list[Failure]]:
        checked, failures = inputs.check(news, FIELDS)
        if "body" in checked and "bodyBase64" in checked:
            failures.append(Failure("bodyBase64", "cannot be said beside body"))
        if "webHost" not in checked and not failures and is_known(checked["url"]):
            checked |= await session.host_inputs(_host(checked), web=True)
        return checked, failures

    def diff(self, olds: Properties, news: Properties) -> Difference:
        replacing = list(scalar_change("url", olds, news, replaces=True))
        changes = [*replacing, *_body_changes(olds, news)]
        for key in ("domain", "kind", "webHost", "directory"):
            changes += scalar_change(key, olds, news)
        if _type(olds) != _type(news):
            changes += scalar_change("contentType", olds, news)
        return Difference(changes=tuple(changes))

    async def create(self, session: Session, target: Target, news: Properties) -> tuple[str, Properties]:
        if not is_known(news):
            return "", news
        said = _said(news)
        host = session.web(news)
        live = await _live(host, said.url)
        differs = live is not None and said.file is not None and live != said.body
        if differs and said.adopt:  # of a Create, the engine itself shows only what will be
            await session.log(f"taken over: another content at {host.place(said.url)}", urn=target.urn)
        elif differs:
            text = _already_there(said, host, session.component_of.get((target.type, target.name)), target)
            if not target.preview:
                raise AlreadyThere(text)
            await session.log(text, urn=target.urn, warning=True)
        if not target.preview:
            await _serve(host, said, live, news)
            session.take(news, said.url, target.urn)
        return said.url, news

    async def read(self, session: Session, resource_id: str, inputs: Properties, state: Properties) -> Found | None:
        known = inputs or {key: value for key, value in state.items() if key in FIELDS} or await _from_id(session, resource_id)
        said = _said(known)
        live = await _live(session.web(known), said.url)
        is_absence = bool(inputs or state) and said.file is None
        if live is None and not is_absence:
            return None
        if live == said.body:
            return Found(id=said.url, outputs=known, inputs=known)
        found = {key: value for key, value in known.items() if key not in {"body", "bodyBase64"}}
        found |= {} if live is None else body_inputs(live)
        return Found(id=said.url, outputs=found, inputs=found)

    async def update(self, session: Session, target: Target, resource_id: str, olds: Properties, news: Properties) -> Properties:
        if not is_known(news):
            return {**olds, **news}
        said, before = _said(news), _said(olds)
        host = session.web(news)
        live = await _live(host, said.url)
        if live not in {said.body, before.body, None} and not said.adopt:
            error = ConflictError(
                f"{said.url} has another content at {host.place(said.url)} by now than this stack knows: `pulumi refresh` takes note of it, "
                f"and the next preview shows what would change"
            )
            if not target.preview:
                raise error
            await session.log(str(error), urn=target.urn, warning=True)
        if not target.preview:
            await _serve(host, said, live, news)
            session.take(news, said.url, target.urn)
        return news

    async def delete(self, session: Session, target: Target, resource_id: str, olds: Properties) -> None:
        said = _said(olds)
        if said.body is None:
            return
        host = session.web(olds)
        owner = session.taken_by_another(olds, resource_id, target.urn)
        if owner is not None:
            await session.log(f"{said.url} stays: it is {owner} now", urn=target.urn)
            return
        live = await _live(host, said.url)
        if live is None:
            return
        if live != said.body:
            text = f"{said.url} stays, because this stack did not put its content at {host.place(said.url)}"
            await session.log(text, urn=target.urn, warning=True)
            return
        await asyncio.to_thread(host.change, [FileWrite(url=said.url, before=live, after=None)])


HOSTED_FILE: Final = _HostedFile()


def _body_changes(olds: Properties, news: Properties) -> Iterator[Change]:
    """A body can be text before and base64 after: then one property goes and another comes."""
    for key in ("body", "bodyBase64"):
        yield from scalar_change(key, olds, news)


async def _live(host: WebHost, url: str) -> bytes | None:
    return (await asyncio.to_thread(host.read, [url]))[url]


async def _serve(host: WebHost, said: _Said, live: bytes | None, news: Properties) -> None:
    """Makes it so and reads it back: what depends on this resource points senders at the file, and is made next."""
    if live != said.body:
        await asyncio.to_thread(host.change, [FileWrite(url=said.url, before=live, after=said.file)])
    if said.file is None:
        return
    try:
        await asyncio.to_thread(read_back, host, said.file)
    except CouldNotDoError as e:
        raise HalfMade(str(e), resource_id=said.url, outputs=news) from e


def _already_there(said: _Said, host: WebHost, component: str | None, target: Target) -> str:
    parent = f" --parent 'posture={component}'" if component else ""
    whose = "the Posture" if component else "this HostedFile"
    return (
        f"{said.url} is served already, with another content (at {host.place(said.url)}), and this stack does not manage it.\n"
        f"Say `adopt: true` in {whose} to have it changed, or import it first:\n"
        f"    pulumi import {TOKEN} '{target.name}' '{said.url}'{parent}"
    )


def _host(properties: Properties) -> str:
    return urlsplit(plain(properties["url"])).hostname or ""


async def _from_id(session: Session, resource_id: str) -> Properties:
    """The inputs of an import. Raises `UsageError` for an id that is none."""
    try:
        url = _url(resource_id)
    except Wrong as e:
        raise UsageError(f"{resource_id!r} is no id of a HostedFile, which is its URL: it {e}") from e
    host = urlsplit(url).hostname or ""
    domain = await session.domain_of(host) or ".".join(labels(host)[1:])
    kind = _KINDS.get(PurePosixPath(url).suffix, "file")
    hosts = await session.host_inputs(host, web=True)
    return {"domain": domain, "kind": kind, "url": url, "contentType": content_type(url), **hosts}
