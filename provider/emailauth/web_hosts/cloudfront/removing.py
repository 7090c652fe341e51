"""What goes when a site serves nothing any more. The function, which says what is served, goes last: until then the removal is not done."""

from collections.abc import Collection

from emailauth.core.errors import CouldNotDoError
from emailauth.vendors.aws.errors import Refused
from emailauth.web_hosts.cloudfront import distributions, publishing
from emailauth.web_hosts.cloudfront.bucket import Bucket
from emailauth.web_hosts.cloudfront.certificates import Certificates
from emailauth.web_hosts.cloudfront.function import IN_BUCKET
from emailauth.web_hosts.cloudfront.reading import Reader
from emailauth.web_hosts.cloudfront.session import Aws
from emailauth.web_hosts.cloudfront.state import Site, State


def remove(aws: Aws, reader: Reader, certificates: Certificates, sites: Collection[Site]) -> None:
    """Disables the distributions of some sites, waits, and deletes all that the sites have. Goes on where it was stopped.

    Raises `CouldNotDoError`, and `ConflictError` where somebody else uses one of them again.
    """
    for site in sites:
        if site.function is None:
            raise CouldNotDoError(
                f"the distribution {site.name} does not run the function {site.name} as emailauth made it (its comment begins with 'emailauth'): "
                "put that right, or disable and delete the distribution by hand"
            )
        if site.distribution is not None:
            distributions.disable(aws, site)
    distributions.wait_until_deployed(aws, reader, [site.distribution.id for site in sites if site.distribution])
    for site in sites:
        _delete(aws, certificates, site)


def _delete(aws: Aws, certificates: Certificates, site: Site) -> None:
    if site.distribution is not None:
        if site.distribution.bucket is not None:
            bucket = bucket_of(aws, site, site.distribution.bucket)
            bucket.admit((), [site.distribution.arn])
            for (host, path), entry in site.held.items():
                if entry == IN_BUCKET:
                    bucket.delete(f"{host}{path}")
        distributions.delete(aws, site.distribution)
    for certificate in site.certificates:
        if certificate.is_ours:
            certificates.delete(certificate.arn)
    publishing.delete(aws, site)


def bucket_of(aws: Aws, site: Site, name: str | None) -> Bucket:
    """The bucket of a site; `name` None: that of the account, whose id every ARN has."""
    account = site.function.arn.split(":")[4] if site.function else ""
    return Bucket(aws, name or f"emailauth-{account}", account)


def sweep(aws: Aws, certificates: Certificates, state: State) -> None:
    """Deletes what is left of a removal that was stopped: certificates whose distribution is gone. Raises `CouldNotDoError`."""
    for arn, distribution in state.leftovers.items():
        try:
            aws.call(
                lambda: aws.cloudfront.get_distribution_config(Id=distribution),  # noqa: B023 - called at once
                f"read the distribution {distribution}",
                {"NoSuchDistribution"},
            )
        except Refused:
            certificates.delete(arn)
