"""`check_host`: may this client send for this domain? (RFC 7208 section 4.) Asks by yielding questions; does no I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv6Address, ip_address
from typing import Final, TypeAlias

from emailauth.core.question import Answer, Question, Questions
from emailauth.protocols.spf.domain_spec import DomainSpec, Macro, NotATerm, macro_string, shown
from emailauth.protocols.spf.macros import (
    MAX_NAME,
    UNKNOWN,
    Address,
    Message,
    a_labels,
    expand,
    expand_name,
    name_to_ask,
    needs_client_name,
)
from emailauth.protocols.spf.record import MAX_LOOKUPS, Record, is_record, parse
from emailauth.protocols.spf.terms import (
    A,
    Directive,
    Exists,
    Explanation,
    Include,
    Ip4,
    Mx,
    Network,
    Ptr,
    Qualifier,
    Redirect,
)


class ResultCode(Enum):
    """The results of an evaluation (section 2.6)."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


RESULTS: Final = {
    Qualifier.PASS: ResultCode.PASS,
    Qualifier.FAIL: ResultCode.FAIL,
    Qualifier.SOFTFAIL: ResultCode.SOFTFAIL,
    Qualifier.NEUTRAL: ResultCode.NEUTRAL,
}
"""What a directive that matches gives (section 4.6.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Processing limits (section 4.6.4)."""

    lookups: int = MAX_LOOKUPS
    """Terms that query DNS."""
    voids: int = 2
    """Terms that query DNS for what is not there. The standard lets receivers choose, and recommends 2."""
    names: int = 10
    """MX hosts of one `mx`, more of which are an error, and names of one `ptr` or `%{p}`, more of which are ignored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A term that decided, and whose."""

    domain: str
    """Whose record it stands in."""
    term: Directive | Redirect


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What `check_host` returns."""

    result: ResultCode
    matches: tuple[Match, ...] = ()
    """The terms that decided, from the domain's own record inwards: redirects that were followed, the directive that matched and,
    where that is an include, what matched in there. Empty where nothing matched; of an error, the terms on the way to it."""
    explanation: str | None = None
    """What the domain's owner wants the sender of a message that fails to be told; None: nothing, or nothing that can be used."""
    lookups: int = 0
    """Terms that queried DNS; at the limit, the one that was too many included."""
    voids: int = 0
    """Terms that queried DNS for what is not there."""
    problem: str = ""
    """Why there is no better result, for a person; only for `none`, `temperror` and `permerror`."""

    @property
    def term(self) -> Directive | None:
        """The directive that matched, in the domain's own record or the one that this redirects to."""
        return next((match.term for match in self.matches if isinstance(match.term, Directive)), None)


_Chain: TypeAlias = tuple[Match, ...]
_Found: TypeAlias = tuple[ResultCode, _Chain, Record, str]
"""The result, the terms that decided, the record that it came from, and the domain of that record."""


class _Stop(Exception):
    """The evaluation ends with an error, wherever it has come to."""

    def __init__(self, result: ResultCode, problem: str) -> None:
        super().__init__(problem)
        self.result = result


def check_host(
    *, ip: Address, domain: str, sender: str, helo: str = "", receiver: str = UNKNOWN, now: int = 0, limits: Limits | None = None
) -> Questions[Result]:
    """Evaluates a domain's SPF record for one message.

    `ip` is the client's address, `domain` the one that is checked (of MAIL FROM, or HELO's), `sender` the address in MAIL FROM or
    HELO's name; `receiver`, the checking host's name, and `now`, in seconds since 1970, are for explanations only.
    No answer and no text raises. What is asked twice is yielded twice; who answers may remember.
    """
    evaluation = _Evaluation(_message(ip, sender, helo, receiver, now), limits or Limits())
    name = a_labels(domain).removesuffix(".")
    # Section 4.3. This name is not made by a macro, so it loses no labels where it is too long.
    if "." not in name or name.startswith("[") or len(name) > MAX_NAME or name_to_ask(name) is None:
        return Result(result=ResultCode.NONE, problem=f"{shown(domain)} is no fully qualified domain name")
    return (yield from evaluation.run(name))


def _message(ip: Address, sender: str, helo: str, receiver: str, now: int) -> Message:
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped  # section 5: such a client is an IPv4 client
    local_part, _, sender_domain = sender.rpartition("@")
    return Message(
        ip=ip,
        local_part=local_part or "postmaster",  # section 4.3
        sender_domain=a_labels(sender_domain),
        helo=a_labels(helo),
        receiver=receiver,
        now=now,
    )


class _Evaluation:
    """The evaluation for one message, with all its includes."""

    def __init__(self, message: Message, limits: Limits) -> None:
        self._message = message
        self._limits = limits
        self._lookups = 0
        self._voids = 0
        self._is_void = False
        self._way: list[Match] = []
        """The includes and redirects that led to the record that is evaluated."""

    def run(self, domain: str) -> Questions[Result]:
        """All of it."""
        try:
            found = yield from self._evaluate(domain)
        except _Stop as e:
            return Result(result=e.result, matches=tuple(self._way), lookups=self._lookups, voids=self._voids, problem=str(e))
        if found is None:
            return Result(result=ResultCode.NONE, problem=f"{domain} has no SPF record")
        result, matches, record, owner = found
        explanation = (yield from self._explanation(record, owner)) if result is ResultCode.FAIL else None
        return Result(result=result, matches=matches, explanation=explanation, lookups=self._lookups, voids=self._voids)

    def _evaluate(self, domain: str) -> Questions[_Found | None]:
        """Evaluates the record of a domain; None where it has none. Raises `_Stop`."""
        record = yield from self._record(domain)
        if record is None:
            return None
        for directive in record.tested:
            self._way.append(Match(domain=domain, term=directive))
            inner = yield from self._matches(directive, domain)
            match = self._way.pop()
            if inner is not None:
                return RESULTS[directive.qualifier], (match, *inner), record, domain
        if record.redirect:
            return (yield from self._redirected(record.redirect, domain))
        return ResultCode.NEUTRAL, (), record, domain  # section 4.7

    def _record(self, domain: str) -> Questions[Record | None]:
        """The one record of a domain (section 4.5). Raises `_Stop`."""
        name = name_to_ask(domain)
        if name is None:
            return None
        answer = yield Question(name=name, type="TXT")
        if answer.failed:
            raise _failed("TXT", domain, answer)
        found = [value for value in answer.values if is_record(value)]
        if len(found) > 1:
            raise _Stop(ResultCode.PERMERROR, f"{domain} has {len(found)} SPF records")
        record = parse(found[0]) if found else None
        if record and (problem := next(faults(record), None)):
            raise _Stop(ResultCode.PERMERROR, f"in the record of {domain}, {problem}")
        return record

    def _redirected(self, redirect: Redirect, domain: str) -> Questions[_Found]:
        """Section 6.1. The explanation is that of the record that decides."""
        self._way.append(Match(domain=domain, term=redirect))
        self._count()
        target = yield from self._target(redirect.domain, domain)
        self._end_term()
        found = yield from self._evaluate(target)
        if found is None:
            raise _Stop(ResultCode.PERMERROR, f"{target} has no SPF record, and {domain} redirects to it")
        match = self._way.pop()
        result, matches, record, owner = found
        return result, (match, *matches), record, owner

    def _matches(self, directive: Directive, domain: str) -> Questions[_Chain | None]:
        """What matched within a directive that matches, which is () but for an include; None: it does not match."""
        if not directive.queries_dns:
            return () if self._is_within(directive) else None
        self._count()
        if isinstance(directive, Include):
            return (yield from self._include(directive, domain))
        matched = yield from self._answers(directive, domain)
        self._end_term()
        return () if matched else None

    def _is_within(self, directive: Directive) -> bool:
        """Whether `all`, `ip4` or `ip6` matches."""
        if not isinstance(directive, Network):
            return True
        ip = self._message.ip
        return ip.version == (4 if isinstance(directive, Ip4) else 6) and directive.first <= int(ip) <= directive.last

    def _include(self, include: Include, domain: str) -> Questions[_Chain | None]:
        """Section 5.2: matches where the other record passes."""
        target = yield from self._target(include.domain, domain)
        self._end_term()
        found = yield from self._evaluate(target)
        if found is None:
            raise _Stop(ResultCode.PERMERROR, f"{target} has no SPF record, and {domain} includes it")
        return found[1] if found[0] is ResultCode.PASS else None

    def _answers(self, directive: Directive, domain: str) -> Questions[bool]:
        """Whether a mechanism that looks at DNS by itself matches."""
        if isinstance(directive, Exists):
            name = name_to_ask((yield from self._target(directive.domain, domain)))
            answer = yield from self._ask(name, "A")  # also for an IPv6 client (section 5.7)
            return bool(answer.values)
        if isinstance(directive, A):
            name = name_to_ask((yield from self._target(directive.domain, domain)))
            return (yield from self._has_client(name, directive))
        if isinstance(directive, Mx):
            return (yield from self._mx(directive, domain))
        return isinstance(directive, Ptr) and (yield from self._ptr(directive, domain))

    def _mx(self, mx: Mx, domain: str) -> Questions[bool]:
        """Section 5.4. Too many hosts are an error even where an early one would match: their order says nothing."""
        target = yield from self._target(mx.domain, domain)
        answer = yield from self._ask(name_to_ask(target), "MX")
        if len(answer.values) > self._limits.names:
            raise _Stop(
                ResultCode.PERMERROR, f"{target} has {len(answer.values)} MX records, and at most {self._limits.names} may be looked up"
            )
        for value in answer.values:
            host = value.split(" ")[-1].removesuffix(".")  # empty for a null MX (RFC 7505)
            if host and (yield from self._has_client(host, mx)):
                return True
        return False

    def _ptr(self, ptr: Ptr, domain: str) -> Questions[bool]:
        """Section 5.5."""
        target = (yield from self._target(ptr.domain, domain)).removesuffix(".").lower()
        names = yield from self._client_names()
        return any(name == target or name.endswith(f".{target}") for name in names)

    def _has_client(self, name: str | None, term: A | Mx) -> Questions[bool]:
        """Whether the client is in the ranges around a name's addresses."""
        ip = self._message.ip
        answer = yield from self._ask(name, _address_type(ip))
        shift = ip.max_prefixlen - (term.ip4_length if ip.version == 4 else term.ip6_length)  # noqa: PLR2004 - the version's number
        return any(int(ip_address(value)) >> shift == int(ip) >> shift for value in answer.values)

    def _client_names(self) -> Questions[list[str]]:
        """The client's validated names (section 5.5): those with an address that is the client's. Errors make none, or skip one."""
        ip = self._message.ip
        pointers = yield Question(name=self._message.reverse_name, type="PTR")
        self._is_void |= pointers.is_void
        validated: list[str] = []
        for value in pointers.values[: self._limits.names]:
            name = value.removesuffix(".").lower()
            answer = yield Question(name=name, type=_address_type(ip))
            self._is_void |= answer.is_void
            if any(ip_address(address) == ip for address in answer.values):
                validated.append(name)
        return validated

    def _client_name(self, domain: str) -> Questions[str]:
        """What `%{p}` is: the domain itself, else a name below it, else any (section 7.3)."""
        names = yield from self._client_names()
        domain = domain.lower()
        return min(names, key=lambda name: (name != domain, not name.endswith(f".{domain}")), default=UNKNOWN)

    def _target(self, spec: DomainSpec | None, domain: str) -> Questions[str]:
        """The target-name (section 4.8)."""
        if spec is None:
            return domain
        return expand_name(spec.parts, self._message, domain, (yield from self._client_name_for(spec.parts, domain)))

    def _client_name_for(self, parts: tuple[str | Macro, ...], domain: str) -> Questions[str]:
        return (yield from self._client_name(domain)) if needs_client_name(parts) else UNKNOWN

    def _ask(self, name: str | None, record_type: str) -> Questions[Answer]:
        """The answer to one of a term's questions. Raises `_Stop`. A name that cannot be (None) matches nothing (section 4.8)."""
        if name is None:
            return Answer()
        answer = yield Question(name=name, type=record_type)
        if answer.failed:
            raise _failed(record_type, name, answer)
        self._is_void |= answer.is_void
        return answer

    def _count(self) -> None:
        """Counts a term that queries DNS, before it does. Raises `_Stop`."""
        self._lookups += 1
        self._is_void = False
        if self._lookups > self._limits.lookups:
            raise _Stop(ResultCode.PERMERROR, f"more than {self._limits.lookups} terms query DNS")

    def _end_term(self) -> None:
        """Counts a term whose queries found nothing: once, for the limit is one of terms. Raises `_Stop`."""
        self._voids += self._is_void
        self._is_void = False
        if self._voids > self._limits.voids:
            raise _Stop(ResultCode.PERMERROR, f"more than {self._limits.voids} terms query DNS for what is not there")

    def _explanation(self, record: Record, domain: str) -> Questions[str | None]:
        """Section 6.2: whatever goes wrong, there is none. Counts towards no limit."""
        modifier = next((term for term in record.terms if isinstance(term, Explanation)), None)
        if modifier is None:
            return None
        name = name_to_ask((yield from self._target(modifier.domain, domain)))
        answer = Answer() if name is None else (yield Question(name=name, type="TXT"))
        if len(answer.values) != 1 or not answer.values[0].isascii():
            return None
        try:
            parts = macro_string(answer.values[0])
        except NotATerm:
            return None
        return expand(parts, self._message, domain, (yield from self._client_name_for(parts, domain)))


def faults(record: Record) -> Iterator[str]:
    """What makes a record one that no receiver can interpret (sections 4.6 and 6)."""
    for term in record.malformed:
        yield f"{term.text!r}: {term.reason}"
    for kind, name in ((Redirect, "redirect"), (Explanation, "exp")):
        if sum(isinstance(term, kind) for term in record.terms) > 1:
            yield f"{name}= is there twice"


def _failed(record_type: str, name: str, answer: Answer) -> _Stop:
    return _Stop(ResultCode.TEMPERROR, f"the question for {record_type} of {name} failed: {answer.status.value}")


def _address_type(ip: Address) -> str:
    return "A" if ip.version == 4 else "AAAA"  # noqa: PLR2004 - the version's number
