"""What is dangerous in a change of a domain's DMARC record. Compared is what receivers apply, not what is written."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from emailauth.core.transition import Danger, Transition
from emailauth.protocols.dmarc.policy import applied, weakened
from emailauth.protocols.dmarc.record import parse

DANGERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "weaken-dmarc": "a DMARC policy that asks receivers for less than the live one, or no DMARC record any more",
        "remove-dmarc-reports": "a DMARC record that asks for no aggregate reports where the live one does",
    }
)

_WHOSE: Final = {"policy": "{}", "subdomain": "existing subdomains of {}", "nonexistent": "subdomains of {} that do not exist"}


def dangers(transition: Transition) -> Iterable[Danger]:
    """Compares the live record with the one to come. Several live records count as none (RFC 9989 section 4.10)."""
    for name, message in (*_weaker(transition), *_unreported(transition)):
        yield Danger(name=name, message=message, domain=transition.domain)


def _weaker(transition: Transition) -> Iterator[tuple[str, str]]:
    before, after = applied(transition.before.get("dmarc", ())), applied(transition.after.get("dmarc", ()))
    if before is None:
        return
    if after is None:
        yield "weaken-dmarc", f"receivers would apply no DMARC to mail from {transition.domain} any more (now: {before.policy})"
        return
    changes = [
        f"for {_WHOSE[field].format(transition.domain)} from {getattr(before, field)} to {getattr(after, field)}"
        for field in weakened(before, after)
    ]
    if changes:
        yield "weaken-dmarc", f"the policy for mail that fails DMARC would go down: {', '.join(changes)}"


def _unreported(transition: Transition) -> Iterator[tuple[str, str]]:
    before, after = transition.before.get("dmarc", ()), transition.after.get("dmarc", ())
    if applied(before) is None or applied(after) is None:
        return
    if any(parse(value).aggregate_reports for value in before) and not any(parse(value).aggregate_reports for value in after):
        yield "remove-dmarc-reports", f"nobody would get the aggregate reports on mail from {transition.domain} any more"
