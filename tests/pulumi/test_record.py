"""`emailauth:index:Record` through its life, as the engine leads it."""

from typing import Any

import grpc
import pytest

from tests.fakes.memory import MemoryDns
from tests.pulumi.conftest import FOREIGN
from tests.pulumi.engine import UNKNOWN, CheckFailed, Failed, MiniEngine, Outcome, Resource, secret

TOKEN = "emailauth:index:Record"  # noqa: S105 - a type token
DMARC = ("_dmarc.example.com", "TXT")
SPF = ("example.com", "TXT")
HOST: dict[str, dict[str, str]] = {"memory": {}}


def dmarc(*values: Any, **more: Any) -> Resource:
    inputs = {"domain": "example.com", "kind": "dmarc", "name": "_dmarc.example.com", "type": "TXT", "dnsHost": HOST}
    return Resource(type=TOKEN, name="dmarc", inputs={**inputs, "values": list(values), **more})


def spf(*values: Any, **more: Any) -> Resource:
    inputs = {"domain": "example.com", "kind": "spf", "name": "example.com", "type": "TXT", "dnsHost": HOST}
    return Resource(type=TOKEN, name="spf", inputs={**inputs, "values": list(values), **more})


def key(record_type: str, value: str, **more: Any) -> Resource:
    inputs = {"domain": "example.com", "kind": "dkim/s1", "name": "s1._domainkey.example.com", "type": record_type, "values": [value]}
    return Resource(type=TOKEN, name="key", inputs={**inputs, "dnsHost": HOST, **more})


def failed(outcome: Outcome, name: str) -> Failed:
    error = outcome.errors[name]
    assert isinstance(error, Failed)
    return error


def test_a_record_is_made_changed_and_removed(engine: MiniEngine, dns: MemoryDns) -> None:
    assert engine.up(dmarc("v=DMARC1; p=none")).ops == [("create", "dmarc")]
    assert dns.values(*DMARC) == ("v=DMARC1; p=none",)
    assert engine.up(dmarc("v=DMARC1; p=none")).ops == []
    changed = engine.up(dmarc("v=DMARC1; p=reject"))
    assert [(step.op, step.paths) for step in changed.steps] == [("update", ("values[0]",))]
    assert dns.values(*DMARC) == ("v=DMARC1; p=reject",)
    assert engine.up().ops == [("delete", "dmarc")]
    assert DMARC not in dns.zones["example.com"]


def test_its_id_and_outputs_tell_what_is_live(engine: MiniEngine) -> None:
    engine.up(spf("v=spf1 -all", ttl=300))
    (state,) = engine.state.values()
    assert state.id == "example.com/TXT/spf"
    assert {key: state.outputs[key] for key in ("values", "ttl", "zone", "shared")} == {
        "values": ["v=spf1 -all"],
        "ttl": 900,  # of the set, which holds values of others
        "zone": "example.com",
        "shared": True,
    }


def test_values_of_others_stay_all_the_way(engine: MiniEngine, dns: MemoryDns) -> None:
    for values in (["v=spf1 -all"], ["v=spf1 mx -all"]):
        engine.up(spf(*values))
        assert dns.zones["example.com"][SPF] == (900, (FOREIGN, *values))
    engine.destroy()
    assert dns.zones["example.com"][SPF] == (900, (FOREIGN,))


def test_of_what_is_not_there_nothing_is_taken_over(engine: MiniEngine) -> None:
    assert engine.preview_of(dmarc("v=DMARC1; p=none", adopt=True)).notes == []
    assert engine.up(dmarc("v=DMARC1; p=none", adopt=True)).notes == []


def test_what_is_there_exactly_so_is_taken_without_a_write(engine: MiniEngine, dns: MemoryDns) -> None:
    """An engine that was killed calls Create again for what it had begun."""
    dns.zones["example.com"][DMARC] = (3600, ("v=DMARC1; p=none",))
    assert engine.up(dmarc("v=DMARC1; p=none")).ops == [("create", "dmarc")]
    assert dns.applied == []


def test_another_value_is_told_and_left(engine: MiniEngine, dns: MemoryDns) -> None:
    dns.zones["example.com"][DMARC] = (3600, ("v=DMARC1; p=none",))
    expected = (
        '_dmarc.example.com TXT is "v=DMARC1; p=none" already, and this stack does not manage it; wanted is "v=DMARC1; p=reject".\n'
        "Say `adopt: true` in this Record to have it changed, or import it first:\n"
        "    pulumi import emailauth:index:Record 'dmarc' '_dmarc.example.com/TXT/dmarc'"
    )
    previewed = engine.preview_of(dmarc("v=DMARC1; p=reject"))
    assert previewed.warnings == [("dmarc", expected)]
    assert previewed.errors == {}
    error = failed(engine.up(dmarc("v=DMARC1; p=reject")), "dmarc")
    assert (error.code, error.text) == (grpc.StatusCode.ALREADY_EXISTS, expected)
    assert dns.values(*DMARC) == ("v=DMARC1; p=none",)
    assert engine.state == {}


def test_adopt_takes_it_over(engine: MiniEngine, dns: MemoryDns) -> None:
    dns.zones["example.com"][DMARC] = (3600, ("v=DMARC1; p=none", "v=DMARC1; p=reject"))
    told = ("dmarc", 'taken over: "v=DMARC1; p=none" and "v=DMARC1; p=reject" becomes "v=DMARC1; p=reject"')
    assert engine.preview_of(dmarc("v=DMARC1; p=reject", adopt=True)).notes == [told]
    outcome = engine.up(dmarc("v=DMARC1; p=reject", adopt=True))
    assert (outcome.errors, outcome.notes) == ({}, [told, told]), "in the preview and when it is done"
    assert dns.values(*DMARC) == ("v=DMARC1; p=reject",)
    assert engine.up(dmarc("v=DMARC1; p=reject")).ops == [], "adopt is no property of the record"


@pytest.mark.usefixtures("memory")
def test_import_finds_it_by_its_id_alone(dns: MemoryDns) -> None:
    engine = MiniEngine({"dnsHost": HOST})
    dns.zones["example.com"][DMARC] = (3600, ("v=DMARC1; p=none",))
    state = engine.import_(TOKEN, "dmarc", "_dmarc.example.com/TXT/dmarc")
    assert state is not None
    assert state.inputs == {
        "domain": "example.com",
        "kind": "dmarc",
        "name": "_dmarc.example.com",
        "type": "TXT",
        "values": ["v=DMARC1; p=none"],
        "dnsHost": HOST,
    }
    assert engine.up(dmarc("v=DMARC1; p=none")).ops == []


@pytest.mark.usefixtures("memory")
def test_import_of_what_is_not_there() -> None:
    assert MiniEngine({"dnsHost": HOST}).import_(TOKEN, "dmarc", "_dmarc.example.com/TXT/dmarc") is None


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize(
    "resource_id", ["_dmarc.example.com", "_dmarc.example.com/TXT/nothing", "_dmarc.example.com/A/dmarc", "a..b/TXT/dmarc"]
)
def test_import_of_an_id_that_is_none(resource_id: str) -> None:
    with pytest.raises(Failed, match=r"INVALID_ARGUMENT: .* is no id of a Record, which is NAME/TYPE/KIND"):
        MiniEngine({"dnsHost": HOST}).import_(TOKEN, "x", resource_id)


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize(
    ("name", "kind", "domain"),
    [
        ("example.com", "spf", "example.com"),
        ("s1._domainkey.mail.example.com", "dkim/s1", "mail.example.com"),
        ("_smtp._tls.example.com", "tls_rpt", "example.com"),
    ],
)
def test_import_works_out_the_domain(dns: MemoryDns, name: str, kind: str, domain: str) -> None:
    value = {"spf": "v=spf1 -all", "dkim/s1": "v=DKIM1; p=", "tls_rpt": "v=TLSRPTv1; rua=mailto:a@example.com"}[kind]
    dns.zones["example.com"][name, "TXT"] = (300, (value,))
    state = MiniEngine({"dnsHost": HOST}).import_(TOKEN, "x", f"{name}/TXT/{kind}")
    assert state is not None
    assert state.inputs["domain"] == domain


def test_drift_is_seen_and_mended(engine: MiniEngine, dns: MemoryDns) -> None:
    engine.up(spf("v=spf1 -all"))
    dns.zones["example.com"][SPF] = (900, ("another=1", "v=spf1 +all"))
    refreshed = engine.refresh()
    assert [(step.op, step.paths) for step in refreshed.steps] == [("drift", ("values[0]",))]
    assert engine.up(spf("v=spf1 -all")).ops == [("update", "spf")]
    assert dns.values(*SPF) == ("another=1", "v=spf1 -all")


def test_drift_that_the_state_does_not_know_is_not_overwritten(engine: MiniEngine, dns: MemoryDns) -> None:
    engine.up(dmarc("v=DMARC1; p=none"))
    dns.zones["example.com"][DMARC] = (3600, ("v=DMARC1; p=quarantine",))
    error = failed(engine.up(dmarc("v=DMARC1; p=reject")), "dmarc")
    assert error.code is grpc.StatusCode.ABORTED
    assert "`pulumi refresh` takes note of it" in str(error.text)
    assert dns.values(*DMARC) == ("v=DMARC1; p=quarantine",)


def test_a_record_that_is_gone_is_gone_for_refresh_and_delete(engine: MiniEngine, dns: MemoryDns) -> None:
    engine.up(dmarc("v=DMARC1; p=none"), spf("v=spf1 -all"))
    del dns.zones["example.com"][DMARC]
    assert engine.refresh().ops == [("gone", "dmarc")]
    engine.up(dmarc("v=DMARC1; p=none"), spf("v=spf1 -all"))
    del dns.zones["example.com"][DMARC]
    assert sorted(engine.destroy().ops) == [("delete", "dmarc"), ("delete", "spf")]


def test_delete_leaves_what_the_stack_did_not_write(engine: MiniEngine, dns: MemoryDns) -> None:
    engine.up(dmarc("v=DMARC1; p=none"))
    dns.zones["example.com"][DMARC] = (3600, ("v=DMARC1; p=quarantine",))
    outcome = engine.destroy()
    assert dns.values(*DMARC) == ("v=DMARC1; p=quarantine",)
    assert outcome.warnings == [("dmarc", "left at _dmarc.example.com, because this stack did not put it there: v=DMARC1; p=quarantine")]


def test_a_record_renamed_in_the_program_is_not_deleted(engine: MiniEngine, dns: MemoryDns) -> None:
    engine.up(dmarc("v=DMARC1; p=none"))
    renamed = Resource(type=TOKEN, name="policy", inputs=dmarc("v=DMARC1; p=none").inputs)
    outcome = engine.up(renamed)
    assert outcome.ops == [("create", "policy"), ("delete", "dmarc")]
    assert dns.values(*DMARC) == ("v=DMARC1; p=none",)
    assert outcome.notes == [
        ("dmarc", "_dmarc.example.com/TXT/dmarc stays: it is urn:pulumi:dev::test::emailauth:index:Record::policy now")
    ]


def test_another_type_at_the_same_name_goes_first(engine: MiniEngine, dns: MemoryDns) -> None:
    engine.up(key("CNAME", "S1.example.org"))
    assert dns.values("s1._domainkey.example.com", "CNAME") == ("s1.example.org.",)
    previewed = engine.preview_of(key("TXT", "v=DKIM1; p="))
    assert previewed.warnings == []
    assert engine.up(key("TXT", "v=DKIM1; p=")).ops == [("delete", "key"), ("replace", "key")]
    assert dns.values("s1._domainkey.example.com", "TXT") == ("v=DKIM1; p=",)
    assert ("s1._domainkey.example.com", "CNAME") not in dns.zones["example.com"]


def test_a_cname_in_the_way_is_told(engine: MiniEngine, dns: MemoryDns) -> None:
    dns.zones["example.com"]["s1._domainkey.example.com", "CNAME"] = (300, ("elsewhere.example.org.",))
    assert "a CNAME to elsewhere.example.org. stands" in engine.preview_of(key("TXT", "v=DKIM1; p=")).warnings[0][1]
    error = failed(engine.up(key("TXT", "v=DKIM1; p=")), "key")
    assert error.code is grpc.StatusCode.FAILED_PRECONDITION
    assert str(error.text).startswith("a CNAME to elsewhere.example.org. stands at s1._domainkey.example.com")


def test_another_name_is_made_before_the_old_one_goes(engine: MiniEngine, dns: MemoryDns) -> None:
    engine.up(dmarc("v=DMARC1; p=none"))
    moved = dmarc("v=DMARC1; p=none", name="_DMARC.sub.example.com.", domain="sub.example.com")
    assert engine.up(moved).ops == [("replace", "dmarc"), ("delete", "dmarc")]
    assert dns.values("_dmarc.sub.example.com", "TXT") == ("v=DMARC1; p=none",)
    assert DMARC not in dns.zones["example.com"]


def test_an_empty_list_sees_that_there_is_none(engine: MiniEngine, dns: MemoryDns) -> None:
    dns.zones["example.com"][DMARC] = (3600, ("v=DMARC1; p=none", "note"))
    assert engine.preview_of(dmarc()).warnings == [("dmarc", "goes from _dmarc.example.com: v=DMARC1; p=none")]
    assert engine.up(dmarc()).ops == [("create", "dmarc")]
    assert dns.values(*DMARC) == ("note",)
    assert engine.up(dmarc()).ops == []
    assert engine.refresh().ops == []
    dns.zones["example.com"][DMARC] = (3600, ("v=DMARC1; p=none",))
    assert engine.refresh().ops == [("drift", "dmarc")]
    assert engine.up(dmarc()).ops == [("update", "dmarc")]
    assert dns.values(*DMARC) == ()
    engine.destroy()


def test_below_sees_that_there_is_none_at_any_name(engine: MiniEngine, dns: MemoryDns) -> None:
    sets = dns.zones["example.com"]
    sets["a._domainkey.example.com", "TXT"] = (300, ("v=DKIM1; p=abc", "foreign"))
    sets["b._domainkey.example.com", "CNAME"] = (300, ("b.example.org.",))
    none = Resource(
        type=TOKEN,
        name="none",
        inputs={
            "domain": "example.com", "kind": "dkim", "name": "_domainkey.example.com", "type": "TXT", "values": [], "below": True, "dnsHost": HOST,
        },
    )  # fmt: skip
    previewed = engine.preview_of(none)
    assert previewed.warnings == [
        ("none", "goes from _domainkey.example.com: a._domainkey.example.com v=DKIM1; p=abc, b._domainkey.example.com CNAME b.example.org.")
    ]
    engine.up(none)
    assert sets["a._domainkey.example.com", "TXT"] == (300, ("foreign",))
    assert ("b._domainkey.example.com", "CNAME") not in sets
    assert engine.state[next(iter(engine.state))].id == "*._domainkey.example.com/TXT/dkim"
    assert engine.up(none).ops == []


def test_a_ttl_is_kept_only_where_the_set_is_wholly_ours(engine: MiniEngine, dns: MemoryDns) -> None:
    engine.up(dmarc("v=DMARC1; p=none", ttl=600))
    assert dns.zones["example.com"][DMARC][0] == 600
    assert engine.up(dmarc("v=DMARC1; p=none", ttl=300)).steps[0].paths == ("ttl",)
    assert dns.zones["example.com"][DMARC][0] == 300
    assert engine.up(dmarc("v=DMARC1; p=none")).ops == [], "a TTL that is not said is not our business"
    engine.up(spf("v=spf1 -all", ttl=60))
    assert engine.up(spf("v=spf1 -all", ttl=120)).ops == []
    assert dns.zones["example.com"][SPF][0] == 900


def test_the_order_of_values_means_nothing(engine: MiniEngine, dns: MemoryDns) -> None:
    hosts = ["10 MX1.example.com", "20 mx2.example.com."]
    mx = {"domain": "example.com", "kind": "mx", "name": "example.com", "type": "mx", "dnsHost": HOST}
    engine.up(Resource(type=TOKEN, name="mx", inputs={**mx, "values": hosts}))
    assert dns.values("example.com", "MX") == ("10 mx1.example.com.", "20 mx2.example.com.")
    dns.zones["example.com"]["example.com", "MX"] = (3600, ("20 mx2.example.com.", "10 mx1.example.com."))
    assert engine.refresh().ops == []
    more = engine.up(Resource(type=TOKEN, name="mx", inputs={**mx, "values": [*hosts, "30 mx3.example.com"]}))
    assert more.steps[0].paths == ("values[2]",)
    less = engine.up(Resource(type=TOKEN, name="mx", inputs={**mx, "values": hosts[:1]}))
    assert less.steps[0].paths == ("values[1]", "values[2]")
    engine.up(Resource(type=TOKEN, name="mx", inputs={**mx, "values": hosts}))
    assert engine.up(Resource(type=TOKEN, name="mx", inputs={**mx, "values": hosts[::-1]})).ops == []


def test_what_is_not_known_yet_passes_a_preview(engine: MiniEngine, dns: MemoryDns) -> None:
    engine.preview = True
    assert engine.preview_of(dmarc(UNKNOWN)).ops == [("create", "dmarc")]
    assert engine.preview_of(dmarc("v=DMARC1; p=none", name=UNKNOWN)).ops == [("create", "dmarc")]
    engine.up(dmarc("v=DMARC1; p=none"))
    assert engine.preview_of(dmarc(UNKNOWN)).steps[0].paths == ("values[0]",)
    whole = Resource(type=TOKEN, name="dmarc", inputs={**dmarc().inputs, "values": UNKNOWN})
    assert engine.preview_of(whole).steps[0].paths == ("values",)
    assert engine.preview_of(dmarc("v=DMARC1; p=none", kind=UNKNOWN)).steps[0].op == "delete"
    assert dns.values(*DMARC) == ("v=DMARC1; p=none",)


def test_secrets_stay_secret(engine: MiniEngine) -> None:
    engine.up(dmarc(secret("v=DMARC1; p=none"), dnsHost=secret({"memory": {"token": "hush"}})))
    (state,) = engine.state.values()
    assert state.inputs["values"] == secret(["v=DMARC1; p=none"])
    assert state.outputs["values"] == secret(["v=DMARC1; p=none"])
    assert state.outputs["dnsHost"] == secret({"memory": {"token": "hush"}})


def test_ignored_properties_are_left_as_they_are(engine: MiniEngine, dns: MemoryDns) -> None:
    engine.up(dmarc("v=DMARC1; p=none"))
    dns.zones["example.com"][DMARC] = (3600, ("v=DMARC1; p=quarantine",))
    engine.refresh()
    ignoring = Resource(type=TOKEN, name="dmarc", inputs=dmarc("v=DMARC1; p=reject").inputs, ignore_changes=("values",))
    assert engine.up(ignoring).ops == []


def test_a_move_to_another_host_writes_there_and_leaves_the_old_one(engine: MiniEngine, dns: MemoryDns, memory: Any) -> None:
    memory.dns["new"] = MemoryDns(zones={"example.com": {}})
    engine.up(dmarc("v=DMARC1; p=none"))
    moved = engine.up(dmarc("v=DMARC1; p=none", dnsHost={"memory": {"at": "new"}}))
    assert [(step.op, step.paths) for step in moved.steps] == [("update", ("dnsHost",))]
    assert memory.dns["new"].values(*DMARC) == ("v=DMARC1; p=none",)
    assert dns.values(*DMARC) == ("v=DMARC1; p=none",)


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        ({"name": "a..example.com"}, "name", "'a..example.com' is not a domain name"),
        ({"name": None}, "name", "is required"),
        ({"kind": "dmrac"}, "kind", "there is no kind 'dmrac' of TXT records; kinds begin with bimi, dkim, dmarc,"),
        ({"type": "CNAME"}, "kind", "there is no kind 'dmarc' of CNAME records"),
        ({"values": "v=DMARC1"}, "values", "must be a list, not text"),
        ({"values": ["v=DMARC1; p=none", 3]}, "values[1]", "must be text, not a number"),
        ({"values": ["p=none"]}, "values[0]", "is no dmarc record, so that it would not be recognised as one later"),
        ({"ttl": "300"}, "ttl", "must be a number of seconds, not text"),
        ({"ttl": -1}, "ttl", "must be between 0 and 2147483647 seconds"),
        ({"ttl": True}, "ttl", "must be a number of seconds, not a boolean"),
        ({"adopt": "yes"}, "adopt", "must be true or false, not text"),
        ({"below": True}, "below", "means every name below this one, where only an empty list of values can be seen to"),
        ({"vlaues": []}, "vlaues", "there is no such property; did you mean values?"),
        ({"dnsHost": {"nobody": {}}}, "dnsHost.nobody", "there is no host 'nobody'; there are "),
        ({"dnsHost": {}}, "dnsHost", "must be an object with one key, which names the host: "),
        ({"dnsHost": {"memory": {"toekn": "hush"}}}, "dnsHost.memory", "is not as memory takes it: Object contains unknown field `toekn`"),
        ({"kind": "mx", "type": "MX", "values": ["10 a", "ten b"]}, "values[1]", "is no MX value: "),
    ],
)
def test_wrong_inputs_are_told_with_their_path(engine: MiniEngine, change: dict[str, Any], path: str, reason: str) -> None:
    outcome = engine.up(Resource(type=TOKEN, name="dmarc", inputs={**dmarc("v=DMARC1; p=none").inputs, **change}))
    error = outcome.errors["dmarc"]
    assert isinstance(error, CheckFailed)
    [(found_path, found_reason)] = error.failures
    assert found_path == path
    assert found_reason.startswith(reason)


def test_all_that_is_wrong_is_told_at_once(engine: MiniEngine) -> None:
    error = engine.up(Resource(type=TOKEN, name="x", inputs={"ttl": "a", "name": 3})).errors["x"]
    assert isinstance(error, CheckFailed)
    assert sorted(path for path, _ in error.failures) == ["domain", "kind", "name", "ttl", "type", "values"]


@pytest.mark.usefixtures("memory")
def test_a_record_without_a_host_is_told_when_it_is_made() -> None:
    engine = MiniEngine()
    inputs = {key: value for key, value in dmarc("v=DMARC1; p=none").inputs.items() if key != "dnsHost"}
    error = failed(engine.up(Resource(type=TOKEN, name="dmarc", inputs=inputs)), "dmarc")
    assert error.text == "nothing says where the DNS of _dmarc.example.com is kept: say dnsHost, here or for the provider"


def test_a_name_of_no_zone_fails_the_preview(engine: MiniEngine) -> None:
    error = failed(engine.preview_of(dmarc("v=DMARC1; p=none", name="_dmarc.example.org")), "dmarc")
    assert (error.code, error.text) == (grpc.StatusCode.INVALID_ARGUMENT, "no zone holds _dmarc.example.org")


def test_a_host_that_refuses_is_one_sentence(engine: MiniEngine) -> None:
    error = failed(engine.up(dmarc("v=DMARC1; p=none; refuse me")), "dmarc")
    assert (error.code, error.text) == (grpc.StatusCode.FAILED_PRECONDITION, "_dmarc.example.com TXT: the host does not take this")


def test_octets_that_are_no_text_travel(engine: MiniEngine, dns: MemoryDns) -> None:
    engine.up(dmarc("v=DMARC1; p=none"))
    dns.zones["example.com"][DMARC] = (3600, ("v=DMARC1; p=none; x=\udcff",))
    assert engine.refresh().ops == [("drift", "dmarc")]
    (state,) = engine.state.values()
    assert state.outputs["values"][0]["value"] == "dj1ETUFSQzE7IHA9bm9uZTsgeD3/"
    assert engine.up(dmarc("v=DMARC1; p=none")).ops == [("update", "dmarc")]
