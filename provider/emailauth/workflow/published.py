"""What a domain publishes, as a domain like those of a file: so that the same rules judge it.

Each text has a place of its own: its path is a DNS URI (RFC 4501), its lines are the values of the set, and columns count its octets,
each from 1. Octets that are no UTF-8, and line breaks, count as one character.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from emailauth.core.diagnostic import Diagnostic, Route, Span
from emailauth.core.observation import Observation
from emailauth.core.posture import Domain, Posture, Section
from emailauth.core.question import Question, Status
from emailauth.core.remembered import remembered
from emailauth.lint.engine import Raised, run
from emailauth.lint.rules import all_rules
from emailauth.protocols import bimi, dkim, dmarc, modules, mta_sts, mx, spf, tls_rpt
from emailauth.protocols.bimi.record import InvalidTextError as InvalidBimiError
from emailauth.protocols.bimi.record import parse as parse_bimi
from emailauth.protocols.tls_rpt import InvalidTextError as InvalidTlsRptError

_BREAKS: Final = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_WHOLE: Final = Span(1, 1, 1, 1)


class Text(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What was made of one text: a section, if it says one, and where its settings stand."""

    key: str
    text: Text
    section: Section | None = None
    pieces: "_Pieces"

    @remembered
    def places(self) -> "Mapping[Route, _Piece]":
        """Where the section and its settings stand: a record of 10,000 terms can have 10,000 findings."""
        return {(): _LINE, **self.pieces()}


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
        part = self.parts.get("/".join(map(str, route[:2]))) or self.parts.get(str(route[0])) if route else None
        if part is None:
            return dns_uri(self.domain.name), _WHOLE
        inside = route[1:]
        nearest = next(inside[:n] for n in range(len(inside), -1, -1) if inside[:n] in part.places)
        return part.text.path, part.text.span(*part.places[nearest])


def questions(domain: str) -> tuple[Question, ...]:
    """What `published` needs the answers of first; `probes` are the rest."""
    return (*(reader.owner(domain) for reader in _READERS), _below(domain))


def probes(domain: str, observation: Observation) -> tuple[Question, ...]:
    """The usual selectors of a domain that no file describes, and whether a wildcard answers for them all.

    None where the answers to `questions` say that there is no selector (RFC 8020), or do not say whether there is any.
    """
    answer = observation.answers.get(_below(domain))
    if answer is None or answer.failed or answer.status is Status.NXDOMAIN:
        return ()
    names = [dkim.wildcard(domain), *(dkim.owner(selector, domain) for selector in dkim.PROBED)]
    return tuple(Question(name=name, type="TXT") for name in names)


def _below(domain: str) -> Question:
    return Question(name=f"_domainkey.{domain}", type="TXT")


def published(name: str, observation: Observation) -> Published:
    """What was observed of a domain. What cannot be understood makes no section, and neither does what was not answered."""
    parts: dict[str, _Part] = {}
    for reader in _READERS:
        question = reader.owner(name)
        answer = observation.answers.get(question)
        values = [value for value in (answer.values if answer else ()) if reader.recognises(value)]
        text = Text(path=dns_uri(question.name, question.type), lines=tuple(values))
        section, pieces = read(reader.key, text.lines) if values else _NOTHING
        parts[reader.key] = _Part(key=reader.key, text=text, section=section, pieces=pieces)
    if (policy := _policy(name, observation)) is not None:
        parts[policy.key] = policy
    sections = {key: part.section for key, part in parts.items() if part.section is not None}
    if keys := _keys(name, observation):
        parts |= {f"{dkim.Dkim.KEY}/{selector}": _Part(key=selector, text=text, pieces=dict) for selector, text in keys.items()}
        sections[dkim.Dkim.KEY] = _dkim(keys)
    return Published(domain=Domain(name=name, route=("domains", name), sections=sections), parts=parts)


def read(key: str, lines: "_Lines") -> "_Read":
    """The section that the records of a protocol say, at least one, None where receivers do not take them; and where its settings stand."""
    return _READ[key](lines)


def lint_published(domains: Iterable[Published], observation: Observation) -> tuple[Diagnostic, ...]:
    """What the rules find in domains as they are published, sorted by place. Nobody can apply a fix there, so none is told."""
    by_name = {one.domain.name: one for one in domains}
    posture = Posture(domains=tuple(one.domain for one in by_name.values()))
    found = [_diagnostic(raised, by_name) for raised in run(posture, all_rules(), observation)]
    return tuple(sorted(found, key=lambda diagnostic: diagnostic.order))


def _diagnostic(raised: Raised, by_name: Mapping[str, Published]) -> Diagnostic:
    route = raised.at
    name = str(route[1]) if len(route) > 1 else next(iter(by_name))
    path, span = by_name[name].place(route[2:])
    return Diagnostic(
        path=path,
        span=span,
        rule=raised.rule.id,
        severity=raised.rule.strength.severity,
        message=raised.message,
        clause=raised.rule.clause,
        domains=() if raised.domain is None else (raised.domain,),
        route=route,
        secret=raised.rule.secret,
    )


def dns_uri(name: str, record_type: str = "") -> str:
    """The URI of a record set (RFC 4501 section 3)."""
    return f"dns:{name}?type={record_type}" if record_type else f"dns:{name}"


_Lines: TypeAlias = tuple[str, ...]
"""The values of a record set that are a protocol's."""
_Piece: TypeAlias = tuple[int, int, int | None]
"""What `Text.span` takes."""
_Pieces: TypeAlias = Callable[[], Mapping[Route, _Piece]]
"""Where settings stand, by route relative to the section; worked out where it is asked for: that would be a third of the work on a record."""
_LINE: Final[_Piece] = (1, 0, None)
_Read: TypeAlias = tuple[Section | None, _Pieces]
_NOTHING: Final[_Read] = (None, dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Makes a section of a record set."""

    key: str
    label: str
    """What stands before the domain in the owner name, with its dot; empty: nothing."""
    type: str = "TXT"
    read: Callable[[_Lines], _Read]

    def owner(self, domain: str) -> Question:
        """Where the records of a domain stand."""
        return Question(name=f"{self.label}{domain}", type=self.type)

    def recognises(self, value: str) -> bool:
        """Whether a value is the protocol's."""
        return modules()[self.key].RECOGNISES[self.type](value)


def _spf(lines: _Lines) -> _Read:
    """Each term as an item of `allow`, so that every one keeps its place. Several records are none."""
    record = spf.parse(lines[0], spf.in_allow) if len(lines) == 1 else None
    if record is None:
        return _NOTHING
    return spf.of_record(record), lambda: {("allow", i): (1, *term.span) for i, term in enumerate(record.terms)}


def _keys(domain: str, observation: Observation) -> Mapping[str, Text]:
    """The key records at usual selectors. What a wildcard answers, or can answer, for every name there is, stands at none of them."""
    anything = observation.answers.get(Question(name=dkim.wildcard(domain), type="TXT"))
    if anything is None or anything.failed:
        return {}
    found: dict[str, Text] = {}
    for selector in dkim.PROBED:
        question = Question(name=dkim.owner(selector, domain), type="TXT")
        answer = observation.answers.get(question)
        values = tuple(value for value in answer.values if dkim.is_key_record(value)) if answer else ()
        if values and answer != anything:
            found[selector] = Text(path=dns_uri(question.name, question.type), lines=values)
    return found


def _dkim(keys: Mapping[str, Text]) -> dkim.Dkim:
    """Of several records the first counts; that there are several is told by itself."""
    says: dict[str, dkim.Says] = {}
    for selector, text in keys.items():
        record = text.lines[0]
        says[selector] = dkim.REVOKED_KEY if dkim.parse(record).is_revoked else dkim.DkimKey(record=record)
    return dkim.Dkim(keys=says, is_partial=True)


def _dmarc(lines: _Lines) -> _Read:
    """None where receivers do not take it as it stands: several records, or an invalid one."""
    record = dmarc.parse(lines[0]) if len(lines) == 1 else None
    section = dmarc.of_record(record) if record is not None else None
    if record is None or section is None:
        return _NOTHING
    return section, lambda: {route: (1, *place) for route, place in dmarc.places(record).items()}


def _tls_rpt(lines: _Lines) -> _Read:
    try:
        uris = tls_rpt.parse_record(lines[0])
    except InvalidTlsRptError:
        return _NOTHING
    if len(lines) > 1:
        return _NOTHING
    starts = [lines[0].find(uri) for uri in uris]
    pieces: dict[Route, _Piece] = {
        ("reports", i): (1, start, start + len(uri)) for i, (uri, start) in enumerate(zip(uris, starts, strict=True))
    }
    return tls_rpt.TlsRpt(reports=uris), lambda: pieces


def _mx(lines: _Lines) -> _Read:
    """The null MX is a section without hosts (RFC 7505 section 3)."""
    pairs = [value.split(" ", 1) for value in lines]
    hosts = tuple(mx.MailHost(preference=int(preference), host=host.removesuffix(".")) for preference, host in pairs if host != ".")
    return mx.Mx(hosts=hosts), lambda: {(i,): (i + 1, 0, None) for i in range(len(hosts))}


def _bimi(lines: _Lines) -> _Read:
    try:
        said = parse_bimi(lines[0])
    except InvalidBimiError:
        return _NOTHING
    if len(lines) > 1:
        return _NOTHING
    if not said.location:
        return bimi.section("declined"), dict
    return bimi.Bimi(logo=said.location, certificate=said.evidence or None), dict


def _mta_sts(lines: _Lines) -> _Read:
    """The record says nothing but that there is a policy."""
    del lines
    return _NOTHING


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
    # Broken where the grammar of a policy breaks it: other characters that Python takes for line ends are part of a value.
    text = Text(path=url, lines=tuple(re.split(r"\r?\n", re.sub(r"\r?\n\Z", "", fetched.body.decode("utf-8", "replace")))))
    by_field: dict[str, list[int]] = {}
    for number, line in enumerate(text.lines, 1):
        by_field.setdefault(line.partition(":")[0], []).append(number)
    pieces: dict[Route, _Piece] = {("mx", i): (number, 0, None) for i, number in enumerate(by_field.get("mx", ()))}
    pieces |= {(key,): (by_field[key][0], 0, None) for key in ("mode", "max_age")}
    section = msgspec.convert({"mode": policy.mode, "max_age": policy.max_age, "mx": policy.mx}, mta_sts.MtaSts)
    return _Part(key=mta_sts.KIND, text=text, section=section, pieces=lambda: pieces)


_READERS: Final = (
    _Reader(key="mx", label="", type="MX", read=_mx),
    _Reader(key="spf", label="", read=_spf),
    _Reader(key="dmarc", label="_dmarc.", read=_dmarc),
    _Reader(key="mta_sts", label="_mta-sts.", read=_mta_sts),
    _Reader(key="tls_rpt", label="_smtp._tls.", read=_tls_rpt),
    _Reader(key="bimi", label="default._bimi.", read=_bimi),
)
_READ: Final = {reader.key: reader.read for reader in _READERS}
