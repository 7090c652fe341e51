"""What is sent, what is refused, and what becomes of a change whose answer is lost."""

import re
import threading
from collections.abc import Callable

import pytest

from emailauth.core.errors import ConflictError, CouldNotDoError, PartlyDoneError
from emailauth.core.plan import Existing, Wanted, diff
from emailauth.core.record import Record, RRset, RRsetChange
from emailauth.core.zone import Zone
from tests.dns_hosts.route53.account import Account
from tests.fakes.service import Fault, Lost, Request, Response

APEX = ("example.com", "TXT")
DMARC = ("_dmarc.example.com", "TXT")
OURS = "v=spf1 -all"
BROKEN: dict[str, Fault] = {
    "lost": Lost(),
    "500": Response(status=500, body=b"<html>oops</html>"),
    "503": Response(status=503, body=b"<ErrorResponse><Error><Code>ServiceUnavailable</Code></Error></ErrorResponse>"),
    "half an answer": Response(status=200, body=b"<ChangeResourceRecordSetsResponse><ChangeInf"),
}


def change_of(zone: Zone, key: tuple[str, str], *after: str, ttl: int = 300) -> RRsetChange:
    return RRsetChange(name=key[0], type=key[1], before=zone.rrsets.get(key), after=after, ttl=ttl)


def on_call(aws: Account, number: int, deed: Callable[[], Fault]) -> Callable[[str, Request], Fault]:
    """Does it with the change call of that number, from 1."""

    def hook(operation: str, _: Request) -> Fault:
        is_it = operation == "ChangeResourceRecordSets" and aws.service.count(operation) == number
        return deed() if is_it else None

    return hook


def test_one_batch_deletes_what_was_read_and_creates_what_shall_be(aws: Account) -> None:
    raw = [r'"\147oogle-site" "-verification=x"', '"v=spf1 ~all"']
    aws.service.put(aws.zone_id, *APEX, 77, raw)
    zone = aws.read()
    after = aws.host.apply(
        zone, [change_of(zone, APEX, "google-site-verification=x", OURS, ttl=77), change_of(zone, DMARC, "v=DMARC1; p=none")]
    )
    assert aws.calls() == ["ListHostedZones", "ListResourceRecordSets", "ChangeResourceRecordSets"]
    [body] = aws.batches()
    assert re.findall(rb"<Action>(\w+)</Action>", body) == [b"DELETE", b"CREATE", b"CREATE"]
    assert aws.service.sets(aws.zone_id)[APEX] == (77, (raw[0], f'"{OURS}"'))
    assert after.rrsets == aws.read().rrsets
    assert after.version == aws.read().version


def test_what_apply_gives_can_be_applied_to_at_once(aws: Account) -> None:
    zone = aws.read()
    for i in range(5):
        zone = aws.host.apply(zone, [change_of(zone, APEX, f"value {i}")])
    assert aws.service.sets(aws.zone_id)[APEX] == (300, ('"value 4"',))
    assert aws.service.count("ListResourceRecordSets") == 1


def test_a_ttl_alone_is_changed_in_both_directions(aws: Account) -> None:
    aws.put({APEX: (900, (OURS,))})
    zone = aws.read()
    zone = aws.host.apply(zone, [change_of(zone, APEX, OURS, ttl=60)])
    assert aws.service.sets(aws.zone_id)[APEX][0] == 60


@pytest.mark.parametrize(
    ("meddle", "said"),
    [
        pytest.param(
            lambda aws: aws.put({APEX: (300, ("theirs", "more"))}), "the values provided do not match the current values", id="changed"
        ),
        pytest.param(
            lambda aws: aws.put({APEX: (301, ("theirs",))}), "the values provided do not match the current values", id="another TTL"
        ),
        pytest.param(lambda aws: aws.service.remove(aws.zone_id, *APEX), "it was not found", id="gone"),
        pytest.param(lambda aws: aws.put({DMARC: (300, ("v=DMARC1",))}), "it already exists", id="there"),
        pytest.param(
            lambda aws: aws.put({(DMARC[0], "CNAME"): (300, ("x.example.net.",))}), "conflicting RRSet of type  CNAME", id="a CNAME"
        ),
    ],
)
def test_what_others_did_meanwhile_is_a_conflict(meddle: Callable[[Account], None], said: str, aws: Account) -> None:
    aws.put({APEX: (300, ("theirs",))})
    zone = aws.read()
    meddle(aws)
    there = aws.service.sets(aws.zone_id)
    with pytest.raises(ConflictError) as told:
        aws.host.apply(zone, [change_of(zone, APEX, "theirs", OURS), change_of(zone, DMARC, "v=DMARC1; p=none")])
    assert str(told.value).startswith(
        "Route 53 hosted zone Z0000000000001 (example.com) is not as it was read, and refused the change as a whole: "
    )
    assert said in str(told.value)
    assert str(told.value).endswith(". Run again, to plan from what is there now")
    assert aws.service.sets(aws.zone_id) == there
    assert aws.service.count("ChangeResourceRecordSets") == 1


def test_other_records_where_a_cname_comes_are_a_conflict(aws: Account) -> None:
    zone = aws.read()
    aws.put({DMARC: (300, ("v=DMARC1",))})
    with pytest.raises(ConflictError, match="conflicts with other records"):
        aws.host.apply(zone, [change_of(zone, (DMARC[0], "CNAME"), "x.example.net.")])


def test_a_set_that_got_a_routing_policy_meanwhile_is_a_conflict(aws: Account) -> None:
    zone = aws.read()
    aws.service.put(aws.zone_id, *DMARC, 300, ['"v=DMARC1"'], identifier="blue")
    with pytest.raises(ConflictError, match="other RRSets exist"):
        aws.host.apply(zone, [change_of(zone, DMARC, "v=DMARC1; p=none")])


def two_weighted(aws: Account) -> None:
    for identifier in ("blue", "green"):
        aws.service.put(aws.zone_id, *DMARC, 300, ['"v=DMARC1"'], identifier=identifier)


PLAIN_FIRST = "make it one plain record set by hand (Route 53 console, simple routing), or take it out of the file"
SPECIAL: list[tuple[Callable[[Account], object], str]] = [
    (
        two_weighted,
        f"_dmarc.example.com TXT is one of several weighted sets (blue, green): {PLAIN_FIRST}",
    ),
    (
        lambda aws: aws.service.put_alias(aws.zone_id, DMARC[0], "TXT", "other.example.com", "ZOTHER"),
        f"_dmarc.example.com TXT is an alias of other.example.com: {PLAIN_FIRST}",
    ),
]


@pytest.mark.parametrize(("put", "said"), SPECIAL, ids=["weighted", "alias"])
def test_special_sets_are_refused_and_nothing_is_sent(put: Callable[[Account], object], said: str, aws: Account) -> None:
    put(aws)
    zone = aws.read()
    with pytest.raises(CouldNotDoError) as told:
        aws.host.apply(zone, [change_of(zone, APEX, OURS), change_of(zone, DMARC, "v=DMARC1; p=none")])
    assert str(told.value) == f"{said}; nothing was changed"
    assert not isinstance(told.value, ConflictError)
    assert aws.batches() == []


@pytest.mark.parametrize(("put", "said"), SPECIAL, ids=["weighted", "alias"])
def test_special_sets_are_told_with_the_plan(put: Callable[[Account], object], said: str, aws: Account) -> None:
    put(aws)
    wanted = Wanted(
        domain="example.com",
        dns_host="route53",
        records=tuple(
            Record(name=name, type="TXT", value=value, domain="example.com", kind=kind)
            for name, value, kind in ((DMARC[0], "v=DMARC1; p=none", "dmarc"), (APEX[0], OURS, "spf"))
        ),
    )
    plan = diff([wanted], Existing(zones={"route53": [aws.read()]}))
    assert [(conflict.kind, conflict.name, conflict.message) for conflict in plan.conflicts] == [("dmarc", "_dmarc.example.com", said)]
    assert [change.key for changes in plan.rrsets.values() for change in changes] == [APEX]


def test_a_protected_set_is_told_with_its_comment(aws: Account) -> None:
    aws.service.protect(aws.zone_id, *DMARC, "ask the mail team")
    zone = aws.read()
    with pytest.raises(CouldNotDoError) as told:
        aws.host.apply(zone, [change_of(zone, DMARC, "v=DMARC1; p=none")])
    assert type(told.value) is CouldNotDoError
    assert str(told.value) == (
        "Route 53 hosted zone Z0000000000001 (example.com) refused the change as a whole: "
        "The resource record set [name='_dmarc.example.com.', type='TXT'] is protected: ask the mail team. "
        "Remove the protection first, if that is meant (aws route53 delete-resource-record-set-protections)"
    )


def test_what_the_service_refuses_otherwise_is_told_in_its_words(aws: Account) -> None:
    zone = aws.read()
    with pytest.raises(CouldNotDoError) as told:
        aws.host.apply(zone, [change_of(zone, ("_dmarc.example.org", "TXT"), "v=DMARC1; p=none")])
    assert type(told.value) is CouldNotDoError
    assert str(told.value) == (
        "Route 53 hosted zone Z0000000000001 (example.com) refused the change as a whole: "
        "RRSet with DNS name _dmarc.example.org. is not permitted in zone example.com"
    )


# --------------------------------------------------------------------------------------------------- many batches


def many(zone: Zone) -> list[RRsetChange]:
    """More than one batch can hold, as two."""
    return [change_of(zone, (f"n{i}.example.com", "TXT"), f"{i:03}{'x' * 995}") for i in range(33)]


def test_what_one_batch_cannot_hold_is_sent_in_two(aws: Account) -> None:
    zone = aws.read()
    after = aws.host.apply(zone, many(zone))
    assert len(aws.batches()) == 2
    assert after.rrsets == aws.read().rrsets
    assert len(after.rrsets) == 36


def test_what_was_done_before_a_later_batch_failed_is_told(aws: Account) -> None:
    zone = aws.read()
    aws.put({("n32.example.com", "TXT"): (300, ("theirs",))})
    with pytest.raises(PartlyDoneError) as told:
        aws.host.apply(zone, many(zone))
    done = {(f"n{i}.example.com", "TXT") for i in range(31)}
    assert told.value.done == done
    assert str(told.value).startswith(
        "31 of 33 record sets of Route 53 hosted zone Z0000000000001 (example.com) were changed, and then no more: "
        "Route 53 hosted zone Z0000000000001 (example.com) is not as it was read, and refused the change as a whole: "
    )
    assert {key for key in aws.service.sets(aws.zone_id) if key[0].startswith("n")} == done | {("n32.example.com", "TXT")}


def test_a_first_batch_that_fails_has_done_nothing(aws: Account) -> None:
    zone = aws.read()
    aws.put({("n0.example.com", "TXT"): (300, ("theirs",))})
    with pytest.raises(ConflictError):
        aws.host.apply(zone, many(zone))
    assert len(aws.batches()) == 1


def test_a_session_that_expires_between_two_batches_is_told(aws: Account) -> None:
    zone = aws.read()

    def expire() -> None:
        aws.service.fails["ChangeResourceRecordSets"] = (403, "ExpiredToken", "The security token included in the request is expired")

    aws.service.after = on_call(aws, 1, expire)
    with pytest.raises(
        PartlyDoneError, match=r"31 of 33 .* and then no more: cannot change .*: the AWS session has expired: sign in again"
    ):
        aws.host.apply(zone, many(zone))


# --------------------------------------------------------------------------------------- busy, lost, slow


def test_a_busy_service_is_asked_again_and_later(aws: Account) -> None:
    zone = aws.read()
    aws.service.busy, aws.service.throttled = 3, 2
    aws.host.apply(zone, [change_of(zone, APEX, OURS)])
    assert len(aws.batches()) == 6
    assert aws.service.count("ListResourceRecordSets") == 1
    assert [round(pause, 2) for pause in aws.time.pauses[-5:]] == [0.5, 1, 2, 4, 8]
    assert aws.service.sets(aws.zone_id)[APEX] == (300, (f'"{OURS}"',))


def test_a_quota_is_told_with_what_to_do(aws: Account) -> None:
    zone = aws.read()
    aws.service.fails["ChangeResourceRecordSets"] = (400, "InvalidChangeBatch", "[Number of records limit of 10000 exceeded.]")
    with pytest.raises(CouldNotDoError) as told:
        aws.host.apply(zone, [change_of(zone, APEX, OURS)])
    assert str(told.value) == (
        "Route 53 hosted zone Z0000000000001 (example.com) refused the change as a whole: Number of records limit of 10000 exceeded. "
        "Remove record sets that nobody needs, or ask AWS for more (Service Quotas), then run again"
    )


@pytest.mark.parametrize(
    ("busy", "throttled", "message"),
    [
        (99, 0, "cannot change Route 53 hosted zone Z0000000000001 (example.com): it is still at work on earlier changes, and took no new ones for a minute: run again later. AWS says: The request was rejected because Route 53 was still processing a prior request (PriorRequestNotComplete)"),
        (0, 99, "cannot change Route 53 hosted zone Z0000000000001 (example.com): Route 53 takes 5 requests a second from all who use the account: see what else calls it, and run again later. AWS says: Rate exceeded (Throttling)"),
    ],
)  # fmt: skip
def test_a_service_that_stays_busy_is_told(busy: int, throttled: int, message: str, aws: Account) -> None:
    zone = aws.read()
    aws.service.busy, aws.service.throttled = busy, throttled
    with pytest.raises(CouldNotDoError) as told:
        aws.host.apply(zone, [change_of(zone, APEX, OURS)])
    assert str(told.value) == message
    assert len(aws.batches()) == 8
    assert 45 < sum(aws.time.pauses) < 75


@pytest.mark.parametrize("broken", BROKEN)
def test_a_change_that_was_made_and_whose_answer_is_lost_is_not_sent_again(broken: str, aws: Account) -> None:
    aws.put({APEX: (300, ("theirs",))})
    zone = aws.read()
    aws.service.after = on_call(aws, 1, lambda: BROKEN[broken])
    after = aws.host.apply(zone, [change_of(zone, APEX, "theirs", OURS), change_of(zone, DMARC, "v=DMARC1; p=none")])
    assert len(aws.batches()) == 1
    assert after.rrsets == aws.read().rrsets


@pytest.mark.parametrize("broken", BROKEN)
def test_a_change_that_was_lost_on_its_way_is_sent_again(broken: str, aws: Account) -> None:
    zone = aws.read()
    aws.service.before = on_call(aws, 1, lambda: BROKEN[broken])
    after = aws.host.apply(zone, [change_of(zone, APEX, OURS)])
    assert aws.calls()[-3:] == ["ChangeResourceRecordSets", "ListResourceRecordSets", "ChangeResourceRecordSets"]
    assert after.rrsets == aws.read().rrsets


def test_a_change_that_arrives_late_is_no_conflict_with_itself(aws: Account) -> None:
    """The first request is lost for us and waits somewhere; it is carried out after we have looked, and before the second comes."""
    zone = aws.read()
    aws.service.before = lambda operation, _: late(operation)

    def late(operation: str) -> Fault:
        number = aws.service.count("ChangeResourceRecordSets")
        if operation == "ChangeResourceRecordSets" and number == 1:
            return Lost()
        if operation == "ChangeResourceRecordSets" and number == 2:
            aws.put({APEX: (300, (OURS,))})
        return None

    after = aws.host.apply(zone, [change_of(zone, APEX, OURS)])
    assert len(aws.batches()) == 2
    assert after.rrsets[APEX].values == (OURS,)


@pytest.mark.parametrize("was_made", [True, False])
def test_what_others_did_while_an_answer_was_lost_is_a_conflict(was_made: bool, aws: Account) -> None:
    zone = aws.read()

    def meddle() -> Fault:
        aws.put({APEX: (300, ("theirs", OURS) if was_made else ("theirs",))})
        return Lost()

    hook = on_call(aws, 1, meddle)
    if was_made:
        aws.service.after = hook
    else:
        aws.service.before = hook
    with pytest.raises(ConflictError) as told:
        aws.host.apply(zone, [change_of(zone, APEX, OURS)])
    assert str(told.value) == (
        "Route 53 hosted zone Z0000000000001 (example.com) was changed by somebody else at the same time: run again, to plan from what is there now"
    )
    assert len(aws.batches()) == 1


def test_a_conflict_after_a_lost_answer_with_all_as_it_was_is_told(aws: Account) -> None:
    """The set has the values that were read, in another form: what was read cannot be deleted."""
    aws.service.put(aws.zone_id, *APEX, 300, ['"ab"'])
    zone = aws.read()
    aws.service.put(aws.zone_id, *APEX, 300, ['"a" "b"'])
    aws.service.before = on_call(aws, 1, Lost)
    with pytest.raises(ConflictError, match="the values provided do not match the current values"):
        aws.host.apply(zone, [change_of(zone, APEX, OURS)])
    assert len(aws.batches()) == 2


def test_a_service_that_never_answers_a_change_is_told(aws: Account) -> None:
    zone = aws.read()
    aws.service.before = lambda operation, _: Lost() if operation == "ChangeResourceRecordSets" else None
    with pytest.raises(CouldNotDoError) as told:
        aws.host.apply(zone, [change_of(zone, APEX, OURS)])
    assert (
        str(told.value)
        == "Route 53 hosted zone Z0000000000001 (example.com) gave no answer to a change 5 times, and was not changed: run again later"
    )
    assert len(aws.batches()) == 5


def test_where_nothing_can_be_known_nothing_is_claimed(aws: Account) -> None:
    zone = aws.read()
    aws.service.after = lambda *_: Lost()
    with pytest.raises(CouldNotDoError) as told:
        aws.host.apply(zone, [change_of(zone, APEX, OURS)])
    assert str(told.value) == (
        "the answer to a change of Route 53 hosted zone Z0000000000001 (example.com) was lost, and whether it was made cannot be seen: "
        "cannot read Route 53 hosted zone Z0000000000001 (example.com): AWS gives no answer (ConnectionClosedError): "
        "run again later, which goes on from there (health.aws.amazon.com says whether it is AWS)"
    )
    assert aws.service.sets(aws.zone_id)[APEX] == (300, (f'"{OURS}"',))
    assert len(aws.batches()) == 1


def test_an_answer_that_takes_too_long_counts_as_lost(aws: Account) -> None:
    host = aws.open(timeout=1.0)
    (zone,) = host.read(["example.com"])
    looked = threading.Event()

    def slow() -> None:
        looked.wait(60)

    def look(operation: str, _: Request) -> None:
        if operation == "ListResourceRecordSets":
            looked.set()

    aws.service.before, aws.service.after = look, on_call(aws, 1, slow)
    after = host.apply(zone, [change_of(zone, APEX, OURS)])
    assert len(aws.batches()) == 1
    assert after.rrsets[APEX].values == (OURS,)


def test_reads_are_repeated(aws: Account) -> None:
    faults = iter([*BROKEN.values(), None, *BROKEN.values()])
    aws.service.before = lambda *_: next(faults, None)
    assert aws.read().name == "example.com"
    assert aws.calls() == ["ListHostedZones"] * 5 + ["ListResourceRecordSets"] * 5


def test_a_change_of_what_was_never_read_can_be_made(aws: Account) -> None:
    aws.service.put(aws.zone_id, *APEX, 300, ['"theirs"'])
    before = RRset(name="example.com", type="TXT", ttl=300, values=("theirs",))
    nothing = Zone(name="example.com", rrsets={}, version="", place="", complete=False)
    after = aws.host.apply(nothing, [RRsetChange(name="example.com", type="TXT", before=before, after=("theirs", OURS), ttl=300)])
    assert aws.service.sets(aws.zone_id)[APEX] == (300, ('"theirs"', f'"{OURS}"'))
    assert not after.complete


# ------------------------------------------------------------------------------------------------------- settle


def test_settle_asks_at_once_and_then_less_and_less_often(aws: Account) -> None:
    aws.service.pending = 6
    zone = aws.read()
    aws.host.apply(zone, [change_of(zone, APEX, OURS)])
    aws.time.pauses.clear()
    aws.host.settle()
    assert aws.service.count("GetChange") == 7
    assert [round(pause) for pause in aws.time.pauses if pause >= 1] == [1, 2, 4, 8, 16, 20]
    aws.host.settle()
    assert aws.service.count("GetChange") == 7


def test_settle_waits_for_all_changes_and_asks_only_about_those_that_are_left(aws: Account) -> None:
    zone = aws.read()
    aws.service.pending = 2
    zone = aws.host.apply(zone, [change_of(zone, APEX, OURS)])
    aws.service.pending = 0
    aws.host.apply(zone, [change_of(zone, DMARC, "v=DMARC1; p=none")])
    aws.host.settle()
    assert aws.service.count("GetChange") == 4


def test_settle_gives_up_after_ten_minutes_and_can_go_on(aws: Account) -> None:
    zone = aws.read()
    aws.service.pending = 60
    aws.host.apply(zone, [change_of(zone, APEX, OURS)])
    begun = aws.time.now
    with pytest.raises(CouldNotDoError) as told:
        aws.host.settle()
    assert str(told.value) == (
        "Route 53 has accepted all changes, and 1 of them did not reach all of its nameservers in 10 minutes. "
        "They stay, and will: run again later for what waits for them"
    )
    assert 600 <= aws.time.now - begun < 630
    aws.host.settle()
    assert aws.service.count("GetChange") == 61


def test_a_change_whose_id_was_lost_with_its_answer_is_waited_for_all_the_same(aws: Account) -> None:
    zone = aws.read()
    aws.service.after = on_call(aws, 1, Lost)
    aws.host.apply(zone, [change_of(zone, APEX, OURS)])
    made = aws.time.now
    aws.host.settle()
    assert aws.time.now == made + 60
    aws.host.settle()
    assert aws.time.now == made + 60
    assert aws.service.count("GetChange") == 0


def test_nothing_applied_is_settled(aws: Account) -> None:
    aws.host.settle()
    assert aws.calls() == []
