"""The Route 53 fake beside MiniStack, which others wrote: the same requests, the same outcomes.

Only what MiniStack is right about is compared (facts, section 3.5): compare and swap, whole batches, PENDING and then
INSYNC, pages, where lists begin. It takes values, names and CNAMEs that the real service refuses, so all requests here are
made of valid parts, in lower case. It sorts sets by labels and zones by names, neither by the text with its labels reversed,
so that no label here has an octet before "." in ASCII, and the zones of a list are beside each other.
"""

import os
import random
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pytest
from botocore.exceptions import ClientError

from tests.fakes.route53 import Route53
from tests.fakes.route53.sdk import alias, change, create, delete, route53, rrset, sts, upsert, weighted
from tools.venvs import get

if TYPE_CHECKING:
    from mypy_boto3_route53.client import Route53Client
    from mypy_boto3_route53.type_defs import ChangeTypeDef, ResourceRecordSetTypeDef

Set: TypeAlias = "ResourceRecordSetTypeDef"
Key: TypeAlias = tuple[str, str, str]
"""Name, type and identifier."""

HISTORIES, BATCHES = 8, 40
STALE = 0.2
"""How often a change is asked for without knowledge of what is there."""
KINDS = ("already exists", "was not found", "do not match the current values")
"""Why a batch of valid parts is refused."""
VALUES: Mapping[str, Sequence[str]] = {
    "A": ("192.0.2.1", "192.0.2.2", "192.0.2.3"),
    "MX": ("10 mx1.example.com.", "20 mx2.example.com."),
    "TXT": ('"v=spf1 -all"', '"abc" "def"', '"abcd" "ef"', '"a;\\"b\\\\"', '"caf\\303\\251"'),
}
NAMES = ("example.com", "a.example.com", "b.a.example.com", "_dmarc.example.com", "s1._domainkey.example.com")
KEYS: Sequence[Key] = (
    *((name, record_type, "") for name in NAMES for record_type in VALUES),
    ("c.example.com", "CNAME", ""),
    ("alias.example.com", "A", "alias"),
    ("w.example.com", "A", "blue"),
    ("w.example.com", "A", "green"),
)


# ---------------------------------------------------------------------------------------------- the two of them


@dataclass
class Pair:
    """The fake and MiniStack, each with a zone for `example.com`."""

    fake: Route53
    clients: "tuple[Route53Client, Route53Client]"
    zones: tuple[str, str]

    def changed(self, *changes: "ChangeTypeDef") -> tuple[str, str]:
        """What each says."""
        ours, theirs = (change(client, zone, *changes) for client, zone in zip(self.clients, self.zones, strict=True))
        return ours, theirs

    def listed(self, size: int = 300) -> tuple[list[Any], list[Any]]:
        """The pages of each, without the zone's own sets, which differ."""
        ours, theirs = (_pages(client, zone, size) for client, zone in zip(self.clients, self.zones, strict=True))
        return ours, theirs


def _pages(client: "Route53Client", zone: str, size: int) -> list[Any]:
    pages: list[Any] = []
    asked: dict[str, Any] = {}
    while True:
        page = cast("dict[str, Any]", client.list_resource_record_sets(HostedZoneId=zone, MaxItems=str(size), **asked))
        following = {name: page.get(name) for name in ("NextRecordName", "NextRecordType", "NextRecordIdentifier")}
        pages.append(([one for one in page["ResourceRecordSets"] if one["Type"] not in {"NS", "SOA"}], page["MaxItems"], following))
        if not page["IsTruncated"]:
            return pages
        asked = {name.replace("Next", "Start"): value for name, value in following.items() if value}


@pytest.fixture(scope="module")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of one that runs."""
    home = str(tmp_path_factory.mktemp("ministack"))
    # Of its own accord it would listen on every address.
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": "0", "SERVICES": "route53,sts", "HOME": home, "PATH": os.environ["PATH"]}
    command = [str(get("ministack", os.environ)), "-m", "ministack"]
    with subprocess.Popen(command, env=settings, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said: list[str] = []
        started = None
        while not started and (line := process.stdout.readline()):
            said.append(line)
            started = re.search(r"Running on (http://127\.0\.0\.1:\d+)", line)
        reader = threading.Thread(target=process.stdout.read)
        reader.start()
        try:
            assert started, "MiniStack ended: " + "".join(said[-20:])
            yield started[1]
        finally:
            process.terminate()
            reader.join()


@pytest.fixture
def pair(ministack: str) -> Iterator[Pair]:
    fake = Route53()
    fake.pending = 1
    theirs = route53(ministack)
    made = theirs.create_hosted_zone(Name="example.com", CallerReference=random.randbytes(8).hex())  # noqa: S311 - no secret
    with fake.served() as url:
        yield Pair(fake, (route53(url), theirs), (fake.add_zone("example.com"), made["HostedZone"]["Id"].removeprefix("/hostedzone/")))


# --------------------------------------------------------------------------------------------------- histories


def some_set(dice: random.Random, key: Key) -> Set:
    """A valid set at a key."""
    name, record_type, identifier = key
    if record_type == "CNAME":
        return rrset(name, "CNAME", dice.choice(["x.example.net.", "y.example.net."]), ttl=dice.choice([60, 300]))
    if identifier == "alias":
        return alias(name, dice.choice(["d111111abcdef8.cloudfront.net.", "d222222abcdef8.cloudfront.net."]))
    if identifier:
        return weighted(name, identifier, dice.choice(VALUES["A"]), weight=dice.choice([0, 1]))
    values = dice.sample(VALUES[record_type], dice.randint(1, len(VALUES[record_type])))
    return rrset(name, record_type, *values, ttl=dice.choice([60, 300]))


def some_changes(dice: random.Random, key: Key, live: Mapping[Key, Set]) -> "list[ChangeTypeDef]":
    """What one writer may ask of one set: knowing it, or not."""
    wanted, known = some_set(dice, key), live.get(key)
    if dice.random() < STALE:
        return [[create(wanted)], [delete(wanted)], [delete(wanted), create(some_set(dice, key))]][dice.randrange(3)]
    if known is None:
        return [[create(wanted)], [upsert(wanted)]][dice.randrange(2)]
    return [[delete(known)], [delete(known), create(wanted)], [upsert(wanted)]][dice.randrange(3)]


def by_key(pages: Sequence[Any]) -> dict[Key, Set]:
    """What is there, with the values of each set the other way round, which means the same."""
    found: dict[Key, Set] = {}
    for one in (one for sets, _, _ in pages for one in sets):
        turned = {**one, "ResourceRecords": one["ResourceRecords"][::-1]} if "ResourceRecords" in one else one
        identifier = "alias" if "AliasTarget" in one else one.get("SetIdentifier", "")
        found[one["Name"].removesuffix("."), one["Type"], identifier] = cast("Set", turned)
    return found


def kind(said: str) -> str:
    """The outcome, or why the first change that was refused was."""
    first = said.split(", Tried", maxsplit=1)[0]
    return next((f"{said.split(':', maxsplit=1)[0]}: {kind}" for kind in KINDS if kind in first), said)


@pytest.mark.parametrize("number", range(HISTORIES))
def test_the_same_history_has_the_same_outcomes(pair: Pair, number: int) -> None:
    dice = random.Random(number)  # noqa: S311 - no secret
    live: dict[Key, Set] = {}
    outcomes: list[str] = []
    for _ in range(BATCHES):
        keys = dice.sample(KEYS, dice.randint(1, 3))
        changes = [one for key in keys for one in some_changes(dice, key, live)]

        ours, theirs = pair.changed(*changes)

        assert kind(ours) == kind(theirs), changes
        outcomes.append(kind(ours))
        our_pages, their_pages = pair.listed(size=dice.choice([4, 300]))
        assert our_pages == their_pages, changes
        live = by_key(our_pages)
    # That the histories are worth comparing.
    assert outcomes.count("PENDING") >= BATCHES // 2
    assert len(set(outcomes)) > 2, "a history has not two kinds of refusal"


# -------------------------------------------------------------------------------------------------- the rest


def test_a_change_is_pending_once_and_then_in_sync(pair: Pair) -> None:
    said = []
    for client, zone in zip(pair.clients, pair.zones, strict=True):
        made = client.change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": [create(rrset("a.example.com", "A", "192.0.2.1"))]}
        )
        said.append(
            [made["ChangeInfo"]["Status"], *(client.get_change(Id=made["ChangeInfo"]["Id"])["ChangeInfo"]["Status"] for _ in range(3))]
        )
    assert said == [["PENDING", "PENDING", "INSYNC", "INSYNC"]] * 2


def test_pages_have_300_sets(pair: Pair) -> None:
    for record_type, value in (("A", "192.0.2.1"), ("TXT", '"x"')):
        assert pair.changed(*[create(rrset(f"x{n:03}.example.com", record_type, value)) for n in range(305)]) == ("PENDING", "PENDING")

    ours, theirs = pair.listed(size=1000)

    assert [len(sets) for sets, _, _ in ours] == [298, 300, 12]
    assert ours == theirs


@pytest.mark.parametrize(
    "start",
    [
        {"StartRecordName": "a.example.com"},
        {"StartRecordName": "a.example.com.", "StartRecordType": "MX"},
        {"StartRecordName": "a.example.com", "StartRecordType": "TXT", "MaxItems": "1"},
        {"StartRecordName": "aa.example.com"},
        {"StartRecordName": "w.example.com", "StartRecordType": "A", "StartRecordIdentifier": "c"},
        {"StartRecordName": "zzz.example.com"},
    ],
    ids=str,
)
def test_lists_of_sets_start_at_the_same_place(pair: Pair, start: dict[str, str]) -> None:
    dice = random.Random(0)  # noqa: S311 - no secret
    assert pair.changed(*[create(some_set(dice, key)) for key in KEYS]) == ("PENDING", "PENDING")

    ours, theirs = (
        client.list_resource_record_sets(HostedZoneId=zone, **cast("Any", start))["ResourceRecordSets"]
        for client, zone in zip(pair.clients, pair.zones, strict=True)
    )

    assert ours == theirs


def test_lists_by_name_start_at_the_same_place(pair: Pair) -> None:
    ours, theirs = pair.clients
    for number, name in enumerate(("zoe.com", "zanna.com", "zeta.com", "zeta.com")):
        pair.fake.add_zone(name)
        theirs.create_hosted_zone(Name=name, CallerReference=str(number))

    def listed(client: "Route53Client", start: str, size: str) -> tuple[list[str], bool]:
        page = client.list_hosted_zones_by_name(DNSName=start, MaxItems=size)
        return [zone["Name"] for zone in page["HostedZones"]], page["IsTruncated"]

    for start in ("zanna.com", "zeta.com.", "zita.com", "zzz.com"):
        for size in ("1", "2", "100"):
            assert listed(ours, start, size) == listed(theirs, start, size), (start, size)
    assert listed(ours, "zanna.com", "2") == (["zanna.com.", "zeta.com."], True)


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("get_hosted_zone", {"Id": "Z404"}),
        ("list_resource_record_sets", {"HostedZoneId": "Z404"}),
        ("get_change", {"Id": "C404"}),
    ],
)
def test_what_is_not_there_is_told_alike(pair: Pair, operation: str, asked: dict[str, str]) -> None:
    said = []
    for client in pair.clients:
        with pytest.raises(ClientError) as refused:
            getattr(client, operation)(**asked)
        said.append((refused.value.response["Error"]["Code"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]))
    assert said[0] == said[1]
    assert said[0][1] == 404


def test_a_role_is_assumed_alike(pair: Pair, ministack: str) -> None:
    role = {"RoleArn": "arn:aws:iam::111122223333:role/dns", "RoleSessionName": "emailauth"}
    answers = [sts(url).assume_role(**cast("Any", role)) for url in (pair.clients[0].meta.endpoint_url, ministack)]

    ours, theirs = ({name for name in answer["Credentials"] if name} for answer in answers)

    assert ours == theirs == {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    assert answers[0]["AssumedRoleUser"]["Arn"] == "arn:aws:sts::111122223333:assumed-role/dns/emailauth"
    assert answers[1]["AssumedRoleUser"]["Arn"].endswith(":assumed-role/dns/emailauth")
