"""What checkdmarc refuses of the public SPF suite: run by the Python of tools/checkdmarc, which has none of our code.

Takes {"texts": [TEXT...], "cases": [{"domain": ..., "zone": {NAME: {TYPE: [VALUE...]}}}...]} from stdin, and says of each whether it is refused.
A text is taken apart alone, with DNS that has an answer to everything; a case is checked in the DNS of its zone.
"""

import json
import sys
from typing import Any

import dns.exception
import dns.rdata
import dns.rdatatype
import dns.resolver
from checkdmarc import spf, utils
from dns.rdtypes.ANY.TXT import TXT

_STRING = 255
_EVERYTHING = {
    "TXT": ["v=spf1 -all"],
    "A": ["192.0.2.25"],
    "AAAA": ["2001:db8::25"],
    "MX": ["10 mx.example.com."],
    "PTR": ["mx.example.com."],
}


def is_refused(text: str) -> bool:
    """Whether a text is an error to it."""
    try:
        return "error" in spf.parse_spf_record(text, "example.com")
    except spf.SPFError:
        return True


def answer_from(zone: dict[str, dict[str, list[str]]] | None) -> None:
    """Answers in place of its only function that asks; None: as if every name had everything."""

    def answer(name: str, record_type: str, **_: Any) -> list[Any]:
        rrsets = _EVERYTHING if zone is None else zone.get(name.lower())
        if rrsets and zone and record_type not in rrsets and "CNAME" in rrsets:
            return answer(rrsets["CNAME"][0].removesuffix("."), record_type)
        if rrsets is None:
            raise dns.resolver.NXDOMAIN
        if not rrsets.get(record_type):
            raise dns.exception.Timeout if "TIMEOUT" in rrsets else dns.resolver.NoAnswer
        return [_rdata(record_type, value) for value in rrsets[record_type]]

    utils._resolve_with_failover = answer
    utils.DNS_CACHE.clear()


def _rdata(record_type: str, value: str) -> Any:
    if record_type in {"TXT", "SPF"}:
        octets = value.encode(errors="surrogateescape")
        strings = [octets[i : i + _STRING] for i in range(0, len(octets), _STRING)]
        return TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings)
    return dns.rdata.from_text("IN", record_type, value)


def main() -> None:
    """Prints {"texts": [true, ...], "cases": [...]}."""
    given = json.load(sys.stdin)
    answer_from(None)
    texts = [is_refused(text) for text in given["texts"]]
    cases = []
    for case in given["cases"]:
        answer_from(case["zone"])
        cases.append(not spf.check_spf(case["domain"], retries=0)["valid"])
    print(json.dumps({"texts": texts, "cases": cases}))


if __name__ == "__main__":
    main()
