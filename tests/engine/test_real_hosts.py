"""The real engine with a program whose domains are at Route 53 and at Cloudflare, as their fakes are; a Worker serves a policy."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.engine.conftest import MakeStack
from tests.engine.programs import POSTURE, program
from tests.engine.stack import Stack
from tests.fakes import cloudflare, route53
from tests.fakes.cloudflare import Cloudflare
from tests.fakes.route53 import Route53
from tests.live.authority import Authority

pytestmark = pytest.mark.engine

FILE: Final = """\
version: 1
web_host: {{cloudflare_worker: {{connect: "{address}:{port}", ca_file: {ca_file}}}}}
domains:
  example.com:
    dns_host: {{route53: {{}}}}
    mx: [{{preference: 10, host: mx.example.com}}]
    spf: {{allow: [mx], otherwise: fail}}
    dmarc: {{policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}}
    tls_rpt: {{reports: ["mailto:tls@example.com"]}}
  example.net:
    dns_host: {{cloudflare: {{}}}}
    mx: [{{preference: 10, host: mx.example.com}}]
    spf: {{allow: [mx], otherwise: fail}}
    dmarc: {{policy: quarantine, aggregate_reports: ["mailto:dmarc@example.net"]}}
    mta_sts: {{mode: testing, from_mx: true, max_age: 604800}}
"""


@dataclass(frozen=True, kw_only=True)
class World:
    """The services, and the stack."""

    route53: Route53
    cloudflare: Cloudflare
    stack: Stack

    def records(self) -> dict[str, Any]:
        """All that is at the hosts. Records of Cloudflare have ids and times, which tell whether somebody touched them."""
        (zone,) = self.cloudflare.zones
        (hosted,) = self.route53.zones
        return {
            "route53": self.route53.sets(hosted),
            "cloudflare": self.cloudflare.records(zone),
            "workers": sorted(self.cloudflare.scripts),
            "custom domains": sorted(self.cloudflare.domains),
        }


@pytest.fixture
def world(make_stack: MakeStack, tmp_path: Path) -> Iterator[World]:
    authority = Authority(tmp_path)
    at_route53, at_cloudflare = Route53(), Cloudflare()
    zone = at_route53.add_zone("example.com")
    at_route53.put(zone, "example.com", "TXT", 900, ['"google-site-verification=AbC"'])
    at_route53.put(zone, "_dmarc.example.com", "TXT", 900, ['"nothing that receivers look for"'])
    zone = at_cloudflare.add_zone("example.net")
    at_cloudflare.put(zone, "example.net", "TXT", '"google-site-verification=DeF"', ttl=900)
    at_cloudflare.put(zone, "example.net", "A", "192.0.2.80", proxied=True)
    with ExitStack() as served:
        aws, api = (served.enter_context(service.served()) for service in (at_route53, at_cloudflare))
        address, port = served.enter_context(at_cloudflare.edge(authority))
        file = FILE.format(address=address, port=port, ca_file=authority.ca_file)
        stack = make_stack("real", {"Pulumi.yaml": program(POSTURE), "email-auth.yaml": file})
        stack.environ.update({**route53.environment(aws), **cloudflare.environment(api)})
        yield World(route53=at_route53, cloudflare=at_cloudflare, stack=stack)


def leaked(stack: Stack) -> list[Path]:
    """The files of the engine (state, history, events) that have a secret."""
    files = [path for path in stack.folder.with_name(f"{stack.folder.name}.pulumi").rglob("*") if path.is_file()]
    assert any(path.name == "test.json" for path in files)
    secrets = (route53.SECRET_KEY.encode(), cloudflare.TOKEN.encode())
    return [path for path in files if any(secret in path.read_bytes() for secret in secrets)]


def test_the_life_of_a_stack(world: World) -> None:
    before = world.records()
    assert world.stack.preview().changes == {"create": 11}
    assert world.records() == before
    assert world.stack.up().changes == {"create": 11}
    (zone,) = world.route53.zones
    ours = {key: values for key, (_, values) in world.route53.sets(zone).items() if key[1] not in {"SOA", "NS"}}
    assert ours == {
        ("_dmarc.example.com", "TXT"): (
            '"nothing that receivers look for"',
            '"v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"',
        ),
        ("_smtp._tls.example.com", "TXT"): ('"v=TLSRPTv1; rua=mailto:tls@example.com"',),
        ("example.com", "MX"): ("10 mx.example.com.",),
        ("example.com", "TXT"): ('"google-site-verification=AbC"', '"v=spf1 mx -all"'),
    }
    there = world.records()
    assert sorted(f"{record['name']} {record['type']} {record['content']}" for record in there["cloudflare"]) == [
        '_dmarc.example.net TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.net"',
        '_mta-sts.example.net TXT "v=STSv1; id=862e2bab291cfe999cbbf2c298cebc64;"',
        "example.net A 192.0.2.80",
        "example.net MX mx.example.com",
        'example.net TXT "google-site-verification=DeF"',
        'example.net TXT "v=spf1 mx -all"',
        "mta-sts.example.net AAAA 100::",
    ]
    assert (there["workers"], there["custom domains"]) == (["emailauth"], ["mta-sts.example.net"])
    assert world.stack.preview("--expect-no-changes").changes == {}
    assert world.stack.operate("refresh", "--expect-no-changes").changes == {}
    assert leaked(world.stack) == []
    assert world.stack.operate("destroy").changes == {"delete": 11}
    assert world.records() == before
