"""Origin access controls: how CloudFront signs what it asks of a bucket."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.aws.calls import Answer, Call, Operations, Refused
from tests.fakes.aws.cloudfront.common import Counter, check_version, list_page


@dataclass(kw_only=True)
class OriginAccessControl:
    """One origin access control."""

    id: str
    config: Mapping[str, Any]
    etag: str


class OriginAccessControls:
    """Origin access controls by id."""

    def __init__(self, counter: Counter, quotas: Mapping[str, int], users: Callable[[str], Collection[str]]) -> None:
        """`users`: the ids of the distributions that have one."""
        self.controls: dict[str, OriginAccessControl] = {}
        self._counter = counter
        self._quotas = quotas
        self._users = users

    def operations(self) -> Operations:
        return {
            "CreateOriginAccessControl": self.create,
            "GetOriginAccessControl": self.get,
            "ListOriginAccessControls": self.list,
            "DeleteOriginAccessControl": self.delete,
        }

    def create(self, call: Call) -> Answer:
        config = {"Description": "", **call.asked["OriginAccessControlConfig"]}
        if any(there.config["Name"] == config["Name"] for there in self.controls.values()):
            raise Refused("OriginAccessControlAlreadyExists", "An origin access control with the specified parameters already exists.", 409)
        if len(self.controls) >= self._quotas["origin access controls"]:
            raise Refused(
                "TooManyOriginAccessControls", "You have reached the maximum number of origin access controls for this AWS account."
            )
        control = OriginAccessControl(id=self._counter.id(), config=config, etag=self._counter.id())
        self.controls[control.id] = control
        location = f"https://cloudfront.amazonaws.com/2020-05-31/origin-access-control/{control.id}"
        return {"OriginAccessControl": _described(control), "Location": location, "ETag": control.etag}

    def get(self, call: Call) -> Answer:
        control = self._named(call)
        return {"OriginAccessControl": _described(control), "ETag": control.etag}

    def list(self, call: Call) -> Answer:
        found = [{"Id": control.id, **control.config} for control in self.controls.values()]
        return {"OriginAccessControlList": list_page(call, found, list(self.controls), self._quotas["CloudFront items per page"])}

    def delete(self, call: Call) -> Answer:
        control = self._named(call)
        check_version(call, control.etag)
        if self._users(control.id):
            message = "Cannot delete the origin access control because it's in use by one or more distributions."
            raise Refused("OriginAccessControlInUse", message, 409)
        del self.controls[control.id]
        return {}

    def _named(self, call: Call) -> OriginAccessControl:
        if call.asked["Id"] not in self.controls:
            raise Refused("NoSuchOriginAccessControl", "The origin access control does not exist.", 404)
        return self.controls[call.asked["Id"]]


def _described(control: OriginAccessControl) -> Mapping[str, Any]:
    return {"Id": control.id, "OriginAccessControlConfig": control.config}
