"""What a large receiver demands of those who send it mail in bulk, beyond the standards: who it is, since when, and where it says so.

The demands of one receiver are the rules of its file in `rules/receivers/`; here is what those rules have in common. They judge only domains
that name the receiver under `receivers`, and of these only those that mail is sent from.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from emailauth.core.diagnostic import Finding
from emailauth.core.names import labels
from emailauth.core.observation import Observation
from emailauth.core.posture import Domain
from emailauth.lint.rule import Context
from emailauth.lint.sending import has_dkim_key, lets_send, sends
from emailauth.protocols import dkim, dmarc, spf


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One receiver, and the document that its demands are from."""

    name: str
    """As `receivers` has it, which is the name of its module."""
    title: str
    """As a person calls it."""
    document: str
    since: dt.date
    """When it began to turn mail away that does not meet them."""
    refusal: str
    """What becomes of such mail: goes on from "Gmail "."""

    @property
    def clause(self) -> str:
        """What its rules cite."""
        return f"{self.document}, since {self.since.isoformat()}"

    def without_spf(self, domain: Domain) -> Iterator[Finding]:
        """Mail is sent, and the file says that there is no SPF record."""
        if self._concerns(domain) and domain.is_absent(spf.Spf):
            yield self._finding(domain, "publishes no SPF record", spf.Spf.KEY)

    def without_dkim(self, domain: Domain) -> Iterator[Finding]:
        """Mail is sent, and the file says that no selector has a key."""
        if self._concerns(domain) and dkim.Dkim.KEY in domain.sections and not has_dkim_key(domain):
            yield self._finding(domain, "has no DKIM key", dkim.Dkim.KEY)

    def without_dmarc(self, domain: Domain, context: Context) -> Iterator[Finding]:
        """Mail is sent, and the file says that there is no DMARC record, neither for the domain nor for one above it."""
        if self._concerns(domain) and domain.is_absent(dmarc.Dmarc) and not _may_inherit(domain, context):
            yield self._finding(domain, "has no DMARC record", dmarc.Dmarc.KEY)

    def unpublished(self, observation: Observation, context: Context) -> Iterator[Finding]:
        """Mail is sent, and a section that the file leaves to others is in DNS neither."""
        domain = context.require_domain()
        if self.name not in domain.receivers or domain.parked:
            return
        answer = None if spf.Spf.KEY in domain.sections else observation.answer(domain.name, "TXT")
        records = [record for record in map(spf.parse, answer.values) if record] if answer else []
        if not sends(domain) and not any(map(lets_send, records)):
            return
        if answer is not None and not records and not answer.failed:
            yield self._finding(domain, "has no SPF record in DNS", spf.Spf.KEY)
        if dmarc.Dmarc.KEY not in domain.sections:
            discovery = observation.follow(dmarc.discover(domain.name))
            if discovery.policy is None and discovery.failure is None:
                yield self._finding(domain, "has no DMARC record in DNS that receivers apply", dmarc.Dmarc.KEY)

    def _concerns(self, domain: Domain) -> bool:
        return self.name in domain.receivers and not domain.parked and sends(domain)

    def _finding(self, domain: Domain, what: str, key: str) -> Finding:
        return Finding(f"{domain.name} sends mail and {what}: {self.title} {self.refusal}", at=(key,))


def _may_inherit(domain: Domain, context: Context) -> bool:
    """Whether a domain above has a DMARC record, or can have one for all that the file says; that a top-level domain has one is left out."""
    absent = {other.name for other in context.posture.domains if other.is_absent(dmarc.Dmarc)}
    above = dmarc.targets(domain.name)[1:]
    return any(name not in absent and len(labels(name)) > 1 for name in above)
