"""The security token service as the Route 53 fake has it, so that the keys of both fakes look alike."""

from urllib.parse import parse_qsl

from tests.fakes.aws.calls import Refused
from tests.fakes.route53 import refusal, sts, xml
from tests.fakes.service import Request, Response

OPERATIONS = ("AssumeRole", "GetCallerIdentity")


def operation(request: Request) -> str | None:
    """The name of the operation that a form asks for."""
    name = dict(parse_qsl(request.body.decode())).get("Action")
    return name if name in OPERATIONS else None


def answer(name: str, request: Request, tokens: dict[str, str], caller: str) -> Response:
    """Adds the key that it issues to `tokens`: session tokens by access key id. Raises Refused."""
    try:
        element = sts.answer(name, dict(parse_qsl(request.body.decode())), tokens, caller)
    except refusal.Refused as e:
        raise Refused(e.code, e.message, e.status) from None
    return Response(headers={"Content-Type": "text/xml"}, body=xml.written(element, sts.NAMESPACE))
