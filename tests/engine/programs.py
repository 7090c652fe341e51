"""Programs and files that the tests of the engine begin with."""

import re

from tests.engine.stack import PROVIDER

FOUND = f"plugins: {{providers: [{{name: emailauth, path: {PROVIDER}}}]}}"
"""How a program says where our provider is."""

POSTURE = "  mail: {type: emailauth:index:Posture, properties: {file: email-auth.yaml}}"

FILE = """\
version: 1
dns_host: {zonefile: {zones: {example.com: example.com.zone}}}
web_host: {directory: {root: public, read_back: disk}}
domains:
  example.com:
    mx: [{preference: 10, host: mx.example.com}]
    spf: {allow: [mx], otherwise: fail}
    dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
    mta_sts: {mode: testing, from_mx: true, max_age: 604800}
    tls_rpt: {reports: ["mailto:tls@example.com"]}
"""

ZONE = """\
$ORIGIN example.com.
$TTL 3600
@       SOA     ns.example.com. hostmaster.example.com. 7 14400 3600 1209600 3600
        NS      ns
ns      A       192.0.2.53
mx      A       192.0.2.25
mta-sts A       192.0.2.80
; what the shop software asked for
@       TXT     "shop-verification=7c4a8d09"   ; do not remove
"""
"""Nothing of ours is in it. A serial that is no date rises by one."""


def program(*resources: str, found: str = FOUND) -> str:
    """A Pulumi.yaml."""
    return "\n".join(["name: mail", "runtime: yaml", found, "resources:", *resources, ""])


def posture(*, file: str = FILE, zone: str = ZONE, resource: str = POSTURE) -> dict[str, str]:
    """The files of a program that is one Posture of one domain."""
    return {"Pulumi.yaml": program(resource), "email-auth.yaml": file, "example.com.zone": zone}


def record(name: str, *, value: str, more: str = "") -> str:
    """A Record of its own: the SPF record of example.com in the zone file beside the program."""
    host = "{zonefile: {zones: {example.com: example.com.zone}}}"
    return (
        f"  {name}: {{type: emailauth:index:Record, properties: {{domain: example.com, kind: spf, name: example.com, type: TXT, "
        f'values: ["{value}"], dnsHost: {host}{more}}}}}'
    )


def without_serial(zone: str) -> str:
    """A zone file with the serial of its SOA taken out."""
    return re.sub(r"(SOA +\S+ +\S+) +[0-9]+", r"\1 SERIAL", zone)


def added(before: str, after: str) -> list[str]:
    """The lines at the end of a zone file that were not there before, sorted: which is written first is the engine's choice."""
    before, after = without_serial(before), without_serial(after)
    assert after.startswith(before), "a line of others was touched"
    return sorted(after.removeprefix(before).splitlines())
