"""What CloudFront, ACM and S3 take, as data (their documents' pages "Quotas"; the SDK's service models)."""

import datetime as dt
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Numbers that the services enforce."""

    function_size: int
    """Octets of a function's source text. The documents say 10 KB, which is this at least."""
    functions: int
    """Of an account; AWS raises it on request."""
    distributions: int
    """Of an account; AWS raises it on request."""
    aliases: int
    """Alternate domain names of a distribution; AWS raises it on request."""
    names: int
    """Of a certificate, at most."""
    default_names: int
    """Of a certificate, as long as AWS was not asked for more."""
    common_name: int
    """Octets of the first name of a certificate (RFC 5280, upper bounds)."""
    verified: dt.date
    """When these were last compared with the documents."""


LIMITS: Final = Limits(
    function_size=10_000,
    functions=100,
    distributions=200,
    aliases=100,
    names=100,
    default_names=10,
    common_name=64,
    verified=dt.date(2026, 11, 22),
)
