"""CloudFront, with its DNS at Route 53: what can be wrong there, and with the way to it."""

from collections.abc import Mapping
from typing import Final

from tests.fakes.aws import Aws
from tests.hosts.places import POLICY_HOST
from tests.hosts.trouble import EXPIRED, LOGIN_PAGE, NOWHERE, Trouble, answers, denied


def alias_taken(service: Aws) -> None:
    service.taken_aliases.add(POLICY_HOST)


TROUBLES: Final[Mapping[str, Trouble]] = {
    "certificates may not be listed": Trouble(
        status=3,
        fails=denied("acm:ListCertificates", "AccessDeniedException"),
        said="cannot list the certificates: the credentials are not allowed to do acm:ListCertificates (no identity-based "
        'policy allows the acm:ListCertificates action): allow it in their IAM policy, "Action": "acm:ListCertificates"',
    ),
    "distributions may not be listed": Trouble(
        status=3,
        fails=denied("cloudfront:ListDistributions"),
        said="cannot list the distributions: the credentials are not allowed to do cloudfront:ListDistributions (no "
        'identity-based policy allows the cloudfront:ListDistributions action): allow it in their IAM policy, "Action": "cloudfront:ListDistributions"',
    ),
    "functions may not be made": Trouble(
        status=3,
        verb="apply",
        fails=denied("cloudfront:CreateFunction"),
        waited="preparing mta-sts.example.com\n",
        said="cannot make the function emailauth-1: the credentials are not allowed to do cloudfront:CreateFunction (no "
        'identity-based policy allows the cloudfront:CreateFunction action): allow it in their IAM policy, "Action": "cloudfront:CreateFunction"'
        "; what was made for mta-sts.example.com by then stays, and the next run goes on from there",
    ),
    "distributions may not be made": Trouble(
        status=3,
        verb="apply",
        fails=denied("cloudfront:CreateDistribution", operation="CreateDistributionWithTags"),
        waited="preparing mta-sts.example.com\n",
        said="cannot make the distribution emailauth-1: the credentials are not allowed to do cloudfront:CreateDistribution "
        '(no identity-based policy allows the cloudfront:CreateDistribution action): allow it in their IAM policy, "Action": "cloudfront:CreateDistribution"'
        "; what was made for mta-sts.example.com by then stays, and the next run goes on from there",
        leaves=True,
    ),
    "distributions may not be changed": Trouble(
        status=3,
        verb="apply",
        fails=denied("cloudfront:UpdateDistribution"),
        waited="preparing mta-sts.example.com\n",
        done=9,
        said="cannot update the distribution ESRHZMMPVRGOCT (mta-sts.example.com): the credentials are not allowed to do "
        "cloudfront:UpdateDistribution (no identity-based policy allows the cloudfront:UpdateDistribution action): allow "
        'it in their IAM policy, "Action": "cloudfront:UpdateDistribution"',
    ),
    "quota of distributions": Trouble(
        status=3,
        verb="apply",
        fails={
            "CreateDistributionWithTags": (
                400,
                "TooManyDistributions",
                "Processing your request will cause you to exceed the maximum number of distributions allowed.",
            )
        },
        waited="preparing mta-sts.example.com\n",
        said="cannot make the distribution emailauth-1: the account has as many distributions as it may have: ask AWS for "
        "more (Service Quotas, us-east-1), or raise web_host, cloudfront, names_per_certificate. AWS says: Processing "
        "your request will cause you to exceed the maximum number of distributions allowed (TooManyDistributions)"
        "; what was made for mta-sts.example.com by then stays, and the next run goes on from there",
        leaves=True,
    ),
    "quota of certificates": Trouble(
        status=3,
        verb="apply",
        fails={
            "RequestCertificate": (
                400,
                "LimitExceededException",
                "Error: you have reached your limit of 2500 certificates in the last year.",
            )
        },
        waited="preparing mta-sts.example.com\n",
        said="cannot request a certificate for mta-sts.example.com: ACM issues no such certificate as long as its quota is "
        "what it is: ask AWS for more (Service Quotas, us-east-1), or lower web_host, cloudfront, names_per_certificate. "
        "AWS says: Error: you have reached your limit of 2500 certificates in the last year (LimitExceededException)"
        "; what was made for mta-sts.example.com by then stays, and the next run goes on from there",
        leaves=True,
    ),
    "host name of another account": Trouble(
        status=3,
        verb="apply",
        spoil=alias_taken,
        service=1,
        waited="preparing mta-sts.example.com\n",
        done=9,
        said="cannot update the distribution ESRHZMMPVRGOCT (mta-sts.example.com): another distribution, here or in another "
        "account, has one of these host names: remove it there (alternate domain names), then run again. AWS says: One "
        "or more of the CNAMEs you provided are already associated with a different resource (CNAMEAlreadyExists)",
    ),
    "session expired": Trouble(
        status=3,
        fails={"ListCertificates": EXPIRED, "ListDistributions": EXPIRED},
        said="cannot list the certificates: the AWS session has expired: sign in again (aws sso login, or new keys), then run "
        "again; what was done stays",
    ),
    "unknown access key": Trouble(
        status=3,
        environ={"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE000000002"},
        said="cannot list the certificates: AWS does not know the access key that it was given: see that it is active",
    ),
    "unreachable": Trouble(
        status=3,
        environ={"AWS_ENDPOINT_URL": NOWHERE},
        said="cannot list the certificates: no connection to http://127.0.0.1:1: see that this machine has network, or set HTTPS_PROXY",
    ),
    "no credentials": Trouble(
        status=2,
        environ={"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
        said="email-auth.yaml:3:11: no AWS credentials: set AWS_PROFILE or web_host, cloudfront, profile, or sign in (aws sso login, aws configure)",
    ),
    "something else answers": Trouble(
        status=3,
        spoil=answers(200, LOGIN_PAGE),
        service=1,
        said="cannot list the certificates: what answers is not AWS: a proxy or the login of this network may be in between; see what a "
        "browser shows, or set HTTPS_PROXY",
    ),
    "the service fails": Trouble(
        status=3,
        spoil=answers(500, b""),
        service=1,
        said="cannot list the certificates: AWS gives no answer (HTTP 500): run again later, which goes on from there "
        "(health.aws.amazon.com says whether it is AWS)",
    ),
    "no SDK": Trouble(
        status=2,
        missing=("boto3", "boto3.session"),
        said="email-auth.yaml:3:11: web_host cloudfront needs the AWS SDK: pip install 'emailauth[aws]'",
    ),
}
