"""What a domain publishes, as a domain like those of a file: so that the same rules judge it.

Each text has a place of its own: its path is a DNS URI (RFC 4501), its lines are the values of the set, and columns count its octets,
each from 1. Octets that are no UTF-8, and line breaks, count as one character.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from emailauth.core.diagnostic import Diagnostic, Route, Span
from emailauth.core.observation import Observation
from emailauth.core.posture import Domain, Posture, Section
from emailauth.core.question import Question
from emailauth.lint.engine import Raised, run
from emailauth.lint.rules import all_rules
from emailauth.protocols import bimi, dmarc, modules, mta_sts, mx, spf, tls_rpt
from emailauth.protocols.bimi.record import InvalidTextError as InvalidBimiError
from emailauth.protocols.bimi.record import parse as parse_bimi
from emailauth.protocols.tls_rpt import InvalidTextError as InvalidTlsRptError

_BREAKS: Final = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_WHOLE: Final = Span(1, 1, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that is published: the values of a record set that a protocol takes for its own, or a file."""

    path: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines as a file would have them."""
        return "".join(f"{_BREAKS.sub(chr(0xFFFD), line)}\n" for line in self.lines)

    def span(self, line: int = 1, start: int = 0, end: int | None = None) -> Span:
        """A piece of a line, whose number counts from 1, by offsets from 0; the whole line where none are given."""
        length = len(self.lines[line - 1]) if self.lines else 0
        return Span(line, start + 1, line, max(start, length if end is None else end) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What was made of one text: a section, if it says one, and where its settings stand."""

    key: str
    text: Text
    section: Section | None = None
    spans: Mapping[Route, Span]
    """By route relative to the section; () is the section itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A domain as it is published."""

    domain: Domain
    parts: Mapping[str, _Part]

    @property
    def texts(self) -> tuple[Text, ...]:
        """What is published, each text with its path."""
        return tuple(part.text for part in self.parts.values() if part.text.lines)

    def place(self, route: Route) -> tuple[str, Span]:
        """Path and span of a route from the domain: of the nearest thing around it that has a place."""
        part = self.parts.get(str(route[0])) if route else None
        if part is None:
            return dns_uri(self.domain.name), _WHOLE
        nearest = max((known for known in part.spans if route[1 : len(known) + 1] == known), key=len)
        return part.text.path, part.spans[nearest]


def questions(domain: str) -> tuple[Question, ...]:
    """What `published` needs the answers of."""
    return tuple(reader.owner(domain) for reader in _READERS)


def published(name: str, observation: Observation) -> Published:
    """What was observed of a domain. What cannot be understood makes no section, and neither does what was not answered."""
    parts: dict[str, _Part] = {}
    for reader in _READERS:
        question = reader.owner(name)
        answer = observation.answers.get(question)
        values = [value for value in (answer.values if answer else ()) if reader.recognises(value)]
        text = Text(path=dns_uri(question.name, question.type), lines=tuple(values))
        section, spans = reader.read(text) if values else (None, {})
        parts[reader.key] = _Part(key=reader.key, text=text, section=section, spans={(): text.span(), **spans})
    if (policy := _policy(name, observation)) is not None:
        parts[policy.key] = policy
    sections = {key: part.section for key, part in parts.items() if part.section is not None}
    return Published(domain=Domain(name=name, route=("domains", name), sections=sections), parts=parts)


def lint_published(domains: Iterable[Published], observation: Observation) -> tuple[Diagnostic, ...]:
    """What the rules find in domains as they are published, sorted by place. Nobody can apply a fix there, so none is told."""
    by_name = {one.domain.name: one for one in domains}
    posture = Posture(domains=tuple(one.domain for one in by_name.values()))
    found = [_diagnostic(raised, by_name) for raised in run(posture, all_rules(), observation)]
    return tuple(sorted(found, key=lambda diagnostic: diagnostic.order))


def _diagnostic(raised: Raised, by_name: Mapping[str, Published]) -> Diagnostic:
    route = raised.finding.at
    name = str(route[1]) if len(route) > 1 else next(iter(by_name))
    path, span = by_name[name].place(route[2:])
    return Diagnostic(
        path=path,
        span=span,
        rule=raised.rule.id,
        severity=raised.rule.strength.severity,
        message=raised.finding.message,
        clause=raised.rule.clause,
        domains=() if raised.domain is None else (raised.domain,),
        route=route,
        secret=raised.rule.secret,
    )


def dns_uri(name: str, record_type: str = "") -> str:
    """The URI of a record set (RFC 4501 section 3)."""
    return f"dns:{name}?type={record_type}" if record_type else f"dns:{name}"


_Read = tuple[Section | None, Mapping[Route, Span]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Makes a section of a record set."""

    key: str
    label: str
    """What stands before the domain in the owner name, with its dot; empty: nothing."""
    type: str = "TXT"
    read: Callable[[Text], _Read]

    def owner(self, domain: str) -> Question:
        """Where the records of a domain stand."""
        return Question(name=f"{self.label}{domain}", type=self.type)

    def recognises(self, value: str) -> bool:
        """Whether a value is the protocol's."""
        return modules()[self.key].RECOGNISES[self.type](value)


def _spf(text: Text) -> _Read:
    """Each term as an item of `allow`, so that every one keeps its place. Several records are none."""
    record = spf.parse(text.lines[0]) if len(text.lines) == 1 else None
    if record is None:
        return None, {}
    spans: dict[Route, Span] = {("allow", i): text.span(1, *term.span) for i, term in enumerate(record.terms)}
    return spf.Spf(allow=tuple(term.text for term in record.terms)), spans


_DMARC: Final[Mapping[str, tuple[str, Mapping[str, Any] | str]]] = {
    "p": ("policy", {}),
    "sp": ("subdomain_policy", {}),
    "np": ("nonexistent_subdomain_policy", {}),
    "t": ("testing", {"y": True, "n": False}),
    "psd": ("public_suffix_domain", {"y": True, "n": False}),
    "adkim": ("dkim_alignment", {"r": "relaxed", "s": "strict"}),
    "aspf": ("spf_alignment", {"r": "relaxed", "s": "strict"}),
    "rua": ("aggregate_reports", ","),
    "ruf": ("failure_reports", ","),
    "fo": ("failure_options", ":"),
}
"""The setting of each tag, and what its value means there: by word, or what separates the items of its list."""


def _dmarc(text: Text) -> _Read:
    """None where receivers do not take it as it stands: several records, or an invalid one."""
    record = dmarc.parse(text.lines[0])
    if len(text.lines) > 1 or not record.is_dmarc:
        return None, {}
    plain: dict[str, Any] = {}
    spans: dict[Route, Span] = {}
    for tag in record.tags:
        setting, meaning = _DMARC.get(tag.name, ("", {}))
        if not setting or tag.value.lower() == "u":  # psd=u says what is said by nothing
            continue
        spans[setting,] = text.span(1, tag.start, tag.end)
        if isinstance(meaning, str):
            items = list(_items(tag.value, meaning))
            first = tag.end - len(tag.value)
            plain[setting] = tuple(item for item, _ in items)
            spans |= {(setting, i): text.span(1, first + at, first + at + len(item)) for i, (item, at) in enumerate(items)}
        else:
            plain[setting] = meaning.get(tag.value.lower(), tag.value.lower())
    try:
        return msgspec.convert(plain, dmarc.Dmarc), spans
    except msgspec.ValidationError:
        return None, {}


def _items(value: str, separator: str) -> Iterator[tuple[str, int]]:
    """The items of a list, without white space around them, with their offsets in it."""
    at = 0
    for piece in value.split(separator):
        yield piece.strip(), at + len(piece) - len(piece.lstrip())
        at += len(piece) + 1


def _tls_rpt(text: Text) -> _Read:
    try:
        uris = tls_rpt.parse_record(text.lines[0])
    except InvalidTlsRptError:
        return None, {}
    if len(text.lines) > 1:
        return None, {}
    starts = [text.lines[0].find(uri) for uri in uris]
    spans: dict[Route, Span] = {
        ("reports", i): text.span(1, start, start + len(uri)) for i, (uri, start) in enumerate(zip(uris, starts, strict=True))
    }
    return tls_rpt.TlsRpt(reports=uris), spans


def _mx(text: Text) -> _Read:
    """The null MX is a section without hosts (RFC 7505 section 3)."""
    pairs = [value.split(" ", 1) for value in text.lines]
    hosts = tuple(mx.MailHost(preference=int(preference), host=host.removesuffix(".")) for preference, host in pairs if host != ".")
    spans: dict[Route, Span] = {(i,): text.span(i + 1) for i in range(len(hosts))}
    return mx.Mx(hosts=hosts), spans


def _bimi(text: Text) -> _Read:
    try:
        said = parse_bimi(text.lines[0])
    except InvalidBimiError:
        return None, {}
    if len(text.lines) > 1:
        return None, {}
    if not said.location:
        return bimi.section("declined"), {}
    return bimi.Bimi(logo=said.location, certificate=said.evidence or None), {}


def _mta_sts(text: Text) -> _Read:
    """The record says nothing but that there is a policy."""
    del text
    return None, {}


def _policy(name: str, observation: Observation) -> _Part | None:
    """The policy that senders find: the settings stand in its file."""
    url = mta_sts.policy_url(name)
    fetched = observation.fetches.get(url)
    if fetched is None or fetched.body is None:
        return None
    try:
        policy = mta_sts.parse_policy(fetched.body)
    except mta_sts.InvalidTextError:
        return None
    text = Text(path=url, lines=tuple(fetched.body.decode("utf-8", "replace").splitlines()))
    by_field: dict[str, list[int]] = {}
    for number, line in enumerate(text.lines, 1):
        by_field.setdefault(line.partition(":")[0], []).append(number)
    spans: dict[Route, Span] = {("mx", i): text.span(number) for i, number in enumerate(by_field.get("mx", ()))}
    spans |= {(key,): text.span(by_field[key][0]) for key in ("mode", "max_age")}
    section = msgspec.convert({"mode": policy.mode, "max_age": policy.max_age, "mx": policy.mx}, mta_sts.MtaSts)
    return _Part(key=mta_sts.KIND, text=text, section=section, spans={(): text.span(), **spans})


_READERS: Final = (
    _Reader(key="mx", label="", type="MX", read=_mx),
    _Reader(key="spf", label="", read=_spf),
    _Reader(key="dmarc", label="_dmarc.", read=_dmarc),
    _Reader(key="mta_sts", label="_mta-sts.", read=_mta_sts),
    _Reader(key="tls_rpt", label="_smtp._tls.", read=_tls_rpt),
    _Reader(key="bimi", label="default._bimi.", read=_bimi),
)
