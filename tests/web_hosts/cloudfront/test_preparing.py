"""What is made before the records of a host name are known, for whom, and what the records are."""

import pytest

from emailauth.core.errors import CouldNotDoError
from emailauth.core.record import Record
from emailauth.web_hosts.cloudfront.state import NAME
from tests.fakes.aws.acm import validation_record
from tests.fakes.aws.cloudfront.functions import Function, Stage
from tests.web_hosts.cloudfront.account import Account, name_of, policy, policy_url

HOST, OTHER = "mta-sts.example.com", "mta-sts.example.net"
POLICY = policy("mx1.example.com")


def names(account: Account) -> list[list[str]]:
    """Of all certificates, in the order of their requests."""
    return [sorted(certificate.names) for certificate in account.aws.certificates.values()]


def many(count: int, domain: str = "example.com") -> list[str]:
    return [f"mta-sts.d{n:03}.{domain}" for n in range(count)]


def test_to_prepare_only_reads_and_says_what_will_be_made(account: Account) -> None:
    told = account.host().to_prepare([OTHER, HOST])
    message = "a certificate by ACM that names it, for a new CloudFront distribution"
    assert told == {HOST: message, OTHER: message}
    assert {operation for operation, _ in account.aws.calls} == {"ListCertificates", "ListDistributions", "ListFunctions"}


def test_a_distribution_is_made_as_mail_servers_need_it(account: Account) -> None:
    account.host().prepare([HOST])
    (distribution,) = account.aws.distributions.values()
    behaviour = distribution.config["DefaultCacheBehavior"]
    assert distribution.tags == {"emailauth": "emailauth-1"}
    assert distribution.config["Comment"] == "emailauth-1: MTA-STS policies and BIMI files; not to be changed by hand"
    assert distribution.config["Enabled"] is True
    assert distribution.config["Aliases"] == {"Quantity": 0}
    assert distribution.config["HttpVersion"] == "http2and3"
    assert distribution.config["IsIPV6Enabled"] is True
    assert distribution.config["Origins"]["Items"][0]["DomainName"] == "example.com"
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    assert behaviour["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert behaviour["Compress"] is False
    assert set(behaviour["AllowedMethods"]["Items"]) == {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}
    associations = behaviour["FunctionAssociations"]["Items"]
    assert associations == [{"EventType": "viewer-request", "FunctionARN": account.aws.functions["emailauth-1"].arn}]


def test_the_certificate_is_one_that_mail_servers_take_and_dns_validates(account: Account) -> None:
    account.host().prepare([HOST])
    (certificate,) = account.aws.certificates.values()
    (distribution,) = account.aws.distributions.values()
    assert (certificate.key_algorithm, certificate.validation_method, certificate.region) == ("RSA_2048", "DNS", "us-east-1")
    assert certificate.tags == {"emailauth": distribution.id}


def test_the_origin_can_be_named(account: Account) -> None:
    account.host(origin="WWW.Example.org").prepare([HOST])
    (distribution,) = account.aws.distributions.values()
    assert distribution.config["Origins"]["Items"][0]["DomainName"] == "www.example.org"


def test_the_records_are_those_that_serve_and_validate_the_name(account: Account) -> None:
    host = account.host()
    assert host.records(HOST, "example.com") == ()
    account.aws.validation_delay = 3
    host.prepare([HOST])
    (distribution,) = account.aws.distributions.values()
    owner, target = validation_record(HOST)
    expected = [
        Record(name=HOST, type="CNAME", value=f"{distribution.domain_name}.", domain="example.com", kind=f"web/{HOST}"),
        Record(name=owner, type="CNAME", value=f"{target}.", domain="example.com", kind=f"web/{HOST}/certificate"),
    ]
    assert list(host.records(HOST, "example.com")) == expected
    assert list(account.host().records(HOST, "example.com")) == expected
    assert account.pauses == [3.0, 3.0, 3.0]


def test_the_records_of_a_name_are_the_same_once_it_is_served_and_with_every_later_certificate(account: Account) -> None:
    host = account.host()
    host.prepare([HOST])
    records = host.records(HOST, "example.com")
    account.apply({policy_url("example.com"): POLICY}, host)
    assert host.records(HOST, "example.com") == records
    account.apply({policy_url("example.com"): POLICY, policy_url("example.net"): POLICY}, host)
    assert host.records(HOST, "example.com") == records


def test_preparing_twice_makes_everything_once(account: Account) -> None:
    account.host().prepare([HOST, OTHER])
    host = account.host()
    host.prepare([HOST])
    host.prepare([OTHER, HOST])
    assert (len(account.aws.distributions), names(account)) == (1, [[HOST, OTHER]])
    assert host.to_prepare([HOST, OTHER]) == {}


@pytest.mark.parametrize(
    ("count", "setting", "expected"),
    [
        (10, 10, [10]),
        (11, 10, [10, 1]),
        (3, 1, [1, 1, 1]),
        (60, 100, [21, 21, 18]),  # as many policies as a function surely has room for
    ],
)
def test_host_names_are_spread_by_the_names_of_a_certificate_and_the_room_of_a_function(
    account: Account, count: int, setting: int, expected: list[int]
) -> None:
    account.aws.quotas["names per certificate"] = 100
    account.host(names_per_certificate=setting).prepare(many(count))
    assert [len(each) for each in names(account)] == expected
    assert len(account.aws.distributions) == len(account.aws.functions) == len(expected)


def test_one_more_goes_where_there_is_room_with_one_certificate_for_all_that_are_there(account: Account) -> None:
    account.apply({policy_url("example.com"): POLICY})
    told = account.host().to_prepare([HOST, OTHER])
    (distribution,) = account.aws.distributions.values()
    assert told == {OTHER: f"a certificate by ACM that names it, for the CloudFront distribution {distribution.id}"}
    account.host().prepare([OTHER])
    assert (len(account.aws.distributions), names(account)) == (1, [[HOST], [HOST, OTHER]])


def test_a_function_that_is_full_takes_no_more(account: Account) -> None:
    big = b"<svg>" + b"." * 8_300 + b"</svg>"
    account.apply({"https://bimi.example.com/default/logo-0a1b2c3d.svg": big})
    account.host().prepare([OTHER])
    assert len(account.aws.distributions) == 2


def test_names_that_somebody_else_prepared_and_never_validates_hold_nobody_up(account: Account) -> None:
    account.host().prepare(["mta-sts.examlpe.com"])
    account.apply({policy_url("example.com"): POLICY})
    assert names(account) == [["mta-sts.examlpe.com"], [HOST]]
    assert account.seen(policy_url("example.com"))[0] == 200


def test_names_of_the_same_file_share_a_certificate_also_when_they_come_one_by_one(account: Account) -> None:
    host = account.host()
    host.prepare([HOST])
    host.prepare([OTHER])
    account.apply({policy_url("example.com"): POLICY, policy_url("example.net"): POLICY}, host)
    assert names(account) == [[HOST, OTHER]]  # that of HOST alone is deleted, for it is of no use any more


def test_the_subject_is_a_name_that_is_short_enough_for_it(account: Account) -> None:
    long = "mta-sts." + "a" * 60 + ".example.com"
    account.host().prepare([long, HOST])
    assert [(one.domain_name, sorted(one.names)) for one in account.aws.certificates.values()] == [(HOST, sorted([long, HOST]))]


def test_a_long_name_alone_cannot_have_a_certificate(account: Account) -> None:
    with pytest.raises(CouldNotDoError, match="one name of a certificate must have 64 characters at most"):
        account.host().prepare(["mta-sts." + "a" * 60 + ".example.com"])


def test_numbers_that_others_use_are_left_to_them(account: Account) -> None:
    account.host().prepare([HOST])
    code, config = b"function handler(e) { return e.request; }", {"Comment": "somebody's", "Runtime": "cloudfront-js-2.0"}
    stage = Stage(code=code, config=config, etag="E1", modified=account.aws.now)
    account.aws.functions["emailauth-2"] = Function(name="emailauth-2", created=account.aws.now, development=stage)
    account.host(names_per_certificate=1).prepare([OTHER])
    assert sorted(account.aws.functions) == ["emailauth-1", "emailauth-2", "emailauth-3"]
    assert account.aws.functions["emailauth-2"].live is None
    assert all(NAME.fullmatch(distribution.tags["emailauth"]) for distribution in account.aws.distributions.values())


@pytest.mark.parametrize("status", ["FAILED", "VALIDATION_TIMED_OUT", "EXPIRED", "REVOKED"])
def test_a_certificate_that_came_to_nothing_is_requested_anew_and_the_old_one_deleted(account: Account, status: str) -> None:
    account.host().prepare([HOST])
    (old,) = account.aws.certificates.values()
    old.status = status
    assert set(account.host().to_prepare([HOST])) == {HOST}
    account.apply({policy_url("example.com"): POLICY})
    (new,) = account.aws.certificates.values()
    assert (new.names, new.status, new is old) == ([HOST], "ISSUED", False)


def test_a_certificate_that_expired_in_use_is_replaced(account: Account) -> None:
    files = {policy_url("example.com"): POLICY}
    account.apply(files)
    (old,) = account.aws.certificates.values()
    old.status = "EXPIRED"
    assert set(account.host().to_prepare([HOST])) == {HOST}
    account.host().prepare([HOST])  # requests; its CNAME is there still
    account.host().prepare([HOST])  # attaches
    (distribution,) = account.aws.distributions.values()
    attached = account.aws.certificates[distribution.config["ViewerCertificate"]["ACMCertificateArn"]]
    assert (attached.status, attached is old) == ("ISSUED", False)
    assert account.left(files) == []


def test_an_alias_that_somebody_took_away_is_given_back(account: Account) -> None:
    files = {policy_url("example.com"): POLICY}
    account.apply(files)
    (distribution,) = account.aws.distributions.values()
    distribution.config["Aliases"] = {"Quantity": 0}
    assert [name_of(f"https://{host}/") for host in account.host().to_prepare([HOST])] == [HOST]
    account.host().prepare([HOST])
    assert distribution.config["Aliases"]["Items"] == [HOST]
    assert account.left(files) == []


def test_certificates_that_acm_does_not_list_yet_are_known_to_who_requested_them(account: Account) -> None:
    account.aws.listing_delay = 1_000
    host = account.host()
    host.prepare([HOST])
    assert host.to_prepare([HOST]) == {}
    assert len(host.records(HOST, "example.com")) == 2
    account.host().prepare([HOST])
    assert names(account) == [[HOST]]


def test_records_that_acm_does_not_tell_in_minutes_are_told(account: Account) -> None:
    account.aws.validation_delay = 1_000
    with pytest.raises(CouldNotDoError, match="ACM has not said yet which CNAMEs validate the certificate arn:"):
        account.host().prepare([HOST])
    account.aws.validation_delay = 1
    account.host().prepare([HOST])
    assert names(account) == [[HOST]]


def test_a_certificate_that_fails_before_its_records_are_known_is_told(account: Account) -> None:
    def fail(operation: str, _request: object) -> None:
        if operation == "DescribeCertificate":
            for certificate in account.aws.certificates.values():
                certificate.status, certificate.failure_reason = "FAILED", "CAA_ERROR"

    account.aws.before = fail
    with pytest.raises(CouldNotDoError, match=r"was not issued \(CAA_ERROR\): a CAA record of the name"):
        account.host().prepare([HOST])
