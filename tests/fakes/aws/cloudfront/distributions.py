"""Distributions: versions, states, aliases, and what uses what."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.aws.acm import Acm
from tests.fakes.aws.calls import ACCOUNT, Answer, Call, Operations, Refused
from tests.fakes.aws.cloudfront.checks import aliases, check, check_owner, function_arns
from tests.fakes.aws.cloudfront.common import Counter, check_version, list_page, tags_of
from tests.fakes.aws.cloudfront.defaults import OPTIONAL_IN_UPDATES, filled, left_out
from tests.fakes.aws.cloudfront.functions import Stage


@dataclass(kw_only=True)
class Distribution:
    """One distribution."""

    id: str
    config: dict[str, Any]
    """As boto3 gives it, with all that CloudFront adds."""
    etag: str
    domain_name: str
    modified: datetime
    tags: dict[str, str] = field(default_factory=dict)
    deploying: int = 0
    """How many readings still say InProgress."""
    serves: dict[str, Any] | None = None
    """The configuration that viewers get; None: not deployed yet."""
    runs: dict[str, Stage] = field(default_factory=dict)
    """The functions that viewers get, by ARN."""

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudfront::{ACCOUNT}:distribution/{self.id}"

    @property
    def status(self) -> str:
        return "InProgress" if self.deploying else "Deployed"

    def has(self, alias: str) -> bool:
        return alias in aliases(self.config)


class Distributions:
    """Distributions by id."""

    def __init__(self, counter: Counter, quotas: Mapping[str, int], acm: Acm) -> None:
        self.distributions: dict[str, Distribution] = {}
        self.deploying = 1
        self.taken_aliases: set[str] = set()
        self.live: Callable[[], Mapping[str, Stage]] = dict
        """The published functions, by ARN."""
        self.controls: Callable[[], Collection[str]] = tuple
        """The ids of the origin access controls."""
        self._counter = counter
        self._quotas = quotas
        self._acm = acm

    def operations(self) -> Operations:
        return {
            "CreateDistribution": self.create,
            "CreateDistributionWithTags": self.create_with_tags,
            "GetDistribution": self.get,
            "GetDistributionConfig": self.get_config,
            "UpdateDistribution": self.update,
            "DeleteDistribution": self.delete,
            "ListDistributions": self.list,
        }

    def using(self, arn: str) -> list[str]:
        """The ids of the distributions that run a function."""
        return [one.id for one in self.distributions.values() if arn in function_arns(one.config)]

    def redeploy(self, arn: str) -> None:
        """Makes the distributions that run a function take its new code: each gets another ETag, and is in progress again."""
        for identity in self.using(arn):
            distribution = self.distributions[identity]
            distribution.etag = self._counter.id()
            distribution.deploying = self.deploying
            self._settle(distribution)

    def controlled_by(self, control: str) -> list[str]:
        """The ids of the distributions that have an origin access control."""
        return [
            one.id
            for one in self.distributions.values()
            if any(origin.get("OriginAccessControlId") == control for origin in one.config["Origins"]["Items"])
        ]

    def create(self, call: Call) -> Answer:
        return self._create(call, call.asked["DistributionConfig"], {})

    def create_with_tags(self, call: Call) -> Answer:
        asked = call.asked["DistributionConfigWithTags"]
        return self._create(call, asked["DistributionConfig"], tags_of(asked["Tags"]))

    def _create(self, call: Call, config: Mapping[str, Any], tags: dict[str, str]) -> Answer:
        for there in self.distributions.values():
            if there.config["CallerReference"] == config["CallerReference"]:
                message = "The caller reference that you are using to create a distribution is associated with another distribution. Already exists: "
                raise Refused("DistributionAlreadyExists", message + there.id, 409)
        self._check(config, call, None)
        if len(self.distributions) >= self._quotas["distributions"]:
            raise Refused(
                "TooManyDistributions", "Processing your request would cause you to exceed the maximum number of distributions allowed."
            )
        identity = self._counter.id()
        domain_name = f"{self._counter.id('d').lower()}.cloudfront.net"
        distribution = Distribution(id=identity, config={}, etag="", domain_name=domain_name, modified=call.now, tags=tags)
        self.distributions[identity] = distribution
        self._keep(distribution, config, call)
        location = f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{identity}"
        return {"Distribution": self._described(distribution), "Location": location, "ETag": distribution.etag}

    def _check(self, config: Mapping[str, Any], call: Call, own: Distribution | None) -> None:
        self._acm.look(call.now)
        check(
            config,
            certificates=self._acm.certificates,
            functions=self.live().keys(),
            controls=self.controls(),
            quotas=self._quotas,
        )
        others = [one for one in self.distributions.values() if one is not own]
        check_owner(config, lambda alias: alias in self.taken_aliases or any(one.has(alias) for one in others))
        for arn in function_arns(config):
            if len({one.id for one in others if arn in function_arns(one.config)}) >= self._quotas["distributions per function"]:
                raise Refused(
                    "TooManyDistributionsWithSingleFunctionARN",
                    "The maximum number of distributions have been associated with the specified CloudFront function.",
                )

    def _keep(self, distribution: Distribution, config: Mapping[str, Any], call: Call) -> None:
        distribution.config = filled(config)
        distribution.etag = self._counter.id()
        distribution.modified = call.now
        distribution.deploying = self.deploying
        self._settle(distribution)
        self._note_certificates()

    def _settle(self, distribution: Distribution) -> None:
        if not distribution.deploying:
            distribution.serves = distribution.config
            distribution.runs = {arn: self.live()[arn] for arn in function_arns(distribution.config)}

    def _note_certificates(self) -> None:
        for certificate in self._acm.certificates.values():
            others = [arn for arn in certificate.in_use_by if f":{ACCOUNT}:distribution/" not in arn]
            users = [
                one.arn
                for one in self.distributions.values()
                if one.config["ViewerCertificate"].get("ACMCertificateArn") == certificate.arn
            ]
            certificate.in_use_by = others + users

    def _read(self, distribution: Distribution) -> str:
        """The status that this reading gives."""
        status = distribution.status
        distribution.deploying = max(0, distribution.deploying - 1)
        self._settle(distribution)
        return status

    def _described(self, distribution: Distribution) -> Mapping[str, Any]:
        none = {"Enabled": False, "Quantity": 0}
        approved = [{"CNAME": alias, "ICPRecordalStatus": "APPROVED"} for alias in aliases(distribution.config)]
        return {
            "Id": distribution.id,
            "ARN": distribution.arn,
            "Status": distribution.status,
            "LastModifiedTime": distribution.modified,
            "InProgressInvalidationBatches": 0,
            "DomainName": distribution.domain_name,
            "ActiveTrustedSigners": none,
            "ActiveTrustedKeyGroups": none,
            "DistributionConfig": distribution.config,
            **({"AliasICPRecordals": approved} if approved else {}),
        }

    def get(self, call: Call) -> Answer:
        distribution = self.named(call)
        described = {**self._described(distribution), "Status": self._read(distribution)}
        return {"Distribution": described, "ETag": distribution.etag}

    def get_config(self, call: Call) -> Answer:
        distribution = self.named(call)
        return {"DistributionConfig": distribution.config, "ETag": distribution.etag}

    def update(self, call: Call) -> Answer:
        distribution = self.named(call)
        check_version(call, distribution.etag)
        config = call.asked["DistributionConfig"]
        if config["CallerReference"] != distribution.config["CallerReference"]:
            raise Refused("IllegalUpdate", "The update contains modifications that are not allowed.")
        self._check(config, call, distribution)
        missing = [name for name in left_out(config, filled(config)) if name not in OPTIONAL_IN_UPDATES]
        if missing:
            raise Refused("IllegalUpdate", f"{missing[0]} is required for updates.")
        self._keep(distribution, config, call)
        return {"Distribution": self._described(distribution), "ETag": distribution.etag}

    def delete(self, call: Call) -> Answer:
        distribution = self.named(call)
        check_version(call, distribution.etag)
        if distribution.config["Enabled"] or distribution.deploying:
            raise Refused("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.", 409)
        del self.distributions[distribution.id]
        self._note_certificates()
        return {}

    def list(self, call: Call) -> Answer:
        found = [self._summary(one) for one in self.distributions.values()]
        keys = list(self.distributions)
        return {"DistributionList": list_page(call, found, keys, self._quotas["CloudFront items per page"])}

    def _summary(self, distribution: Distribution) -> Mapping[str, Any]:
        left_away = {"CallerReference", "DefaultRootObject", "Logging", "ContinuousDeploymentPolicyId"}
        return {
            "Id": distribution.id,
            "ARN": distribution.arn,
            "ETag": distribution.etag,
            "Status": self._read(distribution),
            "LastModifiedTime": distribution.modified,
            "DomainName": distribution.domain_name,
            **{name: value for name, value in distribution.config.items() if name not in left_away},
        }

    def named(self, call: Call) -> Distribution:
        identity = call.asked.get("DistributionId") or call.asked["Id"]
        if identity not in self.distributions:
            raise Refused("NoSuchDistribution", "The specified distribution does not exist.", 404)
        return self.distributions[identity]
