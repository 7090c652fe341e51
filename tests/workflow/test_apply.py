"""An apply against hosts that others write to as well: nothing foreign is lost, and every conflict is told."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from emailauth.core.errors import CouldNotDoError, PartlyDoneError
from emailauth.core.file import HostedFile
from emailauth.core.plan import Change, FileChange, RecordChange
from emailauth.web_hosts import ReadBack
from emailauth.workflow.applying import RefusedError, UnfinishedError, apply, read_back
from emailauth.workflow.hosts import Hosts
from emailauth.workflow.load import load
from emailauth.workflow.planning import Planned, make_plan
from tests.fakes.memory import Memory, MemoryDns, MemoryWeb, Sets, installed

FILE = """\
version: 1
dns_host: {memory: {}}
web_host: {memory: {}}
domains:
  example.com:
    spf: {allow: [mx], otherwise: fail}
    mx: [{preference: 10, host: mx.example.com}]
    mta_sts: {mode: testing, from_mx: true, max_age: 86400}
"""
POLICY = "https://mta-sts.example.com/.well-known/mta-sts.txt"
APEX = ("example.com", "TXT")
ID = ("_mta-sts.example.com", "TXT")


@pytest.fixture
def memory() -> Iterator[Memory]:
    zone: Sets = {APEX: (300, ("MS=1", "v=spf1 a ~all"))}
    memory = Memory(dns={"main": MemoryDns(zones={"example.com": zone})}, web={"main": MemoryWeb()})
    with installed(memory):
        yield memory


def planned(folder: Path, text: str = FILE) -> Planned:
    (folder / "email-auth.yaml").write_text(text)
    loaded = load(folder / "email-auth.yaml")
    assert loaded.diagnostics == ()
    return make_plan(loaded, Hosts(folder), allow=["remove-mta-sts", "remove-mx"])


def done(planned: Planned) -> list[str]:
    said: list[str] = []
    apply(planned, lambda change: said.append(named(change)))
    return said


def named(change: Change) -> str:
    match change:
        case FileChange():
            return change.url
        case RecordChange():
            return f"{change.name} {change.type}"
    return change.host


def test_everything_in_order_and_then_nothing(memory: Memory, tmp_path: Path) -> None:
    assert done(planned(tmp_path)) == ["example.com TXT", POLICY, "_mta-sts.example.com TXT", "example.com MX"]
    assert memory.dns["main"].zones["example.com"][APEX] == (300, ("MS=1", "v=spf1 mx -all"))
    assert planned(tmp_path).plan.is_empty


def test_changes_of_one_zone_and_phase_are_sent_together(memory: Memory, tmp_path: Path) -> None:
    done(planned(tmp_path, FILE + "    dmarc: {policy: reject}\n    tls_rpt: {reports: ['mailto:a@example.com']}\n"))
    sent = [[change.name for change in changes] for _, changes in memory.dns["main"].applied]
    assert sent == [["_dmarc.example.com", "example.com", "_smtp._tls.example.com"], ["_mta-sts.example.com"], ["example.com"]]


def test_a_foreign_value_that_came_since_the_plan_is_carried_through(memory: Memory, tmp_path: Path) -> None:
    plan = planned(tmp_path)
    memory.dns["main"].zones["example.com"][APEX] = (300, ("MS=1", "MS=2", "v=spf1 a ~all"))
    assert done(plan) == ["example.com TXT", POLICY, "_mta-sts.example.com TXT", "example.com MX"]
    assert memory.dns["main"].values(*APEX) == ("MS=1", "MS=2", "v=spf1 mx -all")


def test_a_value_of_ours_that_somebody_changed_since_the_plan_is_refused(memory: Memory, tmp_path: Path) -> None:
    plan = planned(tmp_path)
    memory.dns["main"].zones["example.com"][APEX] = (300, ("MS=1", "v=spf1 a include:example.net ~all"))
    with pytest.raises(
        UnfinishedError, match=r"example\.com TXT was changed by somebody else while this was applied: plan again"
    ) as caught:
        done(plan)
    assert caught.value.done == ()
    assert memory.dns["main"].values(*APEX) == ("MS=1", "v=spf1 a include:example.net ~all")
    assert memory.web["main"].files == {}


def test_others_who_write_all_the_time_are_told_after_some_tries(memory: Memory, tmp_path: Path) -> None:
    plan = planned(tmp_path)
    dns = memory.dns["main"]

    def another_writer() -> None:
        ttl, values = dns.zones["example.com"][APEX]
        dns.zones["example.com"][APEX] = (ttl, (*values, f"MS={len(values)}"))

    dns.before_apply = another_writer
    with pytest.raises(UnfinishedError, match=r"example\.com TXT is not as expected"):
        done(plan)
    assert dns.values(*APEX) == ("MS=1", "v=spf1 a ~all", "MS=2", "MS=3", "MS=4", "MS=5", "MS=6")


def test_what_was_done_before_a_host_stopped_is_told(memory: Memory, tmp_path: Path) -> None:
    plan = planned(tmp_path, FILE + "    dmarc: {policy: reject}\n")

    def stop() -> None:
        raise PartlyDoneError("the quota is used up", [("_dmarc.example.com", "TXT")])

    memory.dns["main"].before_apply = stop
    with pytest.raises(UnfinishedError, match="the quota is used up") as caught:
        done(plan)
    assert [change.kind for change in caught.value.done] == ["dmarc"]


TWO_ZONES = FILE.replace("mta_sts: {mode: testing, from_mx: true, max_age: 86400}", "dmarc: {policy: reject}") + "  example.net: parked\n"


def test_what_was_made_in_other_zones_is_told_when_one_refuses(memory: Memory, tmp_path: Path) -> None:
    dns = memory.dns["main"]
    dns.zones["example.net"] = {}
    plan = planned(tmp_path, TWO_ZONES)

    def refuse_the_second() -> None:
        if dns.applied:
            raise CouldNotDoError("no permission for example.net")

    dns.before_apply = refuse_the_second
    with pytest.raises(UnfinishedError, match=r"no permission for example\.net") as caught:
        done(plan)
    assert [(change.domain, change.kind) for change in caught.value.done] == [("example.com", "dmarc"), ("example.com", "spf")]


def test_what_was_made_and_is_not_known_to_be_served_is_told(memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(tmp_path)

    def unknown(_: MemoryDns) -> None:
        raise CouldNotDoError("it was accepted, and nobody knows more")

    monkeypatch.setattr(MemoryDns, "settle", unknown)
    with pytest.raises(UnfinishedError, match="it was accepted, and nobody knows more") as caught:
        done(plan)
    assert [change.kind for change in caught.value.done] == ["spf"]
    assert memory.dns["main"].values(*APEX) == ("MS=1", "v=spf1 mx -all")


def test_each_phase_waits_until_the_nameservers_have_it(memory: Memory, tmp_path: Path) -> None:
    done(planned(tmp_path))
    assert memory.dns["main"].settled == 3


def test_a_set_that_changes_between_two_phases_is_refused(memory: Memory, tmp_path: Path) -> None:
    plan = planned(tmp_path)
    dns = memory.dns["main"]

    def another_writer() -> None:
        dns.before_apply = lambda: None
        dns.zones["example.com"][ID] = (300, ("v=STSv1; id=somebodys;",))

    dns.before_apply = another_writer
    with pytest.raises(
        UnfinishedError, match=r"_mta-sts\.example\.com TXT was changed by somebody else while this was applied: plan again"
    ) as caught:
        done(plan)
    assert [change.kind for change in caught.value.done] == ["spf", "mta_sts"]
    assert dns.values(*ID) == ("v=STSv1; id=somebodys;",)


def test_a_foreign_value_that_comes_between_two_phases_elsewhere_stays(memory: Memory, tmp_path: Path) -> None:
    plan = planned(tmp_path)
    dns = memory.dns["main"]

    def another_writer() -> None:
        dns.before_apply = lambda: None
        dns.zones["example.com"]["www.example.com", "TXT"] = (300, ("new",))

    dns.before_apply = another_writer
    done(plan)
    assert dns.values("www.example.com", "TXT") == ("new",)


def test_a_file_that_reads_back_differently_stops_before_the_id(memory: Memory, tmp_path: Path) -> None:
    memory.web["main"].garbles = True
    with pytest.raises(UnfinishedError, match=f"{POLICY} does not give the content that was put at memory:{POLICY}"):
        done(planned(tmp_path))
    assert memory.dns["main"].values(*ID) == ()


@pytest.mark.usefixtures("memory")
def test_a_host_that_says_yes_and_does_nothing_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(tmp_path)
    monkeypatch.setattr(MemoryDns, "apply", lambda *arguments: arguments[1])
    with pytest.raises(UnfinishedError, match=r"example\.com TXT was written to memory:example\.com and reads back differently"):
        done(plan)


def test_somebody_who_undoes_it_at_once_is_found_out(memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(tmp_path)

    def undone(_: MemoryWeb, urls: Collection[str]) -> Mapping[str, bytes | None]:
        """What a second machine behind the same name would answer once the first is right."""
        return {url: None if memory.dns["main"].values("example.com", "MX") else files.get(url) for url in urls}

    files = memory.web["main"].files
    monkeypatch.setattr(MemoryWeb, "read", undone)
    with pytest.raises(UnfinishedError, match=f"everything was written, and yet differs when read again: {POLICY}"):
        done(plan)


def test_what_is_absent_goes_last_of_all(memory: Memory, tmp_path: Path) -> None:
    done(planned(tmp_path))
    gone = FILE.replace("mta_sts: {mode: testing, from_mx: true, max_age: 86400}", "mta_sts: absent")
    assert done(planned(tmp_path, gone)) == ["_mta-sts.example.com TXT", POLICY]
    assert memory.web["main"].files == {}
    assert planned(tmp_path, gone).plan.is_empty


def test_dangers_and_conflicts_refuse_everything(memory: Memory, tmp_path: Path) -> None:
    done(planned(tmp_path))
    memory.dns["main"].zones["example.com"]["_dmarc.example.com", "CNAME"] = (300, ("x.example.",))
    (tmp_path / "email-auth.yaml").write_text(FILE.replace("spf: {allow: [mx], otherwise: fail}", "spf: absent\n    dmarc: {policy: none}"))
    plan = make_plan(load(tmp_path / "email-auth.yaml"), Hosts(tmp_path))
    before = dict(memory.dns["main"].zones["example.com"])
    with pytest.raises(RefusedError, match=r"refused, and nothing was changed: example\.com: a CNAME to x\.example\. .*--allow remove-spf"):
        apply(plan, lambda _: None)
    assert memory.dns["main"].zones["example.com"] == before


def test_a_host_that_refuses_is_told_in_its_own_words(memory: Memory, tmp_path: Path) -> None:
    def fail() -> None:
        raise CouldNotDoError("the host is down")

    memory.dns["main"].before_apply = fail
    with pytest.raises(UnfinishedError, match="the host is down"):
        done(planned(tmp_path))


def gone(text: str) -> str:
    return text.replace("mta_sts: {mode: testing, from_mx: true, max_age: 86400}", "mta_sts: absent")


def at(folder: Path, text: str, hour: int) -> Planned:
    """The plan of a file so many hours after noon."""
    (folder / "email-auth.yaml").write_text(text)
    return make_plan(load(folder / "email-auth.yaml"), Hosts(folder), now=datetime(2026, 1, 1, 12, 30, tzinfo=UTC) + timedelta(hours=hour))


LATER = datetime(2026, 1, 2, 13, 0, tzinfo=UTC)
"""A full hour after the policy of a day that was served at half past twelve is over."""


def test_a_policy_is_removed_in_steps(memory: Memory, tmp_path: Path) -> None:
    """RFC 8461 section 8.3: mode none first, then nothing when no sender keeps the old policy."""
    done(at(tmp_path, FILE, 0))
    first = at(tmp_path, gone(FILE), 0)
    assert first.plan.dangers == ()
    assert [(step.domain, step.kind, step.not_before) for step in first.plan.next] == [("example.com", "mta_sts", LATER)]
    assert done(first) == [POLICY, "_mta-sts.example.com TXT"]
    none = b"version: STSv1\r\nmode: none\r\nmax_age: 86400\r\ncached_until: 2026-01-02T13:00:00Z\r\n"
    assert memory.web["main"].files == {POLICY: none}
    assert memory.dns["main"].values(*ID) == (f"v=STSv1; id={hashlib.sha256(none).hexdigest()[:32]};",)

    too_early = at(tmp_path, gone(FILE), 24)
    assert too_early.plan.is_empty
    assert [step.not_before for step in too_early.plan.next] == [LATER]

    last = at(tmp_path, gone(FILE), 25)
    assert (last.plan.dangers, last.plan.next) == ((), ())
    assert done(last) == ["_mta-sts.example.com TXT", POLICY]
    assert memory.web["main"].files == {}
    assert at(tmp_path, gone(FILE), 25).plan.is_empty


def test_a_removal_can_be_taken_back(memory: Memory, tmp_path: Path) -> None:
    done(at(tmp_path, FILE, 0))
    before = dict(memory.web["main"].files)
    done(at(tmp_path, gone(FILE), 0))
    assert done(at(tmp_path, FILE, 1)) == [POLICY, "_mta-sts.example.com TXT"]
    assert memory.web["main"].files == before


def test_a_longer_life_of_an_earlier_policy_is_remembered_until_it_is_over(memory: Memory, tmp_path: Path) -> None:
    done(at(tmp_path, FILE, 0))
    shorter = FILE.replace("max_age: 86400", "max_age: 3600")
    done(at(tmp_path, shorter, 0))
    assert memory.web["main"].files[POLICY].endswith(b"max_age: 3600\r\ncached_until: 2026-01-02T13:00:00Z\r\n")
    assert at(tmp_path, shorter, 1).plan.is_empty
    assert [step.not_before for step in at(tmp_path, gone(FILE), 2).plan.next] == [LATER]
    assert at(tmp_path, shorter, 48).plan.is_empty
    assert [step.not_before for step in at(tmp_path, gone(FILE), 48).plan.next] == [datetime(2026, 1, 3, 14, 0, tzinfo=UTC)]


def test_a_policy_that_is_removed_at_once_by_name_is_a_danger_that_is_allowed(memory: Memory, tmp_path: Path) -> None:
    done(at(tmp_path, FILE, 0))
    made = planned(tmp_path, gone(FILE))
    assert [danger.name for danger in made.plan.allowed] == ["remove-mta-sts"]
    assert done(made) == ["_mta-sts.example.com TXT", POLICY]
    assert memory.web["main"].files == {}


def test_a_host_name_is_prepared_before_its_records_are_published(memory: Memory, tmp_path: Path) -> None:
    memory.web["main"] = MemoryWeb(cname="edge.example.net", prepares=True)
    (tmp_path / "email-auth.yaml").write_text(FILE)
    made = make_plan(load(tmp_path / "email-auth.yaml"), Hosts(tmp_path))
    assert [(one.kind, one.message) for one in made.plan.preparations] == [
        ("web/mta-sts.example.com", "a certificate for mta-sts.example.com")
    ]
    assert [change.kind for change in apply(made, lambda _: None)] == [
        "web/mta-sts.example.com", "spf", "web/mta-sts.example.com", "mta_sts", "mta_sts", "mx"
    ]  # fmt: skip
    assert memory.dns["main"].values("mta-sts.example.com", "CNAME") == ("edge.example.net.",)
    assert make_plan(load(tmp_path / "email-auth.yaml"), Hosts(tmp_path)).plan.is_empty


def test_the_records_of_a_host_name_go_with_its_last_file(memory: Memory, tmp_path: Path) -> None:
    memory.web["main"] = MemoryWeb(cname="edge.example.net", prepares=True)
    done(at(tmp_path, FILE, 0))
    done(at(tmp_path, gone(FILE), 0))
    assert memory.dns["main"].values("mta-sts.example.com", "CNAME") == ("edge.example.net.",)
    assert done(at(tmp_path, gone(FILE), 25)) == ["_mta-sts.example.com TXT", "mta-sts.example.com CNAME", POLICY]
    assert memory.dns["main"].values("mta-sts.example.com", "CNAME") == ()


def test_a_record_of_somebody_else_at_the_host_name_stays(memory: Memory, tmp_path: Path) -> None:
    memory.web["main"] = MemoryWeb(cname="edge.example.net", prepares=True)
    done(at(tmp_path, FILE, 0))
    done(at(tmp_path, gone(FILE), 0))
    memory.dns["main"].zones["example.com"]["mta-sts.example.com", "CNAME"] = (300, ("www.example.org.",))
    done(at(tmp_path, gone(FILE), 25))
    assert memory.dns["main"].values("mta-sts.example.com", "CNAME") == ("www.example.org.",)


def test_what_else_changed_while_a_name_was_prepared_is_not_applied(
    memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.web["main"] = MemoryWeb(cname="edge.example.net", prepares=True)
    (tmp_path / "email-auth.yaml").write_text(FILE)
    made = make_plan(load(tmp_path / "email-auth.yaml"), Hosts(tmp_path))

    def prepare(web: MemoryWeb, hosts: Collection[str]) -> None:
        web.prepared.update(hosts)
        memory.dns["main"].zones["example.com"][APEX] = (300, ("v=spf1 ?all",))

    monkeypatch.setattr(MemoryWeb, "prepare", prepare)
    with pytest.raises(UnfinishedError, match="something else was changed by somebody else while this was prepared: plan again"):
        apply(made, lambda _: None)
    assert memory.dns["main"].applied == []


class Clock:
    """Time that passes only in pauses."""

    def __init__(self) -> None:
        self.now = 0.0
        self.said: list[str] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(("patience", "asked"), [(0.0, 1), (1.0, 2), (60.0, 6)])
def test_a_file_is_asked_for_as_long_as_the_host_says(patience: float, asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, said = Clock(), list[str]()
    monkeypatch.setattr("emailauth.workflow.applying.time", clock)
    web = MemoryWeb(files={POLICY: b"old"}, read_back=ReadBack(over_https=False, patience=patience))
    file = HostedFile(url=POLICY, body=b"new", content_type="text/plain", domain="example.com", kind="mta_sts")
    with pytest.raises(CouldNotDoError, match="does not give the content"):
        read_back(web, file, said.append)
    assert len(said) + 1 == asked
    assert all(text.startswith(f"waiting until {POLICY} is served: ") for text in said)


def test_a_domain_of_the_file_agrees_to_the_reports_on_another(memory: Memory, tmp_path: Path) -> None:
    """RFC 9990 section 4: else receivers send no report to it."""
    memory.dns["main"].zones["example.net"] = {}
    text = (
        "version: 1\ndns_host: {memory: {}}\ndomains:\n"
        "  example.com: {dmarc: {policy: none, aggregate_reports: ['mailto:dmarc@example.net']}}\n"
        "  example.net: {dmarc: {policy: none, aggregate_reports: ['mailto:dmarc@example.net']}}\n"
    )
    name = "example.com._report._dmarc.example.net"
    assert sorted(done(planned(tmp_path, text))) == ["_dmarc.example.com TXT", "_dmarc.example.net TXT", f"{name} TXT"]
    assert memory.dns["main"].values(name, "TXT") == ("v=DMARC1",)
    assert planned(tmp_path, text).plan.is_empty
