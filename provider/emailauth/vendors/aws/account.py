"""Whose credentials are used, and who asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as a host's settings name it. Credentials come from where the AWS tools find them."""

    room: str
    """Under which key of the file the host stands: dns_host, web_host."""
    host: str
    """Which one it is there."""
    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    region: str | None = None
    """Where the host's services are, whatever the settings say; None: as AWS_REGION or the profile says."""
    advice: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    """What to do, by the services' error codes; put before the services' own words."""
