"""What a DMARC section holds that a rule could have something to say about (see `Rule.needs`)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from emailauth.core.remembered import union
from emailauth.protocols.dmarc.policy import Policy, is_weaker
from emailauth.protocols.dmarc.reports import usual_destination

if TYPE_CHECKING:
    from msgspec import UnsetType

    from emailauth.protocols.dmarc.shape import Dmarc

LONG: Final = 250
"""Characters of URIs and options together, from where on it is worth a look whether the record becomes too long."""
_MANY: Final = 2
_NONE: Final[frozenset[str]] = frozenset()
_OF_LIST: Final = {
    (False, False): _NONE,
    (False, True): frozenset({"repeated report"}),
    (True, False): frozenset({"many reports"}),
    (True, True): frozenset({"many reports", "repeated report"}),
}
"""By whether there are many, and whether one is there twice."""


def parts(section: "Dmarc") -> frozenset[str]:
    """The policy; "testing", "public_suffix_domain" and "nonexistent_subdomain_policy" where they say something; and of these what is so:

    "below": it says something for names below; "other below": it has another policy for some of them; "weaker subdomain_policy";
    "apart": it is an Organizational Domain below another;
    "strict": one of its alignments; "several failure_options"; "unused failure_options": without failure_reports; "no aggregate_reports";
    "failure_reports"; "many reports": of one kind to more than two URIs; "repeated report": to one of them twice; "odd report": to what is not
    simply `mailto:` with an address; "long": more than 250 characters of URIs and options, or others than those of ASCII.
    """
    aggregate, failure, options = section.aggregate_reports or (), section.failure_reports or (), section.options
    uris = section.uris
    text = "".join(uris + options)
    said = _Said(
        section.policy,
        section.subdomain_policy,
        section.nonexistent_subdomain_policy,
        section.testing,
        section.public_suffix_domain,
        section.dkim_alignment == "strict" or section.spf_alignment == "strict",
        bool(aggregate),
        bool(failure),
        len(options),
        None in map(usual_destination, uris),
        len(text) > LONG or not text.isascii(),
    )
    return union(_parts(said), union(of_list(aggregate), of_list(failure)))


def of_list(uris: Sequence[str]) -> frozenset[str]:
    """The parts that come from how many URIs there are for reports of one kind."""
    if len(uris) <= 1:
        return _NONE
    return _OF_LIST[len(uris) > _MANY, len(set(uris)) < len(uris)]


class _Said(NamedTuple):
    """What decides about the parts: few sections differ in any of it."""

    policy: Policy
    subdomain: "Policy | UnsetType"
    nonexistent: "Policy | UnsetType"
    testing: "bool | UnsetType"
    public_suffix_domain: "bool | UnsetType"
    is_strict: bool
    has_aggregate: bool
    has_failure: bool
    options: int
    has_odd: bool
    is_long: bool


@lru_cache(4096)
def _parts(said: _Said) -> frozenset[str]:
    """Those that do not come from lists."""
    is_so = {
        "testing": said.testing,
        "public_suffix_domain": said.public_suffix_domain,
        "below": said.subdomain or said.nonexistent or said.public_suffix_domain is False,
        "other below": (said.subdomain or said.policy, said.nonexistent or said.policy) != (said.policy, said.policy),
        "weaker subdomain_policy": said.subdomain and is_weaker(said.subdomain, said.policy),
        "nonexistent_subdomain_policy": said.nonexistent,
        "apart": said.public_suffix_domain is False,
        "strict": said.is_strict,
        "no aggregate_reports": not said.has_aggregate,
        "failure_reports": said.has_failure,
        "odd report": said.has_odd,
        "several failure_options": said.options > 1,
        "unused failure_options": said.options and not said.has_failure,
        "long": said.is_long,
    }
    return frozenset({said.policy, *(part for part, so in is_so.items() if so)})
