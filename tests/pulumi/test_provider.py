"""What the engine asks of the provider itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from emailauth import __version__
from emailauth.core.errors import CouldNotDoError
from emailauth.pulumi.config import Config, written
from emailauth.pulumi.schema import schema_text
from emailauth.web_hosts.directory import Settings
from tests.fakes.memory import Memory, MemoryDns
from tests.pulumi.engine import CheckFailed, MiniEngine, secret, serving, struct

URN = "urn:pulumi:dev::test::pulumi:providers:emailauth::default"
RECORD = "urn:pulumi:dev::test::emailauth:index:Posture$emailauth:index:Record::dmarc"
FILE = """\
version: 1
dns_host: {memory: {zones: [example.com]}}
domains:
  example.com: {dmarc: {policy: none}}
  sub.example.com: {dmarc: {policy: none}, dns_host: {memory: {at: other}}}
"""
DMARC = {"domain": "example.com", "kind": "dmarc", "name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=none"]}


@pytest.fixture
def stub(memory: Memory) -> Iterator[Any]:  # noqa: ARG001 - the hosts must be there
    with serving() as (_, address), grpc.insecure_channel(address) as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)


def configure(stub: Any, args: dict[str, Any]) -> Any:
    return stub.Configure(provider_pb2.ConfigureRequest(args=struct(args)))


def checked(stub: Any, inputs: dict[str, Any]) -> Any:
    return MessageToDict(stub.Check(provider_pb2.CheckRequest(urn=RECORD, news=struct(inputs))).inputs)


def test_what_it_says_of_itself(stub: Any) -> None:
    assert stub.GetPluginInfo(Empty()).version == __version__
    shaken = stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
    assert (shaken.accept_secrets, shaken.accept_resources, shaken.accept_outputs) == (True, True, False)
    configured = configure(stub, {})
    assert (configured.acceptSecrets, configured.acceptResources, configured.supportsPreview) == (True, True, True)
    assert stub.GetMapping(provider_pb2.GetMappingRequest(key="terraform")) == provider_pb2.GetMappingResponse()
    assert stub.GetMappings(provider_pb2.GetMappingsRequest(key="terraform")) == provider_pb2.GetMappingsResponse()


def test_its_schema_is_the_one_that_is_generated(stub: Any) -> None:
    assert stub.GetSchema(provider_pb2.GetSchemaRequest()).schema == schema_text()


def test_an_engine_can_attach_later(memory: Memory) -> None:
    """PULUMI_DEBUG_PROVIDERS: the provider was started by hand."""
    engine = MiniEngine()
    with engine.process(), serving() as (_, address), grpc.insecure_channel(address) as channel:
        stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)
        assert stub.Attach(plugin_pb2.PluginAttach(address=engine.monitor_address)) == Empty()
        memory.dns["main"].zones["example.com"]["_dmarc.example.com", "TXT"] = (300, ("v=DMARC1; p=reject",))
        properties = struct({**DMARC, "dnsHost": {"memory": {}}})
        stub.Create(provider_pb2.CreateRequest(urn=RECORD, properties=properties, preview=True))
        assert [name for name, _ in engine.outcome.warnings] == ["dmarc"]


@pytest.mark.parametrize(
    "sent",
    [
        {"memory": {"at": "main"}},
        '{"memory": {"at": "main"}}',
        secret({"memory": {"at": "main"}}),
        secret('{"memory": {"at": "main"}}'),
    ],
)
def test_settings_come_as_they_are_or_as_json(stub: Any, sent: Any) -> None:
    configure(stub, {"dnsHost": sent, "version": "1.2.3"})
    found = checked(stub, DMARC)["dnsHost"]
    assert found in ({"memory": {"at": "main"}}, secret({"memory": {"at": "main"}}))


def test_a_secret_setting_is_a_secret_of_the_record(stub: Any) -> None:
    configure(stub, {"dnsHost": secret({"memory": {"token": "hush"}})})
    assert checked(stub, DMARC)["dnsHost"] == secret({"memory": {"token": "hush"}})


@pytest.mark.parametrize(
    ("args", "path", "reason"),
    [
        ({"dnsHost": "memory"}, "dnsHost", "must be an object with one key, which names the host: "),
        ({"dnsHost": "{no json"}, "dnsHost", "must be an object with one key, which names the host: "),
        ({"webHost": {"memory": {}, "directory": {}}}, "webHost", "must be an object with one key, which names the host: "),
        ({"fiel": "a"}, "fiel", "there is no such property; did you mean file?"),
        ({"file": 3}, "file", "must be text, not a number"),
    ],
)
def test_wrong_settings_are_told(stub: Any, args: dict[str, Any], path: str, reason: str) -> None:
    [failure] = stub.CheckConfig(provider_pb2.CheckRequest(urn=URN, news=struct(args))).failures
    assert (failure.property, failure.reason[: len(reason)]) == (path, reason)
    with pytest.raises(grpc.RpcError) as caught:
        configure(stub, args)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    with pytest.raises(CheckFailed, match=path), MiniEngine(args).process():
        pass


def test_settings_that_change_replace_nothing(stub: Any) -> None:
    olds, news = {"dnsHost": {"memory": {}}, "version": "1"}, {"dnsHost": '{"memory": {"at": "b"}}', "file": "a", "version": "2"}
    answer = stub.DiffConfig(provider_pb2.DiffRequest(urn=URN, old_inputs=struct(olds), news=struct(news)))
    assert MessageToDict(answer)["detailedDiff"] == {"dnsHost": {"kind": "UPDATE"}, "file": {}}
    assert list(answer.replaces) == []
    same = stub.DiffConfig(provider_pb2.DiffRequest(urn=URN, old_inputs=struct(olds), news=struct({"dnsHost": '{"memory": {}}'})))
    assert same.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_the_file_names_the_hosts_of_its_domains(stub: Any) -> None:
    Path("conf").mkdir()
    Path("conf/mail.yaml").write_text(FILE)
    configure(stub, {"file": "conf/mail.yaml"})
    assert checked(stub, DMARC) == {**DMARC, "dnsHost": {"memory": {"zones": ["example.com"]}}, "directory": "conf"}
    deeper = checked(stub, {**DMARC, "name": "_dmarc.a.sub.example.com"})
    assert deeper["dnsHost"] == {"memory": {"at": "other"}}
    assert "dnsHost" not in checked(stub, {**DMARC, "name": "_dmarc.example.org"}), "the domains have different hosts"


def test_a_name_of_no_domain_has_the_host_of_all_of_them(stub: Any) -> None:
    Path("email-auth.yaml").write_text(FILE.replace(", dns_host: {memory: {at: other}}", ""))
    configure(stub, {})
    assert checked(stub, {**DMARC, "name": "_dmarc.example.org"})["dnsHost"] == {"memory": {}}


@pytest.mark.parametrize(("text", "message"), [(None, "there is no file conf.yaml"), ("domains: [", "conf.yaml cannot be understood")])
def test_a_file_that_is_named_and_cannot_be_read(stub: Any, text: str | None, message: str) -> None:
    if text is not None:
        Path("conf.yaml").write_text(text)
    configure(stub, {"file": "conf.yaml"})
    with pytest.raises(grpc.RpcError, match=message):
        checked(stub, DMARC)


@pytest.mark.usefixtures("memory")
def test_no_file_is_no_matter_where_none_is_named() -> None:
    assert Config(inputs={}).host_inputs("example.com", web=True) == {}
    Path("email-auth.yaml").write_text(FILE)
    assert Config(inputs={}).host_inputs("example.com", web=True) == {}, "the file names no web host"
    assert Config(inputs={}).host_inputs("example.com", web=False) == {"dnsHost": {"memory": {"zones": ["example.com"]}}}


def test_only_settings_that_differ_from_the_defaults_are_written() -> None:
    assert written(("directory", Settings(root="www", read_back="disk"))) == {"directory": {"root": "www", "read_back": "disk"}}


@pytest.mark.parametrize(
    ("method", "request_", "text"),
    [
        (
            "Check",
            provider_pb2.CheckRequest(urn=URN, type="emailauth:index:Recrod"),
            "there is no resource emailauth:index:Recrod; there are ",
        ),
        ("Construct", provider_pb2.ConstructRequest(type="emailauth:index:Domain"), "there is no component emailauth:index:Domain"),
    ],
)
def test_types_that_there_are_not(stub: Any, method: str, request_: Any, text: str) -> None:
    with pytest.raises(grpc.RpcError, match=text):
        getattr(stub, method)(request_)


def test_a_bug_is_told_without_what_it_was_about(stub: Any, memory: Memory, capfd: pytest.CaptureFixture[str]) -> None:
    """An exception's own text could hold a credential."""

    def break_down() -> None:
        raise RuntimeError("hush")

    memory.dns["main"].before_apply = break_down
    request = provider_pb2.CreateRequest(urn=RECORD, properties=struct({**DMARC, "dnsHost": {"memory": {}}}))
    with pytest.raises(grpc.RpcError) as caught:
        stub.Create(request)
    error: Any = caught.value
    assert error.code() is grpc.StatusCode.INTERNAL
    assert error.details().startswith("this is a bug in emailauth: RuntimeError at ")
    assert "hush" not in error.details()
    assert "RuntimeError: hush" in capfd.readouterr().err, "where `-v` asks for it"


def test_a_host_that_does_not_answer_is_no_bug(stub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise CouldNotDoError("the host does not answer\x1b[31m")

    monkeypatch.setattr(MemoryDns, "read", fail)
    with pytest.raises(grpc.RpcError) as caught:
        stub.Read(
            provider_pb2.ReadRequest(urn=RECORD, id="_dmarc.example.com/TXT/dmarc", inputs=struct({**DMARC, "dnsHost": {"memory": {}}}))
        )
    error: Any = caught.value
    assert (error.code(), error.details()) == (grpc.StatusCode.FAILED_PRECONDITION, "the host does not answer\\x1b[31m")


@pytest.mark.usefixtures("memory")
def test_large_requests_pass() -> None:
    """gRPC's own limit is 4 MiB, and logos are inputs."""
    body = "x" * 6_000_000
    engine = MiniEngine()
    with engine.process():
        inputs = struct({"domain": "example.com", "kind": "bimi/logo", "url": "https://bimi.example.com/logo.svg", "body": body})
        request = provider_pb2.CheckRequest(urn=RECORD, type="emailauth:index:HostedFile", news=inputs)
        assert len(engine.call("Check", request).inputs["body"]) == len(body)


def test_the_schema_describes_what_is_taken() -> None:
    schema = json.loads(schema_text())
    assert schema == json.loads((Path(__file__).parents[2] / "schemas/pulumi.schema.json").read_text()), "make schema"
    kinds = ["Posture", "Record", "HostedFile", "ServedHost"]
    assert [*schema["resources"]] == [f"emailauth:index:{kind}" for kind in kinds]
    references = set(_references(schema))
    assert references == set(schema["types"]), "every type is used, and every type that is used is there"


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].removeprefix("#/types/")
        for one in part.values():
            yield from _references(one)
    elif isinstance(part, list):
        for one in part:
            yield from _references(one)
