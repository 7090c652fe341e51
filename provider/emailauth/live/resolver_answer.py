"""What the answer of a name server says to a question."""

from typing import Final

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from emailauth.core.question import Answer, Status
from emailauth.core.rdata import to_value

_STATUSES: Final = {dns.rcode.NXDOMAIN: Status.NXDOMAIN, dns.rcode.REFUSED: Status.REFUSED}
_OWN_STATUSES: Final = {dns.rcode.REFUSED: Status.REFUSED, dns.rcode.NOTAUTH: Status.LAME}


def read(response: dns.message.Message) -> Answer:
    """What a whole answer says; no answer raises. Aliases are followed as far as the server has followed them."""
    if not isinstance(response, dns.message.QueryMessage):
        return Answer(status=Status.SERVFAIL)
    status = _STATUSES.get(response.rcode(), Status.SERVFAIL)
    if response.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        return Answer(status=status)
    try:
        found = response.resolve_chaining().answer
    except dns.exception.DNSException:  # a chain without an end, records at a name that does not exist: broken
        return Answer(status=Status.SERVFAIL)
    if found:
        return Answer(values=tuple(sorted(set(map(to_value, found)))))  # servers rotate them, and their order means nothing
    if response.rcode() == dns.rcode.NXDOMAIN:
        return Answer(status=status)
    return Answer(status=Status.SERVFAIL if _is_referral(response) else Status.NO_DATA)


def read_own(response: dns.message.Message) -> Answer:
    """What an authoritative server has itself at the very name; no answer raises. An alias there is no data of another type."""
    if not isinstance(response, dns.message.QueryMessage) or len(response.question) != 1:
        return Answer(status=Status.SERVFAIL)
    rcode, [asked] = response.rcode(), response.question
    if rcode not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        return Answer(status=_OWN_STATUSES.get(rcode, Status.SERVFAIL))
    if not response.flags & dns.flags.AA:
        return Answer(status=Status.LAME)
    found = response.get_rrset(response.answer, asked.name, asked.rdclass, asked.rdtype)
    if found:
        return Answer(values=tuple(sorted(set(map(to_value, found)))))
    is_there = rcode == dns.rcode.NOERROR or bool(response.answer)  # where it is an alias, the code is that of what it leads to
    return Answer(status=Status.NO_DATA if is_there else Status.NXDOMAIN)


def _is_referral(response: dns.message.Message) -> bool:
    """Whether the server only says who may know (RFC 2308 section 2.2): it does not resolve, or is lame. That is no "no data"."""
    types = {rrset.rdtype for rrset in response.authority}
    return dns.rdatatype.NS in types and dns.rdatatype.SOA not in types
