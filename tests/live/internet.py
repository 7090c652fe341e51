"""A small Internet on loopback: one BIND that has the whole tree of names, with domains that publish well and badly."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emailauth.live.resolver_servers import Server
from tests.protocols.dkim_keys import BITS
from tests.servers.bind9 import bind9
from tests.servers.program import RECORDS, Served

RSA_2048 = BITS[2048]

ZONE = f"""{RECORDS}
example.com. TXT "v=spf1 include:_spf.example.net include:_spf.gone.example.org mx -all"
example.com. TXT "MS=ms1"
example.com. MX 10 mx1.example.com.
example.com. MX 20 mx2.example.com.
mx1.example.com. A 192.0.2.25
example.net. MX 10 mx1.example.com.
_spf.example.net. TXT "v=spf1 ip4:198.51.100.0/24 a:s1.example.net -all"
s1.example.net. A 198.51.100.1
_dmarc.example.com. TXT "v=DMARC1; p=reject; rua=mailto:a@example.com,mailto:b@example.net"
_dmarc.example.net. TXT "v=DMARC1; p=none"
_mta-sts.example.com. TXT "v=STSv1; id=1;"
mta-sts.example.com. A 127.0.0.1
_smtp._tls.example.com. TXT "v=TLSRPTv1; rua=mailto:tls@example.com"
good.example. TXT "v=spf1 ip4:192.0.2.0/24 ~all"
good.example. MX 10 mx1.example.com.
google._domainkey.good.example. TXT "v=DKIM1; k=rsa; p={RSA_2048[:200]}" "{RSA_2048[200:]}"
_dmarc.good.example. TXT "v=DMARC1; p=quarantine; rua=mailto:d@good.example"
_mta-sts.bare.example. TXT "v=STSv1; id=1;"
_mta-sts.half.example. TXT "v=STSv1; id=1;"
mta-sts.half.example. NS ns.nowhere.example.
broken.example. NS ns.nowhere.example.
"""
"""What stands there, without what BIND itself needs."""


@contextmanager
def internet(folder: Path) -> Iterator[Server]:
    """Answers for every name there is."""
    with bind9(folder, [Served(name=".", records=ZONE)]) as there:
        yield Server(there.address, there.port)
