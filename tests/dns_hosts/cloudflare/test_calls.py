"""How many calls a file with many domains costs."""

from pathlib import Path

import pytest

from emailauth.core.claim import Claim
from emailauth.core.plan import Existing, Plan, Wanted, diff
from emailauth.core.record import Record
from emailauth.dns_hosts import Zone
from tests.dns_hosts.benches.cloudflare import CloudflareBench, opened


def is_spf(value: str) -> bool:
    return value.startswith("v=spf1")


def wanted(domain: str, value: str) -> Wanted:
    """An SPF record and nothing else."""
    return Wanted(
        domain=domain,
        dns_host="host",
        records=(Record(name=domain, type="TXT", value=value, domain=domain, kind="spf"),),
        claims=(Claim(name=domain, type="TXT", domain=domain, kind="spf", recognises=is_spf),),
    )


def plan(there: CloudflareBench, domains: list[str], value: str) -> tuple[Plan, dict[str, Zone]]:
    zones = there.host.read(domains)
    return diff([wanted(domain, value) for domain in domains], Existing(zones={"host": zones})), {zone.name: zone for zone in zones}


@pytest.mark.parametrize(("count", "planned", "applied"), [(10, 11, 31), (100, 102, 302)])
def test_calls_of_a_plan_and_of_an_apply(count: int, planned: int, applied: int, tmp_path: Path) -> None:
    with opened(tmp_path) as there:
        domains = [f"d{i}.example" for i in range(count)]
        there.service.zones.clear()
        for domain in domains:
            zone_id = there.service.add_zone(domain)
            for i in range(19):
                there.service.put(zone_id, f"{i}.{domain}", "TXT", '"theirs"')
        changes, zones = plan(there, domains, "v=spf1 -all")
        assert there.service.count() == planned
        for (_, _, zone), found in changes.rrsets.items():
            there.host.apply(zones[zone], found)
        assert there.service.count() == applied
        assert plan(there, domains, "v=spf1 -all")[0].is_empty
        assert there.service.count() == applied + count
        assert there.time.waited == []


def test_an_apply_that_comes_later_reads_each_zone_again(tmp_path: Path) -> None:
    with opened(tmp_path) as there:
        changes, zones = plan(there, ["example.com"], "v=spf1 -all")
        there.time.now += 60
        for (_, _, zone), found in changes.rrsets.items():
            there.host.apply(zones[zone], found)
        assert [operation for operation, _ in there.service.calls] == ["ListZones", *["ListRecords"] * 2, "BatchRecords", "ListRecords"]
