"""The fake of CloudFront Functions, asked by the real SDK: stages, versions, what is refused."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.aws import Aws
from tests.fakes.aws.apis import model
from tests.fakes.aws.sdk import HELLO, PASS, Clients, config, connected, created, distribution, message, published, refusal

ARN = "arn:aws:cloudfront::111122223333:function/answers"
CONFIG: Any = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
EVENT = {
    "version": "1.0",
    "context": {"eventType": "viewer-request"},
    "viewer": {"ip": "192.0.2.1"},
    "request": {"method": "GET", "uri": "/a", "querystring": {}, "headers": {"host": {"value": "example.com"}}, "cookies": {}},
}


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def sdk(aws: Aws) -> Iterator[Clients]:
    with connected(aws) as found:
        yield found


def described(sdk: Clients, stage: Any = "DEVELOPMENT") -> Any:
    return sdk.cloudfront.describe_function(Name="answers", Stage=stage)


def code(sdk: Clients, stage: Any) -> bytes:
    return sdk.cloudfront.get_function(Name="answers", Stage=stage)["FunctionCode"].read()


def test_a_new_function_is_in_development(aws: Aws, sdk: Clients) -> None:
    made = sdk.cloudfront.create_function(
        Name="answers", FunctionConfig={"Comment": "for <us>", "Runtime": "cloudfront-js-2.0"}, FunctionCode=HELLO
    )
    summary = made["FunctionSummary"]
    assert made["ETag"] == described(sdk)["ETag"] == aws.functions["answers"].development.etag
    assert (summary["Name"], summary["Status"]) == ("answers", "UNPUBLISHED")
    assert summary["FunctionConfig"] == {"Comment": "for <us>", "Runtime": "cloudfront-js-2.0"}
    assert (summary["FunctionMetadata"]["FunctionARN"], summary["FunctionMetadata"].get("Stage")) == (ARN, "DEVELOPMENT")
    assert code(sdk, "DEVELOPMENT") == HELLO
    assert refusal(sdk.cloudfront.get_function, Name="answers", Stage="LIVE") == ("NoSuchFunctionExists", 404)


def test_publishing_makes_the_code_live_and_gives_live_a_version_of_its_own(aws: Aws, sdk: Clients) -> None:
    etag = created(sdk.cloudfront)
    assert sdk.cloudfront.publish_function(Name="answers", IfMatch=etag)["FunctionSummary"]["Status"] == "UNASSOCIATED"
    assert (code(sdk, "DEVELOPMENT"), code(sdk, "LIVE")) == (HELLO, HELLO)
    assert described(sdk)["ETag"] == etag != described(sdk, "LIVE")["ETag"]
    changed = sdk.cloudfront.update_function(Name="answers", IfMatch=etag, FunctionConfig=CONFIG, FunctionCode=PASS)
    assert changed["ETag"] not in {etag, described(sdk, "LIVE")["ETag"]}
    assert changed["FunctionSummary"]["Status"] == "UNPUBLISHED"
    assert (code(sdk, "DEVELOPMENT"), code(sdk, "LIVE")) == (PASS, HELLO)
    live = aws.functions["answers"].live
    assert live is not None
    assert live.code == HELLO


def test_what_is_live_already_is_not_published_again(aws: Aws, sdk: Clients) -> None:
    published(sdk.cloudfront)
    etag, live = described(sdk)["ETag"], aws.functions["answers"].live
    assert refusal(sdk.cloudfront.publish_function, Name="answers", IfMatch=etag) == ("PreconditionFailed", 412)
    assert aws.functions["answers"].live is live
    etag = sdk.cloudfront.update_function(Name="answers", IfMatch=etag, FunctionConfig=CONFIG, FunctionCode=HELLO)["ETag"]
    sdk.cloudfront.publish_function(Name="answers", IfMatch=etag)


def test_a_function_that_a_distribution_has_is_deployed_and_stays(sdk: Clients) -> None:
    distribution(sdk.cloudfront, config(function=published(sdk.cloudfront)))
    assert [described(sdk, stage)["FunctionSummary"]["Status"] for stage in ("DEVELOPMENT", "LIVE")] == ["DEPLOYED", "DEPLOYED"]
    assert refusal(sdk.cloudfront.delete_function, Name="answers", IfMatch=described(sdk)["ETag"]) == ("FunctionInUse", 409)


def test_a_function_that_nobody_has_goes(aws: Aws, sdk: Clients) -> None:
    etag = created(sdk.cloudfront)
    sdk.cloudfront.delete_function(Name="answers", IfMatch=etag)
    assert aws.functions == {}
    assert refusal(sdk.cloudfront.describe_function, Name="answers") == ("NoSuchFunctionExists", 404)


def test_a_list_has_an_entry_for_each_stage(sdk: Clients) -> None:
    published(sdk.cloudfront, "b")
    created(sdk.cloudfront, "a")

    def listed(**asked: Any) -> list[tuple[str, str]]:
        found = sdk.cloudfront.list_functions(**asked)["FunctionList"].get("Items", [])
        return [(item["Name"], item["FunctionMetadata"].get("Stage", "")) for item in found]

    assert listed() == [("a", "DEVELOPMENT"), ("b", "DEVELOPMENT"), ("b", "LIVE")]
    assert listed(Stage="LIVE") == [("b", "LIVE")]
    assert listed(MaxItems="1") == [("a", "DEVELOPMENT")]
    page: Any = sdk.cloudfront.list_functions(MaxItems="2")["FunctionList"]
    assert listed(Marker=page["NextMarker"]) == [("b", "LIVE")]


def test_tags_of_a_function(sdk: Clients) -> None:
    sdk.cloudfront.create_function(Name="answers", FunctionConfig=CONFIG, FunctionCode=HELLO, Tags={"Items": [{"Key": "a", "Value": "b"}]})
    assert sdk.cloudfront.list_tags_for_resource(Resource=ARN)["Tags"] == {"Items": [{"Key": "a", "Value": "b"}]}


# ---------------------------------------------------------------------------------------------------- trial runs


def test_a_trial_runs_the_code_of_the_stage_that_is_asked_for(sdk: Clients) -> None:
    live = published(sdk.cloudfront, code=b"function handler(event) { console.log('old', {a: 1}); return {statusCode: 404}; }")
    assert live == ARN
    etag = sdk.cloudfront.update_function(Name="answers", IfMatch=described(sdk)["ETag"], FunctionConfig=CONFIG, FunctionCode=PASS)["ETag"]
    event = json.dumps(EVENT).encode()
    tried = sdk.cloudfront.test_function(Name="answers", IfMatch=etag, Stage="DEVELOPMENT", EventObject=event)["TestResult"]
    assert (json.loads(tried["FunctionOutput"]), tried["FunctionErrorMessage"]) == ({"request": EVENT["request"]}, "")
    tried = sdk.cloudfront.test_function(Name="answers", IfMatch=described(sdk, "LIVE")["ETag"], Stage="LIVE", EventObject=event)[
        "TestResult"
    ]
    assert json.loads(tried["FunctionOutput"]) == {"response": {"statusCode": 404, "headers": {}, "cookies": {}}}
    assert tried["FunctionExecutionLogs"] == ['old {"a":1}']


def test_a_trial_that_fails_is_an_answer_and_no_error(sdk: Clients) -> None:
    etag = created(sdk.cloudfront, code=b"function handler(event) { return undeclared; }")
    tried = sdk.cloudfront.test_function(Name="answers", IfMatch=etag, EventObject=json.dumps(EVENT).encode())["TestResult"]
    assert tried["FunctionOutput"] == ""
    assert tried["FunctionErrorMessage"] == (
        "The CloudFront function associated with the CloudFront distribution is invalid or could not run. "
        "ReferenceError: undeclared is not defined"
    )


# ---------------------------------------------------------------------------------------------------- refusals

STALE = "E00000000000000"
WRONG: Any = {"Comment": "", "Runtime": "cloudfront-js-3.0"}
REFUSED: dict[str, tuple[str, dict[str, Any], tuple[str, int]]] = {
    "a name that is taken": (
        "create_function",
        {"Name": "answers", "FunctionConfig": CONFIG, "FunctionCode": HELLO},
        ("FunctionAlreadyExists", 409),
    ),
    "10,241 octets": (
        "create_function",
        {"Name": "b", "FunctionConfig": CONFIG, "FunctionCode": b"x" * 10_241},
        ("FunctionSizeLimitExceeded", 413),
    ),
    "an empty text": ("create_function", {"Name": "b", "FunctionConfig": CONFIG, "FunctionCode": b""}, ("MalformedXML", 400)),
    "a name with a space": ("create_function", {"Name": "b c", "FunctionConfig": CONFIG, "FunctionCode": HELLO}, ("MalformedXML", 400)),
    "a runtime that there is not": (
        "create_function",
        {"Name": "b", "FunctionConfig": WRONG, "FunctionCode": HELLO},
        ("MalformedXML", 400),
    ),
    "no comment": (
        "create_function",
        {"Name": "b", "FunctionConfig": {"Runtime": "cloudfront-js-2.0"}, "FunctionCode": HELLO},
        ("MalformedXML", 400),
    ),
    "no code": ("create_function", {"Name": "b", "FunctionConfig": CONFIG}, ("MalformedXML", 400)),
    "a change of an older version": (
        "update_function",
        {"Name": "answers", "IfMatch": STALE, "FunctionConfig": CONFIG, "FunctionCode": PASS},
        ("PreconditionFailed", 412),
    ),
    "a change of no version": (
        "update_function",
        {"Name": "answers", "FunctionConfig": CONFIG, "FunctionCode": PASS},
        ("InvalidIfMatchVersion", 400),
    ),
    "a change to a longer text": (
        "update_function",
        {"Name": "answers", "IfMatch": "current", "FunctionConfig": CONFIG, "FunctionCode": b"x" * 10_241},
        ("FunctionSizeLimitExceeded", 413),
    ),
    "a change of what there is not": (
        "update_function",
        {"Name": "b", "IfMatch": STALE, "FunctionConfig": CONFIG, "FunctionCode": PASS},
        ("NoSuchFunctionExists", 404),
    ),
    "to publish an older version": ("publish_function", {"Name": "answers", "IfMatch": STALE}, ("PreconditionFailed", 412)),
    "to publish no version": ("publish_function", {"Name": "answers", "IfMatch": "x y"}, ("InvalidIfMatchVersion", 400)),
    "to publish what there is not": ("publish_function", {"Name": "b", "IfMatch": STALE}, ("NoSuchFunctionExists", 404)),
    "to try an older version": (
        "test_function",
        {"Name": "answers", "IfMatch": STALE, "EventObject": b"{}"},
        ("InvalidIfMatchVersion", 400),
    ),
    "to try with no event": ("test_function", {"Name": "answers", "IfMatch": "current", "EventObject": b"{"}, ("InvalidArgument", 400)),
    "to try with half an event": (
        "test_function",
        {"Name": "answers", "IfMatch": "current", "EventObject": b'{"version": "1.0", "request": {"uri": "/"}}'},
        ("InvalidArgument", 400),
    ),
    "to try a stage that there is not": (
        "test_function",
        {"Name": "answers", "IfMatch": "current", "Stage": "LIVE", "EventObject": json.dumps(EVENT).encode()},
        ("NoSuchFunctionExists", 404),
    ),
    "to delete an older version": ("delete_function", {"Name": "answers", "IfMatch": STALE}, ("PreconditionFailed", 412)),
    "to delete no version": ("delete_function", {"Name": "answers"}, ("InvalidIfMatchVersion", 400)),
    "to delete what there is not": ("delete_function", {"Name": "b", "IfMatch": STALE}, ("NoSuchFunctionExists", 404)),
    "to see what there is not": ("describe_function", {"Name": "b"}, ("NoSuchFunctionExists", 404)),
    "a stage that there is not": ("describe_function", {"Name": "answers", "Stage": "TEST"}, ("MalformedXML", 400)),
    "a page of no size": ("list_functions", {"MaxItems": "many"}, ("InvalidArgument", 400)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_cloudfront_refuses(aws: Aws, sdk: Clients, name: str) -> None:
    etag = created(sdk.cloudfront)
    operation, asked, expected = REFUSED[name]
    if asked.get("IfMatch") == "current":
        asked = {**asked, "IfMatch": etag}
    assert refusal(getattr(sdk.cloudfront, operation), **asked) == expected
    assert list(aws.functions) == ["answers"]
    assert aws.functions["answers"].development.etag == etag
    assert aws.functions["answers"].live is None


def test_codes_are_those_that_the_model_has_for_the_operation(sdk: Clients) -> None:
    names = {operation: sdk.cloudfront.meta.method_to_api_mapping[operation] for operation, _, _ in REFUSED.values()}
    known = {
        operation: {error.name for error in model("cloudfront").operation_model(name).error_shapes} for operation, name in names.items()
    }
    found = {(operation, code) for operation, _, (code, _) in REFUSED.values() if code != "MalformedXML"}
    assert {(operation, code) for operation, code in found if code not in known[operation]} == set()


def test_quotas_of_functions(aws: Aws, sdk: Clients) -> None:
    aws.quotas["functions"] = 1
    created(sdk.cloudfront)
    asked: Any = {"Name": "b", "FunctionConfig": CONFIG, "FunctionCode": HELLO}
    assert refusal(sdk.cloudfront.create_function, **asked) == ("TooManyFunctions", 400)
    aws.quotas |= {"functions": 2, "function size": len(HELLO) - 1}
    assert refusal(sdk.cloudfront.create_function, **asked) == ("FunctionSizeLimitExceeded", 413)
    aws.quotas["function size"] = len(HELLO)
    sdk.cloudfront.create_function(**asked)


def test_the_words_are_those_of_the_service(sdk: Clients) -> None:
    asked: Any = {"Name": "b", "FunctionConfig": WRONG, "FunctionCode": HELLO}
    assert message(sdk.cloudfront.create_function, **asked) == (
        "1 validation error detected: Value 'cloudfront-js-3.0' at 'functionConfig.runtime' failed to satisfy constraint: "
        "Member must satisfy enum value set: [cloudfront-js-1.0, cloudfront-js-2.0]"
    )
