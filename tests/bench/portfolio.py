"""A portfolio of many domains, as files: what a company with a brand in every market has."""

from collections.abc import Mapping
from pathlib import Path

DOMAINS_OF_A_ZONE = 10
KEY = Path(__file__).resolve().parents[2] / "examples" / "quickstart" / "keys" / "google.pem"

_HEAD = """\
version: 1
dns_host:
  zonefile:
    zones:
{zones}
defaults:
  dmarc: {{aggregate_reports: ["mailto:dmarc@z00.example.com"]}}
  tls_rpt: {{reports: ["mailto:tls@z00.example.com"]}}
domains:
"""
_DOMAIN = """\
  {domain}:
    mx: [{{preference: 10, host: mx1.{zone}}}, {{preference: 20, host: mx2.{zone}}}]
    spf:
      allow:
        - mx
        - ip4:192.0.2.{octet}           # the office
        - include:_spf.google.com       # Google Workspace
      otherwise: softfail
    dkim:
      google: {{public_key: google.pem}}
    dmarc: {{policy: quarantine, subdomain_policy: reject}}
    tls_rpt: {{}}
"""
_ZONE = """\
$ORIGIN {zone}.
$TTL 3600
@ SOA ns hostmaster 1 14400 3600 1209600 3600
@ NS ns
ns A 192.0.2.53
mx1 A 192.0.2.25
mx2 A 198.51.100.25
"""
_OTHERS = """\
{label} A 192.0.2.80
{label} TXT "site-verification={label}"
www.{label} CNAME {label}
"""


def files(count: int) -> Mapping[str, str]:
    """`email-auth.yaml`, its zone files and its key: so many domains, of five records each, ten to a zone."""
    zones = [f"z{i:02}.example.com" for i in range((count + DOMAINS_OF_A_ZONE - 1) // DOMAINS_OF_A_ZONE)]
    head = _HEAD.format(zones="\n".join(f"      {zone}: {zone}.zone" for zone in zones))
    domains = [
        _DOMAIN.format(domain=f"d{i}.{zones[i // DOMAINS_OF_A_ZONE]}", zone=zones[i // DOMAINS_OF_A_ZONE], octet=i % 256)
        for i in range(count)
    ]
    return {
        "email-auth.yaml": head + "".join(domains),
        "google.pem": KEY.read_text(),
        **{f"{zone}.zone": _zone(zone, number, count) for number, zone in enumerate(zones)},
    }


def _zone(zone: str, number: int, count: int) -> str:
    """A zone file in which each domain has records of others already."""
    first = number * DOMAINS_OF_A_ZONE
    return _ZONE.format(zone=zone) + "".join(_OTHERS.format(label=f"d{i}") for i in range(first, min(first + DOMAINS_OF_A_ZONE, count)))
