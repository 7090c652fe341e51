"""The text of the function holds exactly what it was made from, and answers with it, in Node."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailauth.web_hosts.cloudfront.function import IN_BUCKET, Entry, Held, parse, source
from tests.fakes.aws.javascript import run

HOST = "mta-sts.example.com"
PATH = "/.well-known/mta-sts.txt"
POLICY = b"version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n"

hosts = st.sampled_from(["mta-sts.example.com", "mta-sts.example.net", "bimi.example.com", "a.b-c.example.org"])
paths = st.lists(st.sampled_from(["default", ".well-known", "mta-sts.txt", "Logo_1-0a.svg", "0"]), min_size=1, max_size=3).map(
    lambda p: "/" + "/".join(p)
)
bodies = st.binary(max_size=40) | st.sampled_from([POLICY, b"", "\u00e9\u2028".encode(), b'"\\</script>${`', b"\t\r\n\x7f"])
entries = st.just(IN_BUCKET) | st.builds(Entry, content_type=st.sampled_from(["text/plain", "image/svg+xml"]), body=bodies)
helds = st.dictionaries(st.tuples(hosts, paths), entries, max_size=6)


@given(helds)
def test_what_is_held_is_read_back(held: Held) -> None:
    assert parse(source(held)) == held


@given(helds)
def test_the_text_does_not_depend_on_the_order_of_the_files(held: Held) -> None:
    assert source(dict(reversed(list(held.items())))) == source(held)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"function handler(event) { return event.request; }",
        b"const held = {};",
        b'const held = {"answers":[],"hosts":{"a.example":{"/x":0}}};',
        b'const held = {"answers":[],"hosts":{"a.example":{"/x":-2}}};',
        b'const held = {"answers":[["text/plain","hex","00"]],"hosts":{}};',
        b'const held = {"answers":[["text/plain","base64","*"]],"hosts":{}};',
        b'const held = {"answers":[],"hosts":{},"more":1};',
        b'const held = {"answers":[;',
    ],
)
def test_a_text_that_is_not_ours_is_not_understood(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"table|base64"):
        parse(text)


def test_the_program_around_the_table_may_be_of_another_version() -> None:
    held = {(HOST, PATH): Entry(content_type="text/plain", body=POLICY)}
    table = next(line for line in source(held).split(b"\n") if line.startswith(b"const held = "))
    assert parse(b"// Written by a later version.\n" + table + b"\nfunction handler(e) { return e.request; }\n") == held


def test_a_policy_is_kept_as_a_text_that_a_person_can_read_and_octets_in_base64() -> None:
    text = source(
        {(HOST, PATH): Entry(content_type="text/plain", body=POLICY), (HOST, "/b"): Entry(content_type="text/plain", body=b"\xff")}
    )
    assert b'["text/plain","text","version: STSv1\\r\\nmode: none\\r\\nmax_age: 86400\\r\\n"]' in text
    assert b'["text/plain","base64","/w=="]' in text


def test_a_body_that_many_hosts_give_is_kept_once() -> None:
    held = {(f"mta-sts.{n}.example.com", PATH): Entry(content_type="text/plain", body=POLICY) for n in range(50)}
    assert source(held).count(b"version: STSv1") == 1


HELD = {
    (HOST, PATH): Entry(content_type="text/plain", body=POLICY),
    (HOST, "/octets"): Entry(content_type="image/png", body=b"\x00\xff\r\n"),
    (HOST, "/empty"): Entry(content_type="text/plain", body=b""),
    (HOST, "/big.svg"): IN_BUCKET,
    ("mta-sts.example.net", PATH): Entry(content_type="text/plain", body=b"other"),
}


def answered(method: str, host: str, path: str) -> tuple[int, str, bytes | None]:
    """Status, content type and body; no body is None."""
    request = {"method": method, "uri": path, "querystring": {}, "headers": {"host": {"value": host}}, "cookies": {}}
    ran = run(source(HELD), "cloudfront-js-2.0", {"version": "1.0", "context": {}, "viewer": {"ip": "192.0.2.1"}, "request": request})
    assert not ran.error, ran.error
    response = json.loads(ran.output)["response"]
    assert response["headers"]["cache-control"] == {"value": "max-age=60"}
    assert "location" not in response["headers"]
    assert ("allow" in response["headers"]) == (response["statusCode"] == 405)
    body = response.get("body")
    octets = None if body is None else base64.b64decode(body["data"]) if body["encoding"] == "base64" else body["data"].encode()
    return response["statusCode"], response["headers"]["content-type"]["value"], octets


@pytest.mark.parametrize(
    ("method", "host", "path", "expected"),
    [
        ("GET", HOST, PATH, (200, "text/plain", POLICY)),
        ("GET", "MTA-STS.Example.COM", PATH, (200, "text/plain", POLICY)),
        ("HEAD", HOST, PATH, (200, "text/plain", None)),
        ("GET", "mta-sts.example.net", PATH, (200, "text/plain", b"other")),
        ("GET", HOST, "/octets", (200, "image/png", b"\x00\xff\r\n")),
        ("GET", HOST, "/empty", (200, "text/plain", b"")),
        ("GET", HOST, "/", (404, "text/plain", b"not found\n")),
        ("HEAD", HOST, "/", (404, "text/plain", None)),
        ("GET", HOST, "/.well-known/mta-sts.txt/", (404, "text/plain", b"not found\n")),
        ("GET", HOST, "/.WELL-KNOWN/mta-sts.txt", (404, "text/plain", b"not found\n")),
        ("GET", "mta-sts.example.net", "/octets", (404, "text/plain", b"not found\n")),
        ("GET", "mta-sts.example.org", PATH, (404, "text/plain", b"not found\n")),
        ("GET", "constructor", "/", (404, "text/plain", b"not found\n")),
        ("GET", "__proto__", "/toString", (404, "text/plain", b"not found\n")),
        ("POST", HOST, PATH, (405, "text/plain", b"method not allowed\n")),
        ("PUT", HOST, "/big.svg", (405, "text/plain", b"method not allowed\n")),
        ("DELETE", HOST, PATH, (405, "text/plain", b"method not allowed\n")),
        ("OPTIONS", HOST, PATH, (405, "text/plain", b"method not allowed\n")),
        ("PATCH", "mta-sts.example.org", PATH, (405, "text/plain", b"method not allowed\n")),
    ],
)
def test_answers(method: str, host: str, path: str, expected: tuple[int, str, bytes | None]) -> None:
    assert answered(method, host, path) == expected


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_in_the_bucket_is_asked_for_there_under_its_host_name_and_path(method: str) -> None:
    request = {
        "method": method,
        "uri": "/big.svg",
        "querystring": {"a": {"value": "1"}},
        "headers": {"host": {"value": HOST}},
        "cookies": {},
    }
    ran = run(source(HELD), "cloudfront-js-2.0", {"version": "1.0", "context": {}, "viewer": {"ip": "192.0.2.1"}, "request": request})
    handed_on = json.loads(ran.output)["request"]
    assert (handed_on["uri"], handed_on["querystring"], handed_on["method"]) == (f"/{HOST}/big.svg", {}, method)
