"""How S3 talks: the bucket in the path or in the host name, checksums, errors of its own kind."""

import base64
import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

from typing_extensions import override

from tests.fakes.aws.apis import RestXmlApi
from tests.fakes.aws.calls import Answer, Refused
from tests.fakes.aws.s3.buckets import NAMESPACE
from tests.fakes.service import Request, Response

_CHECKSUMS: Mapping[str, Callable[[bytes], bytes]] = {
    "content-md5": lambda body: hashlib.md5(body, usedforsecurity=False).digest(),
    "x-amz-checksum-crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "x-amz-checksum-sha1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "x-amz-checksum-sha256": lambda body: hashlib.sha256(body).digest(),
}


class S3Api(RestXmlApi):
    """S3 on the wire."""

    malformed = "MalformedXML"
    invalid = "InvalidArgument"
    unknown_key = ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403)

    def __init__(self, operations: Mapping[str, object]) -> None:
        super().__init__("s3", operations, namespace=NAMESPACE)

    @override
    def operation(self, request: Request) -> str | None:
        return super().operation(_in_path(request))

    @override
    def parameters(self, operation: str, request: Request) -> Mapping[str, Any]:
        given = [name for name in request.headers if name == "content-md5" or re.match("x-amz-checksum-[^m]", name)]
        if not given and self.operations[operation].http_checksum.get("requestChecksumRequired"):
            raise Refused("InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
        for name in given:
            if name not in _CHECKSUMS:
                raise Refused(
                    "NotImplemented", "A header you provided implies functionality that is not implemented", 501, {"Header": name}
                )
            if base64.b64encode(_CHECKSUMS[name](request.body)).decode() != request.headers[name]:
                raise Refused("BadDigest", "The checksum you specified did not match what we received.")
        return super().parameters(operation, _in_path(request))

    @override
    def response(self, operation: str, answer: Answer) -> Response:
        # The server leaves the body of an answer to HEAD away, and says how long it is.
        return super().response("GetObject" if operation == "HeadObject" else operation, answer)

    @override
    def error(self, refused: Refused, request: Request) -> Response:
        root = ET.Element("Error")
        for name, text in {"Code": refused.code, "Message": refused.message, **refused.more}.items():
            ET.SubElement(root, name).text = text
        ET.SubElement(root, "RequestId").text = f"request-{request.number}"
        region = {"x-amz-bucket-region": refused.more["Region"]} if "Region" in refused.more else {}
        return Response(status=refused.status, headers={"Content-Type": "application/xml", **region}, body=ET.tostring(root))


def _in_path(request: Request) -> Request:
    """The request with its bucket in the path."""
    host = re.fullmatch(r"(.+?)\.(?:s3[.-][^:]*amazonaws\.com|localhost)(?::\d+)?", request.headers.get("host", ""))
    return request if host is None else replace(request, path=f"/{host[1]}{request.path}")
