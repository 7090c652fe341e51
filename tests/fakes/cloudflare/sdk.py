"""The official SDK, set to take nothing that its models do not describe, and short ways to what tests of the service ask of it."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

import cloudflare
from tests.fakes.cloudflare import environment


@contextmanager
def strict_client(url: str, token: str | None = None) -> Iterator[cloudflare.Cloudflare]:
    """A client of the service at `url` that tries nothing twice."""
    settings = environment(url)
    with cloudflare.Cloudflare(
        api_token=token or settings["CLOUDFLARE_API_TOKEN"],
        base_url=settings["CLOUDFLARE_BASE_URL"],
        max_retries=0,
        # Without the certificates of the system, which would be read for each client.
        http_client=cloudflare.DefaultHttpxClient(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)),
        _strict_response_validation=True,
    ) as client:
        yield client


def create(client: cloudflare.Cloudflare, zone_id: str, body: Mapping[str, Any]) -> None:
    """Asks for a record, whatever its fields are."""
    client.post(f"/zones/{zone_id}/dns_records", cast_to=object, body=body)


def refused(call: Callable[[], object]) -> tuple[int, int, str]:
    """Status, code and message that a call is refused with."""
    with pytest.raises(cloudflare.APIStatusError) as caught:
        call()
    body = caught.value.body
    assert isinstance(body, dict)
    assert (body["success"], body["result"], body["messages"], len(body["errors"])) == (False, None, [], 1)
    return caught.value.status_code, body["errors"][0]["code"], body["errors"][0]["message"]
