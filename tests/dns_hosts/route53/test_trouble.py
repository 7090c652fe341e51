"""Each thing that can be wrong is one message, which says what to do and holds no credential."""

import builtins
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from emailauth.core.errors import ConflictError, CouldNotDoError, UsageError
from emailauth.core.record import RRsetChange
from emailauth.dns_hosts.route53 import Settings, open_host, settings_for
from tests.dns_hosts.route53.account import Account
from tests.fakes.route53 import ACCESS_KEY, SECRET_KEY, Route53, environment
from tests.fakes.service import Fault, Lost, Request, Response
from tests.ports import refusing

TOKEN = "TOKEN+that/nobody/shall/see=="  # noqa: S105 - recognisable, so that the tests find it in output
ROLE = "arn:aws:iam::111122223333:role/email-auth"


def told(deed: Callable[[], object]) -> tuple[type[Exception], str]:
    """What it raises; nothing that could be printed of it holds a credential."""
    with pytest.raises((UsageError, CouldNotDoError)) as found:
        deed()
    shown = "".join(traceback.format_exception(found.value)) + repr(found.value)
    assert SECRET_KEY not in shown
    assert TOKEN not in shown
    assert found.value.__cause__ is None
    assert found.value.__suppress_context__ or found.value.__context__ is None
    return type(found.value), str(found.value)


PARTITION = "if its account is in AWS China or GovCloud, which are partitions of their own, set AWS_REGION (or the profile's region) to one of there"
LATER = "run again later, which goes on from there (health.aws.amazon.com says whether it is AWS)"
LIST = "cannot list the hosted zones of the account: "
ANSWERS = [
    (
        (403, "AccessDenied", "User: arn:aws:iam::111122223333:user/example is not authorized to perform: route53:ListHostedZones because no identity-based policy allows the route53:ListHostedZones action"),
        f'{LIST}the credentials are not allowed to do route53:ListHostedZones (no identity-based policy allows the route53:ListHostedZones action): allow it in their IAM policy, "Action": "route53:ListHostedZones", "Resource": "*"',
    ),
    ((403, "AccessDeniedException", "no"), f'{LIST}the credentials are not allowed to do route53:ListHostedZones (AWS says: no): allow it in their IAM policy, "Action": "route53:ListHostedZones", "Resource": "*"'),
    ((403, "ExpiredToken", f"The security token {TOKEN} included in the request is expired"), f"{LIST}the AWS session has expired: sign in again (aws sso login, or new keys), then run again; what was done stays"),
    ((403, "InvalidClientTokenId", "The security token included in the request is invalid."), f"{LIST}AWS does not know the access key that it was given: see that it is active; {PARTITION}"),
    ((403, "SignatureDoesNotMatch", f"The request signature we calculated does not match. The Canonical String was x-amz-security-token:{TOKEN} {SECRET_KEY}"), f"{LIST}AWS refused the signature: the secret access key is not that of the access key id; set both anew"),
    ((403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region."), f"{LIST}the region does not belong to the AWS that was asked: {PARTITION}"),
    ((403, "SignatureDoesNotMatch", "Signature expired: 20261101T000000Z is now earlier than 20261101T001500Z"), f"{LIST}AWS refused the signature for its time: the clock of this machine is wrong"),
    ((403, "SignatureDoesNotMatch", "Signature not yet current: 20261101T000000Z"), f"{LIST}AWS refused the signature for its time: the clock of this machine is wrong"),
    ((400, "InvalidInput", "1 validation error detected"), f"{LIST}1 validation error detected (InvalidInput)"),
    ((403, "OptInRequired", ""), f"{LIST}AWS gave no reason (OptInRequired)"),
    ((404, "", ""), f"{LIST}AWS gave no reason (HTTP 404)"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "message"), ANSWERS, ids=[f"{code or 'none'} {text[:20]}" for (_, code, text), _ in ANSWERS])
def test_what_the_service_refuses(answer: tuple[int, str, str], message: str, aws: Account) -> None:
    aws.service.fails["ListHostedZones"] = answer
    assert told(aws.read) == (CouldNotDoError, message)
    assert aws.calls() == ["ListHostedZones"]


@pytest.mark.parametrize(
    ("operation", "action", "resource"),
    [
        ("ListResourceRecordSets", "route53:ListResourceRecordSets", "arn:aws:route53:::hostedzone/Z0000000000001"),
        ("ChangeResourceRecordSets", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z0000000000001"),
        ("GetChange", "route53:GetChange", "arn:aws:route53:::change/*"),
    ],
)
def test_the_permission_that_is_missing_is_named(operation: str, action: str, resource: str, aws: Account) -> None:
    aws.service.fails[operation] = (403, "AccessDenied", "no")

    def everything() -> None:
        aws.host.apply(aws.read(), [RRsetChange(name="example.com", type="TXT", before=None, after=("x",), ttl=60)])
        aws.host.settle()

    kind, message = told(everything)
    assert kind is CouldNotDoError
    assert message.endswith(f': allow it in their IAM policy, "Action": "{action}", "Resource": "{resource}"')


def test_a_zone_that_is_gone_is_told(aws: Account) -> None:
    aws.read()
    del aws.service.zones[aws.zone_id]
    assert told(aws.read) == (
        CouldNotDoError,
        (
            "cannot read Route 53 hosted zone Z0000000000001 (example.com): the zone is not in this account any more: see that the "
            "credentials are those of its account. AWS says: No hosted zone found with ID: Z0000000000001 (NoSuchHostedZone)"
        ),
    )


def test_a_service_that_cannot_be_reached_is_told(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing() as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        assert told(aws.read) == (
            CouldNotDoError,
            f"{LIST}no connection to http://127.0.0.1:{port}: see that this machine has network, or set HTTPS_PROXY",
        )
    assert [round(pause, 2) for pause in aws.time.pauses] == [0.5, 1.0]


def test_a_proxy_that_cannot_be_reached_is_told(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    with refusing() as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://user:{TOKEN.replace('/', '_')}@127.0.0.1:{port}")
        assert told(aws.read) == (CouldNotDoError, f"{LIST}no connection to the proxy: correct HTTPS_PROXY, or unset it")


def test_a_certificate_that_is_not_trusted_is_told(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url.replace("http:", "https:"))
    kind, message = told(aws.read)
    assert kind is CouldNotDoError
    assert (
        message
        == f"{LIST}the certificate of {aws.url.replace('http:', 'https:')} is not trusted: is a proxy on the way? Then set AWS_CA_BUNDLE"
    )


def test_a_service_that_never_answers_is_told(aws: Account) -> None:
    aws.service.before = lambda *_: Lost()
    assert told(aws.read) == (CouldNotDoError, f"{LIST}AWS gives no answer (ConnectionClosedError): {LATER}")
    assert aws.service.count() == 8


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_service_that_fails_for_ever_is_told(status: int, aws: Account) -> None:
    aws.service.before = lambda *_: Response(status=status, headers={"content-type": "text/html"}, body=b"")
    assert told(aws.read) == (CouldNotDoError, f"{LIST}AWS gives no answer (HTTP {status}): {LATER}")
    assert aws.service.count() == 8


FOREIGN = "what answers is not AWS: a proxy or the login of this network may be in between; see what a browser shows, or set HTTPS_PROXY"
PAGE = b"<html>Log in to the network of this hotel</html>"


@pytest.mark.parametrize(
    ("status", "kind"), [(200, "text/html"), (200, "text/html; charset=utf-8"), (200, "text/xml"), (403, "text/html"), (511, "text/html")]
)
@pytest.mark.parametrize(
    ("operation", "cannot"),
    [
        ("ListHostedZones", "list the hosted zones of the account"),
        ("ListResourceRecordSets", "read Route 53 hosted zone Z0000000000001 (example.com)"),
        ("GetChange", "see whether the change C0000000000001 is at all nameservers"),
    ],
)
def test_what_is_not_route_53_is_told(operation: str, cannot: str, status: int, kind: str, aws: Account) -> None:
    page = Response(status=status, headers={"content-type": kind}, body=PAGE)
    aws.service.before = lambda called, _: page if called == operation else None

    def everything() -> None:
        aws.host.apply(aws.read(), [RRsetChange(name="example.com", type="TXT", before=None, after=("x",), ttl=60)])
        aws.host.settle()

    message = FOREIGN if status < 500 else f"AWS gives no answer (HTTP {status}): {LATER}"
    assert told(everything) == (CouldNotDoError, f"cannot {cannot}: {message}")


@pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
def test_what_is_not_route_53_and_answers_a_change_is_no_answer(made: bool, aws: Account) -> None:
    zone, pages = aws.read(), [Response(headers={"content-type": "text/html"}, body=PAGE)]

    def page(operation: str, _: Request) -> Fault:
        return pages.pop() if operation == "ChangeResourceRecordSets" and pages else None

    aws.service.before, aws.service.after = (lambda *_: None, page) if made else (page, lambda *_: None)
    after = aws.host.apply(zone, [RRsetChange(name="example.com", type="TXT", before=None, after=("x",), ttl=60)])
    assert after.rrsets["example.com", "TXT"].values == ("x",)
    assert aws.service.sets(aws.zone_id)["example.com", "TXT"] == (60, ('"x"',))
    assert aws.service.count("ChangeResourceRecordSets") == (1 if made else 2)


@pytest.mark.parametrize(("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov")])
def test_the_permission_that_is_missing_is_named_with_its_partition(
    region: str, partition: str, aws: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", region)
    aws.service.fails["ListResourceRecordSets"] = (403, "AccessDenied", "no")
    assert told(aws.read)[1].endswith(f'"Resource": "arn:{partition}:route53:::hostedzone/Z0000000000001"')


def test_a_role_is_assumed_again_before_its_hour_is_over(aws: Account) -> None:
    host = aws.open(Settings(role_arn=ROLE))
    for now, times in [(1000.0, 1), (3600.0, 1), (3800.0, 2), (6400.0, 2), (6600.0, 3)]:
        aws.time.now = now
        host.read(["example.com"])
        assert aws.service.count("AssumeRole") == times
    assert aws.service.count("ListHostedZones") == 1


# ------------------------------------------------------------------------------------- credentials and settings


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ~/.aws/config."""
    path = tmp_path / "config"
    path.write_text("")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    return path


def without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")


def test_no_credentials_are_told(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    without_keys(monkeypatch)
    assert told(aws.read) == (
        UsageError,
        "no AWS credentials: set AWS_PROFILE or dns_host, route53, profile, or sign in (aws sso login, aws configure)",
    )


def test_half_of_the_credentials_are_told(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert told(aws.read) == (UsageError, "half of the AWS credentials: AWS_SECRET_ACCESS_KEY is missing beside what env gives")


def test_an_unknown_access_key_is_told(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDOTHER")
    assert told(aws.read)[1].startswith(f"{LIST}AWS does not know the access key that it was given")


def test_a_profile_that_is_not_there_is_told(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "AWS has no profile 'nobody': correct dns_host, route53, profile (or AWS_PROFILE), or add it to ~/.aws/config"
    assert told(lambda: aws.open(Settings(profile="nobody")).read(["example.com"])) == (UsageError, message)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert told(aws.read) == (UsageError, message)


def test_a_profile_is_used(aws: Account, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_keys(monkeypatch)
    config.write_text(f"[profile dns]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\nregion = eu-west-1\n")
    (zone,) = aws.open(Settings(profile="dns")).read(["example.com"])
    assert zone.name == "example.com"


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        (
            "sso_session = x\nsso_account_id = 111122223333\nsso_role_name = y\n[sso-session x]\nsso_region = us-east-1\nsso_start_url = https://example.com",
            "the AWS credentials cannot be had (SSOTokenLoadError): sign in again (aws sso login), or see what the profile says",
        ),
        (
            f"credential_process = sh -c 'echo {TOKEN} >&2; exit 1'",
            "the AWS credentials cannot be had (CredentialRetrievalError): sign in again (aws sso login), or see what the profile says",
        ),
    ],
)
def test_credentials_that_cannot_be_had_are_told(
    profile: str, message: str, aws: Account, config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    without_keys(monkeypatch)
    config.write_text(f"[profile dns]\n{profile}\n")
    assert told(lambda: aws.open(Settings(profile="dns")).read(["example.com"])) == (CouldNotDoError, message)


def test_a_configuration_that_cannot_be_understood_is_told(aws: Account, config: Path) -> None:
    config.write_text(f"[profile dns\n{TOKEN}")
    kind, message = told(aws.read)
    assert kind is UsageError
    assert message == f"{LIST}the AWS SDK does not take the settings that it finds (ConfigParseError): see ~/.aws/config and AWS_*"


def test_a_region_that_is_none_is_told(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us east")
    assert told(aws.read) == (UsageError, "'us east' is no AWS region: correct AWS_REGION or the profile's region")


def test_a_key_with_a_line_end_is_no_traceback(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", f"{TOKEN}\n")
    kind, message = told(aws.read)
    assert kind is CouldNotDoError
    assert message == f"{LIST}AWS gives no answer (HTTPClientError): {LATER}"


def test_a_role_is_assumed_once(aws: Account) -> None:
    host = aws.open(Settings(role_arn=ROLE, external_id="for-us"))
    host.read(["example.com"])
    host.read(["example.com"])
    assert aws.calls() == ["AssumeRole", "ListHostedZones", "ListResourceRecordSets", "ListResourceRecordSets"]
    body = aws.service.calls[0][1].body.decode()
    assert "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Femail-auth" in body
    assert "ExternalId=for-us" in body
    assert "RoleSessionName=emailauth" in body
    assert all("Credential=ASIA" in request.headers["authorization"] for operation, request in aws.service.calls[1:])


def test_a_role_is_assumed_with_a_profile(aws: Account, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_keys(monkeypatch)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    config.write_text(f"[profile dns]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\nendpoint_url = {aws.url}\n")
    aws.open(Settings(profile="dns", role_arn=ROLE)).read(["example.com"])
    assert aws.calls() == ["AssumeRole", "ListHostedZones", "ListResourceRecordSets"]
    assert "ExternalId" not in aws.service.calls[0][1].body.decode()


def test_a_role_that_may_not_be_assumed_is_told(aws: Account) -> None:
    aws.service.fails["AssumeRole"] = (403, "AccessDenied", "User: x is not authorized to perform: sts:AssumeRole")
    kind, message = told(lambda: aws.open(Settings(role_arn=ROLE)).read(["example.com"]))
    assert kind is CouldNotDoError
    assert message == (
        f'{LIST}the credentials are not allowed to do sts:AssumeRole: allow it in their IAM policy, "Action": "sts:AssumeRole", "Resource": "{ROLE}", '
        "and see that the role's trust policy names who calls (and the external_id)"
    )


def test_a_role_of_another_partition_is_told_before_anything_is_sent(aws: Account) -> None:
    role = ROLE.replace("arn:aws:", "arn:aws-cn:")
    assert told(lambda: aws.open(Settings(role_arn=role)).read(["example.com"])) == (
        UsageError,
        f"the region us-east-1 is not in aws-cn, where the role {role} is: set AWS_REGION (or the profile's region) to one of there",
    )
    assert aws.calls() == []


@pytest.mark.parametrize(("partition", "region"), [("aws", "us-east-1"), ("aws-cn", "cn-northwest-1"), ("aws-us-gov", "us-gov-west-1")])
def test_where_no_region_is_said_the_role_says_the_partition(
    partition: str, region: str, aws: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    aws.service.fails["AssumeRole"] = (403, "AccessDenied", "")
    told(lambda: aws.open(Settings(role_arn=ROLE.replace("arn:aws:", f"arn:{partition}:"))).read(["example.com"]))
    assert f"/{region}/sts/" in aws.service.calls[0][1].headers["authorization"]


def test_the_sdk_sends_nothing_twice_by_itself(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    zone = aws.read()
    sent = aws.service.count()
    aws.service.throttled = 1
    aws.host.apply(zone, [RRsetChange(name="example.com", type="TXT", before=None, after=("x",), ttl=60)])
    assert aws.service.count() == sent + 2
    assert 0.5 in [round(pause, 2) for pause in aws.time.pauses]


def test_no_credential_is_logged(aws: Account, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    caplog.set_level(logging.DEBUG, logger="emailauth")
    aws.service.fails["ListResourceRecordSets"] = (403, "AccessDenied", "no")
    host = aws.open(Settings(zones={"example.com": aws.zone_id}))
    told(lambda: host.read(["example.com"]))
    assert SECRET_KEY not in caplog.text + repr(host) + repr(vars(host))
    assert TOKEN not in caplog.text + repr(host) + repr(vars(host))


def test_without_the_sdk_the_extra_is_named(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any) -> Any:
        if name.partition(".")[0] in {"boto3", "botocore"}:
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    assert told(aws.read) == (UsageError, "dns_host route53 needs the AWS SDK: pip install 'emailauth[aws]'")


def test_the_sdk_is_imported_with_the_first_call() -> None:
    code = "import sys; from emailauth.dns_hosts.route53 import *; open_host(Settings(), None); print('boto3' in sys.modules or 'botocore' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert done.stdout == "False\n"


# -------------------------------------------------------------------------------------------------- the settings


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(external_id="x"), "dns_host route53: external_id is said without the role_arn that it is for"),
        (Settings(zones={"exa mple..com": "Z1"}), "dns_host route53, zones: 'exa mple..com' is not a domain name: A DNS label is empty."),
        (Settings(zones={"example.com": "Z1", "Example.com.": "Z2"}), "dns_host route53, zones: example.com is there twice; leave one"),
    ],
)
def test_settings_that_make_no_sense_are_told(settings: Settings, message: str) -> None:
    with pytest.raises(UsageError) as told:
        open_host(settings, Path())
    assert str(told.value) == message


@pytest.mark.parametrize(
    "text",
    [
        '{"zones": {"example.com": "Z 1"}}',
        '{"zones": {"example.com": "z1"}}',
        '{"role_arn": "email-auth"}',
        '{"role_arn": "arn:aws:iam::1:role/x"}',
        '{"profile": ""}',
        '{"region": "eu-west-1"}',
    ],
)
def test_settings_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Settings)


@pytest.mark.parametrize(
    ("domain", "zones"),
    [
        ("example.com", {"example.com": "Z1", "sub.example.com": "Z2"}),
        ("www.example.com", {"example.com": "Z1"}),
        ("sub.example.com", {"sub.example.com": "Z2"}),
        ("example.org", {}),
    ],
)
def test_settings_for_one_domain_name_only_its_zones(domain: str, zones: dict[str, str]) -> None:
    settings = Settings(profile="p", zones={"Example.com.": "/hostedzone/Z1", "sub.example.com": "Z2", "example.net": "Z3"})
    assert settings_for(settings, domain) == Settings(profile="p", zones=zones)


def test_two_hosts_of_an_account_keep_the_rate_together(aws: Account) -> None:
    aws.open().read(["example.com"])
    aws.open(Settings(zones={"example.com": aws.zone_id})).read(["example.com"])
    assert aws.time.now == 1000.5


def test_a_conflict_is_a_kind_of_what_could_not_be_done() -> None:
    assert issubclass(ConflictError, CouldNotDoError)


def test_the_environment_of_the_fake_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Route53()
    service.add_zone("example.com")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    with service.served() as url:
        for name, value in environment(url).items():
            monkeypatch.setenv(name, value)
        assert [zone.name for zone in open_host(Settings(), Path()).read(["example.com"])] == ["example.com"]
