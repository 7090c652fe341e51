"""The text of the DMARC record that is in DNS today, and other texts beside it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.core.question import Answer, Question, answered
from emailauth.lint.rule import ADVICE, MUST, Context, rule
from emailauth.protocols import dmarc
from emailauth.protocols.dmarc.policy import the_record
from emailauth.protocols.dmarc.record import is_request

_AT: Final = (dmarc.Dmarc.KEY,)
_TAGS: Final = ("v", "p", "sp", "np", "t", "psd", "adkim", "aspf", "rua", "ruf", "fo")
_REQUESTS: Final = frozenset({"p", "sp", "np"})
_LISTS: Final = frozenset({"rua", "ruf", "fo"})
"""Tags of whose items the rules on the section `dmarc` say what is wrong."""
_REMOVED: Final = {
    "rf": "there is only one format of failure reports now",
    "ri": "aggregate reports come once a day",
}
"""The tags of RFC 7489 that RFC 9989 removed, but for pct."""
_ALIGNMENTS: Final = ("adkim", "aspf")
_CLUTTER: Final = re.compile(r"[\s\"'\\\u00ab\u00bb\u2018-\u201f\u200b-\u200d\u2060\ufeff]")
"""What gets around and into a text that is pasted: quotes, backslashes, white space, and characters without width."""
_MEANT: Final = re.compile(r"v=d?marc|dmarc1|p=(?:none|quarantine|reject)(?![a-z])|.*;v=dmarc1", re.IGNORECASE | re.ASCII)
_SHOWN: Final = 60


@rule(MUST, "RFC 9989 section 4.7", covers=["DMARC-004", "DMARC-005"])
def dmarc_text_not_recognised(observation: Observation, context: Context) -> Iterator[Finding]:
    r"""A text in DNS is meant to be a DMARC record, and does not begin like one.

    Receivers only take what begins with `v=DMARC1`, in these letters, and pass over all else: the domain has no policy. Mostly the quotes of a
    documentation, the backslashes of a zone file or a space were pasted along, or another tag stands first.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1\\; p=reject"]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    """
    for value in _values(observation, context):
        if _is_meant(value):
            why = "must begin with v=DMARC1, and what follows with a semicolon"
            yield Finding(f"receivers pass over the text {_shown(value)}, which {why}", at=_AT)


@rule(MUST, "RFC 9989 section 4.8", covers=["DMARC-005", "DMARC-010", "DMARC-011", "DMARC-012", "DMARC-027", "DMARC-033", "DMARC-034"])
def dmarc_published_record_invalid(observation: Observation, context: Context) -> Iterator[Finding]:
    """The DMARC record that is in DNS today is not written as it must be.

    Where p is missing, or p, sp or np say what is no policy, nothing of the record is applied: receivers act as if it said `p=none` where it
    asks for reports at a valid URI, and apply no DMARC where it does not (section 4.10.1). Other mistakes lose the tag that they are in.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=rejct"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    """
    record = the_record(_values(observation, context))
    if record is None:
        return
    author = context.require_domain().name
    discovery = answered(dmarc.discover(author), lambda question: observation.answer(question.name, question.type))
    firsts = {tag.name: tag.start for tag in reversed(record.tags)}
    names = {start: tag for tag, start in firsts.items()}
    told = _LISTS if _is_section(observation, context) else frozenset()
    if discovery.tag is None:  # nothing of what is requested can be applied
        yield Finding(discovery.why, at=_AT)
        told |= _REQUESTS
    for problem in record.problems:
        name = names.get(problem.start, "")
        if name not in told:
            effect = ": receivers take relaxed alignment" if name in _ALIGNMENTS else ""
            yield Finding(f"the record in DNS is not written as it must be: {problem.message}{effect}", at=_AT)


@rule(ADVICE, "RFC 9989 appendix C.5.2", covers=["DMARC-025", "DMARC-026"])
def dmarc_removed_tag(observation: Observation, context: Context) -> Iterator[Finding]:
    """The record in DNS has a tag that RFC 9989 removed: pct, rf or ri.

    Receivers of RFC 9989 ignore it, and those of RFC 7489 still follow it: with `pct=20` the ones apply the policy to all mail that fails, the
    others to a fifth of it, and to the rest the next weaker one. What `pct=0` was used for, `t=y` says now.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject; pct=20"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    """
    record = the_record(_values(observation, context))
    for tag in record.tags if record else ():
        if tag.name in _REMOVED:
            yield Finding(f"{tag.name} is no tag any more: {_REMOVED[tag.name]}", at=_AT)
        elif tag.name == "pct":
            yield Finding(f"pct is no tag any more: {_percentage(tag.value, record)}", at=_AT)


@rule(ADVICE, "RFC 9989 section 4.7", covers=["DMARC-031", "DMARC-032"])
def dmarc_unknown_tag(observation: Observation, context: Context) -> Iterator[Finding]:
    """The record in DNS has a tag that is none.

    Receivers must ignore it. Mostly it is a slip of the pen, and what was meant is not said: with `rau=` nobody gets reports.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject; rau=mailto:dmarc@example.com"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject; rua=mailto:dmarc@example.com"]}]}
    """
    record = the_record(_values(observation, context))
    said = [tag.name for tag in record.tags] if record else []
    for name in dict.fromkeys(said):
        if name in {*_TAGS, *_REMOVED, "pct"}:
            continue
        near = _nearest(name, [tag for tag in _TAGS if tag not in said])
        hint = f": was {near} meant?" if near else ""
        yield Finding(f"receivers ignore the tag {name}, which is none{hint}", at=_AT)


@rule(ADVICE, "RFC 7489 section 6.4", covers=["DMARC-013"])
def dmarc_policy_not_second(observation: Observation, context: Context) -> Iterator[Finding]:
    """The record in DNS has a tag between v and p.

    RFC 9989 lets tags stand in any order behind v. RFC 7489 had p directly behind it, and receivers that keep to that may not apply the record.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; sp=reject; p=reject"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject; sp=reject"]}]}
    """
    record = the_record(_values(observation, context))
    names = [tag.name for tag in record.tags] if record else []
    if "p" in names[2:] and names[1] != "p":
        yield Finding(f"{names[1]} stands before p: receivers of RFC 7489 expect p directly behind v", at=_AT)


@rule(ADVICE, "RFC 9989 section 4.10", covers=["DMARC-006"])
def dmarc_other_text(observation: Observation, context: Context) -> Iterator[Finding]:
    """A text that has nothing to do with DMARC is at the name of the DMARC record.

    Receivers pass over it. It makes each answer longer and hides mistakes from whoever looks: the name is for one record only.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject", "site-verification=1"]},
        {"name": "*.example.com", "type": "TXT", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    """
    values = _values(observation, context)
    others = [value for value in values if not dmarc.is_dmarc(value) and not _is_meant(value)]
    if others and not _may_be_wildcard(values, _wildcard(observation, context)):
        for value in others:
            yield Finding(f"receivers pass over the text {_shown(value)} at {dmarc.owner(context.require_domain().name)}", at=_AT)


@rule(ADVICE, "RFC 4592 section 3.3.1", covers=["DMARC-007"])
def dmarc_text_of_wildcard(observation: Observation, context: Context) -> Iterator[Finding]:
    """What DNS answers at the name of the DMARC record is the text of a wildcard.

    `*.example.com` answers for every name that has no records of its own, `_dmarc.example.com` among them. What it says was written for other
    names, mostly an SPF record: receivers pass over it, and the domain has no DMARC record.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.example.com", "type": "TXT", "values": ["v=spf1 -all"]},
        {"name": "*.example.com", "type": "TXT", "values": ["v=spf1 -all"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.example.com", "type": "TXT", "values": ["v=spf1 -all"]},
        {"name": "*.example.com", "type": "TXT", "values": ["v=spf1 -all"]}]}
    """
    domain = context.require_domain()
    values = _values(observation, context)
    if not values or domain.section(dmarc.Dmarc) is not None or any(map(dmarc.is_dmarc, values)):
        return
    if set(values) <= set(_wildcard(observation, context).values):
        yield Finding(f"DNS answers for {dmarc.owner(domain.name)} with the text of *.{domain.name}, {_shown(values[0])}", at=_AT)


def _values(observation: Observation, context: Context) -> tuple[str, ...]:
    """The texts that are at the name of the record today."""
    owner = dmarc.owner(context.require_domain().name)
    return observation.answer(owner, "TXT").values if owner else ()


def _is_section(observation: Observation, context: Context) -> bool:
    """Whether the record that is in DNS is what the section was made of: that of a file is still to come."""
    domain = context.require_domain()
    planned = Question(name=dmarc.owner(domain.name) or "", type="TXT") in observation.planned
    return domain.section(dmarc.Dmarc) is not None and not planned


def _wildcard(observation: Observation, context: Context) -> Answer:
    """What DNS says of the wildcard that would answer for the name."""
    return observation.answer(f"*.{context.require_domain().name}", "TXT")


def _may_be_wildcard(values: Iterable[str], wildcard: Answer) -> bool:
    """Whether the texts are the wildcard's, for all that is known."""
    return wildcard.failed or set(values) <= set(wildcard.values)


def _is_meant(value: str) -> bool:
    """Whether a text that receivers do not take for a record was meant to be one."""
    return not dmarc.is_dmarc(value) and _MEANT.match(_CLUTTER.sub("", value)) is not None


def _nearest(name: str, tags: Sequence[str]) -> str | None:
    """The tag that was probably meant: one whose letters are only in another order, else one that is like it."""
    swapped = [tag for tag in tags if sorted(tag) == sorted(name)]
    return next(iter(swapped or get_close_matches(name, tags, n=1)), None)


def _percentage(value: str, record: dmarc.Record | None) -> str:
    """What the two kinds of receivers make of pct."""
    said = (record.get("p") or "").lower() if record else ""
    if value in {"", "100"} or said == "none" or not is_request(said):
        return "leave it out, it says nothing"
    return f"receivers of RFC 9989 apply {said} to all mail that fails, those of RFC 7489 to {value} % of it"


def _shown(value: str) -> str:
    return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}...")
