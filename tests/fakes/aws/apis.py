"""How each of AWS's services talks: which operation a request is, its parameters, and what goes back, driven by botocore's models."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree as ET

import botocore.session
from botocore.model import OperationModel, ServiceModel, StructureShape
from typing_extensions import override

from tests.fakes.aws.calls import Answer, Refused
from tests.fakes.aws.shapes import told, violations
from tests.fakes.aws.wire import Malformed, from_json, from_text, from_xml, to_json, to_text, to_xml
from tests.fakes.service import Request, Response


@cache
def model(service: str) -> ServiceModel:
    """AWS's description of a service, as botocore has it."""
    return botocore.session.get_session().get_service_model(service)


class Api(ABC):
    """One service on the wire."""

    malformed = "MalformedXML"
    """The code where a request cannot be read."""
    invalid = "ValidationError"
    """The code where a request breaks what the model says."""
    unknown_key = ("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
    """Code, message and status where nobody has the key."""

    def __init__(self, service: str, operations: Mapping[str, object]) -> None:
        self.model = model(service)
        self.operations: Mapping[str, OperationModel] = {name: self.model.operation_model(name) for name in operations}

    @abstractmethod
    def operation(self, request: Request) -> str | None:
        """The name of the operation; None where it is none of those that there are."""

    def parameters(self, operation: str, request: Request) -> Mapping[str, Any]:
        """The parameters as boto3 took them. Raises Refused."""
        shape = self.operations[operation].input_shape
        assert shape is not None, "each operation here takes something"
        try:
            found = self.read(self.operations[operation], shape, request)
        except Malformed as e:
            raise Refused(self.malformed, str(e)) from None
        if wrong := list(violations(shape, found)):
            raise Refused(self.invalid, told(wrong))
        return found

    @abstractmethod
    def read(self, operation: OperationModel, shape: StructureShape, request: Request) -> dict[str, Any]:
        """The parameters, not yet checked. Raises Malformed."""

    def response(self, operation: str, answer: Answer) -> Response:
        """What goes back."""
        return answer if isinstance(answer, Response) else self.write(self.operations[operation], answer)

    @abstractmethod
    def write(self, operation: OperationModel, answer: Mapping[str, Any]) -> Response:
        """The answer on the wire."""

    @abstractmethod
    def error(self, refused: Refused, request: Request) -> Response:
        """The refusal on the wire."""


class JsonApi(Api):
    """JSON 1.1: ACM."""

    malformed = "SerializationException"
    invalid = "ValidationException"
    unknown_key = ("UnrecognizedClientException", "The security token included in the request is invalid.", 400)

    @override
    def operation(self, request: Request) -> str | None:
        prefix, _, name = request.headers.get("x-amz-target", "").partition(".")
        return name if prefix == self.model.metadata["targetPrefix"] and name in self.operations else None

    @override
    def read(self, operation: OperationModel, shape: StructureShape, request: Request) -> dict[str, Any]:
        try:
            body = json.loads(request.body)
        except ValueError as e:
            raise Malformed(str(e)) from None
        found: dict[str, Any] = from_json(shape, body)
        return found

    @override
    def write(self, operation: OperationModel, answer: Mapping[str, Any]) -> Response:
        body = b"" if operation.output_shape is None else json.dumps(to_json(operation.output_shape, answer)).encode()
        return Response(headers={"Content-Type": "application/x-amz-json-1.1"}, body=body)

    @override
    def error(self, refused: Refused, request: Request) -> Response:
        body = json.dumps({"__type": refused.code, "message": refused.message}).encode()
        return Response(status=refused.status, headers={"Content-Type": "application/x-amz-json-1.1"}, body=body)


class RestXmlApi(Api):
    """XML under paths: CloudFront, S3."""

    malformed = "MalformedInput"
    invalid = "MalformedXML"

    def __init__(self, service: str, operations: Mapping[str, object], *, namespace: str) -> None:
        super().__init__(service, operations)
        self.namespace = namespace
        # The more a URI says in its query, the earlier it is asked.
        self.routes = sorted(((_Route(model), name) for name, model in self.operations.items()), key=lambda route: -len(route[0].query))

    @override
    def operation(self, request: Request) -> str | None:
        return next((name for route, name in self.routes if route.labels(request) is not None), None)

    @override
    def read(self, operation: OperationModel, shape: StructureShape, request: Request) -> dict[str, Any]:
        found = {**dict(_located(shape, request, _Route(operation).labels(request) or {})), **_metadata(shape, request)}
        payload = shape.serialization.get("payload")
        if payload is None:
            has_body = any("location" not in member.serialization for member in shape.members.values())
            return found | (from_xml(shape, request.body) if has_body and request.body else {})
        member = shape.members[payload]
        if member.type_name == "blob":
            return found | {payload: request.body}
        if not request.body:
            return found
        return found | {payload: request.body.decode() if member.type_name == "string" else from_xml(member, request.body)}

    @override
    def write(self, operation: OperationModel, answer: Mapping[str, Any]) -> Response:
        status = operation.http.get("responseCode", 200)
        shape = operation.output_shape
        if shape is None:
            return Response(status=status)
        headers: dict[str, str] = {}
        inside: dict[str, Any] = {}
        for name, value in answer.items():
            member = shape.members[name]
            if member.serialization.get("location") == "headers":
                headers |= {f"{member.serialization['name']}{key}": text for key, text in value.items()}
            elif member.serialization.get("location") == "header":
                headers[member.serialization.get("name", name)] = to_text(member, value, in_header=True)
            else:
                inside[name] = value
        body = self._body(shape, inside)
        if body and "Content-Type" not in headers:
            headers["Content-Type"] = "text/xml"
        return Response(status=status, headers=headers, body=body)

    def _body(self, shape: StructureShape, inside: Mapping[str, Any]) -> bytes:
        payload = shape.serialization.get("payload")
        if payload is None:
            has_body = any("location" not in member.serialization for member in shape.members.values())
            return to_xml(shape, inside, shape.serialization.get("name", shape.name), self.namespace) if has_body else b""
        member = shape.members[payload]
        if member.type_name == "blob":
            content: bytes = inside.get(payload, b"")
            return content
        if member.type_name == "string":
            return str(inside[payload]).encode()
        return to_xml(member, inside[payload], member.serialization.get("name", payload), self.namespace)

    @override
    def error(self, refused: Refused, request: Request) -> Response:
        return _error(refused, request, self.namespace)


def _error(refused: Refused, request: Request, namespace: str) -> Response:
    root = ET.Element("ErrorResponse", {"xmlns": namespace})
    error = ET.SubElement(root, "Error")
    kind = "Sender" if refused.status < 500 else "Receiver"
    for name, text in {"Type": kind, "Code": refused.code, "Message": refused.message, **refused.more}.items():
        ET.SubElement(error, name).text = text
    ET.SubElement(root, "RequestId").text = f"request-{request.number}"
    return Response(status=refused.status, headers={"Content-Type": "text/xml"}, body=ET.tostring(root))


class _Route:
    """Method, path and query of an operation."""

    def __init__(self, operation: OperationModel) -> None:
        path, _, query = operation.http["requestUri"].partition("?")
        self.method = operation.http["method"]
        self.query = dict(parse_qsl(query, keep_blank_values=True))
        pieces = re.split(r"\{(\w+)(\+?)\}", path)
        pattern = "".join(
            re.escape(text) + (f"(?P<{label}>{'.+' if greedy else '[^/]+'})" if label else "")
            for text, label, greedy in zip(pieces[::3], [*pieces[1::3], ""], [*pieces[2::3], ""], strict=True)
        )
        self.path = re.compile(pattern + "/?" if pattern.endswith("[^/]+)") else pattern)
        shape = operation.input_shape
        self.optional = {
            member.serialization.get("name", name)
            for name, member in (shape.members.items() if shape else ())
            if member.serialization.get("location") == "querystring"
        }

    def labels(self, request: Request) -> dict[str, str] | None:
        """What stands for the labels of the path; None where the request is another operation."""
        found = self.path.fullmatch(request.path)
        if found is None or request.method != self.method:
            return None
        if any(request.query.get(name) != value for name, value in self.query.items()):
            return None
        if request.query.keys() - self.query.keys() - self.optional - {"x-id"}:
            return None
        return {label: unquote(text) for label, text in found.groupdict().items()}


def _located(shape: StructureShape, request: Request, labels: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for name, member in shape.members.items():
        at = member.serialization.get("name", name)
        places = {"uri": labels, "querystring": request.query, "header": request.headers}
        location = member.serialization.get("location", "")
        place = places.get(location, {})
        key = at.lower() if location == "header" else at
        if key in place:
            yield name, from_text(member, place[key])
        elif location == "header" and name in shape.required_members:
            yield name, ""  # the operation has its own words for it


def _metadata(shape: StructureShape, request: Request) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        if member.serialization.get("location") == "headers":
            prefix = member.serialization["name"].lower()
            values = {key.removeprefix(prefix): text for key, text in request.headers.items() if key.startswith(prefix)}
            found |= {name: values} if values else {}
    return found
