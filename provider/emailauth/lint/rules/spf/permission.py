"""Who may send: more than anyone should, or nobody at all."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding, Fix
from emailauth.lint.rule import ADVICE, SHOULD, rule
from emailauth.protocols import spf


@rule(SHOULD, "RFC 9989 section 11.1", covers=["SPF-039", "SPF-063"], needs=["passes everyone"])
def spf_passes_everyone(record: spf.Record) -> Iterator[Finding]:
    """A term that lets every host pass.

    With `+all`, which is also written `all`, or with a prefix length of 0, forged mail passes SPF, and DMARC counts it as the
    domain's own. What shall hold for all other hosts is said by `otherwise`.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1", "+all"]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
    """
    for term in record.tested:
        if spf.passes_everyone(term):
            yield Finding(f"{term.text!r} lets mail from every host pass, forged mail included", at=record.place(term))


@rule(ADVICE, "RFC 9989 section 7.1", covers=["SPF-063"], needs=["wide range"])
def spf_broad_range(record: spf.Record) -> Iterator[Finding]:
    """A range wider than an IPv4 /16 or an IPv6 /32.

    Hardly anyone sends from that many addresses, and every host in the range passes as the domain. Remarked are ranges that pass.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip6:2000::/4"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip6:2001:db8::/48"], otherwise: fail}
    """
    for term in record.terms:
        for bits, length in spf.prefixes(term):
            if length < spf.WIDEST[bits] and _is_remarkable(term):
                message = f"{term.text!r} lets a range of 2^{bits - length} addresses pass (/{length})"
                yield Finding(message, at=record.place(term))


@rule(ADVICE, "RFC 6890 section 2.2", covers=["SPF-064"], needs=["special use"])
def spf_range_not_public(record: spf.Record) -> Iterator[Finding]:
    """A range from which no mail comes over the Internet.

    Private, loopback, link-local, multicast and other reserved addresses are never the client that a receiver elsewhere sees, so
    the term does nothing there. Documentation ranges (192.0.2.0/24, 2001:db8::/32) are not remarked.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:10.1.2.0/24", "ip4:192.0.2.1"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
    """
    for term in record.terms:
        use = spf.special_use(term) if isinstance(term, spf.Network) and term.passes else None
        if use:
            yield Finding(f"{term.text!r} is reserved ({use}), so receivers on the Internet never see it", at=record.place(term))


@rule(ADVICE, "RFC 7208 section 5.6", covers=["SPF-065"], needs=["host bits"], fixes=True)
def spf_host_bits(record: spf.Record) -> Iterator[Finding]:
    """An address range that is written with the address of a host in it.

    Receivers compare only as many bits as the prefix length says, so the whole range passes, whatever the address seems to say.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.17/24"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.0/24"], otherwise: fail}
    """
    for term in record.terms:
        if not isinstance(term, spf.Network) or term.length == term.bits or term.address == term.first:
            continue
        range_text = spf.network_text(type(term), term.first, term.length)
        head = term.text.partition(":")[0]
        item = record.item(term)
        fix = Fix(description=f'write "{head}:{range_text}"', at=item, value=f"{head}:{range_text}") if item else None
        yield Finding(f"{term.text!r} matches all of {range_text}, not one host", at=item or record.place(term), fix=fix)


@rule(SHOULD, "RFC 7208 section 5.5", covers=["SPF-044"], needs=["ptr"])
def spf_ptr(record: spf.Record) -> Iterator[Finding]:
    """The mechanism ptr.

    It is slow, not reliable and a burden on the servers of the reverse mapping; the standard asks that it is not published, and
    some receivers do not evaluate it. Name the addresses or the hosts instead.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: [ptr], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.0/28"], otherwise: fail}
    """
    for term in record.terms:
        if isinstance(term, spf.Ptr):
            yield Finding(f"{term.text!r} should not be published: name the addresses with ip4, ip6 or a", at=record.place(term))


def _is_remarkable(term: spf.AnyTerm) -> bool:
    """Whether a range passes, and no other rule has worse to say of it."""
    reserved = isinstance(term, spf.Network) and spf.special_use(term)
    return isinstance(term, spf.Directive) and term.passes and not reserved and not spf.passes_everyone(term)
