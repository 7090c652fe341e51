"""Which names a DMARC record makes one organization, and for whom."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.names import labels
from emailauth.lint.rule import ADVICE, MUST, Context, rule
from emailauth.protocols import dmarc


@rule(MUST, "RFC 9989 section 5.1.8", covers=["DMARC-050"], needs=["below"])
def dmarc_deep_record_unreachable(section: dmarc.Dmarc, context: Context) -> Iterator[Finding]:
    """A record for the names below stands so deep that receivers do not look for it: at 8 labels or more.

    From a name of more than 8 labels, their walk up the tree goes straight to its last 7. What such a domain says for the names below
    it, or that it is their Organizational Domain, is never read: each of them must have a record of its own.

    Bad:
        version: 1
        domains:
          b.c.d.e.f.g.example.com:
            dmarc: {policy: reject, public_suffix_domain: false}
    Good:
        version: 1
        domains:
          b.c.d.e.f.g.example.com:
            dmarc: {policy: reject}
    """
    name = context.require_domain().name
    if name.count(".") < dmarc.MAX_QUERIES - 1 or name in dmarc.targets(f"below.{name}"):
        return
    if section.public_suffix_domain is False:
        yield Finding(
            f"no receiver learns below {name} that it is the Organizational Domain: it has {len(labels(name))} labels, and they look at 7 at most",
            at=("public_suffix_domain",),
        )
    for setting in dmarc.BELOW:
        if getattr(section, setting):
            yield Finding(
                f"no receiver reads it for a name below {name}: it has {len(labels(name))} labels, and they look at 7 at most",
                at=(setting,),
            )


@rule(ADVICE, "RFC 9989 appendix C.3", covers=["DMARC-024", "DMARC-051"], needs=["apart"])
def dmarc_organization_differs(section: dmarc.Dmarc, context: Context) -> Iterator[Finding]:
    """Old and new receivers take different domains for the organization.

    `public_suffix_domain: false` makes the domain an Organizational Domain of its own: what a domain above or beside it signs is no
    longer proof for its mail. Receivers of RFC 7489 do not know it: they take the Organizational Domain from the Public Suffix List,
    and for them it still is. Strict alignment means the same to both.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
          shop.example.com:
            dmarc: {policy: reject, public_suffix_domain: false}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
          shop.example.com:
            dmarc: {policy: reject, public_suffix_domain: false, dkim_alignment: strict, spf_alignment: strict}
    """
    if section.public_suffix_domain is not False or {section.dkim_alignment, section.spf_alignment} == {"strict"}:
        return
    domain = context.require_domain()
    above = next((other.name for other in context.posture.above(domain.name) if other.section(dmarc.Dmarc) is not None), None)
    if above is not None:
        message = f"for receivers of RFC 7489 {domain.name} and {above} are one organization, for those of RFC 9989 they are two"
        yield Finding(message, at=("public_suffix_domain",))
