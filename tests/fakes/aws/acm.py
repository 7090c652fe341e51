"""AWS Certificate Manager: a certificate stays PENDING_VALIDATION until the exact CNAMEs that it asks for answer in DNS."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.aws.calls import ACCOUNT, Answer, Call, Operations, Refused, page

IDEMPOTENT_FOR = timedelta(hours=1)
VALID_FOR = timedelta(days=198)
WAITS_FOR = timedelta(hours=72)
"""How long a certificate waits for its CNAMEs."""
REQUESTABLE = {"RSA_2048", "EC_prime256v1", "EC_secp384r1"}
"""The other key algorithms are for imported certificates."""
COMMON_NAME = 64
"""Octets of the first name (RFC 5280)."""
TAGS = 50
LISTED_BY_DEFAULT = ("RSA_1024", "RSA_2048")
"""The key types that ListCertificates shows where it is not asked for others."""


@dataclass(kw_only=True)
class Certificate:
    """One certificate."""

    arn: str
    domain_name: str
    names: list[str]
    """All names, `domain_name` first."""
    key_algorithm: str
    validation_method: str
    created: datetime
    status: str = "PENDING_VALIDATION"
    failure_reason: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    in_use_by: list[str] = field(default_factory=list)
    """ARNs."""
    issued: datetime | None = None
    described: int = 0
    """How many DescribeCertificate calls came."""
    hidden: int = 0
    """How many ListCertificates calls do not show it yet."""

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    def covers(self, name: str) -> bool:
        """Whether it stands for a host name; a wildcard stands for one label."""
        return name in self.names or f"*.{name.partition('.')[2]}" in self.names


def validation_record(name: str) -> tuple[str, str]:
    """Owner and target of the CNAME that shows that a name is ours; without final dots. Always the same for an account and a name."""
    base = name.removeprefix("*.").lower()
    digest = hashlib.sha256(f"{ACCOUNT} {base}".encode()).hexdigest()
    letters = "".join(chr(ord("a") + int(digit, 16)) for digit in digest[:10])
    return f"_{digest[:32]}.{base}", f"_{digest[32:]}.{letters}.acm-validations.aws"


class Acm:
    """Certificates by ARN."""

    def __init__(self, resolve: Callable[[str], list[str]], quotas: Mapping[str, int]) -> None:
        """`resolve`: the targets of a CNAME in DNS, lower case and without final dot."""
        self.certificates: dict[str, Certificate] = {}
        self.validation_delay = 1
        self.listing_delay = 0
        self._resolve = resolve
        self._quotas = quotas
        self._tokens: dict[tuple[object, ...], tuple[datetime, str]] = {}

    def operations(self) -> Operations:
        return {
            "RequestCertificate": self.request,
            "DescribeCertificate": self.describe,
            "ListCertificates": self.list,
            "ListTagsForCertificate": self.tags,
            "AddTagsToCertificate": self.add_tags,
            "RemoveTagsFromCertificate": self.remove_tags,
            "DeleteCertificate": self.delete,
        }

    def request(self, call: Call) -> Answer:
        # A token with other names, or after its hour, is a new request; tags do not count.
        told = ("IdempotencyToken", "DomainName", "ValidationMethod", "KeyAlgorithm")
        token = (call.region, *(call.asked.get(name) for name in told), *call.asked.get("SubjectAlternativeNames", ()))
        since, arn = self._tokens.get(token, (call.now, ""))
        if "IdempotencyToken" in call.asked and arn in self.certificates and call.now - since < IDEMPOTENT_FOR:
            return {"CertificateArn": arn}
        certificate = self._new(call)
        self._tokens[token] = (call.now, certificate.arn)
        return {"CertificateArn": certificate.arn}

    def _new(self, call: Call) -> Certificate:
        names = self._names(call)
        algorithm = call.asked.get("KeyAlgorithm", "RSA_2048")
        if algorithm not in REQUESTABLE:
            raise Refused("InvalidParameterException", f"The key algorithm {algorithm} is not supported for requested certificates.")
        if sum(there.region == call.region for there in self.certificates.values()) >= self._quotas["certificates"]:
            message = f"Error: you have reached your limit of {self._quotas['certificates']} certificates in the last year."
            raise Refused("LimitExceededException", message)
        number = hashlib.sha256(f"{call.region} {len(self._tokens)} {call.now}".encode()).hexdigest()
        identity = "-".join((number[:8], number[8:12], number[12:16], number[16:20], number[20:32]))
        certificate = Certificate(
            arn=f"arn:aws:acm:{call.region}:{ACCOUNT}:certificate/{identity}",
            domain_name=names[0],
            names=names,
            key_algorithm=algorithm,
            validation_method=call.asked.get("ValidationMethod", "EMAIL"),
            created=call.now,
            hidden=self.listing_delay,
        )
        _tag(certificate, call.asked.get("Tags", ()))
        self.certificates[certificate.arn] = certificate
        return certificate

    def _names(self, call: Call) -> list[str]:
        asked = [call.asked["DomainName"], *call.asked.get("SubjectAlternativeNames", ())]
        names = list(dict.fromkeys(name.lower() for name in asked))
        if len(names[0]) > COMMON_NAME:
            raise Refused("InvalidParameterException", f"The domain name {names[0]} is longer than {COMMON_NAME} octets.")
        if len(names) > self._quotas["names per certificate"]:
            raise Refused("LimitExceededException", "Certificate has too many domains.")
        return names

    def describe(self, call: Call) -> Answer:
        certificate = self.find(call)
        certificate.described += 1
        self.look(call.now)
        optional = {"FailureReason": certificate.failure_reason, **_dates(certificate)}
        return {
            "Certificate": {
                "CertificateArn": certificate.arn,
                "DomainName": certificate.domain_name,
                "SubjectAlternativeNames": certificate.names,
                "DomainValidationOptions": [self._validation(certificate, name) for name in certificate.names],
                "Subject": f"CN={certificate.domain_name}",
                "Issuer": "Amazon",
                "CreatedAt": certificate.created,
                "Status": certificate.status,
                "KeyAlgorithm": _shown(certificate.key_algorithm),
                "InUseBy": certificate.in_use_by,
                "Type": "AMAZON_ISSUED",
                "RenewalEligibility": "ELIGIBLE" if certificate.in_use_by else "INELIGIBLE",
                **{name: value for name, value in optional.items() if value is not None},
            }
        }

    def _validation(self, certificate: Certificate, name: str) -> Mapping[str, Any]:
        status = {"ISSUED": "SUCCESS", "FAILED": "FAILED"}.get(certificate.status)
        found = {
            "DomainName": name,
            "ValidationDomain": name,
            "ValidationStatus": status or ("SUCCESS" if self._answers(name) else "PENDING_VALIDATION"),
            "ValidationMethod": certificate.validation_method,
        }
        if certificate.validation_method != "DNS" or certificate.described <= self.validation_delay:
            return found
        owner, target = validation_record(name)
        return found | {"ResourceRecord": {"Name": f"{owner}.", "Type": "CNAME", "Value": f"{target}."}}

    def _answers(self, name: str) -> bool:
        owner, target = validation_record(name)
        return self._resolve(owner) == [target]

    def look(self, now: datetime) -> None:
        """Issues the certificates whose CNAMEs all answer by now, and gives up those that waited too long."""
        waiting = [one for one in self.certificates.values() if one.status == "PENDING_VALIDATION"]
        for certificate in waiting:
            if now - certificate.created > WAITS_FOR:
                certificate.status = "VALIDATION_TIMED_OUT"
            elif certificate.validation_method == "DNS" and all(self._answers(name) for name in certificate.names):
                certificate.status, certificate.issued = "ISSUED", now

    def list(self, call: Call) -> Answer:
        self.look(call.now)
        includes = call.asked.get("Includes", {})
        statuses = call.asked.get("CertificateStatuses")
        found = [
            certificate
            for certificate in self.certificates.values()
            if certificate.region == call.region
            and not self._hides(certificate)
            and certificate.key_algorithm in includes.get("keyTypes", LISTED_BY_DEFAULT)
            and (statuses is None or certificate.status in statuses)
        ]
        size = min(call.asked.get("MaxItems", self._quotas["certificates per page"]), self._quotas["certificates per page"])
        chosen = page(found, [certificate.arn for certificate in found], call.asked.get("NextToken"), size)
        more = {} if chosen.marker is None else {"NextToken": chosen.marker}
        return {"CertificateSummaryList": [_summary(certificate) for certificate in chosen.items], **more}

    @staticmethod
    def _hides(certificate: Certificate) -> bool:
        certificate.hidden, hides = max(0, certificate.hidden - 1), certificate.hidden > 0
        return hides

    def tags(self, call: Call) -> Answer:
        return {"Tags": [{"Key": key, "Value": value} for key, value in self.find(call).tags.items()]}

    def add_tags(self, call: Call) -> Answer:
        _tag(self.find(call), call.asked["Tags"])
        return {}

    def remove_tags(self, call: Call) -> Answer:
        certificate = self.find(call)
        for tag in call.asked["Tags"]:
            if tag.get("Value") in {None, certificate.tags.get(tag["Key"])}:
                certificate.tags.pop(tag["Key"], None)
        return {}

    def delete(self, call: Call) -> Answer:
        certificate = self.find(call)
        if certificate.in_use_by:
            raise Refused("ResourceInUseException", f"Certificate {certificate.arn} in account {ACCOUNT} is in use.")
        del self.certificates[certificate.arn]
        return {}

    def find(self, call: Call) -> Certificate:
        arn = call.asked["CertificateArn"]
        certificate = self.certificates.get(arn)
        if certificate is None or certificate.region != call.region:
            raise Refused("ResourceNotFoundException", f"Could not find certificate {arn}.")
        return certificate


def _summary(certificate: Certificate) -> Mapping[str, Any]:
    return {
        "CertificateArn": certificate.arn,
        "DomainName": certificate.domain_name,
        "SubjectAlternativeNameSummaries": certificate.names[:100],
        "HasAdditionalSubjectAlternativeNames": False,
        "Status": certificate.status,
        "Type": "AMAZON_ISSUED",
        "KeyAlgorithm": _shown(certificate.key_algorithm),
        "InUse": bool(certificate.in_use_by),
        "RenewalEligibility": "ELIGIBLE" if certificate.in_use_by else "INELIGIBLE",
        "CreatedAt": certificate.created,
        **_dates(certificate),
    }


def _dates(certificate: Certificate) -> Mapping[str, datetime]:
    if certificate.issued is None:
        return {}
    return {"IssuedAt": certificate.issued, "NotBefore": certificate.issued, "NotAfter": certificate.issued + VALID_FOR}


def _shown(algorithm: str) -> str:
    """RSA-2048 is what ACM answers, RSA_2048 is what it is asked for."""
    return algorithm.replace("RSA_", "RSA-")


def _tag(certificate: Certificate, tags: list[Mapping[str, str]]) -> None:
    given = {tag["Key"]: tag.get("Value", "") for tag in tags}
    if any(key.startswith("aws:") for key in given):
        raise Refused("InvalidTagException", "aws: prefixed tag key names are not allowed for external use.")
    if len(certificate.tags | given) > TAGS:
        raise Refused("TooManyTagsException", f"The request contains too many tags. Try the request again with {TAGS} or fewer tags.")
    certificate.tags |= given
