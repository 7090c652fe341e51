"""What IAM calls the operations of the services that we use (Service Authorization Reference)."""

import re
from typing import Final

_ACTIONS: Final = {
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "CreateDistributionWithTags": "CreateDistribution",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
"""Of operations whose actions have another name."""
_SERVICES: Final = {
    "AssumeRole": "sts",
    "ChangeResourceRecordSets": "route53",
    "GetChange": "route53",
    "ListHostedZones": "route53",
    "ListResourceRecordSets": "route53",
    "DeleteCertificate": "acm",
    "DescribeCertificate": "acm",
    "ListCertificates": "acm",
    "ListTagsForCertificate": "acm",
    "RequestCertificate": "acm",
}
"""Of operations whose names do not say it."""
_S3: Final = re.compile(r"Bucket|Object|PublicAccessBlock")


def action_of(operation: str) -> str:
    """As in the Action of an IAM policy: route53:ListHostedZones."""
    service = _SERVICES.get(operation, "s3" if _S3.search(operation) else "cloudfront")
    return f"{service}:{_ACTIONS.get(operation, operation)}"
