"""CloudFront functions in Node: the language that there is, and what may come back."""

import json
from typing import Any

import pytest

from tests.fakes.aws.javascript import run

EVENT: dict[str, Any] = {
    "version": "1.0",
    "context": {"distributionDomainName": "d111111abcdef8.cloudfront.net", "eventType": "viewer-request"},
    "viewer": {"ip": "192.0.2.1"},
    "request": {
        "method": "GET",
        "uri": "/a",
        "querystring": {},
        "headers": {"host": {"value": "mta-sts.example.com"}},
        "cookies": {},
    },
}


def tried(body: str, runtime: str = "cloudfront-js-2.0") -> Any:
    """What comes back from a handler with this body: its output decoded, or the error."""
    ran = run(f"function handler(event) {{ {body} }}".encode(), runtime, EVENT)
    return json.loads(ran.output) if ran.output else ran.error


RETURNS: dict[str, tuple[str, dict[str, Any]]] = {
    "the request": ("return event.request;", {"request": EVENT["request"]}),
    "another request": (
        "event.request.uri = '/b'; event.request.headers['x-a'] = {value: '1'}; return event.request;",
        {"request": {**EVENT["request"], "uri": "/b", "headers": {"host": {"value": "mta-sts.example.com"}, "x-a": {"value": "1"}}}},
    ),
    "a status": ("return {statusCode: 404};", {"response": {"statusCode": 404, "headers": {}, "cookies": {}}}),
    "a text": (
        "return {statusCode: 200, statusDescription: 'OK', headers: {'content-type': {value: 'text/plain'}}, body: 'a'};",
        {
            "response": {
                "statusCode": 200,
                "statusDescription": "OK",
                "headers": {"content-type": {"value": "text/plain"}},
                "cookies": {},
                "body": "a",
            }
        },
    ),
    "octets": (
        "return {statusCode: 200, body: {encoding: 'base64', data: 'AP8='}};",
        {"response": {"statusCode": 200, "headers": {}, "cookies": {}, "body": {"encoding": "base64", "data": "AP8="}}},
    ),
    "from a constant, an arrow and a template": (
        "const f = (...all) => `${all.length}`; let n = 2 ** 3; return {statusCode: 200, body: f(n, n)};",
        {"response": {"statusCode": 200, "headers": {}, "cookies": {}, "body": "2"}},
    ),
}


@pytest.mark.parametrize("name", RETURNS)
def test_a_function_returns(name: str) -> None:
    body, expected = RETURNS[name]
    assert tried(body) == expected


def test_a_function_may_wait() -> None:
    ran = run(
        b"async function handler(event) { const a = await Promise.resolve('/c'); event.request.uri = a; return event.request; }",
        "cloudfront-js-2.0",
        EVENT,
    )
    assert json.loads(ran.output)["request"]["uri"] == "/c"


def test_calls_share_nothing() -> None:
    body = "globalThis.seen = (globalThis.seen || 0) + 1; return {statusCode: 200, body: String(globalThis.seen)};"
    assert [tried(body)["response"]["body"] for _ in range(2)] == ["1", "1"]


NOT_RUN = "The CloudFront function associated with the CloudFront distribution is invalid or could not run. "
NOT_SUPPORTED = {
    "a class": ("class A {} return event.request;", "ClassDeclaration"),
    "for of": ("for (var a of [1]) {} return event.request;", "ForOfStatement"),
    "taking an object apart": ("const {request} = event; return request;", "ObjectPattern"),
    "taking a list apart": ("const [a] = [event.request]; return a;", "ArrayPattern"),
    "spreading": ("return Object.assign(...[event.request]);", "SpreadElement"),
    "a default": ("var f = function (a = 1) {}; return event.request;", "AssignmentPattern"),
    "a chain that may break": ("return event?.request;", "ChainExpression"),
    "a value for nothing": ("return event.request ?? 1;", "??"),
    "a generator": ("var f = function* () {}; return event.request;", "function*"),
    "a big number": ("var a = 1n; return event.request;", "BigInt"),
    "a short property": ("var statusCode = 200; return {statusCode};", "a property without a name and a value"),
    "a catch without a name": ("try { a; } catch { return event.request; }", "catch without a parameter"),
}


@pytest.mark.parametrize("name", NOT_SUPPORTED)
def test_the_language_is_not_that_of_node(name: str) -> None:
    body, found = NOT_SUPPORTED[name]
    assert tried(body) == f'{NOT_RUN}SyntaxError: Token "{found}" not supported in this version'


@pytest.mark.parametrize("statement", ["const a = 1;", "let a = 1;"])
def test_the_older_runtime_has_less(statement: str) -> None:
    body = f"{statement} return event.request;"
    assert tried(body) == {"request": EVENT["request"]}
    assert (
        tried(body, "cloudfront-js-1.0") == f'{NOT_RUN}SyntaxError: Token "{statement.split(maxsplit=1)[0]}" not supported in this version'
    )


NOT_THERE = {
    "modules": ("require('fs');", "ReferenceError: require is not defined"),
    "timers": ("setTimeout(handler, 1);", "ReferenceError: setTimeout is not defined"),
    "processes": ("process.exit();", "ReferenceError: process is not defined"),
    "the network": ("fetch('https://example.com');", "ReferenceError: fetch is not defined"),
    "maps": ("new Map();", "ReferenceError: Map is not defined"),
    "code from texts": ("eval('1');", "EvalError: Code generation from strings disallowed for this context"),
    "undeclared variables": ("a = 1;", "ReferenceError: a is not defined"),
    "endless loops": ("while (true) {}", "Error: Script execution timed out after 2000ms"),
}


@pytest.mark.parametrize("name", NOT_THERE)
def test_there_is_less_than_in_node(name: str) -> None:
    body, words = NOT_THERE[name]
    assert tried(f"{body} return event.request;") == NOT_RUN + words


def test_a_function_that_never_answers_is_given_up() -> None:
    ran = run(b"async function handler(event) { await new Promise(function () {}); }", "cloudfront-js-2.0", EVENT)
    assert ran.error == f"{NOT_RUN}Error: the function takes too long"


@pytest.mark.parametrize("code", [b"export { handler };", b"function handler(event) {", b"\xff"])
def test_what_is_no_script_does_not_run(code: bytes) -> None:
    assert run(code, "cloudfront-js-2.0", EVENT).error.startswith(f"{NOT_RUN}SyntaxError: ")


def test_a_script_without_a_handler_does_not_run() -> None:
    assert run(b"var a = 1;", "cloudfront-js-2.0", EVENT).error == f"{NOT_RUN}ReferenceError: handler is not defined"


NOT_VALID = "The CloudFront function returned an invalid value: "
INVALID = {
    "nothing": ("return null;", "a request or a response must be returned."),
    "a text": ("return 'a';", "a request or a response must be returned."),
    "another method": ("event.request.method = 'POST'; return event.request;", "request.method is read-only."),
    "a path without a slash": ("event.request.uri = 'a'; return event.request;", "request.uri must begin with /."),
    "another host": (
        "event.request.headers.host = {value: 'example.net'}; return event.request;",
        "request.headers contains host, which is read-only.",
    ),
    "a status that is a text": ("return {statusCode: '200'};", "response.statusCode must be an integer between 100 and 599."),
    "a status that there is not": ("return {statusCode: 600};", "response.statusCode must be an integer between 100 and 599."),
    "a header in upper case": (
        "return {statusCode: 200, headers: {'Content-Type': {value: 'text/plain'}}};",
        "response.headers must have header names in lower case.",
    ),
    "a header that is a text": (
        "return {statusCode: 200, headers: {'content-type': 'text/plain'}};",
        "response.headers must have an object with a string in value for content-type.",
    ),
    "a header that is a number": (
        "return {statusCode: 200, headers: {age: {value: 1}}};",
        "response.headers must have an object with a string in value for age.",
    ),
    "a header that is CloudFront's": (
        "return {statusCode: 200, headers: {'x-cache': {value: 'a'}}};",
        "response.headers contains x-cache, which functions cannot add.",
    ),
    "the length": (
        "return {statusCode: 200, headers: {'content-length': {value: '1'}}};",
        "response.headers contains content-length, which is read-only.",
    ),
    "an encoding that there is not": (
        "return {statusCode: 200, body: {encoding: 'utf-8', data: 'a'}};",
        "response.body.encoding must be text or base64.",
    ),
    "a body without data": ("return {statusCode: 200, body: {encoding: 'text'}};", "response.body must have a string in data."),
    "no base64": ("return {statusCode: 200, body: {encoding: 'base64', data: 'a'}};", "response.body.data is not valid base64."),
}


@pytest.mark.parametrize("name", INVALID)
def test_what_comes_back_is_checked(name: str) -> None:
    body, words = INVALID[name]
    assert tried(body) == NOT_VALID + words


def test_memory_has_an_end() -> None:
    body = "return {{statusCode: 200, body: {{encoding: 'text', data: 'x'.repeat({})}}}};"
    assert len(tried(body.format(2 * 1024 * 1024))["response"]["body"]["data"]) == 2 * 1024 * 1024
    assert tried(body.format(2 * 1024 * 1024 + 1)) == f"{NOT_RUN}RangeError: memory limit exceeded"
