"""The fake of ACM, asked by the real SDK."""

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.aws import Aws
from tests.fakes.aws.sdk import Clients, connected, issued, message, raw, refusal

NAME, OTHER = "mta-sts.example.com", "mta-sts.example.net"


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def sdk(aws: Aws) -> Iterator[Clients]:
    with connected(aws) as found:
        yield found


def requested(sdk: Clients, *names: str, **more: Any) -> str:
    also: dict[str, Any] = {"SubjectAlternativeNames": names[1:]} if names[1:] else {}
    return sdk.acm.request_certificate(DomainName=names[0], ValidationMethod="DNS", **also, **more)["CertificateArn"]


def described(sdk: Clients, arn: str) -> Any:
    return sdk.acm.describe_certificate(CertificateArn=arn)["Certificate"]


def records(sdk: Clients, arn: str) -> list[tuple[str, str]]:
    """Owner and target of the CNAMEs that are asked for; without final dots."""
    options = described(sdk, arn)["DomainValidationOptions"]
    found = [option["ResourceRecord"] for option in options if "ResourceRecord" in option]
    assert {record["Type"] for record in found} <= {"CNAME"}
    return [(record["Name"].removesuffix("."), record["Value"].removesuffix(".")) for record in found]


# ---------------------------------------------------------------------------------------------------- validation


def test_a_new_certificate_waits_and_says_for_what_only_after_a_while(aws: Aws, sdk: Clients) -> None:
    aws.validation_delay = 2
    arn = requested(sdk, NAME)
    assert [records(sdk, arn) for _ in range(2)] == [[], []]
    [(owner, target)] = records(sdk, arn)
    assert owner.startswith("_")
    assert owner.endswith(f".{NAME}")
    assert target.endswith(".acm-validations.aws")
    found = described(sdk, arn)
    assert found["Status"] == "PENDING_VALIDATION"
    assert (found["DomainName"], found["SubjectAlternativeNames"], found["KeyAlgorithm"]) == (NAME, [NAME], "RSA-2048")
    assert found["Type"] == "AMAZON_ISSUED"
    assert found["InUseBy"] == []
    [option] = found["DomainValidationOptions"]
    assert (option["ValidationStatus"], option["ValidationMethod"]) == ("PENDING_VALIDATION", "DNS")


IN_DNS: dict[str, tuple[dict[int, str], list[str], str]] = {
    "nothing": ({}, ["PENDING_VALIDATION"] * 2, "PENDING_VALIDATION"),
    "both": ({0: "right", 1: "right"}, ["SUCCESS"] * 2, "ISSUED"),
    "one of two": ({0: "right"}, ["SUCCESS", "PENDING_VALIDATION"], "PENDING_VALIDATION"),
    "the other has another target": ({0: "right", 1: "wrong.example.org"}, ["SUCCESS", "PENDING_VALIDATION"], "PENDING_VALIDATION"),
}


@pytest.mark.parametrize("name", IN_DNS)
def test_it_is_issued_as_soon_as_all_of_its_cnames_answer(aws: Aws, sdk: Clients, name: str) -> None:
    there, statuses, status = IN_DNS[name]
    aws.validation_delay = 0
    arn = requested(sdk, NAME, OTHER)
    asked = records(sdk, arn)
    for index, target in there.items():
        aws.dns[asked[index][0]] = asked[index][1] if target == "right" else target
    found = described(sdk, arn)
    assert [option["ValidationStatus"] for option in found["DomainValidationOptions"]] == statuses
    assert found["Status"] == status
    assert {"IssuedAt", "NotBefore", "NotAfter"} & found.keys() == ({"IssuedAt", "NotBefore", "NotAfter"} if status == "ISSUED" else set())
    assert aws.certificates[arn].status == status


def test_dns_can_be_anywhere() -> None:
    answers: dict[tuple[str, str], list[str]] = {}

    def resolve(name: str, record_type: str) -> Collection[str]:
        return answers.get((name, record_type), [])

    aws = Aws(resolve=resolve)
    aws.validation_delay = 0
    with connected(aws) as sdk:
        arn = requested(sdk, NAME)
        [(owner, target)] = records(sdk, arn)
        answers[owner, "CNAME"] = [f"{target.upper()}."]
        [summary] = sdk.acm.list_certificates()["CertificateSummaryList"]
        assert summary["Status"] == "ISSUED"


def test_the_cname_of_a_name_is_the_same_for_all_certificates_and_its_wildcard(aws: Aws, sdk: Clients) -> None:
    aws.validation_delay = 0
    first, second = requested(sdk, NAME), requested(sdk, OTHER, NAME, f"*.{NAME}")
    assert first != second
    [own] = records(sdk, first)
    other, *same = records(sdk, second)
    assert same == [own, own]
    assert other != own


def test_a_certificate_that_cannot_be_issued_says_why(aws: Aws, sdk: Clients) -> None:
    arn = requested(sdk, NAME)
    aws.certificates[arn].status, aws.certificates[arn].failure_reason = "FAILED", "CAA_ERROR"
    found = described(sdk, arn)
    assert (found["Status"], found["FailureReason"]) == ("FAILED", "CAA_ERROR")
    assert found["DomainValidationOptions"][0]["ValidationStatus"] == "FAILED"


@pytest.mark.parametrize(("hours", "status"), [(71, "PENDING_VALIDATION"), (73, "VALIDATION_TIMED_OUT")])
def test_acm_gives_up_after_three_days(aws: Aws, sdk: Clients, hours: int, status: str) -> None:
    arn = requested(sdk, NAME)
    aws.now += timedelta(hours=hours)
    assert described(sdk, arn)["Status"] == status


def test_by_mail_there_is_no_cname(aws: Aws, sdk: Clients) -> None:
    aws.validation_delay = 0
    arn = sdk.acm.request_certificate(DomainName=NAME)["CertificateArn"]
    assert records(sdk, arn) == []
    assert described(sdk, arn)["Status"] == "PENDING_VALIDATION"


# ---------------------------------------------------------------------------------------------------- tokens

TOKENS: dict[str, tuple[dict[str, Any], int, bool]] = {
    "the same request": ({"IdempotencyToken": "a"}, 0, True),
    "in the same hour": ({"IdempotencyToken": "a"}, 59, True),
    "after its hour": ({"IdempotencyToken": "a"}, 61, False),
    "another token": ({"IdempotencyToken": "b"}, 0, False),
    "no token": ({}, 0, False),
    "other tags": ({"IdempotencyToken": "a", "Tags": [{"Key": "x", "Value": "y"}]}, 0, True),
    "another name": ({"IdempotencyToken": "a", "DomainName": OTHER}, 0, False),
    "one name more": ({"IdempotencyToken": "a", "SubjectAlternativeNames": [OTHER]}, 0, False),
    "another algorithm": ({"IdempotencyToken": "a", "KeyAlgorithm": "EC_prime256v1"}, 0, False),
}


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_stands_for_one_request(aws: Aws, sdk: Clients, name: str) -> None:
    second, minutes, same = TOKENS[name]
    asked: Any = {"DomainName": NAME, "ValidationMethod": "DNS"}
    first = sdk.acm.request_certificate(**asked, IdempotencyToken="a")["CertificateArn"]
    aws.now += timedelta(minutes=minutes)
    assert (sdk.acm.request_certificate(**{**asked, **second})["CertificateArn"] == first) is same
    assert len(aws.certificates) == (1 if same else 2)


def test_a_token_does_not_bring_back_what_was_deleted(sdk: Clients) -> None:
    first = requested(sdk, NAME, IdempotencyToken="a")
    sdk.acm.delete_certificate(CertificateArn=first)
    assert requested(sdk, NAME, IdempotencyToken="a") != first


# ---------------------------------------------------------------------------------------------------- lists


def listed(sdk: Clients, **asked: Any) -> list[str]:
    return [summary["DomainName"] for summary in sdk.acm.list_certificates(**asked)["CertificateSummaryList"]]


def test_a_list_says_what_tells_certificates_apart(aws: Aws, sdk: Clients) -> None:
    arn = issued(aws, sdk.acm, NAME, OTHER)
    [found] = sdk.acm.list_certificates()["CertificateSummaryList"]
    assert (found["CertificateArn"], found["Status"], found["InUse"]) == (arn, "ISSUED", False)
    assert found["SubjectAlternativeNameSummaries"] == [NAME, OTHER]
    assert found["HasAdditionalSubjectAlternativeNames"] is False


LISTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "by default": ({}, ["rsa.example.com", "issued.example.com"]),
    "by key type": ({"Includes": {"keyTypes": ["EC_prime256v1"]}}, ["ec.example.com"]),
    "by key types": (
        {"Includes": {"keyTypes": ["EC_prime256v1", "RSA_2048"]}},
        ["rsa.example.com", "ec.example.com", "issued.example.com"],
    ),
    "by status": ({"CertificateStatuses": ["ISSUED"]}, ["issued.example.com"]),
    "by other statuses": ({"CertificateStatuses": ["FAILED", "EXPIRED"]}, []),
}


@pytest.mark.parametrize("name", LISTS)
def test_only_certificates_with_plain_rsa_keys_are_listed_unless_others_are_asked_for(aws: Aws, sdk: Clients, name: str) -> None:
    asked, expected = LISTS[name]
    requested(sdk, "rsa.example.com")
    requested(sdk, "ec.example.com", KeyAlgorithm="EC_prime256v1")
    issued(aws, sdk.acm, "issued.example.com")
    assert listed(sdk, **asked) == expected


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
def test_pages_hold_all_certificates_once(aws: Aws, sdk: Clients, size: int) -> None:
    names = [f"{number}.example.com" for number in range(5)]
    for name in names:
        requested(sdk, name)
    pages = list(sdk.acm.get_paginator("list_certificates").paginate(PaginationConfig={"PageSize": size}))
    assert [summary["DomainName"] for page in pages for summary in page["CertificateSummaryList"]] == names
    assert len(pages) == -(-5 // size)
    aws.quotas["certificates per page"] = 2
    assert len(listed(sdk)) == 2


def test_a_new_certificate_may_be_listed_late(aws: Aws, sdk: Clients) -> None:
    aws.listing_delay = 2
    requested(sdk, NAME)
    assert [listed(sdk) for _ in range(3)] == [[], [], [NAME]]


def test_each_region_has_its_own(sdk: Clients) -> None:
    arn = requested(sdk, NAME)
    elsewhere = Clients(sdk.url, region="eu-west-1")
    assert ":us-east-1:" in arn
    assert ":eu-west-1:" in requested(elsewhere, OTHER)
    assert (listed(sdk), listed(elsewhere)) == ([NAME], [OTHER])
    assert refusal(elsewhere.acm.describe_certificate, CertificateArn=arn) == ("ResourceNotFoundException", 400)


# ---------------------------------------------------------------------------------------------------- tags


def tags(sdk: Clients, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in sdk.acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]}


def test_tags_are_kept(aws: Aws, sdk: Clients) -> None:
    arn = requested(sdk, NAME, Tags=[{"Key": "emailauth", "Value": "1"}, {"Key": "empty", "Value": ""}])
    sdk.acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "emailauth", "Value": "2"}, {"Key": "more"}])
    assert tags(sdk, arn) == {"emailauth": "2", "empty": "", "more": ""} == aws.certificates[arn].tags
    sdk.acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": "more"}, {"Key": "emailauth", "Value": "1"}, {"Key": "x"}])
    assert tags(sdk, arn) == {"emailauth": "2", "empty": ""}


# ---------------------------------------------------------------------------------------------------- refusals

ELSEWHERE = "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
LABEL = "a" * 60
VALIDATION = ("ValidationException", 400)
REFUSED: dict[str, tuple[str, dict[str, Any], tuple[str, int]]] = {
    "eleven names": (
        "request_certificate",
        {"DomainName": NAME, "SubjectAlternativeNames": [f"{number}.example.com" for number in range(10)]},
        ("LimitExceededException", 400),
    ),
    "a first name of 65 octets": ("request_certificate", {"DomainName": f"{LABEL}.comm"}, ("InvalidParameterException", 400)),
    "a key that is only for imports": (
        "request_certificate",
        {"DomainName": NAME, "KeyAlgorithm": "RSA_4096"},
        ("InvalidParameterException", 400),
    ),
    "a key that there is not": ("request_certificate", {"DomainName": NAME, "KeyAlgorithm": "RSA-2048"}, VALIDATION),
    "no name": ("request_certificate", {}, VALIDATION),
    "no host name": ("request_certificate", {"DomainName": "_mta-sts.example.com"}, VALIDATION),
    "a token with a hyphen": ("request_certificate", {"DomainName": NAME, "IdempotencyToken": "a-b"}, VALIDATION),
    "a token of 33 characters": ("request_certificate", {"DomainName": NAME, "IdempotencyToken": "a" * 33}, VALIDATION),
    "no tags": ("request_certificate", {"DomainName": NAME, "Tags": []}, VALIDATION),
    "a tag of AWS": (
        "request_certificate",
        {"DomainName": NAME, "Tags": [{"Key": "aws:x", "Value": ""}]},
        ("InvalidTagException", 400),
    ),
    "51 tags": (
        "request_certificate",
        {"DomainName": NAME, "Tags": [{"Key": str(number), "Value": ""} for number in range(51)]},
        VALIDATION,
    ),
    "a certificate that there is not": ("describe_certificate", {"CertificateArn": ELSEWHERE}, ("ResourceNotFoundException", 400)),
    "tags of one that there is not": ("list_tags_for_certificate", {"CertificateArn": ELSEWHERE}, ("ResourceNotFoundException", 400)),
    "to tag one that there is not": (
        "add_tags_to_certificate",
        {"CertificateArn": ELSEWHERE, "Tags": [{"Key": "a"}]},
        ("ResourceNotFoundException", 400),
    ),
    "to delete one that there is not": ("delete_certificate", {"CertificateArn": ELSEWHERE}, ("ResourceNotFoundException", 400)),
    "no ARN": ("describe_certificate", {"CertificateArn": "0" * 30}, VALIDATION),
    "an empty page": ("list_certificates", {"MaxItems": 0}, VALIDATION),
    "a page of 1,001": ("list_certificates", {"MaxItems": 1001}, VALIDATION),
    "a status that there is not": ("list_certificates", {"CertificateStatuses": ["issued"]}, VALIDATION),
    "a key type that there is not": ("list_certificates", {"Includes": {"keyTypes": ["RSA"]}}, VALIDATION),
}


@pytest.mark.parametrize("name", REFUSED)
def test_acm_refuses(aws: Aws, sdk: Clients, name: str) -> None:
    operation, asked, expected = REFUSED[name]
    assert refusal(getattr(sdk.acm, operation), **asked) == expected
    assert aws.certificates == {}


def test_more_than_fifty_tags_are_refused_however_they_come(sdk: Clients) -> None:
    arn = requested(sdk, NAME, Tags=[{"Key": str(number), "Value": ""} for number in range(50)])
    more = [{"Key": "more", "Value": ""}]
    assert refusal(sdk.acm.add_tags_to_certificate, CertificateArn=arn, Tags=more) == ("TooManyTagsException", 400)
    assert len(tags(sdk, arn)) == 50


def test_the_quota_of_certificates_is_one_of_each_region(aws: Aws, sdk: Clients) -> None:
    aws.quotas["certificates"] = 1
    requested(sdk, NAME)
    assert refusal(sdk.acm.request_certificate, DomainName=OTHER) == ("LimitExceededException", 400)
    requested(Clients(sdk.url, region="eu-west-1"), OTHER)


def test_the_words_are_those_of_the_service(sdk: Clients) -> None:
    assert message(sdk.acm.request_certificate, DomainName=NAME, KeyAlgorithm="DSA") == (
        "1 validation error detected: Value 'DSA' at 'keyAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: "
        "[RSA_1024, RSA_2048, RSA_3072, RSA_4096, EC_prime256v1, EC_secp384r1, EC_secp521r1]"
    )
    names = [f"{number}.example.com" for number in range(10)]
    assert message(sdk.acm.request_certificate, DomainName=NAME, SubjectAlternativeNames=names) == "Certificate has too many domains."


BODIES = {
    "no JSON": (b"{", b"SerializationException"),
    "no object": (b"[]", b"SerializationException"),
    "an unknown member": (b'{"DomainName": "a.example.com", "Domain": "b.example.com"}', b"SerializationException"),
    "a number for a text": (b'{"DomainName": 1}', b"SerializationException"),
    "an unknown member inside": (b'{"DomainName": "a.example.com", "Tags": [{"Name": "x"}]}', b"SerializationException"),
}


@pytest.mark.parametrize("name", BODIES)
def test_what_the_sdk_would_not_send_is_refused_too(aws: Aws, sdk: Clients, name: str) -> None:
    body, code = BODIES[name]
    status, answer = raw(sdk.url, "POST", "/", "acm", body=body, x_amz_target="CertificateManager.RequestCertificate")
    assert status == 400
    assert code in answer
    assert aws.certificates == {}
