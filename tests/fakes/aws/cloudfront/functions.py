"""CloudFront Functions: code in the stages DEVELOPMENT and LIVE, each with its own ETag."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.aws.calls import ACCOUNT, Answer, Call, Operations, Refused
from tests.fakes.aws.cloudfront.common import Counter, check_quantities, check_version, list_page, stale_version, tags_of
from tests.fakes.aws.javascript import run


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The function as it is in one stage."""

    code: bytes
    config: Mapping[str, Any]
    etag: str
    modified: datetime


@dataclass(kw_only=True)
class Function:
    """One function."""

    name: str
    created: datetime
    development: Stage
    live: Stage | None = None
    live_since: str = ""
    """The ETag of the DEVELOPMENT stage that was published last."""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudfront::{ACCOUNT}:function/{self.name}"

    @property
    def published(self) -> bool:
        """Whether DEVELOPMENT and LIVE are the same."""
        return self.live is not None and (self.live.code, self.live.config) == (self.development.code, self.development.config)

    def stages(self) -> dict[str, Stage]:
        """Those that there are."""
        return {"DEVELOPMENT": self.development} | ({} if self.live is None else {"LIVE": self.live})


class Functions:
    """Functions by name."""

    def __init__(
        self, counter: Counter, quotas: Mapping[str, int], users: Callable[[str], Collection[str]], redeploy: Callable[[str], None]
    ) -> None:
        """`users`: the ids of the distributions that run the function with an ARN; `redeploy`: makes them run its new code."""
        self.functions: dict[str, Function] = {}
        self._redeploy = redeploy
        self._counter = counter
        self._quotas = quotas
        self._users = users

    def operations(self) -> Operations:
        return {
            "CreateFunction": self.create,
            "DescribeFunction": self.describe,
            "GetFunction": self.get,
            "UpdateFunction": self.update,
            "TestFunction": self.test,
            "PublishFunction": self.publish,
            "DeleteFunction": self.delete,
            "ListFunctions": self.list,
        }

    def live(self) -> dict[str, Stage]:
        """The LIVE stages that there are, by ARN."""
        return {function.arn: function.live for function in self.functions.values() if function.live is not None}

    def create(self, call: Call) -> Answer:
        name = call.asked["Name"]
        if name in self.functions:
            raise Refused("FunctionAlreadyExists", "A function with the same name already exists in this AWS account.", 409)
        if len(self.functions) >= self._quotas["functions"]:
            raise Refused("TooManyFunctions", "You have reached the maximum number of CloudFront functions for this AWS account.")
        function = Function(name=name, created=call.now, development=self._stage(call), tags=tags_of(call.asked.get("Tags", {})))
        self.functions[name] = function
        location = f"https://cloudfront.amazonaws.com/2020-05-31/function/{name}"
        return {"FunctionSummary": self._summary(function, "DEVELOPMENT"), "Location": location, "ETag": function.development.etag}

    def _stage(self, call: Call) -> Stage:
        code, config = call.asked["FunctionCode"], call.asked["FunctionConfig"]
        if len(code) > self._quotas["function size"]:
            raise Refused("FunctionSizeLimitExceeded", f"The function is too large: {len(code)} bytes.", 413)
        check_quantities(config)
        return Stage(code=code, config=config, etag=self._counter.id(), modified=call.now)

    def _summary(self, function: Function, stage: str) -> Mapping[str, Any]:
        at = function.stages()[stage]
        used = "DEPLOYED" if self._users(function.arn) else "UNASSOCIATED"
        return {
            "Name": function.name,
            "Status": used if stage == "LIVE" or function.published else "UNPUBLISHED",
            "FunctionConfig": at.config,
            "FunctionMetadata": {
                "FunctionARN": function.arn,
                "Stage": stage,
                "CreatedTime": function.created,
                "LastModifiedTime": at.modified,
            },
        }

    def describe(self, call: Call) -> Answer:
        function, stage = self._at_stage(call)
        return {"FunctionSummary": self._summary(function, stage), "ETag": function.stages()[stage].etag}

    def get(self, call: Call) -> Answer:
        function, stage = self._at_stage(call)
        at = function.stages()[stage]
        return {"FunctionCode": at.code, "ETag": at.etag, "ContentType": "application/octet-stream"}

    def update(self, call: Call) -> Answer:
        function = self._named(call)
        check_version(call, function.development.etag)
        function.development = self._stage(call)
        return {"FunctionSummary": self._summary(function, "DEVELOPMENT"), "ETag": function.development.etag}

    def publish(self, call: Call) -> Answer:
        function = self._named(call)
        at = function.development
        check_version(call, at.etag)
        if function.live_since == at.etag:
            raise stale_version()  # nothing was updated since: hashicorp/terraform-provider-aws#49572
        function.live = Stage(code=at.code, config=at.config, etag=self._counter.id(), modified=call.now)
        function.live_since = at.etag
        self._redeploy(function.arn)
        return {"FunctionSummary": self._summary(function, "DEVELOPMENT")}

    def test(self, call: Call) -> Answer:
        function, stage = self._at_stage(call)
        at = function.stages()[stage]
        check_version(call, at.etag, stale=False)
        ran = run(at.code, at.config["Runtime"], _event(call.asked["EventObject"]))
        return {
            "TestResult": {
                "FunctionSummary": self._summary(function, stage),
                "ComputeUtilization": "21",
                "FunctionExecutionLogs": ran.logs,
                "FunctionErrorMessage": ran.error,
                "FunctionOutput": ran.output,
            }
        }

    def delete(self, call: Call) -> Answer:
        function = self._named(call)
        check_version(call, function.development.etag)
        if self._users(function.arn):
            raise Refused("FunctionInUse", "Cannot delete the function because it's attached to one or more cache behaviors.", 409)
        del self.functions[function.name]
        return {}

    def list(self, call: Call) -> Answer:
        wanted = call.asked.get("Stage")
        found = [
            (f"{name}/{stage}", self._summary(function, stage))
            for name, function in sorted(self.functions.items())
            for stage in function.stages()
            if wanted in {None, stage}
        ]
        size = self._quotas["CloudFront items per page"]
        return {"FunctionList": list_page(call, [item for _, item in found], [key for key, _ in found], size, truncated=False)}

    def _named(self, call: Call) -> Function:
        name = call.asked["Name"]
        if name not in self.functions:
            raise Refused("NoSuchFunctionExists", "The specified function does not exist.", 404)
        return self.functions[name]

    def _at_stage(self, call: Call) -> tuple[Function, str]:
        function, stage = self._named(call), call.asked.get("Stage", "DEVELOPMENT")
        if stage not in function.stages():
            raise Refused("NoSuchFunctionExists", "The specified function does not exist in the specified stage.", 404)
        return function, stage


def _event(given: bytes) -> Mapping[str, Any]:
    try:
        event: Mapping[str, Any] = json.loads(given)
        request = event["request"]
        known = event["version"] == "1.0" and {"method", "uri", "querystring", "headers", "cookies"} <= request.keys()
    except (ValueError, TypeError, KeyError, AttributeError):
        known, event = False, {}
    if not known:
        raise Refused("InvalidArgument", "The event object is not valid.")
    return event
