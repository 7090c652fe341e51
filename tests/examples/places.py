"""Where the examples are at home: what an example names is there, on loopback, with what others have in it.

An example without an entry needs nothing. What is changed in a copy of an example is only what a test machine cannot have: its ports,
paths and certificates.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.fakes import cloudflare, route53
from tests.fakes.aws import Aws
from tests.fakes.cloudflare import Cloudflare
from tests.fakes.route53 import Route53
from tests.fakes.service import Service
from tests.hosts.edge import edge
from tests.hosts.flying import flying
from tests.live.authority import Authority
from tests.servers.bind9 import bind9
from tests.servers.program import KEY_NAME, Served
from tests.web_hosts.servers import caddy

ZONES: Final = ("example.com", "example.net")
VERIFICATION: Final = "google-site-verification=AbCdEf"


def _changed(example: Path, changes: Mapping[str, str]) -> None:
    file = example / "email-auth.yaml"
    text = file.read_text()
    for shown, here in changes.items():
        assert shown in text, f"the example does not say {shown!r} any more"
        text = text.replace(shown, here)
    file.write_text(text)


def _environment(patch: pytest.MonkeyPatch, environ: Mapping[str, str]) -> None:
    for name, value in environ.items():
        patch.setenv(name, value)


@contextmanager
def route53_cloudfront(example: Path, scratch: Path, patch: pytest.MonkeyPatch) -> Iterator[Sequence[Service]]:
    """AWS; gives its doubles."""
    zones, authority = Route53(), Authority(scratch)
    for name in ZONES:
        zones.put(zones.add_zone(name), name, "TXT", 900, [f'"{VERIFICATION}"'])

    def resolve(name: str, record_type: str) -> Collection[str]:
        found = (zone.get((name, record_type)) for zone in zones.in_dns().values())
        return [value for one in found if one for value in one[1]]

    service = Aws(resolve=resolve)
    with zones.served() as zones_url, service.served() as url, edge(service, authority, "mta-sts.example.com") as (address, port), flying():
        _environment(patch, {**route53.environment(url), "AWS_ENDPOINT_URL_ROUTE_53": zones_url})
        _changed(example, {"cloudfront: {}": f'cloudfront: {{connect: "{address}:{port}", ca_file: {authority.ca_file}}}'})
        yield [zones, service]


@contextmanager
def at_cloudflare(example: Path, scratch: Path, patch: pytest.MonkeyPatch) -> Iterator[Cloudflare]:
    """Cloudflare, with the real workerd; gives its double."""
    service, authority = Cloudflare(), Authority(scratch)
    for name in ZONES:
        service.put(service.add_zone(name), name, "TXT", f'"{VERIFICATION}"', ttl=900)
    with service.served() as url, service.edge(authority) as (address, port), flying():
        _environment(patch, cloudflare.environment(url))
        _changed(example, {"cloudflare_worker: {}": f'cloudflare_worker: {{connect: "{address}:{port}", ca_file: {authority.ca_file}}}'})
        yield service


@contextmanager
def bind9_caddy(example: Path, scratch: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:  # noqa: ARG001 - no environment
    """BIND, with no more rights than the example gives, and Caddy."""
    authority, root = Authority(scratch), scratch / "www"
    for folder in (root, scratch / "bind9", scratch / "caddy"):
        folder.mkdir()
    shown = re.search(r"update-policy \{(.*?)\};", (example / "named.conf").read_text(), re.DOTALL)
    assert shown, "named.conf shows no update-policy"
    policy = shown[1].replace("grant emailauth ", f"grant {KEY_NAME} ")
    records = f'$TTL 300\n@ SOA ns1 hostmaster 1 7200 3600 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\nwww A 192.0.2.80\nmx1 A 192.0.2.25\n@ 900 TXT "{VERIFICATION}"\n'
    with (
        bind9(scratch / "bind9", [Served(name="example.com", records=records, policy=policy)]) as dns,
        caddy(scratch / "caddy", root, authority, shown=example) as web,
    ):
        _changed(
            example,
            {
                "server: ns1.example.com": f"server: {dns.address}\n    port: {dns.port}",
                "/etc/bind/emailauth.key": str(dns.key_file),
                "root: /srv/email-auth": f'root: {root}\n    connect: "127.0.0.1:{web.port}"\n    ca_file: {authority.ca_file}',
            },
        )
        yield


@contextmanager
def nowhere(example: Path, scratch: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:  # noqa: ARG001 - needs nothing
    """The example brings all that it names."""
    yield


PLACES: Final = {"route53-cloudfront": route53_cloudfront, "cloudflare": at_cloudflare, "bind9-caddy": bind9_caddy}
