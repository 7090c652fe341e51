"""An apply against hosts that others write to as well: nothing foreign is lost, and every conflict is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emailauth.core.errors import CouldNotDoError
from emailauth.core.plan import FileChange
from emailauth.workflow.applying import RefusedError, UnfinishedError, apply
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
    apply(planned, lambda change: said.append(change.url if isinstance(change, FileChange) else f"{change.name} {change.type}"))
    return said


def test_everything_in_order_and_then_nothing(memory: Memory, tmp_path: Path) -> None:
    assert done(planned(tmp_path)) == ["example.com TXT", POLICY, "_mta-sts.example.com TXT", "example.com MX"]
    assert memory.dns["main"].zones["example.com"][APEX] == (300, ("MS=1", "v=spf1 mx -all"))
    assert planned(tmp_path).plan.is_empty


def test_changes_of_one_zone_and_phase_are_sent_together(memory: Memory, tmp_path: Path) -> None:
    done(planned(tmp_path, FILE + "    dmarc: {policy: reject}\n    tls_rpt: {reports: ['mailto:a@example.com']}\n"))
    sent = [[change.name for change in changes] for _, changes in memory.dns["main"].applied]
    assert sent == [["_dmarc.example.com", "example.com", "_smtp._tls.example.com"], ["_mta-sts.example.com"], ["example.com"]]


def test_a_plan_made_from_stale_knowledge_is_refused(memory: Memory, tmp_path: Path) -> None:
    plan = planned(tmp_path)
    memory.dns["main"].zones["example.com"][APEX] = (300, ("MS=1", "MS=2", "v=spf1 a ~all"))
    with pytest.raises(UnfinishedError, match=r"example\.com TXT is not as expected") as caught:
        done(plan)
    assert caught.value.done == ()
    assert memory.dns["main"].values(*APEX) == ("MS=1", "MS=2", "v=spf1 a ~all")
    assert memory.web["main"].files == {}


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
    monkeypatch.setattr(MemoryDns, "apply", lambda *_: None)
    with pytest.raises(UnfinishedError, match=r"example\.com TXT was written to memory:example\.com and reads back differently"):
        done(plan)


def test_somebody_who_undoes_it_at_once_is_found_out(memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(tmp_path)

    def undone(_: MemoryWeb, url: str) -> bytes | None:
        """What a second machine behind the same name would answer once the first is right."""
        return None if memory.dns["main"].values("example.com", "MX") else files.get(url)

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
