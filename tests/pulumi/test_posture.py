"""`emailauth:index:Posture`: what becomes of a file."""

import json
import threading
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import alias_pb2, provider_pb2

from tests.fakes.memory import Memory, MemoryDns, MemoryWeb
from tests.pulumi.conftest import FOREIGN
from tests.pulumi.engine import PROVIDER, UNKNOWN, Failed, MiniEngine, Outcome, Resource, secret

TOKEN = "emailauth:index:Posture"  # noqa: S105 - a type token
URL = "https://mta-sts.example.com/.well-known/mta-sts.txt"
FILE = """\
version: 1
dns_host: {memory: {zones: [example.com]}}
web_host: {memory: {}}
domains:
  example.com:
    mx: [{preference: 10, host: mx1.example.com}]
    spf: {allow: [mx], otherwise: softfail}
    dmarc: {policy: none, aggregate_reports: ["mailto:dmarc@example.com"]}
    mta_sts: {mode: testing, from_mx: true, max_age: 604800}
"""
FIRST = {
    "domain": "example.com",
    "kind": "tls_rpt",
    "name": "_smtp._tls.example.com",
    "type": "TXT",
    "values": ["v=TLSRPTv1; rua=mailto:tls@example.com"],
}
POSTURE_URN = "urn:pulumi:dev::test::emailauth:index:Posture::mail"


@pytest.fixture
def engine(memory: Memory) -> MiniEngine:  # noqa: ARG001 - the hosts must be there
    """Its provider knows the file by its usual name."""
    return MiniEngine(imports=True)


def write(text: str, path: str = "email-auth.yaml") -> None:
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text(text)


def mail(**inputs: Any) -> Resource:
    return Resource(type=TOKEN, name="mail", inputs=inputs)


def failed(outcome: Outcome, name: str = "mail") -> Failed:
    error = outcome.errors[name]
    assert isinstance(error, Failed)
    return error


def test_a_file_becomes_one_resource_for_each_record_and_file(engine: MiniEngine, dns: MemoryDns, web: MemoryWeb) -> None:
    write(FILE)
    outcome = engine.up(mail(file="email-auth.yaml"))
    assert outcome.errors == {}
    assert sorted(outcome.ops) == [
        ("create", "mail/example.com/dmarc"),
        ("create", "mail/example.com/mta_sts"),
        ("create", "mail/example.com/mta_sts"),
        ("create", "mail/example.com/mx"),
        ("create", "mail/example.com/spf"),
    ]
    assert dns.values("example.com", "TXT") == (FOREIGN, "v=spf1 mx ~all")
    assert dns.values("_dmarc.example.com", "TXT") == ("v=DMARC1; p=none; rua=mailto:dmarc@example.com",)
    assert web.files[URL] == b"version: STSv1\r\nmode: testing\r\nmx: mx1.example.com\r\nmax_age: 604800\r\n"
    assert engine.up(mail(file="email-auth.yaml")).ops == []
    assert engine.state[POSTURE_URN].outputs == {"domains": ["example.com"]}


def test_its_children_wait_for_each_other_as_the_phases_do(engine: MiniEngine) -> None:
    write(FILE)
    engine.up(mail())
    after = {_short(f"{one.type}::{one.name}"): sorted(map(_short, one.dependencies)) for one in engine.requests if one.custom}
    assert after == {
        "Record spf": [],
        "Record dmarc": [],
        "HostedFile mta_sts": ["Record dmarc", "Record spf"],
        "Record mta_sts": ["HostedFile mta_sts", "Record dmarc", "Record spf"],
        "Record mx": ["HostedFile mta_sts", "Record dmarc", "Record mta_sts", "Record spf"],
    }


def _short(urn: str) -> str:
    resource_type, name = urn.split("::")[-2:]
    return f"{resource_type.split(':')[-1]} {name.removeprefix('mail/example.com/')}"


@pytest.mark.usefixtures("memory")
def test_a_child_carries_all_that_it_needs_without_its_parent() -> None:
    """Its host with only its own zone, and from where the paths in the host's settings start."""
    engine = MiniEngine()
    write(FILE.replace("[example.com]", "[example.com, example.net]"), "mail/email-auth.yaml")
    engine.up(mail(file="mail/email-auth.yaml", adopt=True))
    found = {one.name: MessageToDict(one.object) for one in engine.requests if one.type.endswith("Record")}
    assert found["mail/example.com/spf"] == {
        "domain": "example.com",
        "kind": "spf",
        "name": "example.com",
        "type": "TXT",
        "values": ["v=spf1 mx ~all"],
        "adopt": True,
        "dnsHost": {"memory": {"zones": ["example.com"]}},
        "directory": "mail",
    }
    assert engine.refresh().ops == []


def test_an_edit_is_one_update(engine: MiniEngine) -> None:
    write(FILE)
    engine.up(mail())
    write(FILE.replace("policy: none", "policy: quarantine"))
    outcome = engine.up(mail())
    assert [(step.op, step.name, step.paths) for step in outcome.steps if step.op != "same"] == [
        ("update", "mail/example.com/dmarc", ("values[0]",))
    ]


def test_the_structure_can_stand_in_the_program(dns: MemoryDns) -> None:
    engine = MiniEngine()
    spec = {
        "version": 1,
        "ttl": 600,
        "dns_host": {"memory": secret({"token": "hush"})},
        "domains": {"example.com": {"dmarc": {"policy": "none", "aggregate_reports": ["mailto:dmarc@example.com"]}}},
    }
    assert engine.up(mail(spec=spec)).errors == {}
    assert dns.zones["example.com"]["_dmarc.example.com", "TXT"] == (600, ("v=DMARC1; p=none; rua=mailto:dmarc@example.com",))
    [child] = [one for one in engine.state.values() if one.id]
    assert child.inputs["dnsHost"] == secret({"memory": {"token": "hush"}})


def test_errors_of_the_file_stop_it_before_anything_is_done(engine: MiniEngine, dns: MemoryDns) -> None:
    write(FILE.replace("policy: none", "policy: nothing").replace("max_age: 604800", "max_age: soon"))
    for preview in (True, False):
        error = failed(engine.up(mail(), preview=preview))
        assert error.code is grpc.StatusCode.INVALID_ARGUMENT
        head, *lines = str(error.text).split("\n")
        assert head == "the file has errors, so that nothing is done:"
        assert [line.split(" ", 1)[0] for line in lines] == ["email-auth.yaml:8:21:", "email-auth.yaml:9:54:"]
        assert all(line.endswith("]") for line in lines)
    assert engine.state == {}
    assert dns.applied == []


def test_errors_of_an_inline_structure_name_the_property(engine: MiniEngine) -> None:
    spec = {
        "version": 1,
        "dns_host": {"memory": {}},
        "domains": {"example.com": {"spf": {"allow": ["ip4:192.0.2.300"], "otherwise": "fail"}}},
    }
    text = str(failed(engine.preview_of(mail(spec=spec))).text)
    assert 'spec.domains["example.com"].spf.allow[0]: ' in text


def test_warnings_of_the_file_are_logged_beside_the_component(engine: MiniEngine) -> None:
    write(FILE.replace("    dmarc:", "    # emailauth: ignore[no-such-rule] because\n    dmarc:"))
    outcome = engine.preview_of(mail())
    assert (
        "mail",
        "email-auth.yaml:8:5: there is no rule 'no-such-rule' that could be ignored; `emailauth rules` lists them [ignore-unknown-rule]",
    ) in [(name, text) for name, text in outcome.warnings]
    assert outcome.errors == {}


def test_a_danger_refuses_until_it_is_allowed(engine: MiniEngine) -> None:
    write(FILE.replace("policy: none", "policy: quarantine"))
    engine.up(mail())
    write(FILE)
    error = failed(engine.preview_of(mail()))
    assert str(error.text).startswith("refused, nothing is done:\nexample.com: the policy for mail that fails DMARC would go down")
    assert str(error.text).endswith("(`allow: [weaken-dmarc]` permits it)")
    assert failed(engine.up(mail())).code is grpc.StatusCode.INVALID_ARGUMENT
    assert engine.up(mail(allow=["weaken-dmarc"])).ops == [("update", "mail/example.com/dmarc")]
    assert "there is no danger called 'everything'" in str(failed(engine.up(mail(allow=["everything"]))).text)


def test_what_is_in_the_way_fails_the_preview(engine: MiniEngine, dns: MemoryDns) -> None:
    dns.zones["example.com"]["_dmarc.example.com", "CNAME"] = (300, ("dmarc.example.org.",))
    write(FILE)
    assert "a CNAME to dmarc.example.org. stands at _dmarc.example.com" in str(failed(engine.preview_of(mail())).text)


def test_a_selector_that_goes_from_cname_to_key_is_replaced(engine: MiniEngine, dns: MemoryDns) -> None:
    keys = FILE + "    dkim:\n      s1: {cname: s1.example.org}\n      s2: {cname: s2.example.org}\n"
    write(keys)
    engine.up(mail())
    write(keys.replace("{cname: s1.example.org}", "revoked"))
    outcome = engine.up(mail())
    assert outcome.ops == [("delete", "mail/example.com/dkim/s1"), ("replace", "mail/example.com/dkim/s1")]
    assert dns.values("s1._domainkey.example.com", "TXT") == ("v=DKIM1; p=",)


def test_a_record_that_is_there_is_told_with_the_line_that_imports_it(engine: MiniEngine, dns: MemoryDns) -> None:
    dns.zones["example.com"]["_dmarc.example.com", "TXT"] = (300, ("v=DMARC1; p=none",))
    write(FILE)
    outcome = engine.up(mail())
    assert (
        "Say `adopt: true` in the Posture to have it changed, or import it first:\n"
        "    pulumi import emailauth:index:Record 'mail/example.com/dmarc' '_dmarc.example.com/TXT/dmarc'"
        f" --parent 'posture={POSTURE_URN}'"
    ) in str(failed(outcome, "mail/example.com/dmarc").text)
    assert "mail" not in outcome.errors, "the child has told it all"
    assert ("example.com", "MX") not in dns.zones["example.com"], "what comes later waits"
    assert engine.up(mail(adopt=True)).errors == {}


def test_what_goes_from_the_file_goes_in_the_opposite_order(engine: MiniEngine, dns: MemoryDns, web: MemoryWeb) -> None:
    write(FILE)
    engine.up(mail())
    outcome = engine.destroy()
    assert [f"{step.name}" for step in outcome.steps][:2] == ["mail/example.com/mx", "mail/example.com/mta_sts"]
    assert dns.values("example.com", "TXT") == (FOREIGN,)
    assert set(dns.zones["example.com"]) == {("example.com", "SOA"), ("example.com", "NS"), ("example.com", "TXT")}
    assert web.files == {}


def test_absent_removes_and_then_keeps_watch(engine: MiniEngine, dns: MemoryDns, web: MemoryWeb) -> None:
    write(FILE)
    engine.up(mail())
    absent = FILE.replace("mta_sts: {mode: testing, from_mx: true, max_age: 604800}", "mta_sts: absent\n    dkim: absent")
    write(absent)
    outcome = engine.up(mail(allow=["remove-mta-sts"]))
    assert [(step.op, step.name) for step in outcome.steps if step.op != "same"] == [
        ("create", "mail/example.com/dkim"),
        ("update", "mail/example.com/mta_sts"),
        ("update", "mail/example.com/mta_sts"),
    ]
    assert "_mta-sts.example.com" not in {name for name, _ in dns.zones["example.com"]}
    assert web.files == {}
    assert engine.up(mail()).ops == []


def test_a_policy_host_gets_its_records_first(engine: MiniEngine, dns: MemoryDns, web: MemoryWeb) -> None:
    web.cname = "www.example.com"
    write(FILE)
    assert engine.up(mail()).errors == {}
    assert dns.values("mta-sts.example.com", "CNAME") == ("www.example.com.",)
    [file] = [one for one in engine.state.values() if one.type.endswith("HostedFile")]
    assert any(urn.endswith("web/mta-sts.example.com") for urn in file.dependencies)


def test_a_logo_that_no_record_names_any_more_stays_served(engine: MiniEngine, web: MemoryWeb) -> None:
    """Mail that was delivered still points at it."""
    write((Path(__file__).parents[2] / "examples/quickstart/brand/logo.svg").read_text(), "logo.svg")
    key = "dkim: {s1: {cname: s1.example.org}}"
    write(FILE.replace("policy: none", "policy: reject") + f"    {key}\n    bimi: {{logo: logo.svg}}\n")
    outcome = engine.up(mail())
    assert outcome.errors == {}
    logos = [url for url in web.files if url.endswith(".svg")]
    assert len(logos) == 1
    engine.destroy()
    assert [*web.files] == logos


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"file": UNKNOWN}, "file: must be known in a preview"),
        ({"file": "a.yaml", "spec": {}}, "spec: cannot be said beside file"),
        ({"spec": "text"}, "spec: must be an object, with what would stand in the file"),
        ({"fiel": "a.yaml"}, "fiel: there is no such property; did you mean file?"),
        ({"file": "no/such.yaml"}, "there is no file no/such.yaml"),
        ({"adopt": "yes"}, "adopt: must be true or false, not text"),
    ],
)
def test_wrong_inputs_are_told(engine: MiniEngine, inputs: dict[str, Any], text: str) -> None:
    error = failed(engine.preview_of(mail(**inputs)))
    assert error.code is grpc.StatusCode.INVALID_ARGUMENT
    assert str(error.text).startswith(text)


def test_zones_are_read_once_and_written_together(engine: MiniEngine, dns: MemoryDns) -> None:
    many = ["version: 1", "dns_host: {memory: {}}", "domains:"]
    for i in range(6):
        many += [
            f"  d{i}.example.com:",
            "    spf: {otherwise: fail}",
            "    dmarc: {policy: none, aggregate_reports: ['mailto:dmarc@example.com']}",
        ]
    write("\n".join(many))
    engine.preview_of(mail())
    assert len(dns.reads) == 1
    dns.reads.clear()
    engine.pause = threading.Event()
    release = threading.Thread(target=_release_when, args=(engine, 12))
    release.start()
    assert engine.up(mail()).errors == {}
    release.join()
    assert len(dns.zones["example.com"]) == 3 + 12
    assert len(dns.applied) < 12, "several records went out in one change"
    engine.pause = None
    dns.reads.clear()
    engine.refresh()
    assert len(dns.reads) == 1


def _release_when(engine: MiniEngine, registered: int) -> None:
    """Lets all children go on at once, when all of them are registered."""
    while sum(one.custom for one in engine.requests) < registered:
        threading.Event().wait(0.001)
    assert engine.pause is not None
    engine.pause.set()


def test_cancel_ends_a_running_construct_quietly(engine: MiniEngine) -> None:
    """The engine has told why it stops; what it is waiting for must not become an error of its own."""
    write(FILE)
    engine.pause = threading.Event()
    with engine.process():
        done: list[bool] = []

        def construct() -> None:
            engine._construct(mail())
            done.append(True)

        running = threading.Thread(target=construct)
        running.start()
        while not any(one.custom for one in engine.requests):
            running.join(0.01)
        assert engine.stub.Cancel(Empty(), timeout=60) == Empty()
        running.join(timeout=60)
        assert done == [True]
        with pytest.raises(Failed, match="CANCELLED: stopped"):
            engine._construct(mail())
        engine.pause.set()


def test_no_host_is_told_with_its_place(engine: MiniEngine) -> None:
    write("version: 1\ndomains:\n  example.com:\n    spf: {otherwise: fail}\n")
    assert "email-auth.yaml:" in str(failed(engine.preview_of(mail())).text)
    assert "nothing says where the DNS of example.com is kept: add dns_host to the file" in str(failed(engine.preview_of(mail())).text)


@pytest.mark.usefixtures("memory")
def test_the_providers_own_file_is_the_default() -> None:
    write(FILE, "conf/mail.yaml")
    engine = MiniEngine({"file": "conf/mail.yaml"}, imports=True)
    assert engine.up(mail()).errors == {}
    assert json.dumps(engine.state[POSTURE_URN].outputs) == '{"domains": ["example.com"]}'


def test_options_of_the_component_reach_its_children(engine: MiniEngine) -> None:
    write(FILE)
    other = Resource(type="emailauth:index:Record", name="first", inputs=FIRST)
    with engine.process():
        engine._register_custom(other)
        [first] = engine.seen
        options = provider_pb2.ConstructRequest(
            monitorEndpoint=engine.monitor_address,
            type=TOKEN,
            name="mail",
            parent="urn:pulumi:dev::test::pulumi:pulumi:Stack::test-dev",
            dependencies=[first],
            protect=True,
            retainOnDelete=True,
            deletedWith=first,
            aliases=[alias_pb2.Alias(urn="urn:pulumi:dev::test::emailauth:index:Posture::post")],
            resource_hooks=provider_pb2.ConstructRequest.ResourceHooksBinding(before_create=["hook"]),
            providers={"emailauth": PROVIDER},
        )
        engine.call("Construct", options)
    _, component, *children = engine.requests
    assert [alias.urn for alias in component.aliases] == ["urn:pulumi:dev::test::emailauth:index:Posture::post"]
    assert (dict(component.providers), list(component.hooks.before_create)) == ({"emailauth": PROVIDER}, ["hook"])
    assert len(children) == 5
    for one in (component, *children):
        assert (one.protect, one.retainOnDelete, one.deletedWith, first in one.dependencies) == (True, True, first, True)


def test_an_engine_that_has_gone_is_no_error_of_the_component(engine: MiniEngine) -> None:
    write(FILE)
    with engine.process():
        request = provider_pb2.ConstructRequest(monitorEndpoint="127.0.0.1:1", type=TOKEN, name="mail")
        with pytest.raises(Failed, match="CANCELLED: stopped: the operation was cancelled, or something else in it failed"):
            engine.call("Construct", request)
