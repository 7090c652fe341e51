"""What a receiver that follows the standards does with one message: SPF, DKIM, and what DMARC makes of them (RFC 9989 section 5.3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address
from typing import Final, TypeAlias, TypeVar

from emailauth.core.explanation import NOT_EVALUATED, NOT_KNOWN, Alignment, Explanation, Missing, Reason, Signature, SpfResult, Verdict
from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question, Status
from emailauth.protocols import dkim
from emailauth.workflow import explaining_dkim
from emailauth.workflow.answering import FileAnswers
from emailauth.workflow.explaining_dmarc import Policies, align, find_policy
from emailauth.workflow.explaining_spf import explain_spf
from emailauth.workflow.following import Known
from emailauth.workflow.load import Loaded
from emailauth.workflow.places import Places

T = TypeVar("T", SpfResult, Signature)

Proof: TypeAlias = SpfResult | Signature
"""What can prove the use of a domain."""

_PASS: Final = "pass"  # noqa: S105 - a result, no password
_REASONS: Final = {
    Verdict.PASS: Reason(text="an aligned domain is proved, and one is enough", clause="RFC 9989 section 5.3.5"),
    Verdict.FAIL: Reason(text="no aligned domain is proved", clause="RFC 9989 section 5.3.5"),
    Verdict.NOT_APPLIED: Reason(text="there is no record that receivers apply", clause="RFC 9989 section 5.3.2"),
    Verdict.NOT_KNOWN: Reason(text="without the answers that are missing, it is neither pass nor fail", clause="RFC 9989 section 5.3.6"),
}
_SHOWN: Final = 3
"""Missing answers that the summary names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as its receiver sees it."""

    local_part: str
    """Of the address in From; what SPF takes for that of MAIL FROM."""
    author: str
    """The domain of the address in From, normalised."""
    mail_from: str | None
    """The domain of the MAIL FROM identity, normalised; None: not given, so that of From is taken."""
    ip: IPv4Address | IPv6Address | None
    """The client's; None: not given."""
    is_null: bool = False
    """Whether MAIL FROM is empty: its identity is then postmaster at the name in HELO, which `mail_from` is (RFC 7208 section 2.4)."""
    helo: str | None = None
    """The name in HELO or EHLO, normalised; None: not given, so that of MAIL FROM is taken."""
    signatures: tuple[tuple[str, str], ...] = ()
    """d= and s= of each DKIM signature, both normalised."""


def explain(message: Message, loaded: Loaded | None, dns: Known) -> Explanation:
    """Explains a message by what a file says, and by what else is known for what it does not say."""
    file = FileAnswers(loaded.posture if loaded else Posture(domains=()))
    known = replace(dns, lookup=file.before(dns.lookup))
    places = Places(loaded)

    def existence(question: Question) -> Answer | None:
        """What the file claims to be absent says nothing of what else stands at the name."""
        return Answer(status=Status.NO_DATA) if file.exists(question.name) else dns.lookup(question)

    mail_from = message.mail_from or message.author
    local_part = "postmaster" if message.is_null else message.local_part
    spf = explain_spf(mail_from, local_part, message.ip, known, places, helo=message.helo)
    if message.is_null:
        spf = replace(spf, reasons=(*_of_null(mail_from), *spf.reasons))
    keys = [(one, file.target(Question(name=f"{one[1]}._domainkey.{one[0]}", type="TXT"))) for one in message.signatures]
    signatures = [_signature(one, question, known, places, loaded) for one, question in keys]
    policies = find_policy(message.author, known, existence, places)
    if policies.found is not None and policies.is_applied:
        record = policies.found.record
        spf = _aligned(spf, *align(message.author, mail_from, "SPF", record, known))
        signatures = [_aligned(one, *align(message.author, one.domain, "DKIM", record, known)) for one in signatures]
    return _concluded(message, spf, signatures, policies)


def _of_null(helo: str) -> Iterator[Reason]:
    """What SPF checks, and DMARC then takes for proved, where MAIL FROM is empty."""
    yield Reason(text=f"MAIL FROM is empty, so SPF checks postmaster@{helo}, by the name in HELO", clause="RFC 7208 section 2.4")
    yield Reason(text=f"if that passes, {helo} is the domain that DMARC compares", clause="RFC 9989 section 4.4.2")


def _signature(one: tuple[str, str], question: Question, known: Known, places: Places, loaded: Loaded | None) -> Signature:
    """`question`: where the key record stands at the end of the file's aliases."""
    domain, selector = one
    place = places.dkim(domain, selector)
    missing = known.missing(question)
    if (fault := _unreadable(domain, selector, loaded)) is not None:
        reason = Reason(text=f"the file has no key to publish: {fault}", clause="RFC 6376 section 6.1.2")
        return Signature(domain=domain, selector=selector, result=explaining_dkim.FAIL, reasons=(reason,), place=place)
    if missing is not None:
        reason = Reason(text=f"not known: {missing}", clause="RFC 6376 section 6.1.2")
        return Signature(domain=domain, selector=selector, result=NOT_KNOWN, reasons=(reason,), place=place, missing=(missing,))
    judged = explaining_dkim.judge((known.lookup(question) or Answer()).values)
    return Signature(domain=domain, selector=selector, result=judged.result, reasons=judged.reasons, key=judged.key, place=place)


def _unreadable(domain: str, selector: str, loaded: Loaded | None) -> str | None:
    """What stands in the file in place of a key, where that is none."""
    owner = loaded.posture.domain(domain) if loaded else None
    section = owner.section(dkim.Dkim) if owner else None
    for one in section.selectors(owner) if section and owner else ():
        is_unpublished = one.record is None or (isinstance(one.key, dkim.NotAKey) and one.key.fault is dkim.Fault.PRIVATE)
        if one.name.lower() == selector and is_unpublished and isinstance(one.key, dkim.NotAKey):
            return one.key.message
    return None


def _aligned(one: T, alignment: Alignment, missing: tuple[Missing, ...]) -> T:
    return replace(one, alignment=alignment, missing=(*one.missing, *missing))


def _concluded(message: Message, spf: SpfResult, signatures: Sequence[Signature], policies: Policies) -> Explanation:
    proofs: tuple[Proof, ...] = (spf, *signatures)
    verdict = _verdict(proofs, policies)
    return Explanation(
        verdict=verdict,
        summary=_summary(verdict, proofs, policies),
        reason=_REASONS[verdict],
        author=f"{message.local_part}@{message.author}",
        mail_from=spf.domain,
        is_mail_from_given=message.mail_from is not None,
        is_null=message.is_null,
        helo=message.helo,
        ip=None if message.ip is None else str(message.ip),
        spf=spf,
        signatures=tuple(signatures),
        dmarc=policies.told,
        disposition=policies.told.policy if verdict is Verdict.FAIL else None,
    )


def _verdict(proofs: Sequence[Proof], policies: Policies) -> Verdict:
    """RFC 9989 sections 5.3.2 and 5.3.5: one aligned domain that is proved is enough."""
    if policies.is_applied is None:
        return Verdict.NOT_KNOWN
    if not policies.is_applied:
        return Verdict.NOT_APPLIED
    proved = set(map(_proves, proofs))
    if True in proved:
        return Verdict.PASS
    return Verdict.NOT_KNOWN if None in proved else Verdict.FAIL


def _proves(proof: Proof) -> bool | None:
    """Whether it proves a domain that is aligned; None: not known."""
    is_aligned = proof.alignment.is_aligned if proof.alignment else False
    if proof.result not in {_PASS, NOT_KNOWN} or is_aligned is False:
        return False
    return True if proof.result == _PASS and is_aligned else None


def _summary(verdict: Verdict, proofs: Sequence[Proof], policies: Policies) -> str:
    if verdict is Verdict.NOT_APPLIED:
        return policies.told.reasons[0].text
    if verdict is Verdict.PASS:
        return f"the message passes DMARC by {' and '.join(_named(one) for one in proofs if _proves(one))}"
    if verdict is Verdict.FAIL:
        left_out = any(one.result == NOT_EVALUATED for one in proofs)
        return f"the message fails DMARC{' (SPF left aside, as no --ip is given)' * left_out}, and {_asks(policies)}"
    return f"whether the message passes DMARC depends on {_hanging(proofs, policies)}"


def _named(proof: Proof) -> str:
    return f"SPF ({proof.domain})" if isinstance(proof, SpfResult) else f"DKIM ({proof.domain}/{proof.selector})"


def _asks(policies: Policies) -> str:
    """What the Domain Owner asks for (RFC 9989 section 4.7, "p")."""
    told, found = policies.told, policies.found
    if told.policy is None:
        return f"what {told.domain} asks receivers to do with it is not known"
    what = "do nothing about it" if told.policy == "none" else f"{told.policy} it"
    said = f" ({told.tag}={found.record.get(told.tag)}{', t=y' * told.testing})" if told.tag and found else ""
    return f"{told.domain} asks receivers to {what}{said}"


def _hanging(proofs: Sequence[Proof], policies: Policies) -> str:
    """The answers that are missing for a verdict."""
    from_proofs = [one for proof in proofs if _proves(proof) is None for one in proof.missing]
    missing = policies.told.missing if policies.is_applied is None else from_proofs
    if not missing:
        return "which of several key records verifiers take"
    names: dict[tuple[str, str], dict[str, None]] = {}
    for one in missing:
        names.setdefault((one.why, one.hint), {})[f"{one.question.type} of {one.question.name}"] = None
    return "; ".join(f"{_listed(list(some))} ({', '.join(filter(None, why))})" for why, some in names.items())


def _listed(names: Sequence[str]) -> str:
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return " and ".join([*names[:_SHOWN], *more])
