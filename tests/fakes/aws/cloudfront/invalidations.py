"""Invalidations: what shall be asked of the origin again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.fakes.aws.calls import Answer, Call, Operations, Refused
from tests.fakes.aws.cloudfront.common import Counter, check_quantities
from tests.fakes.aws.cloudfront.distributions import Distributions


@dataclass(kw_only=True)
class Invalidation:
    """One invalidation."""

    id: str
    distribution: str
    batch: Mapping[str, Any]
    created: datetime
    running: int
    """How many readings still say InProgress."""
    applied: bool = False
    """Whether the edge has forgotten what it should."""


class Invalidations:
    """Invalidations by id."""

    def __init__(self, counter: Counter, distributions: Distributions) -> None:
        self.invalidations: dict[str, Invalidation] = {}
        self._counter = counter
        self._distributions = distributions

    def operations(self) -> Operations:
        return {"CreateInvalidation": self.create, "GetInvalidation": self.get}

    def create(self, call: Call) -> Answer:
        distribution = self._distributions.named(call)
        batch = call.asked["InvalidationBatch"]
        check_quantities(batch)
        if not all(path.startswith("/") for path in batch["Paths"].get("Items", ())) or not batch["Paths"]["Quantity"]:
            raise Refused("InvalidArgument", "Your request contains one or more invalid invalidation paths.")
        before = self._referenced(distribution.id, batch["CallerReference"])
        if before is not None and before.batch != batch:
            message = "Your request contains a caller reference that was used for a previous invalidation batch with different content."
            raise Refused("InvalidArgument", message)
        invalidation = before or Invalidation(
            id=self._counter.id("I"), distribution=distribution.id, batch=batch, created=call.now, running=self._distributions.deploying
        )
        self.invalidations[invalidation.id] = invalidation
        location = f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{distribution.id}/invalidation/{invalidation.id}"
        return {"Invalidation": _described(invalidation), "Location": location}

    def _referenced(self, distribution: str, reference: str) -> Invalidation | None:
        for invalidation in self.invalidations.values():
            if (invalidation.distribution, invalidation.batch["CallerReference"]) == (distribution, reference):
                return invalidation
        return None

    def get(self, call: Call) -> Answer:
        distribution = self._distributions.named(call)
        invalidation = self.invalidations.get(call.asked["Id"])
        if invalidation is None or invalidation.distribution != distribution.id:
            raise Refused("NoSuchInvalidation", "The specified invalidation does not exist.", 404)
        described = _described(invalidation)
        invalidation.running = max(0, invalidation.running - 1)
        return {"Invalidation": described}


def _described(invalidation: Invalidation) -> Mapping[str, Any]:
    return {
        "Id": invalidation.id,
        "Status": "InProgress" if invalidation.running else "Completed",
        "CreateTime": invalidation.created,
        "InvalidationBatch": invalidation.batch,
    }
