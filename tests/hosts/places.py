"""Where a person's DNS and files are, told by fakes: each place with a file that wants one domain with all its sections, and what others have there.

Nothing of ours is there yet.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import dns.rdata
import dns.rdatatype
from dns.rdtypes.ANY.TXT import TXT

from emailauth.core.record import Key
from tests.bench.portfolio import KEY
from tests.fakes import cloudflare, route53, workerd
from tests.fakes.aws import Aws
from tests.fakes.aws.acm import validation_record
from tests.fakes.cloudflare import Cloudflare
from tests.fakes.nameserver import Sets
from tests.fakes.route53 import Route53
from tests.fakes.service import Service
from tests.hosts.edge import edge
from tests.live.authority import Authority
from tests.servers.bind9 import bind9
from tests.servers.program import KEY_NAME, RECORDS, Served

DOMAIN: Final = "example.com"
POLICY_HOST: Final = f"mta-sts.{DOMAIN}"

_FILE = """\
version: 1
{hosts}
domains:
  example.com:
    mx: [{{preference: 10, host: mx1.example.com}}, {{preference: 20, host: mx2.example.com}}]
    spf: {{allow: [mx, "ip4:192.0.2.0/24"], otherwise: fail}}
    dkim:
      google: {{public_key: google.pem}}
      s1: {{cname: s1.domainkey.u123.wl.sendgrid.net}}
      "2023": revoked
    dmarc: {{policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}}
    mta_sts: {{mode: testing, from_mx: true, max_age: 604800}}
    tls_rpt: {{reports: ["mailto:tls@example.com"]}}
"""
POLICY_PATH: Final = "/.well-known/mta-sts.txt"
POLICY_URL: Final = f"https://{POLICY_HOST}{POLICY_PATH}"
POLICY: Final = b"version: STSv1\r\nmode: testing\r\nmx: mx1.example.com\r\nmx: mx2.example.com\r\nmax_age: 604800\r\n"

OTHERS: Final[Mapping[Key, frozenset[str]]] = {
    ("example.com", "TXT"): frozenset({"google-site-verification=AbC", "MS=ms1"}),
    ("_dmarc.example.com", "TXT"): frozenset({"nothing that receivers look for"}),
    ("other._domainkey.example.com", "TXT"): frozenset({"v=DKIM1; p="}),
    ("example.com", "A"): frozenset({"192.0.2.80"}),
    ("www.example.com", "CNAME"): frozenset({"shop.example.net."}),
    ("example.net", "TXT"): frozenset({"v=spf1 mx -all"}),
}
"""At names of ours too, and in a zone that is beside it."""
OURS: Final[Mapping[Key, frozenset[str]]] = {
    ("example.com", "MX"): frozenset({"10 mx1.example.com.", "20 mx2.example.com."}),
    ("example.com", "TXT"): frozenset({"v=spf1 mx ip4:192.0.2.0/24 -all"}),
    ("google._domainkey.example.com", "TXT"): frozenset({"v=DKIM1; k=rsa; p=" + "".join(KEY.read_text().splitlines()[1:-1])}),
    ("s1._domainkey.example.com", "CNAME"): frozenset({"s1.domainkey.u123.wl.sendgrid.net."}),
    ("2023._domainkey.example.com", "TXT"): frozenset({"v=DKIM1; p="}),
    ("_dmarc.example.com", "TXT"): frozenset({"v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"}),
    ("_mta-sts.example.com", "TXT"): frozenset({"v=STSv1; id=57c0b2e9044f1929fd313349db8c6c5d;"}),
    ("_smtp._tls.example.com", "TXT"): frozenset({"v=TLSRPTv1; rua=mailto:tls@example.com"}),
}
"""What the file asks of DNS."""
TTL: Final = 900
"""Seconds, of the sets of others."""

State: TypeAlias = Mapping[str, Any]
"""All that there is, without what differs from one run to the next by its nature: two that are equal look alike to whoever comes next."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Fakes that are served, and a folder with the file."""

    folder: Path
    environ: Mapping[str, str]
    """What a process needs to find them."""
    services: Sequence[Service]
    in_dns: Callable[[], Mapping[str, Sets]]
    state: Callable[[], State]
    fetch: Callable[[], bytes]
    """The policy as it is served."""
    serving: Callable[[], list[str]]
    """What is there to serve files, in short."""
    own: Callable[[], Mapping[Key, frozenset[str]]] = dict
    """What the web host has in DNS, once all is as the file says."""

    @property
    def records(self) -> dict[Key, frozenset[str]]:
        """Everything in DNS but what zones begin with. Values are as `core.record` has them."""
        sets = [(key, values) for zone in self.in_dns().values() for key, (_, values) in zone.items()]
        return {key: frozenset(_core(key[1], value) for value in values) for key, values in sets if key[1] not in {"SOA", "NS"}}

    @property
    def calls(self) -> int:
        """How many came by now."""
        return sum(service.count() for service in self.services)


MakePlace: TypeAlias = Callable[[Path, Authority], AbstractContextManager[Place]]


def _core(record_type: str, value: str) -> str:
    rdata = dns.rdata.from_text("IN", record_type, value)
    return b"".join(rdata.strings).decode() if isinstance(rdata, TXT) else rdata.to_text()


def _write(folder: Path, hosts: str) -> None:
    (folder / "google.pem").write_text(KEY.read_text())
    (folder / "email-auth.yaml").write_text(_FILE.format(hosts=hosts))


def _zone_of(name: str) -> str:
    return ".".join(name.split(".")[-2:])


# -------------------------------------------------------------------------------------------------------- Route 53


def _route53() -> Route53:
    service = Route53()
    service.pending = 1
    ids = {name: service.add_zone(name) for name in ("example.com", "example.net")}
    for (name, record_type), values in OTHERS.items():
        raw = [f'"{value}"' for value in sorted(values)] if record_type == "TXT" else sorted(values)
        service.put(ids[_zone_of(name)], name, record_type, TTL, raw)
    return service


def _sets(service: Route53) -> State:
    return {zone_id: dict(zone.sets) for zone_id, zone in service.zones.items()}


@contextmanager
def on_route53(folder: Path, authority: Authority) -> Iterator[Place]:  # noqa: ARG001 - nothing is fetched over HTTPS
    """DNS at Route 53, and a web server's folder on this machine."""
    service = _route53()

    def state() -> State:
        files = [path for path in (folder / "public").rglob("*") if path.is_file()]
        return {"sets": _sets(service), "files": {str(path.relative_to(folder)): path.read_bytes() for path in files}}

    _write(folder, "dns_host: {route53: {}}\nweb_host: {directory: {root: public, read_back: disk}}")
    with service.served() as url:
        yield Place(
            folder=folder,
            environ=route53.environment(url),
            services=[service],
            in_dns=service.in_dns,
            state=state,
            fetch=(folder / f"public/{POLICY_HOST}{POLICY_PATH}").read_bytes,
            serving=lambda: sorted(state()["files"]),
        )


# ------------------------------------------------------------------------------------------------------ Cloudflare


def _cloudflare() -> Cloudflare:
    service = Cloudflare()
    ids = {name: service.add_zone(name) for name in ("example.com", "example.net")}
    for (name, record_type), values in OTHERS.items():
        for value in sorted(values):
            content = f'"{value}"' if record_type == "TXT" else value.removesuffix(".")
            service.put(ids[_zone_of(name)], name, record_type, content, ttl=TTL)
    return service


def _cloudflare_state(service: Cloudflare, begun: datetime) -> State:
    """Of what was there at the beginning all is compared; of what came later not its ids and times."""

    def shown(record: Any) -> Any:
        return record if record.modified_on <= begun else replace(record, id="", created_on=begun, modified_on=begun, worker=None)

    return {
        "records": {zone.name: sorted(repr(shown(record)) for record in zone.stored.values()) for zone in service.zones.values()},
        "scripts": {name: (script.modules, script.metadata) for name, script in service.scripts.items()},
        "domains": {name: domain.service for name, domain in service.domains.items()},
    }


@contextmanager
def on_cloudflare(folder: Path, authority: Authority) -> Iterator[Place]:
    """DNS at Cloudflare, and a Worker that the real workerd runs."""
    service = _cloudflare()
    begun = service.now
    with service.served() as url, service.edge(authority) as (address, port):

        def fetch() -> bytes:
            return workerd.asked((address, port), authority, POLICY_HOST, path=POLICY_PATH)[2].encode()

        connect = f'connect: "{address}:{port}", ca_file: {authority.ca_file}'
        _write(folder, f"dns_host: {{cloudflare: {{}}}}\nweb_host: {{cloudflare_worker: {{{connect}}}}}")
        yield Place(
            folder=folder,
            environ=cloudflare.environment(url),
            services=[service],
            in_dns=service.in_dns,
            state=lambda: _cloudflare_state(service, begun),
            fetch=fetch,
            serving=lambda: [f"{domain.hostname} by {domain.service}" for domain in service.domains.values()] + sorted(service.scripts),
            own=lambda: {(POLICY_HOST, record_type): frozenset({address}) for record_type, address in service.anycast.items()},
        )


# ------------------------------------------------------------------------------------------------------ CloudFront


def _aws_state(service: Aws) -> str:
    """Without times, ETags and the numbers of certificates, which tell nobody anything; what counts down is in it: whoever asks is told so."""
    distributions = [
        (one.id, one.config, one.tags, one.deploying, one.serves, {arn: stage.code for arn, stage in one.runs.items()})
        for one in service.distributions.values()
    ]
    functions = [
        (one.name, one.tags, {name: (stage.code, stage.config) for name, stage in one.stages().items()})
        for one in service.functions.values()
    ]
    certificates = [
        (one.names, one.status, one.tags, one.in_use_by, min(one.described, service.validation_delay + 1))
        for one in service.certificates.values()
    ]
    text = repr((distributions, functions, certificates, service.buckets))
    for certificate in service.certificates.values():
        text = text.replace(certificate.arn, f"the certificate for {certificate.names}")
    return text


def _counted(service: Aws) -> list[str]:
    counts = {
        "distribution": len(service.distributions),
        "function": len(service.functions),
        "certificate": len(service.certificates),
        "bucket": len(service.buckets),
    }
    return [f"{count} {name}" for name, count in counts.items()]


def _cnames(service: Aws) -> Mapping[Key, frozenset[str]]:
    owner, target = validation_record(POLICY_HOST)
    (distribution,) = service.distributions.values()
    return {(owner, "CNAME"): frozenset({f"{target}."}), (POLICY_HOST, "CNAME"): frozenset({f"{distribution.domain_name}."})}


@contextmanager
def on_cloudfront(folder: Path, authority: Authority) -> Iterator[Place]:
    """DNS at Route 53, and a CloudFront distribution."""
    dns_service = _route53()

    def resolve(name: str, record_type: str) -> Collection[str]:
        found = (zone.get((name, record_type)) for zone in dns_service.in_dns().values())
        return [value for one in found if one for value in one[1]]

    service = Aws(resolve=resolve)
    with dns_service.served() as dns_url, service.served() as url, edge(service, authority, POLICY_HOST) as (address, port):
        connect = f'connect: "{address}:{port}", ca_file: {authority.ca_file}'
        _write(folder, f"dns_host: {{route53: {{}}}}\nweb_host: {{cloudfront: {{{connect}}}}}")
        yield Place(
            folder=folder,
            environ={**route53.environment(url), "AWS_ENDPOINT_URL_ROUTE_53": dns_url},
            services=[dns_service, service],
            in_dns=dns_service.in_dns,
            state=lambda: {"sets": _sets(dns_service), "aws": _aws_state(service)},
            fetch=lambda: service.fetch(POLICY_HOST, POLICY_PATH)[2],
            serving=lambda: _counted(service),
            own=lambda: _cnames(service),
        )


# ------------------------------------------------------------------------------------------------------- RFC 2136


def _zone_file() -> str:
    """What others have in example.com, and addresses of the MX hosts, without which BIND takes no MX record."""
    lines = ["mx1 A 192.0.2.25", "mx2 A 192.0.2.26"]
    for (name, record_type), values in OTHERS.items():
        if _zone_of(name) == DOMAIN:
            lines += [
                f'{name}. {TTL} {record_type} "{value}"' if record_type == "TXT" else f"{name}. {TTL} {record_type} {value}"
                for value in values
            ]
    return RECORDS + "".join(f"{line}\n" for line in lines)


@contextmanager
def on_bind9(folder: Path, authority: Authority, *, update: bool = True) -> Iterator[Place]:  # noqa: ARG001 - nothing is fetched over HTTPS
    """DNS by BIND, which takes updates that are signed, and a web server's folder on this machine. `update`: whether the key may do anything."""
    (folder / "bind").mkdir()
    with bind9(folder / "bind", [Served(name=DOMAIN, update=update, records=_zone_file())]) as server:

        def in_dns() -> Mapping[str, Sets]:
            names = server.copy(DOMAIN)
            return {
                DOMAIN: {
                    (name.to_text(omit_final_dot=True), dns.rdatatype.to_text(found.rdtype)): (found.ttl, [one.to_text() for one in found])
                    for name, found in names.iterate_rdatasets()
                }
            }

        _write(
            folder,
            f"dns_host: {{rfc2136: {{server: {server.address}, port: {server.port}, key_name: {KEY_NAME}, key_env: EMAILAUTH_TSIG_SECRET}}}}\n"
            "web_host: {directory: {root: public, read_back: disk}}",
        )
        yield Place(
            folder=folder,
            environ={"EMAILAUTH_TSIG_SECRET": server.secret},
            services=[],
            in_dns=in_dns,
            state=in_dns,
            fetch=(folder / f"public/{POLICY_HOST}{POLICY_PATH}").read_bytes,
            serving=lambda: [str(path) for path in (folder / "public").rglob("*") if path.is_file()],
        )
