"""What the API refuses of records, and what to do then."""

from collections.abc import Mapping
from typing import Final

GONE: Final = frozenset({81044})
"""A record that was to be changed is not there any more."""
IDENTICAL: Final = frozenset({81057, 81058})
"""A record that was to be made is there already."""

HINTS: Final[Mapping[int, str]] = {
    81045: "remove records that nobody needs, or give the zone a larger plan",
    81053: "remove what stands at the name by hand first",
    81054: "remove the CNAME by hand first",
    81055: "remove what stands at the name by hand first",
    81062: "the name is a custom domain of a Worker or a Pages project: remove it there first (Workers & Pages, Domains)",
    9021: "change ttl in the file",
    9300: "the record that is replaced has more tags than the zone's plan allows, and they are kept: remove them from it",
    9313: "the record that is replaced has a longer comment than the zone's plan allows, and it is kept: shorten it",
    1038: "Cloudflare lets nobody change such a domain by its API: it must be done in the dashboard",
}
"""What to do, by error code."""
