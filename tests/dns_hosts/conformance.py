"""What every DNS host must do, whatever its way: states that a zone goes through, and what must hold on the way.

A host joins by a module of its name in benches/ (NAME__WHICH.py where it has several), with `bench(folder)`: a context manager that
gives a `Bench`.
"""

from dataclasses import dataclass
from typing import Protocol

from emailauth.core.record import Key
from emailauth.dns_hosts import DnsHost

Sets = dict[Key, tuple[int, tuple[str, ...]]]
"""TTL in seconds and values by owner name and type."""

ZONE = "example.com"
TTL = 300
APEX, DMARC, DKIM = (ZONE, "TXT"), (f"_dmarc.{ZONE}", "TXT"), f"s1._domainkey.{ZONE}"
FOREIGN = ('foreign "quoted" \\ back', "google-site-verification=AbC")


class Bench(Protocol):
    """A host with the one zone `ZONE`, which holds SOA and NS records and whatever the host needs besides."""

    host: DnsHost

    def put(self, sets: Sets) -> None:
        """Puts sets into the zone behind the host's back, as somebody else would; sets at other keys stay."""


@dataclass(frozen=True)
class Step:
    """One state of a zone on its way, told by the sets that we care for; a set that is not named is not there."""

    name: str
    sets: Sets


WAY = [
    Step("empty but for others", {APEX: (900, FOREIGN)}),
    Step("first records", {APEX: (900, (*FOREIGN, "v=spf1 -all")), DMARC: (TTL, ("v=DMARC1; p=none",)), (ZONE, "MX"): (TTL, ("10 mx.example.net.",))}),
    Step("values changed", {APEX: (900, (*FOREIGN, "v=spf1 mx -all")), DMARC: (TTL, ("v=DMARC1; p=reject",)), (ZONE, "MX"): (TTL, ("10 mx.example.net.", "20 mx2.example.net."))}),
    Step("a long value", {APEX: (900, FOREIGN), (DKIM, "TXT"): (TTL, ("v=DKIM1; p=" + "A" * 600,)), DMARC: (TTL, ("v=DMARC1; p=reject",))}),
    Step("octets of all kinds", {APEX: (900, FOREIGN), (DKIM, "TXT"): (TTL, ("é\udcff\x00\x7f;\\\"' \t",)), DMARC: (TTL, (" spaces ",))}),
    Step("TXT becomes CNAME", {APEX: (900, FOREIGN), (DKIM, "CNAME"): (TTL, ("k.example.net.",))}),
    Step("CNAME goes elsewhere", {APEX: (900, FOREIGN), (DKIM, "CNAME"): (TTL, ("k2.example.net.",))}),
    Step("CNAME becomes TXT", {APEX: (900, FOREIGN), (DKIM, "TXT"): (TTL, ("v=DKIM1; p=",))}),
    Step("another TTL", {APEX: (900, FOREIGN), (DKIM, "TXT"): (TTL * 2, ("v=DKIM1; p=",))}),
    Step("ours are gone", {APEX: (900, FOREIGN)}),
]  # fmt: skip
"""The foreign values stay on all of it, and so does their TTL."""

KEYS = sorted({key for step in WAY for key in step.sets})
