"""What the API refuses of Workers, and what to do then."""

from collections.abc import Mapping
from typing import Final

from emailauth.vendors.cloudflare.refusals import NO_ROUTE

SETTING: Final = "web_host: cloudflare_worker"
NO_SUCH_WORKER: Final = 10007
OTHER_WORKER: Final = 100116
"""The host name is a custom domain of another Worker."""
OTHER_RECORDS: Final = 100117
"""Address or CNAME records stand at the host name."""

HINTS: Final[Mapping[int, str]] = {
    10027: "the files are too large for one Worker: serve logos and certificates elsewhere, or take a larger Workers plan",
    10063: "open Workers & Pages of the account at dash.cloudflare.com once, which makes it",
    **dict.fromkeys(NO_ROUTE, f"correct {SETTING}: account, which is the 32 hex digits behind dash.cloudflare.com/"),
}
"""What to do, by error code."""
