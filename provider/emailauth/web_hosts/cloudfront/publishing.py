"""Functions: made, and their text changed by compare and swap.

A function has two stages. What is in DEVELOPMENT is tested and then published, which copies it to LIVE. Only DEVELOPMENT has a version that a
change can name, and so a change of LIVE goes in this order: write DEVELOPMENT, after which nobody can publish what they wrote there
before; see that LIVE is still what this was made from; publish what was written.
"""

import json
from typing import TYPE_CHECKING, Any, Final

from emailauth.core.errors import ConflictError, CouldNotDoError
from emailauth.vendors.aws.errors import Refused
from emailauth.web_hosts.cloudfront.function import Entry, source
from emailauth.web_hosts.cloudfront.reading import live_code
from emailauth.web_hosts.cloudfront.session import Aws
from emailauth.web_hosts.cloudfront.state import COMMENT, Function, Site

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.type_defs import FunctionConfigTypeDef

_CONFIG: "Final[FunctionConfigTypeDef]" = {"Comment": COMMENT, "Runtime": "cloudfront-js-2.0"}
_ANOTHER_VERSION: Final = frozenset({"PreconditionFailed", "InvalidIfMatchVersion"})
_NO_FILES: Final = source({})


def create(aws: Aws, name: str) -> Function:
    """Makes and publishes a function that answers 404; twice makes one. Raises `CouldNotDoError`."""
    try:
        aws.call(
            lambda: aws.cloudfront.create_function(Name=name, FunctionConfig=_CONFIG, FunctionCode=_NO_FILES),
            f"make the function {name}",
            {"FunctionAlreadyExists"},
        )
    except Refused as e:
        code, _ = _development(aws, name)
        if code != _NO_FILES:
            raise ConflictError(f"somebody else has made the function {name} meanwhile: plan again") from e
    return publish_empty(aws, name)


def publish_empty(aws: Aws, name: str) -> Function:
    """Publishes a function that was just made. Raises `CouldNotDoError`."""
    described = aws.call(lambda: aws.cloudfront.describe_function(Name=name, Stage="DEVELOPMENT"), f"read the function {name}")
    metadata = described["FunctionSummary"]["FunctionMetadata"]
    _publish(aws, name, described["ETag"], _NO_FILES)
    created = metadata.get("CreatedTime", metadata["LastModifiedTime"])
    return Function(arn=metadata["FunctionARN"], created=created, code=_NO_FILES)


def replace(aws: Aws, name: str, *, before: bytes, after: bytes, probe: tuple[str, str], expected: Entry | None) -> None:
    """Publishes another text; `expected` is what it must answer for the host name and path of `probe` when it is tested.

    Raises `ConflictError` where what is live is neither of both, and `CouldNotDoError`.
    """
    etag = _written(aws, name, after)
    live = live_code(aws, name)
    if live == after:
        return
    if live != before:
        raise _changed_meanwhile(name)
    _test(aws, name, etag, probe, expected)
    _publish(aws, name, etag, after)


def delete(aws: Aws, site: Site) -> None:
    """Deletes the function of a site whose distribution is gone; twice is no error. Raises `CouldNotDoError`."""
    try:
        _, etag = _development(aws, site.name)
        aws.call(
            lambda: aws.cloudfront.delete_function(Name=site.name, IfMatch=etag),
            f"delete the function {site.name}",
            {"NoSuchFunctionExists", *_ANOTHER_VERSION},
        )
    except Refused as e:
        if e.code != "NoSuchFunctionExists":
            raise _changed_meanwhile(site.name) from None


def _development(aws: Aws, name: str) -> tuple[bytes, str]:
    """The text in DEVELOPMENT and its version. Raises `Refused` where the function is not there."""

    def read() -> tuple[bytes, str]:
        answer = aws.cloudfront.get_function(Name=name, Stage="DEVELOPMENT")
        return answer["FunctionCode"].read(), answer["ETag"]

    return aws.call(read, f"read the function {name}", {"NoSuchFunctionExists"})


def _written(aws: Aws, name: str, code: bytes) -> str:
    """Writes DEVELOPMENT and returns its version."""
    try:
        found, etag = _development(aws, name)
        if found == code:
            return etag
        return aws.call(
            lambda: aws.cloudfront.update_function(Name=name, IfMatch=etag, FunctionConfig=_CONFIG, FunctionCode=code),
            f"update the function {name}",
            _ANOTHER_VERSION,
        )["ETag"]
    except Refused as e:
        if e.code in _ANOTHER_VERSION:  # by somebody else, or by this very call, whose answer was lost
            found, etag = _development(aws, name)
            if found == code:
                return etag
        raise _changed_meanwhile(name) from None


def _publish(aws: Aws, name: str, etag: str, code: bytes) -> None:
    """CloudFront refuses to publish what is published: then that is what is live."""
    try:
        aws.call(
            lambda: aws.cloudfront.publish_function(Name=name, IfMatch=etag),
            f"publish the function {name}",
            {"NoSuchFunctionExists", *_ANOTHER_VERSION},
        )
    except Refused:
        if live_code(aws, name) != code:
            raise _changed_meanwhile(name) from None


def _test(aws: Aws, name: str, etag: str, probe: tuple[str, str], expected: Entry | None) -> None:
    host, path = probe
    request = {"method": "GET", "uri": path, "querystring": {}, "headers": {"host": {"value": host}}, "cookies": {}}
    event = {"version": "1.0", "context": {"eventType": "viewer-request"}, "viewer": {"ip": "192.0.2.1"}, "request": request}
    try:
        result = aws.call(
            lambda: aws.cloudfront.test_function(Name=name, IfMatch=etag, Stage="DEVELOPMENT", EventObject=json.dumps(event).encode()),
            f"test the function {name}",
            {"NoSuchFunctionExists", *_ANOTHER_VERSION},
        )["TestResult"]
    except Refused:
        raise _changed_meanwhile(name) from None
    output = _decoded(result.get("FunctionOutput", ""))
    answer = output.get("response", {}).get("statusCode") if "response" in output else output.get("request", {}).get("uri")
    wanted = 404 if expected is None else f"/{host}{path}" if expected.body is None else 200
    if answer != wanted:
        said = result.get("FunctionErrorMessage") or f"answered {answer!r} and not {wanted!r}"
        raise CouldNotDoError(f"the function {name} was not published, for its test with https://{host}{path} failed: {said}")


def _decoded(output: str) -> Any:
    try:
        return json.loads(output)
    except ValueError:
        return {}


def _changed_meanwhile(name: str) -> ConflictError:
    return ConflictError(f"somebody else changes the CloudFront function {name} at the same time: plan again")
