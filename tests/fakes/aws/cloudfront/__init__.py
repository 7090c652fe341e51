"""CloudFront: functions, distributions, origin access controls, invalidations and their tags."""

from collections.abc import Mapping

from tests.fakes.aws.acm import Acm
from tests.fakes.aws.calls import Answer, Call, Operations, Refused
from tests.fakes.aws.cloudfront.common import Counter, tags_of
from tests.fakes.aws.cloudfront.distributions import Distribution, Distributions
from tests.fakes.aws.cloudfront.functions import Function, Functions
from tests.fakes.aws.cloudfront.invalidations import Invalidations
from tests.fakes.aws.cloudfront.origin_access import OriginAccessControls


class CloudFront:
    """What one account has in CloudFront."""

    def __init__(self, acm: Acm, quotas: Mapping[str, int]) -> None:
        counter = Counter()
        self.distributions = Distributions(counter, quotas, acm)
        self.functions = Functions(counter, quotas, self.distributions.using, self.distributions.redeploy)
        self.controls = OriginAccessControls(counter, quotas, self.distributions.controlled_by)
        self.invalidations = Invalidations(counter, self.distributions)
        self.distributions.live = self.functions.live
        self.distributions.controls = self.controls.controls.keys

    def operations(self) -> Operations:
        return {
            **self.distributions.operations(),
            **self.functions.operations(),
            **self.controls.operations(),
            **self.invalidations.operations(),
            "ListTagsForResource": self.tags,
            "TagResource": self.tag,
            "UntagResource": self.untag,
        }

    def tags(self, call: Call) -> Answer:
        return {"Tags": {"Items": [{"Key": key, "Value": value} for key, value in self._resource(call).tags.items()]}}

    def tag(self, call: Call) -> Answer:
        resource = self._resource(call)
        resource.tags = tags_of(call.asked["Tags"], resource.tags)
        return {}

    def untag(self, call: Call) -> Answer:
        resource = self._resource(call)
        gone = call.asked["TagKeys"].get("Items", ())
        resource.tags = {key: value for key, value in resource.tags.items() if key not in gone}
        return {}

    def _resource(self, call: Call) -> Distribution | Function:
        found: list[Distribution | Function] = [*self.distributions.distributions.values(), *self.functions.functions.values()]
        for resource in found:
            if resource.arn == call.asked["Resource"]:
                return resource
        raise Refused("NoSuchResource", f"The resource {call.asked['Resource']} was not found.", 404)
