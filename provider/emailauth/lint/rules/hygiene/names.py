"""Owner names that are made of a domain and what a standard puts before it."""

from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.posture import ABSENT, Domain
from emailauth.lint.rule import MUST, rule
from emailauth.protocols.bimi import Bimi
from emailauth.protocols.dmarc import Dmarc
from emailauth.protocols.mta_sts import MtaSts
from emailauth.protocols.tls_rpt import TlsRpt

_MAX_NAME: Final = 253
"""Characters of a name without its dot at the end: 255 octets on the wire."""
_LONGEST: Final = f"{'s' * 63}._bimi."
"""No standard puts more before a domain; selectors of DKIM are judged where they stand."""


@rule(MUST, "RFC 1035 section 2.3.4", covers=["DNS-005"], needs=["long name"])
def dns_name_too_long(domain: Domain) -> Iterator[Finding]:
    """A domain so long that there is no room for the name of its record.

    A name has at most 253 characters (255 octets as DNS counts them), and a record such as DMARC's stands at a longer name than the domain. No server
    can hold it, and receivers cannot even ask for it: they go on as if there were none.

    Bad:
        version: 1
        domains:
          this-label-has-sixty-two-characters-and-so-have-the-other-ones.this-label-has-sixty-two-characters-and-so-have-the-other-ones.this-label-has-sixty-two-characters-and-so-have-the-other-ones.the-last-of-them-is-somewhat-shorter-than-others.example.com:
            dmarc: {policy: reject}
    Good:
        version: 1
        domains:
          this-label-has-sixty-two-characters-and-so-have-the-other-ones.example.com:
            dmarc: {policy: reject}
    """
    if len(domain.name) + len(_LONGEST) <= _MAX_NAME:
        return
    for key in (Bimi.KEY, Dmarc.KEY, MtaSts.KEY, TlsRpt.KEY):
        section = domain.sections.get(key, ABSENT)
        for record in section.records(domain) if section is not ABSENT else ():
            if len(record.name) > _MAX_NAME:
                message = f"the record's name would have {len(record.name)} characters, and DNS has none of more than {_MAX_NAME}"
                yield Finding(message, at=(key,))
