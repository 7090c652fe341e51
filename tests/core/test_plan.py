"""What a plan says and does, case by case, as a domain owner would put it."""

import pytest

from emailauth.core.claim import Claim, every_value
from emailauth.core.file import HostedFile
from emailauth.core.plan import Existing, Phase, Plan, Wanted, diff, transitions, with_dangers
from emailauth.core.record import Record, RRset, Stage
from emailauth.core.transition import Danger
from emailauth.core.zone import Zone


def is_spf(value: str) -> bool:
    return value.lower().split(" ")[0] == "v=spf1"


def is_key(value: str) -> bool:
    return value.startswith("v=DKIM1")


def zone(*rrsets: RRset) -> Zone:
    return Zone(name="example.com", rrsets={rrset.key: rrset for rrset in rrsets}, version="1", place="example.com.zone")


def rrset(name: str, record_type: str, *values: str, ttl: int = 300) -> RRset:
    return RRset(name=name, type=record_type, ttl=ttl, values=values)


def spf(*texts: str, ttl: int | None = None) -> Wanted:
    records = tuple(Record(name="example.com", type="TXT", value=text, domain="example.com", kind="spf", ttl=ttl) for text in texts)
    claim = Claim(name="example.com", type="TXT", domain="example.com", kind="spf", recognises=is_spf)
    return Wanted(domain="example.com", dns_host="host", records=records, claims=(claim,))


def key(record_type: str, value: str, *claimed: str) -> Wanted:
    recognises = {"TXT": is_key, "CNAME": every_value}
    name = "s1._domainkey.example.com"
    return Wanted(
        domain="example.com",
        dns_host="host",
        records=(Record(name=name, type=record_type, value=value, domain="example.com", kind="dkim/s1"),),
        claims=tuple(Claim(name=name, type=t, domain="example.com", kind="dkim/s1", recognises=recognises[t]) for t in claimed),
    )


def planned(wanted: Wanted, *rrsets: RRset) -> Plan:
    return diff([wanted], Existing(zones={"host": [zone(*rrsets)]}))


def only_set(plan: Plan) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """The one change that the host is told: values before, values after, TTL."""
    [[change]] = plan.rrsets.values()
    return change.before.values if change.before else (), change.after, change.ttl


OURS = "v=spf1 -all"
VERIFICATION = "google-site-verification=abc"


@pytest.mark.parametrize(
    ("live", "ttl", "before", "after", "new_ttl"),
    [
        pytest.param((), None, (), (OURS,), 3600, id="a new set gets the host's default where the file says nothing"),
        pytest.param((), 60, (), (OURS,), 60, id="a new set gets the TTL that the file says"),
        pytest.param((VERIFICATION,), 60, (VERIFICATION,), (VERIFICATION, OURS), 300, id="a shared set keeps its TTL and its values"),
        pytest.param(("v=spf1 ~all",), None, ("v=spf1 ~all",), (OURS,), 300, id="a set of ours keeps its TTL where the file says none"),
        pytest.param(("v=spf1 ~all",), 60, ("v=spf1 ~all",), (OURS,), 60, id="a set of ours takes the TTL that the file says"),
        pytest.param((OURS,), 60, (OURS,), (OURS,), 60, id="a TTL alone can change in a set of ours"),
        pytest.param(
            ("MS=1", "V=SPF1 a", VERIFICATION, "v=spf1 mx"),
            None,
            ("MS=1", "V=SPF1 a", VERIFICATION, "v=spf1 mx"),
            ("MS=1", OURS, VERIFICATION),
            300,
            id="two records become one in the place of the first",
        ),
    ],
)
def test_what_a_host_is_told(live: tuple[str, ...], ttl: int | None, before: tuple[str, ...], after: tuple[str, ...], new_ttl: int) -> None:
    existing = [rrset("example.com", "TXT", *live)] if live else []
    assert only_set(planned(spf(OURS, ttl=ttl), *existing)) == (before, after, new_ttl)


@pytest.mark.parametrize(
    ("live", "ttl"),
    [
        pytest.param((OURS,), None, id="the value is there"),
        pytest.param((VERIFICATION, OURS), None, id="beside values of others"),
        pytest.param((OURS, VERIFICATION), 60, id="in a shared set, whose TTL is not ours"),
        pytest.param((OURS,), 300, id="with the TTL that the file says"),
    ],
)
def test_a_value_that_is_right_is_not_touched(live: tuple[str, ...], ttl: int | None) -> None:
    plan = planned(spf(OURS, ttl=ttl), rrset("example.com", "TXT", *live))
    assert (plan.is_empty, plan.rrsets, plan.unchanged) == (True, {}, 1)


def test_merging_two_records_is_said() -> None:
    [change] = planned(spf(OURS), rrset("example.com", "TXT", "v=spf1 a ~all", VERIFICATION, "v=spf1 mx ~all")).records
    assert change.before == ("v=spf1 a ~all", "v=spf1 mx ~all")
    assert change.after == (OURS,)
    assert change.kept == (VERIFICATION,)
    assert change.notes == ("2 spf records become one: receivers accept no more than one",)


def test_a_ttl_that_cannot_be_had_is_said() -> None:
    [change] = planned(spf(OURS, ttl=60), rrset("example.com", "TXT", VERIFICATION)).records
    assert change.notes == ("the TTL stays 300: the set holds values of others",)


def test_absent_removes_only_our_value() -> None:
    plan = planned(spf(), rrset("example.com", "TXT", VERIFICATION, OURS))
    assert only_set(plan) == ((VERIFICATION, OURS), (VERIFICATION,), 300)


def test_absent_removes_a_set_that_is_wholly_ours() -> None:
    plan = planned(spf(), rrset("example.com", "TXT", OURS))
    assert only_set(plan) == ((OURS,), (), 300)
    assert plan.records[0].ttl_after is None


def test_absent_where_there_is_none_is_nothing_to_do() -> None:
    assert planned(spf(), rrset("example.com", "TXT", VERIFICATION)).is_empty


def test_a_claim_below_a_name_finds_every_selector() -> None:
    claim = Claim(name="_domainkey.example.com", type="TXT", domain="example.com", kind="dkim", recognises=is_key, below=True)
    wanted = Wanted(domain="example.com", dns_host="host", claims=(claim,))
    live = [
        rrset("s1._domainkey.example.com", "TXT", "v=DKIM1; p=A"),
        rrset("s2._domainkey.example.com", "TXT", "v=DKIM1; p=B", "a note"),
        rrset("_domainkey.example.com", "TXT", "v=DKIM1; p=C"),
    ]
    plan = planned(wanted, *live)
    assert {change.name: change.kept for change in plan.records} == {
        "s1._domainkey.example.com": (),
        "s2._domainkey.example.com": ("a note",),
    }


@pytest.mark.parametrize(
    ("wanted", "live", "message"),
    [
        pytest.param(
            key("TXT", "v=DKIM1; p=A", "TXT"),
            rrset("s1._domainkey.example.com", "CNAME", "s1.sender.example."),
            "a CNAME to s1.sender.example. stands at s1._domainkey.example.com, so no TXT record can: remove it by hand, or say in the "
            "file that the name shall be a CNAME",
            id="a CNAME where a TXT record shall be",
        ),
        pytest.param(
            key("CNAME", "s1.sender.example.", "CNAME", "TXT"),
            rrset("s1._domainkey.example.com", "TXT", "a note of somebody"),
            "TXT records stand at s1._domainkey.example.com, so no CNAME can: remove them by hand first",
            id="values of others where a CNAME shall be",
        ),
    ],
)
def test_what_is_in_the_way_is_told_and_not_removed(wanted: Wanted, live: RRset, message: str) -> None:
    plan = planned(wanted, live)
    assert [conflict.message for conflict in plan.conflicts] == [message]
    assert plan.rrsets == {}
    assert not plan.is_empty


def test_our_key_gives_way_to_a_cname_in_one_step() -> None:
    wanted = key("CNAME", "s1.sender.example.", "CNAME", "TXT")
    plan = planned(wanted, rrset("s1._domainkey.example.com", "TXT", "v=DKIM1; p=A"))
    [changes] = plan.rrsets.values()
    assert plan.conflicts == ()
    assert {(change.type, change.after) for change in changes} == {("TXT", ()), ("CNAME", ("s1.sender.example.",))}


def test_a_cname_beside_signatures_is_no_conflict() -> None:
    wanted = key("CNAME", "s2.sender.example.", "CNAME")
    live = [
        rrset("s1._domainkey.example.com", "CNAME", "s1.sender.example."),
        rrset("s1._domainkey.example.com", "RRSIG", "cname 13 4 300 ..."),
    ]
    assert planned(wanted, *live).conflicts == ()


POLICY = HostedFile(
    url="https://mta-sts.example.com/.well-known/mta-sts.txt",
    body=b"new",
    content_type="text/plain",
    domain="example.com",
    kind="mta_sts",
)


def sts(files: tuple[HostedFile, ...] = (POLICY,), gone: dict[str, str] | None = None) -> Wanted:
    record = Record(
        name="_mta-sts.example.com",
        type="TXT",
        value="v=STSv1; id=1",
        domain="example.com",
        kind="mta_sts",
        stage=Stage.ANNOUNCEMENTS,
    )
    mx = Record(name="example.com", type="MX", value="10 mx.example.com.", domain="example.com", kind="mx", stage=Stage.MAIL_ROUTES)
    return Wanted(
        domain="example.com",
        dns_host="host",
        web_host="web",
        records=(mx, record, *spf(OURS).records),
        claims=spf(OURS).claims,
        files=files,
        gone_urls=gone or {},
    )


def test_files_come_before_what_points_at_them_and_mx_last() -> None:
    plan = planned(sts())
    assert plan.phases == (Phase.RECORDS, Phase.FILES, Phase.ANNOUNCEMENTS, Phase.MAIL_ROUTES)
    assert [(change.kind, change.phase) for change in plan.records] == [
        ("spf", Phase.RECORDS),
        ("mta_sts", Phase.ANNOUNCEMENTS),
        ("mx", Phase.MAIL_ROUTES),
    ]


@pytest.mark.parametrize(
    ("live", "changes"),
    [
        pytest.param(None, [(Phase.FILES, None, b"new")], id="a file that is missing is put"),
        pytest.param(b"old", [(Phase.FILES, b"old", b"new")], id="another content is replaced"),
        pytest.param(b"new", [], id="the right content is left"),
    ],
)
def test_files(live: bytes | None, changes: list[tuple[Phase, bytes | None, bytes | None]]) -> None:
    plan = diff([sts()], Existing(zones={"host": [zone()]}, files={POLICY.url: live}))
    assert [(c.phase, c.before, c.after.body if c.after else None) for c in plan.files] == changes


def test_a_file_goes_after_everything_else() -> None:
    plan = diff([sts((), {POLICY.url: "mta_sts"})], Existing(zones={"host": [zone()]}, files={POLICY.url: b"old"}))
    assert [(change.phase, change.before, change.after) for change in plan.files] == [(Phase.REMOVALS, b"old", None)]


def test_transitions_hold_what_is_ours_of_each_protocol() -> None:
    existing = Existing(zones={"host": [zone(rrset("example.com", "TXT", "v=spf1 a ~all", VERIFICATION))]}, files={POLICY.url: b"old"})
    found = dict(transitions([sts()], existing))
    assert sorted(found) == ["mta_sts", "mx", "spf"]
    assert found["spf"].before == {"spf": ("v=spf1 a ~all",)}
    assert found["spf"].after == {"spf": (OURS,)}
    assert found["mta_sts"].files_before == {"mta_sts": b"old"}
    assert found["mta_sts"].files_after == {"mta_sts": b"new"}
    assert found["mx"].before == {}


def test_a_danger_refuses_unless_it_is_allowed_by_name() -> None:
    danger = Danger(name="weaken-dmarc", message="", domain="example.com")
    other = Danger(name="null-mx", message="", domain="example.com")
    plan = with_dangers(Plan(), [danger, other], ["null-mx"])
    assert (plan.dangers, plan.allowed) == ((danger,), (other,))


def test_a_name_in_no_zone_that_was_read_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"no zone was read that holds example\.com"):
        diff([spf(OURS)], Existing(zones={"host": []}))


def test_a_domain_without_dns_host_asks_nothing_of_dns() -> None:
    assert diff([Wanted(domain="example.com", dns_host=None, records=spf(OURS).records)], Existing()).is_empty
