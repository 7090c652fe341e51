"""Certificates by ACM, validated by CNAMEs that stay in DNS for the renewals."""

import hashlib
import threading
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from emailauth.core.errors import ConflictError, CouldNotDoError
from emailauth.vendors.aws.errors import Refused
from emailauth.web_hosts.cloudfront.limits import LIMITS
from emailauth.web_hosts.cloudfront.reading import Reader
from emailauth.web_hosts.cloudfront.session import Aws
from emailauth.web_hosts.cloudfront.state import MARK, Site

if TYPE_CHECKING:
    from mypy_boto3_acm.type_defs import CertificateDetailTypeDef, TagTypeDef

_RECORDS_EVERY: Final = 3.0
_RECORDS_TIMES: Final = 60
_ISSUED_EVERY: Final = 15.0
_ISSUED_TIMES: Final = 160
"""40 minutes, as ACM's own waiter: it looks for the CNAMEs less often as time goes by."""
_SOON_TIMES: Final = 40
"""10 minutes."""
_WELL: Final = frozenset({"PENDING_VALIDATION", "ISSUED"})
_GONE_EVERY: Final = 15.0
_GONE_TIMES: Final = 8
"""How long after a distribution let go of a certificate ACM may still call it in use."""

_REASONS: Final = {
    "CAA_ERROR": 'a CAA record of the name, or of a domain above it, forbids Amazon to issue: add CAA 0 issue "amazon.com"',
    "DOMAIN_NOT_ALLOWED": "ACM issues none for this name (it is on a list of unsafe sites): ask AWS Support",
    "INVALID_PUBLIC_DOMAIN": "the name is not below a public suffix",
    "ADDITIONAL_VERIFICATION_REQUIRED": "ACM wants to verify more for this name: ask AWS Support",
}
"""What ACM's failure reasons mean for a person; the others stand for themselves."""


class Certificates:
    """The certificates of the account. For threads."""

    def __init__(self, aws: Aws, reader: Reader) -> None:
        """`reader` is told the tags of what is made."""
        self._aws, self._reader = aws, reader
        self._known: dict[str, Mapping[str, tuple[str, str]]] = {}
        self._lock = threading.Lock()

    def request(self, site: Site, names: Collection[str]) -> str:
        """Asks for a certificate of a site, which has a distribution, with these names and returns its ARN; twice is once.

        Raises `CouldNotDoError` where ACM does not take it.
        """
        first, distribution = _common_name(names), site.distribution_id
        others = sorted(set(names) - {first})
        known = sorted(certificate.arn for certificate in site.certificates)
        token = hashlib.sha256("\n".join((distribution, first, *others, *known)).encode()).hexdigest()[:32]
        more: Any = {"SubjectAlternativeNames": others} if others else {}
        tags: list[TagTypeDef] = [{"Key": MARK, "Value": distribution}]
        arn = self._aws.call(
            lambda: self._aws.acm.request_certificate(
                DomainName=first,
                **more,
                ValidationMethod="DNS",
                KeyAlgorithm="RSA_2048",
                IdempotencyToken=token,
                Tags=tags,
            ),
            f"request a certificate for {_listed(names)}",
        )["CertificateArn"]
        self._reader.note_certificate(arn, distribution)
        return arn

    def wait_for_records(self, arn: str) -> None:
        """Waits until ACM says which CNAMEs it wants. Raises `CouldNotDoError` where it takes minutes or the certificate failed."""
        if not self._aws.until(lambda: self._are_records_known(arn), every=_RECORDS_EVERY, times=_RECORDS_TIMES):
            raise CouldNotDoError(f"ACM has not said yet which CNAMEs validate the certificate {arn}: run again later")

    def _are_records_known(self, arn: str) -> bool:
        details = self._describe(arn)
        if details["Status"] not in _WELL:
            raise _not_issued(details)
        return all("ResourceRecord" in option for option in details["DomainValidationOptions"])

    def record(self, arn: str, host: str) -> tuple[str, str] | None:
        """Owner and target of the CNAME that validates a name of a certificate; None: not known (yet), or it has none."""
        with self._lock:
            known = self._known.get(arn)
        if known is None:
            self._describe(arn)
            with self._lock:
                known = self._known.get(arn, {})
        return known.get(host)

    def wait_until_issued(self, arns: Collection[str]) -> None:
        """Waits for all of them. Raises `CouldNotDoError` with what is missing, or why one failed."""
        waiting = set(arns)

        def issued() -> bool:
            for arn in sorted(waiting):
                details = self._describe(arn)
                if details["Status"] not in _WELL:
                    raise _not_issued(details)
                if details["Status"] == "ISSUED":
                    waiting.discard(arn)
            return not waiting

        if not self._aws.until(issued, every=_ISSUED_EVERY, times=_ISSUED_TIMES):
            raise _not_issued(self._describe(min(waiting)))

    def are_issued_soon(self, arns: Collection[str]) -> bool:
        """Whether all of them are issued within minutes, as they are where their CNAMEs have long been there."""

        def decided() -> bool:
            return all(self._describe(arn)["Status"] != "PENDING_VALIDATION" for arn in sorted(arns))

        self._aws.until(decided, every=_ISSUED_EVERY, times=_SOON_TIMES)
        return all(self._describe(arn)["Status"] == "ISSUED" for arn in sorted(arns))

    def delete(self, arn: str) -> None:
        """Deletes one that nothing uses; twice is no error. One that ACM says is in use stays, for a later change to delete."""

        def deleted() -> bool:
            try:
                self._aws.call(
                    lambda: self._aws.acm.delete_certificate(CertificateArn=arn),
                    f"delete the certificate {arn}",
                    {"ResourceInUseException", "ResourceNotFoundException"},
                )
            except Refused as e:
                return e.code == "ResourceNotFoundException"
            return True

        self._aws.until(deleted, every=_GONE_EVERY, times=_GONE_TIMES)

    def _describe(self, arn: str) -> "CertificateDetailTypeDef":
        try:
            details = self._aws.call(
                lambda: self._aws.acm.describe_certificate(CertificateArn=arn), f"read the certificate {arn}", {"ResourceNotFoundException"}
            )["Certificate"]
        except Refused:
            raise ConflictError(f"somebody else has deleted the certificate {arn} meanwhile: plan again") from None
        records = {
            option["DomainName"].lower(): (record["Name"].rstrip(".").lower(), record["Value"].rstrip(".").lower())
            for option in details.get("DomainValidationOptions", ())
            if (record := option.get("ResourceRecord"))
        }
        if len(records) == len(details.get("DomainValidationOptions", ())):
            with self._lock:
                self._known[arn] = records
        return details


def _common_name(names: Collection[str]) -> str:
    """The first name, which stands in the subject too. Raises `CouldNotDoError` where all are too long for that."""
    short = min((name for name in names if len(name) <= LIMITS.common_name), default=None)
    if short is None:
        raise CouldNotDoError(
            f"ACM issues no certificate for {_listed(names)} alone: one name of a certificate must have {LIMITS.common_name} characters at most"
        )
    return short


def _not_issued(details: "CertificateDetailTypeDef") -> CouldNotDoError:
    names = _listed([details["DomainName"], *details.get("SubjectAlternativeNames", ())])
    what = f"the certificate for {names} ({details['CertificateArn']})"
    if details["Status"] == "PENDING_VALIDATION":
        missing = [
            f"{record['Name'].rstrip('.')} to {record['Value'].rstrip('.')}"
            for option in details["DomainValidationOptions"]
            if option.get("ValidationStatus") != "SUCCESS" and (record := option.get("ResourceRecord"))
        ]
        return CouldNotDoError(
            f"{what} is not issued yet: ACM does not see the CNAME {'; '.join(missing) or '(of all names it does)'}. "
            'See that public DNS gives it, and that no CAA record forbids Amazon to issue (CAA 0 issue "amazon.com"); then run again'
        )
    if details["Status"] == "VALIDATION_TIMED_OUT":
        return CouldNotDoError(f"{what} timed out, for ACM did not see its CNAMEs within 72 hours: run again, which requests another one")
    reason = details.get("FailureReason", details["Status"])
    return CouldNotDoError(
        f"{what} was not issued ({reason}): {_REASONS.get(reason, 'see it in the ACM console')}. Then run again, which requests another one"
    )


def _listed(names: Collection[str]) -> str:
    """Some names, for a person."""
    shown = sorted(set(names))
    return ", ".join(shown) if len(shown) <= 3 else f"{shown[0]}, {shown[1]} and {len(shown) - 2} more"  # noqa: PLR2004
