"""DNS records as values: what is wanted, what is there, and the sets that DNS hosts change.

A value is text. For TXT it is the joined character-strings (RFC 1035 section 3.3.14) without quotes or
escapes, octets that are no UTF-8 kept as surrogates (`os.fsdecode`'s way), so that it compares as octets do.
For every other type it is the presentation form with names in lower case, fully qualified and with their dot
("10 mx1.example.com."; RFC 4034 section 6.2 says which types). How a host quotes, splits or escapes a value is that host's own business.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

RecordType: TypeAlias = str
"""A type's mnemonic in upper case: TXT, CNAME, MX, ..."""

Key: TypeAlias = tuple[str, RecordType]
"""Owner name (see `names`) and type: what identifies an RRset within a class."""


class Stage(IntEnum):
    """When, within a plan, a record or its removal is published. Later stages wait for the earlier ones."""

    RECORDS = 1
    """What stands for itself."""
    ANNOUNCEMENTS = 3
    """What points senders or receivers at hosted files: after they are served (phase 2), removed before they go (phase 5)."""
    MAIL_ROUTES = 4
    """MX records: a host that senders shall use must be in the policy they know first (RFC 8461 section 8.1)."""
    REMOVALS = 5
    """Addresses of host names that serve nothing of ours any more: after what pointed at them, and before what they point at goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One value that shall be at a name, and which part of the posture asks for it."""

    name: str
    type: RecordType
    value: str
    domain: str
    """The domain of the file that it belongs to."""
    kind: str
    """What it is: "spf", "dmarc", "dkim/s1", ... One domain has one record of a kind, but for "mx"."""
    stage: Stage = Stage.RECORDS
    ttl: int | None = None
    """Seconds, for a set that is new or wholly ours; None leaves it to the host's default."""

    @property
    def key(self) -> Key:
        """The RRset that the value belongs to."""
        return (self.name, self.type)


@dataclass(frozen=True, slots=True, kw_only=True)
class RRset:
    """All values of one type at one name, as a host answered them. The order of values means nothing."""

    name: str
    type: RecordType
    ttl: int
    values: tuple[str, ...]
    raw: object = field(default=None, compare=False, repr=False)
    """What the host needs to change exactly this and nothing else; only the host that made it looks inside."""
    held: str = ""
    """Why nobody can change the set by way of this host, to stand behind its name in a sentence ("is an alias of ...", "is protected: ...");
    empty: it can be changed. Of a held set, `values` may be empty."""

    @property
    def key(self) -> Key:
        """Owner name and type."""
        return (self.name, self.type)


@dataclass(frozen=True, slots=True, kw_only=True)
class RRsetChange:
    """What one RRset shall become, and what it must be at that moment.

    The host refuses the change unless the live set still has exactly the values of `before` (None: no such
    set). Values of `before` that stand in `after` too keep their very form at the host, and their order.
    """

    name: str
    type: RecordType
    before: RRset | None
    after: tuple[str, ...]
    """All values of the set, foreign ones included; empty: the set goes."""
    ttl: int
    """Seconds. The TTL of a set that holds foreign values is left as it is."""

    @property
    def key(self) -> Key:
        """Owner name and type."""
        return (self.name, self.type)
