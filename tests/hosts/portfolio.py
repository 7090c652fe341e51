"""A portfolio: many domains, each in a zone of its own with 20 records, at the fakes of Route 53 and Cloudflare."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from emailauth.core.record import Key
from tests.fakes.cloudflare import Cloudflare
from tests.fakes.route53 import Route53

Sets: TypeAlias = Mapping[Key, Sequence[str]]
"""Values as `core.record` has them, TXT without quotes and none longer than one string."""

TTL: Final = 300
OLD, NEW = "mailto:tls@example.net", "mailto:tls@example.org"
"""Where reports go, before and after a change of each domain."""

_MX = "    mx: [{preference: 10, host: mx1.example.net}, {preference: 20, host: mx2.example.net}]\n"
_DOMAIN = """\
  {domain}:
    spf: {{allow: ["ip4:192.0.2.0/24", "include:_spf.example.net"], otherwise: softfail}}
    dkim: {{s1: {{cname: s1.dkim.example.net}}}}
    dmarc: {{policy: quarantine, aggregate_reports: ["mailto:dmarc@example.net"]}}
    tls_rpt: {{}}
"""


def domains(count: int) -> Iterator[str]:
    """Their names."""
    return (f"d{number}.example" for number in range(count))


def file(dns_host: str, count: int, reports: str = OLD, *, mx: bool = True) -> str:
    """An email-auth.yaml for them. `dns_host` is YAML; `reports` where TLS reports go; `mx`: whether MX records are our business."""
    head = f'version: 1\ndns_host: {dns_host}\ndefaults:\n  tls_rpt: {{reports: ["{reports}"]}}\ndomains:\n'
    return head + "".join(_DOMAIN.format(domain=domain) + (_MX if mx else "") for domain in domains(count))


def ours(domain: str) -> Sets:
    """What the file wants: five sets, of six records."""
    return {
        (domain, "MX"): ("10 mx1.example.net.", "20 mx2.example.net."),
        (domain, "TXT"): ("v=spf1 ip4:192.0.2.0/24 include:_spf.example.net ~all",),
        (f"s1._domainkey.{domain}", "CNAME"): ("s1.dkim.example.net.",),
        (f"_dmarc.{domain}", "TXT"): ("v=DMARC1; p=quarantine; rua=mailto:dmarc@example.net",),
        (f"_smtp._tls.{domain}", "TXT"): (f"v=TLSRPTv1; rua={OLD}",),
    }


def others(domain: str, count: int) -> Sets:
    """What others have there."""
    return {(f"{number}.{domain}", "TXT"): (f"others={number}",) for number in range(count)}


def at_route53(count: int, *, new: bool = False) -> Route53:
    """Each zone with 20 sets, SOA and NS of the apex among them; all of others where the zones are new to us."""
    service = Route53()
    for domain in domains(count):
        zone_id = service.add_zone(domain)
        sets = others(domain, 18) if new else {**ours(domain), **others(domain, 13)}
        for (name, record_type), values in sets.items():
            service.put(zone_id, name, record_type, TTL, [f'"{value}"' if record_type == "TXT" else value for value in values])
    return service


def at_cloudflare(count: int, *, new: bool = False) -> Cloudflare:
    """Each zone with 20 records, which list nothing of the apex; all of others where the zones are new to us."""
    service = Cloudflare()
    for domain in domains(count):
        zone_id = service.add_zone(domain)
        sets = others(domain, 20) if new else {**ours(domain), **others(domain, 14)}
        for (name, record_type), values in sets.items():
            for value in values:
                preference, _, target = value.removesuffix(".").rpartition(" ") if record_type != "TXT" else ("", "", f'"{value}"')
                service.put(zone_id, name, record_type, target, ttl=TTL, priority=int(preference) if preference else None)
    return service
