"""`emailauth:index:Posture`: all domains of a file, as one resource for each record and each hosted file.

The file is linted first: an error in it fails the preview, and so does a change that is dangerous or cannot be made.
The children of a domain wait for each other as the phases of an apply do (`core.plan.Phase`).
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from emailauth.core.diagnostic import Diagnostic, Route, Severity
from emailauth.core.document import Document
from emailauth.core.plan import Conflict, Phase, Wanted
from emailauth.core.posture import Domain
from emailauth.protocols import modules
from emailauth.pulumi import inputs
from emailauth.pulumi.config import host_inputs, narrowed, relative
from emailauth.pulumi.failures import BadInput
from emailauth.pulumi.inputs import Field, Wrong
from emailauth.pulumi.monitor import Child, Monitor
from emailauth.pulumi.properties import Properties, Property, Secret, has_secret, is_known, plain
from emailauth.pulumi.resources import hosted_file, record, served_host
from emailauth.pulumi.session import Session
from emailauth.workflow.hosts import Hosts
from emailauth.workflow.linting import lint
from emailauth.workflow.load import Loaded, load, load_document
from emailauth.workflow.planning import Planned, make_plan
from emailauth.workflow.rendering import records_by_kind, served

TOKEN: Final = "emailauth:index:Posture"  # noqa: S105 - a type token
_INLINE: Final = "spec"
"""What an inline structure is called where a file has its path."""


def _structure(value: Property) -> Property:
    if not isinstance(value, dict):
        raise Wrong("must be an object, with what would stand in the file")
    return value


FIELDS: Final[Mapping[str, Field]] = {
    "file": Field(normal=inputs.text),
    "spec": Field(normal=_structure),
    "adopt": Field(normal=inputs.flag),
    "allow": Field(normal=inputs.texts),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """What a Construct works out before it registers anything."""

    planned: Planned
    warnings: tuple[str, ...]
    domains: tuple["_Domain", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Domain:
    """The children of one domain, each with its phase."""

    children: tuple[tuple[Phase, Child], ...]
    is_preparing: bool
    """Some children are known only when those of the first phase are made."""
    late: Callable[[], Sequence[tuple[Phase, Child]]]
    """Asks the web host for them."""


async def construct(session: Session, monitor: Monitor, name: str, news: Properties) -> tuple[str, Properties]:
    """Registers the component and its children. Returns its URN and outputs.

    Raises `BadInput` where the inputs or the file are wrong, `UsageError` and `CouldNotDoError` as `workflow` does.
    """
    checked = _checked(news)
    ready = await asyncio.to_thread(_prepared, session, checked, name)
    urn = await monitor.component(checked)
    for warning in ready.warnings:
        await session.log(warning, urn=urn, warning=True)
    for step in ready.planned.plan.next:
        await session.log(f"{step.domain}: {step.kind}: not before {step.not_before:%Y-%m-%d %H:%M} UTC: {step.message}", urn=urn)
    session.component_of.update({(child.type, child.name): urn for domain in ready.domains for _, child in domain.children})
    outputs: Properties = {"domains": [one.domain for one in ready.planned.wanted]}
    try:
        made = await asyncio.gather(*(_register(session, monitor, urn, domain) for domain in ready.domains))
    except asyncio.CancelledError:  # the engine has told what stopped it, and would show an error of ours beside that
        return urn, outputs
    if all(made):
        await monitor.outputs(urn, outputs)
    return urn, outputs


def _checked(news: Properties) -> Properties:
    """The inputs of a component are not sent to Check, so that this is done here."""
    unknown = [key for key, value in news.items() if not is_known(value)]
    if unknown:
        raise BadInput(f"{', '.join(unknown)}: must be known in a preview: the records that are wanted come of it")
    checked, failures = inputs.check(news, FIELDS)
    if "file" in checked and "spec" in checked:
        failures.append(inputs.Failure("spec", "cannot be said beside file"))
    if failures:
        raise BadInput("\n".join(f"{failure.path}: {failure.reason}" for failure in failures))
    return checked


def _prepared(session: Session, checked: Properties, name: str) -> _Planned:
    loaded = _loaded(session, checked)
    warnings = _linted(loaded)
    directory = relative(loaded.directory)
    loaded = replace(loaded, posture=replace(loaded.posture, domains=tuple(map(_with_own_host, loaded.posture.domains))))
    planned = make_plan(loaded, session.hosts(directory), plain(checked.get("allow")) or ())
    _refuse(planned)
    is_secret, adopt = has_secret(checked.get("spec")), bool(plain(checked.get("adopt")))
    maker = _Children(posture=name, directory=loaded.directory, is_secret=is_secret, adopt=adopt)
    pairs = zip(loaded.posture.domains, planned.wanted, strict=True)
    return _Planned(
        planned=planned, warnings=warnings, domains=tuple(_domain(maker, domain, wanted, planned.hosts) for domain, wanted in pairs)
    )


def _domain(maker: "_Children", domain: Domain, wanted: Wanted, hosts: Hosts) -> _Domain:
    web_host = None if wanted.web_host is None else hosts.web_by_id(wanted.web_host)
    prepares = web_host is not None and web_host.prepares
    children = tuple(maker.of(domain, wanted, prepares=prepares))

    def late() -> Sequence[tuple[Phase, Child]]:
        if web_host is None:
            return ()
        known = {child.name for _, child in children}
        later = maker.of(domain, served(replace(wanted, claims=()), web_host, domain.ttl), prepares=prepares)
        return [(phase, child) for phase, child in later if child.name not in known]

    return _Domain(children=children, is_preparing=bool(wanted.preparing), late=late)


def _loaded(session: Session, checked: Properties) -> Loaded:
    if "spec" in checked:
        return load_document(Document(path=_INLINE, text="", data=plain(checked["spec"])), Path())
    return load(Path(plain(checked["file"])) if "file" in checked else session.config.file)


def _linted(loaded: Loaded) -> tuple[str, ...]:
    """The warnings. Raises `BadInput` with all that is to be said where there is an error."""
    found = lint(loaded)
    errors = [diagnostic for diagnostic in found if diagnostic.severity is Severity.ERROR]
    if errors:
        raise BadInput("\n".join(["the file has errors, so that nothing is done:", *map(_line, errors)]))
    return tuple(_line(diagnostic) for diagnostic in found if diagnostic.severity is Severity.WARNING)


def _line(diagnostic: Diagnostic) -> str:
    place = _route(diagnostic.route) if diagnostic.path == _INLINE else f"{diagnostic.path}:{diagnostic.span.line}:{diagnostic.span.column}"
    return f"{place}: {diagnostic.message} [{diagnostic.rule}]"


def _route(route: Route) -> str:
    """A property path of the engine."""
    steps = (f".{step}" if isinstance(step, str) and step.isidentifier() else f"[{json.dumps(step)}]" for step in route)
    return _INLINE + "".join(steps)


def _with_own_host(domain: Domain) -> Domain:
    return domain if domain.dns_host is None else msgspec.structs.replace(domain, dns_host=narrowed(domain.dns_host, domain.name))


def _refuse(planned: Planned) -> None:
    """Raises `BadInput` for what keeps an apply from being done, all of it at once."""
    lines = [f"{conflict.name}: {conflict.message}" for conflict in planned.plan.conflicts if not _is_replaceable(planned, conflict)]
    lines += [f"{danger.domain}: {danger.message} (`allow: [{danger.name}]` permits it)" for danger in planned.plan.dangers]
    if lines:
        raise BadInput("\n".join(["refused, nothing is done:", *lines]))


def _is_replaceable(planned: Planned, conflict: Conflict) -> bool:
    """Whether only the same kind is in the way, as another type (a selector's CNAME where a TXT shall be).

    It may be the very resource that the engine is about to replace; if not, the child's Create refuses.
    """
    host = next(one.dns_host for one in planned.wanted if one.domain == conflict.domain) or ""
    found = planned.existing.zone_of(host, conflict.name).types_at(conflict.name)
    return found <= set(record.recognised_types(conflict.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Children:
    """Makes the children of each domain."""

    posture: str
    directory: Path
    is_secret: bool
    adopt: bool

    def of(self, domain: Domain, wanted: Wanted, *, prepares: bool) -> Iterable[tuple[Phase, Child]]:
        """All children of a domain, each with its phase. `prepares`: the web host must prepare the host names."""
        common = {"domain": domain.name, **({"adopt": True} if self.adopt else {})}
        if domain.dns_host is not None:
            hosts = self._secret(host_inputs(domain.dns_host, self.directory, web=False))
            yield from self._records(wanted, {**common, **hosts})
        if domain.web_host is not None:
            hosts = self._secret(host_inputs(domain.web_host, self.directory, web=True))
            yield from self._files(wanted, {**common, **hosts})
            if prepares:
                for host in dict.fromkeys(file.host for file in wanted.files):
                    said = {"domain": domain.name, "host": host, **hosts}
                    yield Phase.PREPARATIONS, self._child(served_host.TOKEN, wanted.domain, f"web/{host}/host", said)

    def _records(self, wanted: Wanted, common: Properties) -> Iterable[tuple[Phase, Child]]:
        groups = records_by_kind(wanted.records)
        for (name, record_type, kind), group in groups.items():
            values = [one.value for one in group]
            ttl = {} if group[0].ttl is None else {"ttl": group[0].ttl}
            said = {**common, "kind": kind, "name": name, "type": record_type, "values": values, **ttl}
            yield Phase(group[0].stage), self._child(record.TOKEN, wanted.domain, kind, said)
        there = {(name, kind) for name, _, kind in groups}
        for claim in wanted.claims:
            if (claim.name, claim.kind) not in there:  # one resource sees to all types of the kind
                there.add((claim.name, claim.kind))
                said = {**common, "kind": claim.kind, "name": claim.name, "type": claim.type, "values": []}
                said |= {"below": True} if claim.below else {}
                yield Phase(claim.stage), self._child(record.TOKEN, wanted.domain, claim.kind, said)

    def _files(self, wanted: Wanted, common: Properties) -> Iterable[tuple[Phase, Child]]:
        for file in wanted.files:
            said = {**common, "kind": file.kind, "url": file.url, "contentType": file.content_type, **hosted_file.body_inputs(file.body)}
            stays = file.url not in modules()[file.kind.split("/", maxsplit=1)[0]].absent_urls(wanted.domain)
            yield Phase.FILES, self._child(hosted_file.TOKEN, wanted.domain, file.kind, said, stays=stays)
        for url, kind in wanted.gone_urls.items():
            yield Phase.REMOVALS, self._child(hosted_file.TOKEN, wanted.domain, kind, {**common, "kind": kind, "url": url})

    def _child(self, token: str, domain: str, kind: str, said: Properties, *, stays: bool = False) -> Child:
        """Named by domain and kind alone, so that a record of another type (TXT, CNAME) replaces the one before it.

        `stays`: the file is left where it is when nothing names it any more, as `bimi` explains.
        """
        both = "/AAAA" if said.get("type") == "AAAA" else ""
        return Child(type=token, name=f"{self.posture}/{domain}/{kind}{both}", inputs=said, retain_on_delete=stays)

    def _secret(self, hosts: Properties) -> Properties:
        """Settings out of a structure that has secrets are secret as a whole."""
        return {key: Secret(value) if self.is_secret and key != "directory" else value for key, value in hosts.items()}


async def _register(session: Session, monitor: Monitor, component: str, domain: _Domain) -> bool:
    """Phase by phase: each child waits for all children of earlier phases. Returns whether all came to be; the engine tells why not."""
    done: list[str] = []
    children = list(domain.children)
    for phase in Phase:
        mine = [child for its_phase, child in children if its_phase is phase]
        urns = await asyncio.gather(*(monitor.child(child, component, done) for child in mine))
        if None in urns:
            return False
        done = [*done, *(urn for urn in urns if urn is not None)]
        if phase is Phase.PREPARATIONS and domain.is_preparing:
            if monitor.is_preview:
                names = ", ".join(child.inputs["host"] for child in mine)
                await session.log(
                    f"the DNS records of {names} follow: the web host tells them once it has made what is shown", urn=component
                )
            else:
                children += await asyncio.to_thread(domain.late)
    return True
