"""The mx patterns against the hosts that receive the mail."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.lint.rule import ADVICE, MUST, Context, rule
from emailauth.protocols.mta_sts import MtaSts, Pattern


@rule(MUST, "RFC 8461 section 4", covers=["STS-023", "X-005"])
def mta_sts_mx_not_covered(section: MtaSts, context: Context) -> Iterator[Finding]:
    """An MX host that no mx pattern matches.

    Senders check each MX host against the policy. In mode enforce they deliver nothing to a host that is not in it, in mode
    testing they report it. `from_mx: true` takes the hosts from the section `mx`, so that the two cannot differ.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}, {preference: 20, host: mx2.example.net}]
            mta_sts: {mode: enforce, max_age: 1209600, mx: [mx1.example.com]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}, {preference: 20, host: mx2.example.net}]
            mta_sts: {mode: enforce, max_age: 1209600, from_mx: true}
    """
    domain = context.require_domain()
    if section.mode == "none" or not section.mx:
        return
    policy = section.policy(domain)
    outside = [host for host in domain.mail_hosts or () if not policy.covers(host)]
    if outside:
        effect = "senders deliver nothing to it" if section.mode == "enforce" else "senders report it as a failure"
        yield Finding(f"no pattern matches the MX host {', '.join(outside)}: {effect}", at=("mx",))


@rule(ADVICE, "RFC 8461 section 8.1", covers=["STS-024", "X-005"])
def mta_sts_pattern_stale(section: MtaSts, context: Context) -> Iterator[Finding]:
    """An mx pattern that matches no MX host.

    Who controls such a host could receive the mail once the answers of DNS are forged. During a move it is right to keep the old
    host in the policy until the TTL of the MX records is over; then it should go.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}, {preference: 20, host: mx2.example.com}]
            mta_sts: {mode: testing, max_age: 604800, mx: ["*.example.com", mx.example.net]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}, {preference: 20, host: mx2.example.com}]
            mta_sts: {mode: testing, max_age: 604800, mx: ["*.example.com"]}
    """
    hosts = context.require_domain().mail_hosts
    for i, text in enumerate(section.mx):
        pattern = Pattern(text)
        if hosts and pattern.is_valid and not any(map(pattern.covers, hosts)):
            yield Finding(f"{text!r} matches no MX host", at=("mx", i))


@rule(MUST, "RFC 8461 section 3.2", covers=["STS-017"])
def mta_sts_no_hosts(section: MtaSts, context: Context) -> Iterator[Finding]:
    """A policy of mode enforce or testing without a host.

    Such a policy has at least one mx. Senders take one without for no policy at all. `from_mx: true` needs a section `mx`
    with hosts in the same domain; without one the hosts are written under `mta_sts: mx`.

    Bad:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: testing, max_age: 604800, from_mx: true}
    Good:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: testing, max_age: 604800, mx: [mx1.example.com]}
    """
    domain = context.require_domain()
    if section.mode == "none" or section.policy(domain).mx:
        return
    if not section.from_mx:
        yield Finding(f"mode {section.mode} needs a host: list them under mx, or say from_mx: true")
    elif domain.mail_hosts is None:
        yield Finding("from_mx finds no hosts, as the domain has no section mx: list them under mta_sts: mx", at=("from_mx",))
    else:
        yield Finding("from_mx finds no hosts, as the domain receives no mail (null MX): take MTA-STS out", at=("from_mx",))


@rule(ADVICE, "RFC 7505 section 4", covers=["STS-028"])
def mta_sts_with_null_mx(section: MtaSts, context: Context) -> Iterator[Finding]:
    """A policy for a domain that receives no mail.

    A null MX says that there is nothing to deliver, so there is no delivery to protect. If the domain had a policy before, let
    mode none stand until senders have forgotten it.

    Bad:
        version: 1
        domains:
          example.com:
            mx: null_mx
            mta_sts: {mode: testing, max_age: 604800, mx: [mx1.example.com]}
    Good:
        version: 1
        domains:
          example.com:
            mx: null_mx
            mta_sts: {mode: none, max_age: 86400}
    """
    if section.mode != "none" and section.mx and context.require_domain().mail_hosts == ():
        yield Finding("the domain receives no mail (null MX): mode none, until senders have forgotten the policy", at=("mode",))
