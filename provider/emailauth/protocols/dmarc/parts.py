"""What a DMARC section holds that a rule could have something to say about (see `Rule.needs`)."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from emailauth.protocols.dmarc.reports import is_usual

if TYPE_CHECKING:
    from emailauth.protocols.dmarc.shape import Dmarc

_LONG: Final = 250


def parts(section: "Dmarc") -> frozenset[str]:
    """The policy; "testing", "public_suffix_domain" and "nonexistent_subdomain_policy" where they say something; and of these what is so:

    "below": it says something for names below; "other subdomain_policy": than the policy; "several failure_options"; "unused failure_options":
    without failure_reports; "no aggregate_reports"; "several reports": of one kind to more than one URI; "odd report": to what is not simply
    `mailto:` with an address; "long": more than 250 characters of URIs and options, or others than those of ASCII.
    """
    found = {section.policy, *_of_reports(section.aggregate_reports or (), section.failure_reports or (), section.options)}
    if section.testing:
        found.add("testing")
    if section.public_suffix_domain:
        found.add("public_suffix_domain")
    if section.subdomain_policy or section.nonexistent_subdomain_policy or section.public_suffix_domain is False:
        found.add("below")
        if section.subdomain_policy and section.subdomain_policy != section.policy:
            found.add("other subdomain_policy")
        if section.nonexistent_subdomain_policy:
            found.add("nonexistent_subdomain_policy")
    return frozenset(found)


def _of_reports(aggregate: Sequence[str], failure: Sequence[str], options: Sequence[str]) -> Iterator[str]:
    if not aggregate:
        yield "no aggregate_reports"
    if len(aggregate) > 1 or len(failure) > 1:
        yield "several reports"
    if not (all(map(is_usual, aggregate)) and all(map(is_usual, failure))):
        yield "odd report"
    if options and not failure:
        yield "unused failure_options"
    if len(options) > 1:
        yield "several failure_options"
    text = "".join((*aggregate, *failure, *options))
    if len(text) > _LONG or not text.isascii():
        yield "long"
