"""Route 53: what can be wrong there, and with the way to it."""

from collections.abc import Mapping
from typing import Final

from tests.fakes.route53 import Route53
from tests.hosts.trouble import EXPIRED, LOGIN_PAGE, NOWHERE, Trouble, answers, denied, no_zones


def only_private(service: Route53) -> None:
    service.zones.clear()
    service.add_zone("example.com", private=True)


def another_zone(service: Route53) -> None:
    service.add_zone("example.com")


def throttled(service: Route53) -> None:
    service.throttled = 10_000


TROUBLES: Final[Mapping[str, Trouble]] = {
    "unknown zone": Trouble(
        status=2,
        spoil=no_zones,
        said="email-auth.yaml:2:11: no public hosted zone of this AWS account holds 2023._domainkey.example.com: see that the "
        "credentials are those of its account, or create the zone; there is none",
    ),
    "private zone": Trouble(
        status=2,
        spoil=only_private,
        said="email-auth.yaml:2:11: no public hosted zone of this AWS account holds 2023._domainkey.example.com (example.com "
        "is private, so that nobody who sends mail sees it): see that the credentials are those of its account, or "
        "create the zone; there is none",
    ),
    "two zones of the name": Trouble(
        status=2,
        spoil=another_zone,
        said="email-auth.yaml:2:11: there are 2 public hosted zones example.com, Z0000000000001 and Z0000000000003: say in "
        "dns_host, route53 which one is meant, zones: {example.com: Z0000000000001}",
    ),
    "zones may not be listed": Trouble(
        status=3,
        fails=denied("route53:ListHostedZones"),
        said="cannot list the hosted zones of the account: the credentials are not allowed to do route53:ListHostedZones (no "
        "identity-based policy allows the route53:ListHostedZones action): allow it in their IAM policy, "
        '"Action": "route53:ListHostedZones", "Resource": '
        '"*"',
    ),
    "zone may not be read": Trouble(
        status=3,
        fails=denied("route53:ListResourceRecordSets"),
        said="cannot read Route 53 hosted zone Z0000000000001 (example.com): the credentials are not allowed to do "
        "route53:ListResourceRecordSets (no identity-based policy allows the route53:ListResourceRecordSets action): "
        'allow it in their IAM policy, "Action": '
        '"route53:ListResourceRecordSets", "Resource": "arn:aws:route53:::hostedzone/Z0000000000001"',
    ),
    "zone may not be changed": Trouble(
        status=3,
        verb="apply",
        fails=denied("route53:ChangeResourceRecordSets"),
        said="cannot change Route 53 hosted zone Z0000000000001 (example.com): the credentials are not allowed to do "
        "route53:ChangeResourceRecordSets (no identity-based policy allows the route53:ChangeResourceRecordSets action): "
        "allow it in their IAM policy, "
        '"Action": "route53:ChangeResourceRecordSets", "Resource": "arn:aws:route53:::hostedzone/Z0000000000001"',
    ),
    "record quota": Trouble(
        status=3,
        verb="apply",
        fails={"ChangeResourceRecordSets": (400, "InvalidChangeBatch", "[Number of records limit of 10000 exceeded.]")},
        said="Route 53 hosted zone Z0000000000001 (example.com) refused the change as a whole: Number of records limit of 10000 exceeded. "
        "Remove record sets that nobody needs, or ask AWS for more (Service Quotas), then run again",
    ),
    "session expired": Trouble(
        status=3,
        fails={"ListHostedZones": EXPIRED},
        said="cannot list the hosted zones of the account: the AWS session has expired: sign in again (aws sso login, or new keys), then run again; what was done stays",
    ),
    "session expires meanwhile": Trouble(
        status=3,
        verb="apply",
        fails={"ChangeResourceRecordSets": EXPIRED},
        said="cannot change Route 53 hosted zone Z0000000000001 (example.com): the AWS session has expired: sign in again (aws sso login, "
        "or new keys), then run again; what was done stays",
    ),
    "unknown access key": Trouble(
        status=3,
        environ={"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE000000002"},
        said="cannot list the hosted zones of the account: AWS does not know the access key that it was given: see that it is active; if its account is in AWS China or "
        "GovCloud, which are partitions of their own, set AWS_REGION (or the profile's region) to one of there",
    ),
    "wrong secret": Trouble(
        status=3,
        fails={
            "ListHostedZones": (
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
            )
        },
        said="cannot list the hosted zones of the account: AWS refused the signature: the secret access key is not that of the access key id; set both anew",
    ),
    "no such region": Trouble(
        status=2,
        environ={"AWS_REGION": "eu central"},
        said="email-auth.yaml:2:11: 'eu central' is no AWS region: correct AWS_REGION or the profile's region",
    ),
    "region of another partition": Trouble(
        status=3,
        fails={"ListHostedZones": (403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region, not 'cn-north-1'. ")},
        said="cannot list the hosted zones of the account: the region does not belong to the AWS that was asked: if its account is in AWS China or GovCloud, which are "
        "partitions of their own, set AWS_REGION (or the profile's region) to one of there",
    ),
    "unreachable": Trouble(
        status=3,
        environ={"AWS_ENDPOINT_URL": NOWHERE},
        said="cannot list the hosted zones of the account: no connection to http://127.0.0.1:1: see that this machine has network, or set HTTPS_PROXY",
    ),
    "no credentials": Trouble(
        status=2,
        environ={"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
        said="email-auth.yaml:2:11: no AWS credentials: set AWS_PROFILE or dns_host, route53, profile, or sign in (aws sso "
        "login, aws configure)",
    ),
    "half of the credentials": Trouble(
        status=2,
        environ={"AWS_SECRET_ACCESS_KEY": None},
        said="email-auth.yaml:2:11: half of the AWS credentials: AWS_SECRET_ACCESS_KEY is missing beside what env gives",
    ),
    "no such profile": Trouble(
        status=2,
        environ={"AWS_PROFILE": "mail"},
        said="email-auth.yaml:2:11: AWS has no profile 'mail': correct dns_host, route53, profile (or AWS_PROFILE), or add it "
        "to ~/.aws/config",
    ),
    "throttled for ever": Trouble(
        status=3,
        spoil=throttled,
        said="cannot list the hosted zones of the account: Route 53 takes 5 requests a second from all who use the account: see "
        "what else calls it, and run again later. AWS says: Rate exceeded (Throttling)",
    ),
    "something else answers": Trouble(
        status=3,
        spoil=answers(200, LOGIN_PAGE),
        said="cannot list the hosted zones of the account: what answers is not AWS: a proxy or the login of this network may be in "
        "between; see what a browser shows, or set HTTPS_PROXY",
    ),
    "the service fails": Trouble(
        status=3,
        spoil=answers(500, b""),
        said="cannot list the hosted zones of the account: AWS gives no answer (HTTP 500): run again later, which goes on from there "
        "(health.aws.amazon.com says whether it is AWS)",
    ),
    "no SDK": Trouble(
        status=2,
        missing=("boto3", "boto3.session"),
        said="email-auth.yaml:2:11: dns_host route53 needs the AWS SDK: pip install 'emailauth[aws]'",
    ),
}
