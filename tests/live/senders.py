"""A small Internet on loopback for what looks at senders: SPF trees and DMARC records that lead to each other, and a delegation to nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emailauth.live.resolver_servers import Server
from tests.servers.bind9 import bind9
from tests.servers.program import RECORDS, Served

ZONE = f"""{RECORDS}
example.com. TXT "v=spf1 include:_spf.example.net include:_spf.gone.example.org mx -all"
example.com. TXT "MS=ms1"
example.com. MX 10 mx1.example.com.
example.com. MX 20 mx2.example.com.
mx1.example.com. A 192.0.2.25
_spf.example.net. TXT "v=spf1 ip4:198.51.100.0/24 a:s1.example.net -all"
s1.example.net. A 198.51.100.1
_dmarc.example.com. TXT "v=DMARC1; p=reject; rua=mailto:a@example.com,mailto:b@example.net"
good.example. TXT "v=spf1 ip4:192.0.2.0/24 -all"
broken.example. NS ns.nowhere.example.
"""


@contextmanager
def senders(folder: Path) -> Iterator[Server]:
    """Answers for every name there is."""
    with bind9(folder, [Served(name=".", records=ZONE)]) as there:
        yield Server(there.address, there.port)
