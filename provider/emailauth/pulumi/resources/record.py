"""`emailauth:index:Record`: the values of one kind in one record set of DNS. What else is in the set is never touched."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from emailauth.core.claim import Claim
from emailauth.core.errors import ConflictError, UsageError
from emailauth.core.names import labels
from emailauth.core.record import Record as DnsRecord
from emailauth.core.zone import Zone
from emailauth.protocols import modules
from emailauth.pulumi import config, inputs
from emailauth.pulumi.failures import AlreadyThere, Refused
from emailauth.pulumi.inputs import Failure, Field, Wrong
from emailauth.pulumi.properties import UNKNOWN, Properties, Property, is_known, like, plain
from emailauth.pulumi.resources.contract import Difference, Found, Target, list_changes, scalar_change
from emailauth.pulumi.session import Session
from emailauth.pulumi.writes import Done, Order, Wish, look, planned
from emailauth.workflow.rendering import claim

TOKEN: Final = "emailauth:index:Record"  # noqa: S105 - a type token

_BELOW: Final = "*."
"""In front of the name in an id: every name below it."""


def _record_type(value: Property) -> str:
    return inputs.text(value).upper()


FIELDS: Final[Mapping[str, Field]] = {
    "domain": Field(normal=inputs.name, required=True),
    "kind": Field(normal=inputs.text, required=True),
    "name": Field(normal=inputs.name, required=True),
    "type": Field(normal=_record_type, required=True),
    "values": Field(normal=inputs.texts, required=True),
    "ttl": Field(normal=inputs.seconds),
    "below": Field(normal=inputs.flag),
    "adopt": Field(normal=inputs.flag),
    "dnsHost": Field(normal=config.dns_host),
    "directory": Field(normal=inputs.text),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """Inputs of a record, all known and plain."""

    domain: str
    kind: str
    name: str
    type: str
    values: tuple[str, ...]
    ttl: int | None
    below: bool
    adopt: bool

    @property
    def id(self) -> str:
        return f"{_BELOW if self.below else ''}{self.name}/{self.type}/{self.kind}"

    @property
    def records(self) -> tuple[DnsRecord, ...]:
        return tuple(
            DnsRecord(name=self.name, type=self.type, value=value, domain=self.domain, kind=self.kind, ttl=self.ttl)
            for value in self.values
        )

    @property
    def own_claim(self) -> Claim:
        return replace(claim(self.domain, self.kind, self.name, self.type), below=self.below)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """A CNAME stands alone and none at all means none of any type: there the kind's other types are claimed too."""
        if self.values and self.type != "CNAME":
            return (self.own_claim,)
        others = (other for other in recognised_types(self.kind) if other != self.type)
        return (self.own_claim, *(replace(claim(self.domain, self.kind, self.name, other), below=self.below) for other in others))


def recognised_types(kind: str) -> tuple[str, ...]:
    """The record types that a kind can have. Raises `LookupError` where no protocol has such a kind."""
    protocol = kind.split("/", maxsplit=1)[0]
    return ("CNAME", "A", "AAAA") if protocol == "web" else tuple(modules()[protocol].RECOGNISES)


def _said(properties: Properties) -> _Said:
    known = plain(properties)
    return _Said(
        domain=known["domain"],
        kind=known["kind"],
        name=known["name"],
        type=known["type"],
        values=tuple(known.get("values") or ()),
        ttl=known.get("ttl"),
        below=bool(known.get("below")),
        adopt=bool(known.get("adopt")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Live:
    """What is live of a record."""

    zone: str
    values: tuple[str, ...]
    """Those that are ours; with type, and name below a name, where these are not the record's own."""
    ttl: int | None
    shared: bool
    """The set holds values of others too."""


def _live(said: _Said, claims: tuple[Claim, ...], zone: Zone) -> _Live:
    own = zone.rrsets.get((said.name, said.type))
    foreign = [value for value in (own.values if own else ()) if not said.own_claim.recognises(value)]
    return _Live(
        zone=zone.name,
        values=tuple(_values(said, claims, zone)),
        ttl=own.ttl if own else None,
        shared=bool(foreign),
    )


def _values(said: _Said, claims: tuple[Claim, ...], zone: Zone) -> Iterator[str]:
    for one in claims:
        keys = sorted(key for key in zone.rrsets if one.covers(*key)) if one.below else [(one.name, one.type)]
        for key in keys:
            rrset = zone.rrsets.get(key)
            prefix = (f"{key[0]} " if one.below else "") + (f"{key[1]} " if key[1] != said.type else "")
            yield from (f"{prefix}{value}" for value in (rrset.values if rrset else ()) if one.recognises(value))


def _outputs(properties: Properties, said: _Said, live: _Live) -> Properties:
    """Inputs and what is live. The inputs' order is kept where the values are the same."""
    written = [value for value in said.values if value in live.values]
    values = written if len(written) == len(live.values) else list(live.values)
    outputs = {**properties, "values": like(properties.get("values"), values), "zone": live.zone, "shared": live.shared}
    outputs.pop("ttl", None)
    return outputs if live.ttl is None else {**outputs, "ttl": live.ttl}


_Judge = Callable[[Zone], Wish]


class _Record:
    """See `CustomResource`."""

    token = TOKEN
    fields = FIELDS

    async def check(self, session: Session, news: Properties) -> tuple[Properties, list[Failure]]:
        checked, failures = inputs.check(news, FIELDS)
        if not failures:
            failures = list(_misfits(checked))
        if "dnsHost" not in checked and is_known(checked.get("name")) and not failures:
            checked |= await session.host_inputs(plain(checked["name"]), web=False)
        return checked, failures

    def diff(self, olds: Properties, news: Properties) -> Difference:
        replacing = [change for key in ("name", "type", "kind", "below") for change in scalar_change(key, olds, news, replaces=True)]
        changes = [*replacing, *list_changes("values", plain(olds.get("values")) or [], plain(news.get("values")))]
        if news.get("values") and news.get("ttl") is not None and not olds.get("shared"):
            changes += scalar_change("ttl", olds, news)
        for key in ("domain", "dnsHost", "directory"):
            changes += scalar_change(key, olds, news)
        return Difference(changes=tuple(changes), delete_first=bool(replacing) and olds.get("name") == news.get("name"))

    async def create(self, session: Session, target: Target, news: Properties) -> tuple[str, Properties]:
        if not is_known(news):
            return "", {**news, "zone": UNKNOWN, "shared": UNKNOWN}
        said = _said(news)
        before: list[str] = []

        def judge(zone: Zone) -> Wish:
            wish = _wish_to_create(said, zone, session, target)
            before[:] = _live(said, said.claims, zone).values
            return wish

        outputs = await (_previewed(session, target, news, (), judge) if target.preview else _made(session, news, judge))
        if said.values and {*before} - {*said.values}:  # of a Create, the engine itself shows only what will be
            await session.log(f"taken over: {_told(before)} becomes {_told(said.values)}", urn=target.urn)
        if not target.preview:
            session.take(news, said.id, target.urn)
        return said.id, outputs

    async def read(self, session: Session, resource_id: str, inputs: Properties, state: Properties) -> Found | None:
        known = inputs or {key: value for key, value in state.items() if key in FIELDS} or await _from_id(session, resource_id)
        said = _said(known)
        live = _live(said, said.claims, await look(session.dns(known), said.name))
        is_absence = bool(inputs or state) and not said.values
        if not live.values and not is_absence:
            return None
        outputs = _outputs(known, said, live)
        found: Properties = {**known, "values": outputs["values"]}
        if known.get("ttl") is not None and not live.shared and live.ttl is not None:
            found["ttl"] = live.ttl
        return Found(id=said.id, outputs=outputs, inputs=found)

    async def update(self, session: Session, target: Target, resource_id: str, olds: Properties, news: Properties) -> Properties:
        if not is_known(news):
            return {**olds, **news}
        said, before = _said(news), _said(olds)
        if target.preview:
            return await _previewed(session, target, news, before.values, lambda zone: _wish_to_update(said, before, zone))
        outputs = await _made(session, news, lambda zone: _wish_to_update(said, before, zone))
        session.take(news, said.id, target.urn)
        return outputs

    async def delete(self, session: Session, target: Target, resource_id: str, olds: Properties) -> None:
        said = _said(olds)
        if not said.values:
            return
        host = session.dns(olds)
        owner = session.taken_by_another(olds, resource_id, target.urn)
        if owner is not None:
            await session.log(f"{said.id} stays: it is {owner} now", urn=target.urn)
            return
        left: list[str] = []

        def judge(zone: Zone) -> Wish:
            left[:] = [value for value in _live(said, (said.own_claim,), zone).values if value not in said.values]
            return Wish(records=replace(said, values=tuple(left)).records, claims=(said.own_claim,))

        await session.writes.send(Order(host=host, name=said.name, judge=judge))
        if left:
            text = f"left at {said.name}, because this stack did not put it there: {', '.join(left)}"
            await session.log(text, urn=target.urn, warning=True)


RECORD: Final = _Record()


def _misfits(checked: Properties) -> Iterator[Failure]:
    """What only several inputs together tell."""
    if not all(is_known(checked.get(key)) for key in ("domain", "kind", "name", "type")):
        return
    record_type, kind = plain(checked["type"]), plain(checked["kind"])
    try:
        recognises = claim(plain(checked["domain"]), kind, plain(checked["name"]), record_type).recognises
    except LookupError:
        yield Failure("kind", f"there is no kind {kind!r} of {record_type} records; kinds begin with {', '.join((*modules(), 'web'))}")
        return
    values = checked["values"]
    if is_known(values):
        try:
            checked["values"] = like(values, inputs.record_values(record_type, plain(values)))
        except Wrong as e:
            yield Failure(f"values{e.at}", str(e))
            return
        for i, value in enumerate(plain(checked["values"])):
            if not recognises(value):
                yield Failure(f"values[{i}]", f"is no {kind} record, so that it would not be recognised as one later")
    if checked.get("below") and plain(values):
        yield Failure("below", "means every name below this one, where only an empty list of values can be seen to")


def _wish_to_create(said: _Said, zone: Zone, session: Session, target: Target) -> Wish:
    live = _live(said, said.claims, zone)
    if said.values and live.values and set(live.values) != set(said.values) and not said.adopt:
        raise AlreadyThere(_already_there(said, live, session.component_of.get((target.type, target.name)), target))
    return Wish(records=said.records, claims=said.claims)


def _wish_to_update(said: _Said, before: _Said, zone: Zone) -> Wish:
    live = _live(said, said.claims, zone)
    if live.values and {*live.values} not in ({*said.values}, {*before.values}) and not said.adopt:
        raise ConflictError(
            f"{said.name} {said.type} is {_told(live.values)} by now, which is neither what this stack knows, {_told(before.values)}, nor "
            f"what is wanted: `pulumi refresh` takes note of it, and the next preview shows what would change"
        )
    return Wish(records=said.records, claims=said.claims)


def _told(values: Sequence[str]) -> str:
    return " and ".join(f'"{value}"' for value in values) or "not there"


def _already_there(said: _Said, live: _Live, component: str | None, target: Target) -> str:
    parent = f" --parent 'posture={component}'" if component else ""
    whose = "the Posture" if component else "this Record"
    return (
        f"{said.name} {said.type} is {_told(live.values)} already, and this stack does not manage it; wanted is {_told(said.values)}.\n"
        f"Say `adopt: true` in {whose} to have it changed, or import it first:\n"
        f"    pulumi import {TOKEN} '{target.name}' '{said.id}'{parent}"
    )


async def _previewed(session: Session, target: Target, news: Properties, before: tuple[str, ...], judge: _Judge) -> Properties:
    """What would be there, where the state has the values of `before`; what would keep it from being made is told as a warning, for the very look may be out of date by then."""
    said = _said(news)
    zone = await look(session.dns(news), said.name)
    live = _live(said, said.claims, zone)
    if target.urn not in session.replaced:  # else what is in the way is what goes first
        for reason in _reasons(said, before, live, judge, zone):
            await session.log(reason, urn=target.urn, warning=True)
    ttl = said.ttl if said.ttl is not None and not live.shared else live.ttl
    return _outputs(news, said, replace(live, values=said.values, ttl=ttl))


def _reasons(said: _Said, before: tuple[str, ...], live: _Live, judge: _Judge, zone: Zone) -> Iterator[str]:
    try:
        yield from (conflict.message for conflict in planned([judge(zone)], zone).conflicts)
    except (Refused, ConflictError) as e:
        yield str(e)
    going = [value for value in live.values if value not in before]
    if going and not said.values:
        yield f"goes from {said.name}: {', '.join(going)}"


async def _made(session: Session, news: Properties, judge: _Judge) -> Properties:
    said = _said(news)
    done = await session.writes.send(Order(host=session.dns(news), name=said.name, judge=judge))
    live = _live(said, said.claims, done.before)
    return _outputs(news, said, replace(live, values=said.values, ttl=_ttl(said, done, live)))


def _ttl(said: _Said, done: Done, live: _Live) -> int | None:
    if not said.values:
        return None
    return next((change.ttl for change in done.changes if change.key == (said.name, said.type)), live.ttl)


async def _from_id(session: Session, resource_id: str) -> Properties:
    """The inputs of an import. Raises `UsageError` for an id that is none."""
    try:
        name, record_type, kind = resource_id.split("/", 2)
        below = name.startswith(_BELOW)
        name = inputs.name(name.removeprefix(_BELOW))
        claim("", kind, name, record_type)
    except (ValueError, LookupError) as e:
        example = "_dmarc.example.com/TXT/dmarc"
        raise UsageError(f"{resource_id!r} is no id of a Record, which is NAME/TYPE/KIND, like {example}") from e
    hosts = await session.host_inputs(name, web=False)
    domain = await session.domain_of(name) or _guessed_domain(name, kind)
    return {"domain": domain, "kind": kind, "name": name, "type": record_type, "values": [], **({"below": True} if below else {}), **hosts}


def _guessed_domain(name: str, kind: str) -> str:
    """What stands behind the last label with an underscore; for the records of a served host name, what stands behind its first label."""
    parts = labels(name)
    skip = kind.count("/") if kind.startswith("web/") else max((i + 1 for i, label in enumerate(parts) if label.startswith("_")), default=0)
    return ".".join(parts[skip:])
