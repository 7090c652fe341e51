"""A domain that receives no mail, and what it says as a sender."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.posture import Domain
from emailauth.lint.rule import SHOULD, rule
from emailauth.protocols import spf
from emailauth.protocols.mx import Mx


@rule(SHOULD, "RFC 7505 section 4.2", covers=["MX-009"], needs=["mx", "spf"])
def mx_null_beside_senders(domain: Domain) -> Iterator[Finding]:
    """A null MX at a domain whose SPF record lets hosts send.

    A domain that is used as a sender should be able to take the replies and the reports of failed delivery; many receivers reject
    mail from a domain with a null MX. A domain that sends nothing says so in SPF too: nothing allowed, `otherwise: fail`.

    Bad:
        version: 1
        domains:
          example.com:
            mx: null_mx
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            mx: null_mx
            spf: {otherwise: fail}
    """
    routes, senders = domain.section(Mx), domain.section(spf.Spf)
    if routes is None or not routes.is_null or senders is None:
        return
    # A bare `mx` allows nobody where there are no MX hosts. What a redirect allows is not known here.
    allowed = [term for term in senders.record.tested if term.passes and not (isinstance(term, spf.Mx) and term.domain is None)]
    if allowed:
        yield Finding(
            f"the domain receives no mail, and yet SPF lets it send by {allowed[0].text!r}: receivers may reject that mail", at=("mx",)
        )
