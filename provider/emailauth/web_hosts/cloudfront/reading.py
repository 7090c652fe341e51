"""Reads from AWS what it has of ours: three lists, and the text of each of our functions."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from emailauth.core.errors import CouldNotDoError
from emailauth.vendors.aws.errors import Refused
from emailauth.web_hosts.cloudfront import function
from emailauth.web_hosts.cloudfront.session import REGION, Aws
from emailauth.web_hosts.cloudfront.state import MARK, NAME, Certificate, Distribution, Function, Site, State

if TYPE_CHECKING:
    from mypy_boto3_acm.type_defs import CertificateSummaryTypeDef, ListCertificatesResponseTypeDef
    from mypy_boto3_cloudfront.type_defs import (
        DistributionSummaryTypeDef,
        FunctionSummaryTypeDef,
        ListDistributionsResultTypeDef,
        ListFunctionsResultTypeDef,
    )

_LONG_AGO: Final = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Certificates:
    of: dict[int, list[Certificate]]
    """By the number of their site."""
    leftovers: dict[str, str]


class Reader:
    """Reads the account. What cannot change (tags of ours) is asked for once."""

    def __init__(self, aws: Aws, now: Callable[[], datetime]) -> None:
        """Reads nothing yet. `now` is the time with its zone."""
        self._aws, self._now = aws, now
        self._tags: dict[str, str] = {}
        self._requested: set[str] = set()
        """ARNs of certificates that ACM has not listed yet: it takes its time, and they are there."""

    def read(self) -> State:
        """Everything of ours. Raises `CouldNotDoError` and `UsageError`."""
        listed = list(self._list_certificates())  # before the distributions: what a certificate is for was there before it
        distributions = self.distributions()
        functions = {number: self._function(summary) for number, summary in self._functions()}
        hosts = {host for found in functions.values() if found for host in function.hosts_of(found.held)}
        hosts |= {host for distribution in distributions.values() for host in distribution.aliases}
        certificates = self._certificates(listed, distributions, hosts)
        sites = [
            Site(
                number=number,
                function=functions.get(number),
                distribution=distributions.get(number),
                certificates=tuple(sorted(certificates.of.get(number, ()), key=lambda one: (one.created, one.arn), reverse=True)),
            )
            for number in sorted({*distributions, *(number for number, found in functions.items() if found)})
        ]
        return State(sites=tuple(sites), taken=frozenset({*distributions, *functions}), leftovers=certificates.leftovers)

    def note_distribution(self, arn: str, name: str) -> None:
        """Remembers the tag of what was just made."""
        self._tags[arn] = name

    def note_certificate(self, arn: str, distribution: str) -> None:
        """Remembers what was just requested, and its tag."""
        self._tags[arn] = distribution
        self._requested.add(arn)

    def distributions(self) -> dict[int, Distribution]:
        """Our distributions by number. Raises as `read`."""
        return {number: _distribution(summary) for number, summary in self.summaries()}

    def summaries(self) -> "Iterator[tuple[int, DistributionSummaryTypeDef]]":
        """Our distributions as AWS lists them, by number. Raises as `read`."""
        place: dict[str, Any] = {}
        while True:
            page = self._distributions_page(place)["DistributionList"]
            for summary in page.get("Items", ()):
                found = NAME.match(summary["Comment"])
                if found and self._tag_of_distribution(summary["ARN"]) == found[0]:
                    yield int(found[1]), summary
            if not page["IsTruncated"]:
                return
            place = {"Marker": page["NextMarker"]}

    def _distributions_page(self, place: dict[str, Any]) -> "ListDistributionsResultTypeDef":
        return self._aws.call(lambda: self._aws.cloudfront.list_distributions(**place), "list the distributions", holds="DistributionList")

    def _functions(self) -> "Iterator[tuple[int, FunctionSummaryTypeDef]]":
        place: dict[str, Any] = {"Stage": "DEVELOPMENT"}
        while True:
            page = self._functions_page(place)["FunctionList"]
            for summary in page.get("Items", ()):
                if found := NAME.fullmatch(summary["Name"]):
                    yield int(found[1]), summary
            if not page.get("NextMarker"):
                return
            place = {"Stage": "DEVELOPMENT", "Marker": page["NextMarker"]}

    def _functions_page(self, place: dict[str, Any]) -> "ListFunctionsResultTypeDef":
        return self._aws.call(lambda: self._aws.cloudfront.list_functions(**place), "list the functions", holds="FunctionList")

    def _function(self, summary: "FunctionSummaryTypeDef") -> Function | None:
        """None where a function has such a name and is not ours."""
        if not summary["FunctionConfig"]["Comment"].startswith(MARK):
            return None
        metadata = summary["FunctionMetadata"]
        code = live_code(self._aws, summary["Name"])
        arn, created = metadata["FunctionARN"], metadata.get("CreatedTime", metadata["LastModifiedTime"])
        if code is None:
            return Function(arn=arn, created=created, code=None)
        try:
            return Function(arn=arn, created=created, code=code, held=function.parse(code))
        except ValueError as e:
            raise CouldNotDoError(
                f"the CloudFront function {summary['Name']} is not as emailauth wrote it ({e}), so what it serves is not known: "
                "publish the text that it had before, or disable and delete its distribution and then the function by hand"
            ) from e

    def _certificates(
        self, listed: "Sequence[CertificateSummaryTypeDef]", distributions: Mapping[int, Distribution], hosts: Collection[str]
    ) -> "_Certificates":
        attached = {distribution.certificate: number for number, distribution in distributions.items()}
        by_id = {distribution.id: number for number, distribution in distributions.items()}
        found = _Certificates(of={}, leftovers={})
        for summary in listed:
            certificate = _certificate(summary, self._now())
            number = attached.get(certificate.arn)
            is_candidate = number is not None or not summary.get("InUse") or not certificate.names.isdisjoint(hosts)
            tag = self._tag_of_certificate(certificate.arn) if is_candidate and summary.get("Type") == "AMAZON_ISSUED" else ""
            if tag and number in {None, by_id.get(tag)}:
                number, certificate = by_id.get(tag), replace(certificate, is_ours=True)
                if number is None:
                    found.leftovers[certificate.arn] = tag
            if number is not None:
                found.of.setdefault(number, []).append(certificate)
        return found

    def _list_certificates(self) -> "Iterator[CertificateSummaryTypeDef]":
        place: dict[str, Any] = {}
        while True:
            page = self._certificates_page(place)
            self._requested.difference_update(summary["CertificateArn"] for summary in page["CertificateSummaryList"])
            yield from page["CertificateSummaryList"]
            if not page.get("NextToken"):
                break
            place = {"NextToken": page["NextToken"]}
        for arn in sorted(self._requested):
            try:
                found = self._aws.call(
                    lambda: self._aws.acm.describe_certificate(CertificateArn=arn),  # noqa: B023
                    f"read the certificate {arn}",
                    {"ResourceNotFoundException"},
                )["Certificate"]
            except Refused:
                self._requested.discard(arn)
            else:
                yield {
                    "CertificateArn": arn,
                    "DomainName": found["DomainName"],
                    "SubjectAlternativeNameSummaries": found["SubjectAlternativeNames"],
                    "Status": found["Status"],
                    "Type": found["Type"],
                    "CreatedAt": found["CreatedAt"],
                }

    def _certificates_page(self, place: dict[str, Any]) -> "ListCertificatesResponseTypeDef":
        return self._aws.call(lambda: self._aws.acm.list_certificates(**place), "list the certificates", holds="CertificateSummaryList")

    def _tag_of_distribution(self, arn: str) -> str:
        if arn not in self._tags:
            try:
                answer = self._aws.call(
                    lambda: self._aws.cloudfront.list_tags_for_resource(Resource=arn), f"read the tags of {arn}", {"NoSuchResource"}
                )
            except Refused:  # deleted since it was listed
                return ""
            self._tags[arn] = _tag(answer["Tags"].get("Items", ()))
        return self._tags[arn]

    def _tag_of_certificate(self, arn: str) -> str:
        if arn not in self._tags:
            try:
                answer = self._aws.call(
                    lambda: self._aws.acm.list_tags_for_certificate(CertificateArn=arn),
                    f"read the tags of {arn}",
                    {"ResourceNotFoundException"},
                )
            except Refused:  # deleted since it was listed
                return ""
            self._tags[arn] = _tag(answer.get("Tags", ()))
        return self._tags[arn]


def live_code(aws: Aws, name: str) -> bytes | None:
    """The text of a function in the stage LIVE; None where it has none. Raises `CouldNotDoError` and `UsageError`."""

    def read() -> bytes:
        return aws.cloudfront.get_function(Name=name, Stage="LIVE")["FunctionCode"].read()

    try:
        return aws.call(read, f"read the function {name}", {"NoSuchFunctionExists"})
    except Refused:
        return None


def _tag(tags: Iterable[Mapping[str, Any]]) -> str:
    return next((str(tag.get("Value", "")) for tag in tags if tag["Key"] == MARK), "")


def _distribution(summary: "DistributionSummaryTypeDef") -> Distribution:
    origin = summary["Origins"]["Items"][0]
    end = f".s3.{REGION}.amazonaws.com"
    return Distribution(
        id=summary["Id"],
        arn=summary["ARN"],
        domain_name=summary["DomainName"].lower(),
        aliases=frozenset(alias.lower() for alias in summary["Aliases"].get("Items", ())),
        certificate=summary["ViewerCertificate"].get("ACMCertificateArn"),
        enabled=summary["Enabled"],
        bucket=origin["DomainName"].removesuffix(end)
        if origin["DomainName"].endswith(end) and origin.get("OriginAccessControlId")
        else None,
    )


def _certificate(summary: "CertificateSummaryTypeDef", now: datetime) -> Certificate:
    names = (summary["DomainName"], *summary.get("SubjectAlternativeNameSummaries", ()))
    begins, ends = summary.get("NotBefore"), summary.get("NotAfter")
    return Certificate(
        arn=summary["CertificateArn"],
        names=frozenset(name.lower() for name in names),
        status=summary["Status"],
        created=summary.get("CreatedAt", _LONG_AGO),
        is_ending=begins is not None and ends is not None and ends - now < (ends - begins) / 10,
    )
