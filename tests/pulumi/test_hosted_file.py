"""`emailauth:index:HostedFile` through its life, as the engine leads it."""

from typing import Any

import grpc
import pytest

from tests.fakes.memory import MemoryWeb
from tests.pulumi.engine import UNKNOWN, CheckFailed, Failed, MiniEngine, Outcome, Resource

TOKEN = "emailauth:index:HostedFile"  # noqa: S105 - a type token
URL = "https://mta-sts.example.com/.well-known/mta-sts.txt"
HOST: dict[str, dict[str, str]] = {"memory": {}}


def policy(body: str | None = "version: STSv1\r\n", **more: Any) -> Resource:
    inputs = {"domain": "example.com", "kind": "mta_sts", "url": URL, "contentType": "text/plain", "webHost": HOST}
    return Resource(type=TOKEN, name="policy", inputs={**inputs, "body": body, **more})


def failed(outcome: Outcome) -> Failed:
    error = outcome.errors["policy"]
    assert isinstance(error, Failed)
    return error


def test_a_file_is_put_changed_and_removed(engine: MiniEngine, web: MemoryWeb) -> None:
    assert engine.up(policy("a")).ops == [("create", "policy")]
    assert web.files == {URL: b"a"}
    assert engine.up(policy("a")).ops == []
    assert engine.up(policy("b")).steps[0].paths == ("body",)
    assert web.files == {URL: b"b"}
    assert engine.destroy().ops == [("delete", "policy")]
    assert web.files == {}


def test_a_preview_puts_nothing(engine: MiniEngine, web: MemoryWeb) -> None:
    assert engine.preview_of(policy()).ops == [("create", "policy")]
    assert engine.preview_of(policy(UNKNOWN)).ops == [("create", "policy")]
    engine.up(policy("a"))
    assert engine.preview_of(policy("b")).ops == [("update", "policy")]
    assert engine.preview_of(policy(UNKNOWN)).ops == [("update", "policy")]
    assert web.files == {URL: b"a"}


def test_octets_that_are_no_text(engine: MiniEngine, web: MemoryWeb) -> None:
    engine.up(policy(None, bodyBase64="/wA="))
    assert web.files == {URL: b"\xff\x00"}
    assert engine.up(policy("text")).steps[0].paths == ("body", "bodyBase64")
    web.files[URL] = b"\xfe"
    assert [(step.op, step.paths) for step in engine.refresh().steps] == [("drift", ("body", "bodyBase64"))]
    assert engine.up(policy("text")).ops == [("update", "policy")]


def test_another_content_is_told_and_left(engine: MiniEngine, web: MemoryWeb) -> None:
    web.files[URL] = b"theirs"
    expected = (
        f"{URL} is served already, with another content (at memory:{URL}), and this stack does not manage it.\n"
        f"Say `adopt: true` in this HostedFile to have it changed, or import it first:\n"
        f"    pulumi import emailauth:index:HostedFile 'policy' '{URL}'"
    )
    assert engine.preview_of(policy("ours")).warnings == [("policy", expected)]
    error = failed(engine.up(policy("ours")))
    assert (error.code, error.text) == (grpc.StatusCode.ALREADY_EXISTS, expected)
    assert web.files == {URL: b"theirs"}
    told = ("policy", f"taken over: another content at memory:{URL}")
    assert engine.preview_of(policy("ours", adopt=True)).notes == [told]
    outcome = engine.up(policy("ours", adopt=True))
    assert (outcome.errors, outcome.notes) == ({}, [told, told]), "in the preview and when it is done"
    assert web.files == {URL: b"ours"}


def test_import_by_its_url(engine: MiniEngine, web: MemoryWeb) -> None:
    assert engine.import_(TOKEN, "policy", URL) is None
    web.files[URL] = b"a"
    state = engine.import_(TOKEN, "policy", URL)
    assert state is not None
    assert state.inputs == {**policy("a").inputs}
    assert engine.up(policy("a")).ops == []
    assert engine.up(policy("a", contentType=None)).ops == [], "it follows from the URL"
    assert engine.up(policy("a", contentType="text/html")).steps[0].paths == ("contentType",)
    with pytest.raises(Failed, match=r"'example\.com' is no id of a HostedFile, which is its URL: it must be an https URL"):
        engine.import_(TOKEN, "policy", "example.com")


def test_drift_is_seen_and_mended(engine: MiniEngine, web: MemoryWeb) -> None:
    engine.up(policy("a"))
    web.files[URL] = b"b"
    assert "`pulumi refresh` takes note of it" in str(failed(engine.up(policy("c"))).text)
    assert "has another content" in engine.preview_of(policy("c")).warnings[0][1]
    assert [(step.op, step.paths) for step in engine.refresh().steps] == [("drift", ("body",))]
    assert engine.up(policy("a")).ops == [("update", "policy")]
    assert web.files == {URL: b"a"}
    del web.files[URL]
    assert engine.refresh().ops == [("gone", "policy")]


def test_delete_leaves_what_the_stack_did_not_put(engine: MiniEngine, web: MemoryWeb) -> None:
    engine.up(policy("a"))
    web.files[URL] = b"b"
    assert engine.destroy().warnings == [("policy", f"{URL} stays, because this stack did not put its content at memory:{URL}")]
    assert web.files == {URL: b"b"}
    web.files[URL] = b"a"
    engine.up(policy("a"))
    del web.files[URL]
    assert engine.destroy().ops == [("delete", "policy")]


def test_a_file_renamed_in_the_program_is_not_deleted(engine: MiniEngine, web: MemoryWeb) -> None:
    engine.up(policy("a"))
    outcome = engine.up(Resource(type=TOKEN, name="other", inputs=policy("a").inputs))
    assert outcome.ops == [("create", "other"), ("delete", "policy")]
    assert web.files == {URL: b"a"}


def test_no_body_sees_that_nothing_is_served(engine: MiniEngine, web: MemoryWeb) -> None:
    web.files[URL] = b"old"
    assert engine.up(policy(None)).ops == [("create", "policy")]
    assert web.files == {}
    assert engine.up(policy(None)).ops == []
    assert engine.refresh().ops == []
    web.files[URL] = b"again"
    assert engine.refresh().ops == [("drift", "policy")]
    assert engine.up(policy(None)).ops == [("update", "policy")]
    assert engine.up(policy("new")).ops == [("update", "policy")]
    assert engine.up(policy(None)).ops == [("update", "policy")]
    assert engine.destroy().ops == [("delete", "policy")]
    assert web.files == {}


def test_another_url_is_served_before_the_old_one_goes(engine: MiniEngine, web: MemoryWeb) -> None:
    engine.up(policy("a"))
    outcome = engine.up(policy("a", url="https://MTA-STS.example.net/.well-known/mta-sts.txt"))
    assert outcome.ops == [("replace", "policy"), ("delete", "policy")]
    assert web.files == {"https://mta-sts.example.net/.well-known/mta-sts.txt": b"a"}


def test_a_file_that_reads_back_differently_is_kept_as_half_made(engine: MiniEngine, web: MemoryWeb) -> None:
    """So what depends on it is not made, and the next `up` tries again."""
    web.garbles = True
    error = failed(engine.up(policy("a")))
    assert error.init is not None
    assert (error.init.id, [reason[:60] for reason in error.init.reasons]) == (URL, [f"{URL} does not give the content that was put"[:60]])
    web.garbles = False
    web.files[URL] = b"a"
    assert engine.up(policy("a")).ops == [("update", "policy")]
    assert engine.up(policy("a")).ops == []


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        ({"url": "http://example.com/a"}, "url", "must be an https URL of host and path"),
        ({"url": "https://example.com:8443/a"}, "url", "must be an https URL of host and path"),
        ({"url": "https://example.com/a?b"}, "url", "must be an https URL of host and path"),
        ({"url": "https://[example.com/a"}, "url", "is no URL: "),
        ({"url": "https://a..b/a"}, "url", "'a..b' is not a domain name"),
        ({"bodyBase64": "AA=="}, "bodyBase64", "cannot be said beside body"),
        ({"body": None, "bodyBase64": "no base64"}, "bodyBase64", "must be base64 (RFC 4648 section 4)"),
        ({"webHost": {"memory": {"where": 1}}}, "webHost.memory", "is not as memory takes it"),
    ],
)
def test_wrong_inputs_are_told_with_their_path(engine: MiniEngine, change: dict[str, Any], path: str, reason: str) -> None:
    error = engine.up(Resource(type=TOKEN, name="policy", inputs={**policy("a").inputs, **change})).errors["policy"]
    assert isinstance(error, CheckFailed)
    [(found_path, found_reason)] = error.failures
    assert (found_path, found_reason[: len(reason)]) == (path, reason)


@pytest.mark.usefixtures("memory")
def test_a_file_without_a_host_is_told_when_it_is_put() -> None:
    error = failed(MiniEngine().up(policy("a", webHost=None)))
    assert error.text == f"nothing says where {URL} is to be served: say webHost, here or for the provider"
