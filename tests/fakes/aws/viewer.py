"""What viewers get from CloudFront: by alias, through the LIVE function, the cache, and the bucket behind."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.fakes.aws.acm import Acm
from tests.fakes.aws.cloudfront import CloudFront
from tests.fakes.aws.cloudfront.checks import CACHE_POLICIES, aliases
from tests.fakes.aws.cloudfront.distributions import Distribution
from tests.fakes.aws.cloudfront.invalidations import Invalidation
from tests.fakes.aws.javascript import run
from tests.fakes.aws.s3.buckets import Buckets, Object
from tests.fakes.aws.s3.policy import Asked, allows

Answer: TypeAlias = tuple[int, dict[str, str], bytes]
"""Status, headers by name in lower case, body."""
_ERRORS_LAST = timedelta(seconds=10)
"""How long CloudFront keeps an error where nothing else is said."""
_LASTS = timedelta(days=1)
"""How long Managed-CachingOptimized keeps what says nothing of it."""


class NoConnection(Exception):
    """The TLS handshake fails: nobody serves the name, or nobody has a certificate for it."""


@dataclass(kw_only=True)
class Viewer:
    """The edge of CloudFront, one place of it."""

    cloudfront: CloudFront
    acm: Acm
    buckets: Buckets
    kept: dict[tuple[str, str], tuple[datetime, Answer]] = field(default_factory=dict)
    """The cache: until when, and what, by distribution and path."""

    def fetch(self, host: str, path: str, method: str, now: datetime) -> Answer:
        """What GET or another method gives over HTTPS. Raises `NoConnection`."""
        distribution, config = self._serving(host.lower())
        behaviour = _behaviour(config, urlsplit(path).path)
        if method not in behaviour["AllowedMethods"]["Items"]:
            status, headers, body = _error(403, "Error from cloudfront")
        else:
            status, headers, body = self._answer(distribution, config, behaviour, _request(host, path, method), now)
        headers = {"server": "CloudFront", "content-length": str(len(body)), **headers}
        return status, headers, b"" if method == "HEAD" else body

    def _serving(self, host: str) -> tuple[Distribution, Mapping[str, Any]]:
        for distribution in self.cloudfront.distributions.distributions.values():
            config = distribution.serves
            if config is None or not config["Enabled"]:
                continue
            if host == distribution.domain_name:
                return distribution, config
            certificate = self.acm.certificates.get(config["ViewerCertificate"].get("ACMCertificateArn", ""))
            if host in aliases(config) and certificate is not None and certificate.covers(host):
                return distribution, config
        raise NoConnection(f"no distribution that is deployed and enabled answers for {host}")

    def _answer(
        self, distribution: Distribution, config: Mapping[str, Any], behaviour: Mapping[str, Any], request: dict[str, Any], now: datetime
    ) -> Answer:
        for association in behaviour["FunctionAssociations"].get("Items", ()):
            if association["EventType"] != "viewer-request":
                raise NotImplementedError(f"functions at {association['EventType']} are not run here")
            made = self._run(association["FunctionARN"], distribution, request)
            if not isinstance(made, dict):
                return made
            request = made
        return self._cached(distribution, config, behaviour, request["uri"], now)

    def _run(self, arn: str, distribution: Distribution, request: Mapping[str, Any]) -> Answer | dict[str, Any]:
        """The response of the function, or the request that it hands on."""
        live = distribution.runs[arn]
        context = {
            "distributionDomainName": distribution.domain_name,
            "distributionId": distribution.id,
            "eventType": "viewer-request",
            "requestId": "EXAMPLE-request",
        }
        event = {"version": "1.0", "context": context, "viewer": {"ip": "192.0.2.1"}, "request": request}
        ran = run(live.code, live.config["Runtime"], event)
        if ran.error:
            return _error(
                503, "FunctionValidationError from cloudfront" if "invalid value" in ran.error else "FunctionExecutionError from cloudfront"
            )
        output = json.loads(ran.output)
        if "request" in output:
            handed_on: dict[str, Any] = output["request"]
            return handed_on
        return _generated(output["response"])

    def _cached(
        self, distribution: Distribution, config: Mapping[str, Any], behaviour: Mapping[str, Any], uri: str, now: datetime
    ) -> Answer:
        self._forget()
        until, answer = self.kept.get((distribution.id, uri), (now, None))
        if answer is not None and now < until:
            return answer[0], {**answer[1], "x-cache": "Hit from cloudfront"}, answer[2]
        answer = self._from_origin(distribution, config, behaviour, uri)
        optimised = CACHE_POLICIES.get(behaviour.get("CachePolicyId", "")) == "Managed-CachingOptimized"
        self.kept[distribution.id, uri] = (now + _lifetime(answer, optimised=optimised), answer)
        return answer

    def _forget(self) -> None:
        """Takes what is invalidated out of the cache."""
        done = [one for one in self.cloudfront.invalidations.invalidations.values() if not one.running and not one.applied]
        for invalidation in done:
            invalidation.applied = True
            self.kept = {key: kept for key, kept in self.kept.items() if not _invalidates(invalidation, *key)}

    def _from_origin(self, distribution: Distribution, config: Mapping[str, Any], behaviour: Mapping[str, Any], uri: str) -> Answer:
        origin = next(one for one in config["Origins"]["Items"] if one["Id"] == behaviour["TargetOriginId"])
        place = re.fullmatch(r"(.+)\.s3\.(?:([a-z0-9-]+)\.)?amazonaws\.com", origin["DomainName"])
        if place is None:
            return _error(502, "Error from cloudfront")
        bucket = self.buckets.buckets.get(place[1])
        if bucket is None:
            return _s3_error(404, "NoSuchBucket")
        if bucket.region != (place[2] or bucket.region):
            return _s3_error(301, "PermanentRedirect")
        control = self.cloudfront.controls.controls.get(origin["OriginAccessControlId"])
        signs = control is not None and control.config["SigningBehavior"] != "never"
        key = unquote(origin["OriginPath"] + uri).removeprefix("/")
        arn = f"arn:aws:s3:::{bucket.name}"

        def may(action: str, resource: str) -> bool:
            return signs and allows(bucket.policy, Asked(action=action, resource=resource, distribution=distribution.arn))

        if not may("s3:GetObject", f"{arn}/{key}"):
            return _s3_error(403, "AccessDenied")
        if key not in bucket.objects:
            return _s3_error(404, "NoSuchKey") if may("s3:ListBucket", arn) else _s3_error(403, "AccessDenied")
        return _served(bucket.objects[key])


def _behaviour(config: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    found: Mapping[str, Any]
    for found in config["CacheBehaviors"].get("Items", ()):
        if _like(path, "/" + found["PathPattern"].removeprefix("/")):
            return found
    found = config["DefaultCacheBehavior"]
    return found


def _like(path: str, pattern: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), path) is not None


def _request(host: str, path: str, method: str) -> dict[str, Any]:
    """The request as functions see it."""
    parts = urlsplit(path)
    return {
        "method": method,
        "uri": parts.path,
        "querystring": {name: {"value": value} for name, value in parse_qsl(parts.query, keep_blank_values=True)},
        "headers": {"host": {"value": host}, "user-agent": {"value": "emailauth-test"}, "accept": {"value": "*/*"}},
        "cookies": {},
    }


def _generated(response: Mapping[str, Any]) -> Answer:
    headers = {name: value["value"] for name, value in response["headers"].items()}
    body = response.get("body", "")
    if isinstance(body, str):
        body = {"encoding": "text", "data": body}
    data = base64.b64decode(body["data"]) if body["encoding"] == "base64" else body["data"].encode()
    return response["statusCode"], {"x-cache": "FunctionGeneratedResponse from cloudfront", **headers}, data


def _error(status: int, cache: str) -> Answer:
    """A page of CloudFront's own."""
    page = b"<H1>The request could not be satisfied.</H1>"
    return status, {"content-type": "text/html", "x-cache": cache}, page


def _s3_error(status: int, code: str) -> Answer:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'
    return status, {"content-type": "application/xml", "x-cache": "Error from cloudfront"}, body.encode()


def _served(found: Object) -> Answer:
    caching = {} if found.cache_control is None else {"cache-control": found.cache_control}
    headers = {"content-type": found.content_type, "etag": found.etag, "accept-ranges": "bytes", **caching}
    return 200, {"x-cache": "Miss from cloudfront", **headers}, found.body


def _lifetime(answer: Answer, *, optimised: bool) -> timedelta:
    status, headers, _ = answer
    if status >= 400:
        return _ERRORS_LAST
    if not optimised:
        return timedelta()
    said = re.search(r"(?:^|[, ])(?:s-maxage|max-age)=(\d+)", headers.get("cache-control", ""))
    return timedelta(seconds=max(1, int(said[1]))) if said else _LASTS


def _invalidates(invalidation: Invalidation, distribution: str, uri: str) -> bool:
    return distribution == invalidation.distribution and any(_patterns(invalidation, uri))


def _patterns(invalidation: Invalidation, uri: str) -> Iterator[bool]:
    for path in invalidation.batch["Paths"]["Items"]:
        # Only a * at the end stands for anything.
        yield uri.startswith(path[:-1]) if path.endswith("*") else uri == path
