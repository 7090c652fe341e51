"""What CloudFront, ACM and S3 refuse, in words for a person; what all services of AWS refuse is with the vendor."""

from collections.abc import Mapping
from typing import Final

_QUOTA: Final = "ask AWS for more (Service Quotas, us-east-1)"
ADVICE: Final[Mapping[str, str]] = {
    "CNAMEAlreadyExists": "another distribution, here or in another account, has one of these host names: remove it there (alternate domain names), then run again",
    "TooManyDistributions": f"the account has as many distributions as it may have: {_QUOTA}, or raise web_host, cloudfront, names_per_certificate",
    "TooManyFunctions": f"the account has as many functions as it may have: {_QUOTA}, or raise web_host, cloudfront, names_per_certificate",
    "TooManyDistributionCNAMEs": f"the distribution has as many alternate domain names as it may have: {_QUOTA}, or lower web_host, cloudfront, names_per_certificate",
    "LimitExceededException": f"ACM issues no such certificate as long as its quota is what it is: {_QUOTA}, or lower web_host, cloudfront, names_per_certificate",
    "FunctionInUse": "another distribution runs it too: take it off there, then run again",
    "FunctionSizeLimitExceeded": "the function has more text than CloudFront takes: lower web_host, cloudfront, names_per_certificate",
    "InvalidOrigin": "CloudFront does not take the origin: name a host of yours at web_host, cloudfront, origin",
    "BucketAlreadyExists": "another account has a bucket of that name: choose one at web_host, cloudfront, bucket",
    "TooManyBuckets": f"the account has as many buckets as it may have: {_QUOTA}",
}
"""What to do, by the service's error code; put before the service's own words."""
