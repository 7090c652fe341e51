"""Records as the tokens of a master file."""

import dns.rdata

from emailauth.dns_hosts.zonefile.tokens import split


def to_tokens(rdata: dns.rdata.Rdata) -> list[bytes]:
    """The words and quoted strings that write the rdata in a master file, names fully qualified."""
    (entry,) = split(rdata.to_text().encode("ascii"))
    return [token.text.encode("ascii") for token in entry.tokens]
