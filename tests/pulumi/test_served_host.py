"""`emailauth:index:ServedHost`: what a web host makes for a name first, and what a Posture does with the records that it tells then."""

from pathlib import Path
from typing import Any

import pytest

from emailauth.core.errors import CouldNotDoError
from tests.fakes.memory import MemoryDns, MemoryWeb
from tests.pulumi.engine import UNKNOWN, Failed, MiniEngine, Resource

TOKEN = "emailauth:index:ServedHost"  # noqa: S105 - a type token
HOST = "mta-sts.example.com"
FILE = """\
version: 1
dns_host: {memory: {zones: [example.com]}}
web_host: {memory: {}}
domains:
  example.com:
    mta_sts: {mode: testing, mx: [mx.example.com], max_age: 86400}
"""


@pytest.fixture(autouse=True)
def prepares(web: MemoryWeb) -> MemoryWeb:
    web.prepares, web.cname = True, "edge.example.net"
    return web


def served(name: str = "host", host: Any = HOST, **more: Any) -> Resource:
    return Resource(type=TOKEN, name=name, inputs={"domain": "example.com", "host": host, "webHost": {"memory": {}}, **more})


def mail() -> Resource:
    Path("email-auth.yaml").write_text(FILE)
    return Resource(type="emailauth:index:Posture", name="mail", inputs={})


def test_a_name_is_prepared_once(engine: MiniEngine, web: MemoryWeb) -> None:
    assert engine.preview_of(served()).ops == [("create", "host")]
    assert engine.preview_of(served(host=UNKNOWN)).ops == [("create", "host")]
    assert web.preparations == []
    assert engine.up(served()).ops == [("create", "host")]
    assert engine.up(served()).ops == []
    assert web.preparations == [[HOST]]
    assert engine.refresh().ops == []
    assert engine.destroy().ops == [("delete", "host")]


def test_another_web_host_prepares_it_anew(engine: MiniEngine, web: MemoryWeb) -> None:
    engine.up(served(directory="."))
    assert engine.up(served()).ops == [("update", "host")]
    assert engine.up(served(host="bimi.example.com")).ops == [("replace", "host"), ("delete", "host")]
    assert web.preparations == [[HOST], [HOST], ["bimi.example.com"]]


def test_what_is_gone_is_seen(engine: MiniEngine, web: MemoryWeb) -> None:
    engine.up(served())
    web.prepared.clear()
    assert engine.refresh().ops == [("gone", "host")]


def test_an_import_is_by_name(web: MemoryWeb) -> None:
    Path("email-auth.yaml").write_text(FILE)
    engine = MiniEngine(imports=True)
    assert engine.import_(TOKEN, "host", HOST) is None
    web.prepared.add(HOST)
    state = engine.import_(TOKEN, "host", HOST)
    assert state is not None
    assert state.inputs == {"domain": "example.com", "host": HOST, "webHost": {"memory": {}}}
    with pytest.raises(Failed, match="is no id of a ServedHost, which is its host name"):
        engine.import_(TOKEN, "host", "mta-sts..example.com")


def test_what_the_host_says_is_told(engine: MiniEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise CouldNotDoError("the quota of certificates is reached")

    monkeypatch.setattr(MemoryWeb, "prepare", refuse)
    error = engine.up(served()).errors["host"]
    assert isinstance(error, Failed)
    stays = f"what was made for {HOST} by then stays, and the next run goes on from there"
    assert error.text == f"the quota of certificates is reached; {stays}"


def test_a_posture_publishes_the_records_that_follow(web: MemoryWeb, dns: MemoryDns) -> None:
    engine = MiniEngine(imports=True)
    preview = engine.preview_of(mail())
    assert sorted(preview.ops) == [
        ("create", "mail/example.com/mta_sts"),
        ("create", "mail/example.com/mta_sts"),
        ("create", f"mail/example.com/web/{HOST}/host"),
    ]
    assert f"the DNS records of {HOST} follow: the web host tells them once it has made what is shown" in [
        text for _, text in preview.notes
    ]
    made = engine.up(mail())
    assert made.errors == {}
    assert ("create", f"mail/example.com/web/{HOST}") in made.ops
    assert dns.values(HOST, "CNAME") == ("edge.example.net.",)
    assert web.files.keys() == {f"https://{HOST}/.well-known/mta-sts.txt"}
    assert engine.up(mail()).ops == []
    assert web.preparations == [[HOST]]
