"""What CloudFront's resources have in common: versions, ids, tags, pages."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.fakes.aws.calls import Call, Refused, page

NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
TAGS = 50


class Counter:
    """Makes ids and ETags, each once, and the same in each run."""

    def __init__(self) -> None:
        self._made = 0

    def id(self, first: str = "E") -> str:
        """14 characters."""
        self._made += 1
        digest = hashlib.sha256(f"{first} {self._made}".encode()).digest()
        return first + base64.b32encode(digest).decode()[:13]


def check_version(call: Call, etag: str, *, stale: bool = True) -> None:
    """Refuses what is meant for another version than the one there is; `stale`: whether the operation tells old from wrong."""
    given = call.asked.get("IfMatch")
    if given is None or not re.fullmatch(r"E[A-Z0-9]{1,20}", given) or (given != etag and not stale):
        raise Refused("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
    if given != etag:
        raise stale_version()


def stale_version() -> Refused:
    """It is meant for an older version."""
    message = "The request failed because it didn't meet the preconditions in one or more request-header fields."
    return Refused("PreconditionFailed", message, 412)


def check_quantities(value: Any) -> None:
    """Refuses a list whose Quantity is not its length."""
    if isinstance(value, Mapping):
        if "Quantity" in value and value["Quantity"] != len(value.get("Items", ())):
            raise Refused("InconsistentQuantities", "The value of Quantity and the size of Items don't match.")
        for item in value.values():
            check_quantities(item)
    elif isinstance(value, list):
        for item in value:
            check_quantities(item)


def listed(items: Iterable[Any]) -> dict[str, Any]:
    """The items in CloudFront's own manner; without Items where there are none."""
    found = list(items)
    return {"Quantity": len(found), "Items": found} if found else {"Quantity": 0}


def list_page(call: Call, items: Sequence[Any], keys: Sequence[str], largest: int, *, truncated: bool = True) -> dict[str, Any]:
    """A page as the operations that list give it; `truncated`: whether they say Marker and IsTruncated."""
    if not call.asked.get("MaxItems", "1").isdigit():
        raise Refused("InvalidArgument", "The parameter MaxItems is not valid.")
    size = min(int(call.asked.get("MaxItems", largest)), largest)
    chosen = page(list(items), list(keys), call.asked.get("Marker"), size)
    found = {"MaxItems": size, **listed(chosen.items)}
    if chosen.marker is not None:
        found["NextMarker"] = chosen.marker
    return {"Marker": call.asked.get("Marker", ""), "IsTruncated": chosen.marker is not None, **found} if truncated else found


def tags_of(given: Mapping[str, Any], before: Mapping[str, str] | None = None) -> dict[str, str]:
    """Tags by key, with those given."""
    new = {tag["Key"]: tag.get("Value", "") for tag in given.get("Items", ())}
    if any(key.startswith("aws:") for key in new):
        raise Refused("InvalidTagging", "The tagging specified is not valid: keys that begin with aws: are reserved.")
    found = {**(before or {}), **new}
    if len(found) > TAGS:
        raise Refused("InvalidTagging", f"The tagging specified is not valid: more than {TAGS} tags.")
    return found
