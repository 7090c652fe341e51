"""DMARC as a receiver evaluates it for one message (RFC 9989 section 5.3). Asks by yielding questions, as `discovery` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from emailauth.core.question import Questions
from emailauth.protocols.dmarc.alignment import Identifier, IdentifierAlignment, align
from emailauth.protocols.dmarc.discovery import Discovery, discover
from emailauth.protocols.dmarc.policy import Policy

Result: TypeAlias = Literal["pass", "fail", "none", "temperror"]
"""As Authentication-Results writes it: none where DMARC does not apply, temperror where a question was not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a receiver comes to."""

    result: Result
    discovery: Discovery
    """The policy for the Author Domain's mail, and where it comes from."""
    alignments: tuple[IdentifierAlignment, ...] = ()
    """Of what was proved, in the order given; empty where DMARC does not apply."""

    @property
    def policy(self) -> Policy | None:
        """What the Domain Owner asks receivers to do with this message; None where it asks for nothing, or nothing is known."""
        return self.discovery.policy if self.result == "fail" else None


def evaluate(author: str, proved: Sequence[Identifier]) -> Questions[Evaluation]:
    """Evaluates a message: its normalised Author Domain, and the identifiers for which SPF or DKIM has come to pass."""
    discovery = yield from discover(author)
    if discovery.failure is not None:
        return Evaluation(result="temperror", discovery=discovery)
    if discovery.found is None or discovery.policy is None:
        return Evaluation(result="none", discovery=discovery)
    alignments = yield from align(author, proved, discovery.found.record)
    return Evaluation(result=_result(alignments), discovery=discovery, alignments=alignments)


def _result(alignments: Sequence[IdentifierAlignment]) -> Result:
    """One aligned identifier is enough; without one, nothing is known as long as any is not known (RFC 9989 sections 5.3.5 and 5.3.6)."""
    known = {alignment.is_aligned for alignment in alignments}
    if True in known:
        return "pass"
    return "temperror" if None in known else "fail"
