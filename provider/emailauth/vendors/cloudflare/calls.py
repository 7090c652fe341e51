"""What a call is for, who makes it and what it needs, as messages tell it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from emailauth.vendors.cloudflare.refusals import Refusal

DASHBOARD: Final = "dash.cloudflare.com, My Profile, API Tokens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What a token may do."""

    name: str
    """As the API's documentation calls it."""
    shown: str
    """As the dashboard calls it."""
    scope: str
    """For what it is given."""


ZONE_READ: Final = Permission(name="Zone Read", shown="Zone / Zone / Read", scope="for this zone or for all of the account")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a call is for."""

    doing: str
    """For a person: "list the zones"."""
    needs: Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A host that makes calls."""

    setting: str
    """Where it stands in the file: "dns_host: cloudflare"."""
    token_env: str
    """The variable that holds the token."""
    permissions: str
    """All that its token needs: "Zone Read and DNS Write"."""
    hints: Mapping[int, str]
    """What to do, by error code, as the end of a message."""

    def refused(self, refusal: Refusal, task: Task, token_status: str | None) -> str:
        """What the API refused, and what to do. `token_status`: active, disabled or expired; None where that cannot be told."""
        if not refusal.is_about_token:
            hint = next((f": {self.hints[code]}" for code in sorted(refusal.codes, reverse=True) if code in self.hints), "")
            return f"Cloudflare refuses to {task.doing}: {refusal}{hint}"
        if token_status not in {"active", None}:
            return f"the Cloudflare API token in {self.token_env} is {token_status} ({refusal}): make a new one ({DASHBOARD})"
        if token_status is None and refusal.is_bad_token:
            return (
                f"Cloudflare does not accept the API token in {self.token_env} ({refusal}): it is mistyped, or was rolled or deleted, or "
                f"may not be used from this address; make a new one ({DASHBOARD}) with the permissions {self.permissions}"
            )
        return (
            f"the Cloudflare API token in {self.token_env} may not {task.doing} ({refusal}): give it the permission {task.needs.name} "
            f"({task.needs.shown}), {task.needs.scope} ({DASHBOARD})"
        )

    def no_token(self) -> str:
        """The variable is not set."""
        return (
            f"there is no Cloudflare API token: set the environment variable {self.token_env} to one with the permissions "
            f"{self.permissions} ({DASHBOARD}), or name another variable in {self.setting}: token_env; a global API key is not used"
        )
