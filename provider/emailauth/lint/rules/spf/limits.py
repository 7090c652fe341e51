"""What receivers put up with: look-ups and octets."""

from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.posture import Domain
from emailauth.lint.rule import MUST, SHOULD, Context, rule
from emailauth.protocols import spf
from emailauth.protocols.mx import Mx
from emailauth.protocols.spf.check_host import Limits

_MAX_ANSWER: Final = 512
_CHARACTER_STRING: Final = 255
_MAX_HOSTS: Final = Limits().names


@rule(MUST, "RFC 7208 section 4.6.4", covers=["SPF-047"], needs=["many lookups"])
def spf_too_many_lookups(record: spf.Record) -> Iterator[Finding]:
    """More than 10 terms that query DNS.

    include, a, mx, ptr, exists and redirect= count, and so do those inside of included records, which this rule does not
    see. A receiver that finds no match among the first 10 stops with permerror, and DMARC then counts SPF as failed.

    Bad:
        version: 1
        domains:
          example.com:
            spf:
              allow: [a, mx, "a:s1.example.com", "a:s2.example.com", "a:s3.example.com", "a:s4.example.com", "a:s5.example.com",
                "a:s6.example.com", "a:s7.example.com", "a:s8.example.com", "a:s9.example.com"]
              otherwise: fail
    Good:
        version: 1
        domains:
          example.com:
            spf:
              allow: [a, mx, "ip4:192.0.2.0/28"]
              otherwise: fail
    """
    if len(record.terms) > spf.MAX_LOOKUPS and record.lookups > spf.MAX_LOOKUPS:
        message = (
            f"{record.lookups} terms query DNS, before what included records add, and {spf.MAX_LOOKUPS} are allowed: "
            "receivers that come to this one stop with permerror"
        )
        yield Finding(message, at=record.place(record.querying[spf.MAX_LOOKUPS]))


@rule(SHOULD, "RFC 7208 section 3.4", covers=["SPF-073"], needs=["long"])
def spf_record_too_long(record: spf.Record, context: Context) -> Iterator[Finding]:
    """A record whose answer does not fit into 512 octets.

    Longer answers need EDNS or TCP, which some resolvers and firewalls still do not let through; SPF then ends in temperror. The
    size given is that of an answer with this record alone: other TXT records at the same name come on top.

    Bad:
        version: 1
        domains:
          example.com:
            spf:
              allow:
                - include:first-service-of-our-marketing-department.spf.example.net
                - include:second-service-of-our-marketing-department.spf.example.net
                - include:third-service-of-our-marketing-department.spf.example.net
                - include:fourth-service-of-our-marketing-department.spf.example.net
                - include:fifth-service-of-our-marketing-department.spf.example.net
                - include:sixth-service-of-our-marketing-department.spf.example.net
                - include:seventh-service-of-our-marketing-department.spf.example.net
              otherwise: softfail
    Good:
        version: 1
        domains:
          example.com:
            spf:
              allow:
                - include:marketing.spf.example.com
              otherwise: softfail
    """
    size = _answer_size(context.require_domain().name, record.text)
    if size > _MAX_ANSWER:
        yield Finding(f"the answer of DNS with this record alone takes {size} octets, and only {_MAX_ANSWER} get through everywhere")


@rule(MUST, "RFC 7208 section 4.6.4", covers=["SPF-050"], needs=["mx", "spf"])
def spf_mx_too_many_hosts(domain: Domain) -> Iterator[Finding]:
    """The mechanism mx at a domain with more than 10 mail hosts.

    Receivers look up the addresses of 10 hosts at most; where there are more, they stop with permerror, and DMARC then counts SPF as failed.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: [mx], otherwise: fail}
            mx: [{preference: 1, host: mx1.example.com}, {preference: 1, host: mx2.example.com}, {preference: 1, host: mx3.example.com},
              {preference: 1, host: mx4.example.com}, {preference: 1, host: mx5.example.com}, {preference: 1, host: mx6.example.com},
              {preference: 1, host: mx7.example.com}, {preference: 1, host: mx8.example.com}, {preference: 1, host: mx9.example.com},
              {preference: 1, host: mx10.example.com}, {preference: 1, host: mx11.example.com}]
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.0/27"], otherwise: fail}
            mx: [{preference: 1, host: mx1.example.com}, {preference: 1, host: mx2.example.com}, {preference: 1, host: mx3.example.com},
              {preference: 1, host: mx4.example.com}, {preference: 1, host: mx5.example.com}, {preference: 1, host: mx6.example.com},
              {preference: 1, host: mx7.example.com}, {preference: 1, host: mx8.example.com}, {preference: 1, host: mx9.example.com},
              {preference: 1, host: mx10.example.com}, {preference: 1, host: mx11.example.com}]
    """
    section, routes = domain.section(spf.Spf), domain.section(Mx)
    if section is None or routes is None or len(routes.hosts) <= _MAX_HOSTS:
        return
    for term in section.record.terms:
        if isinstance(term, spf.Mx) and term.domain is None:
            message = (
                f"the domain has {len(routes.hosts)} mail hosts, and receivers look up {_MAX_HOSTS} at most: those that come to {term.text!r} "
                "stop with permerror"
            )
            yield Finding(message, at=(spf.Spf.KEY, *section.record.place(term)))


def _answer_size(name: str, text: str) -> int:
    """Octets of the smallest answer: header, question, and one TXT record whose name is compressed (RFC 1035 section 4.1)."""
    octets = len(text.encode(errors="surrogateescape"))
    strings = -(-octets // _CHARACTER_STRING)
    return 12 + (len(name) + 2 + 4) + (2 + 10 + octets + strings)
