"""Public keys: the octets are what a file holds, and what `p=` holds."""

import base64

from emailauth.core.tags import Tag
from emailauth.protocols import dkim
from emailauth.protocols.dkim.keys import looks_bare


def run(data: bytes) -> None:
    """Every content is a key or is told what it is instead, without the content; a key is what it publishes."""
    for found in (dkim.read_pem(data), *(dkim.read_octets(kind, data) for kind in ("rsa", "ed25519", "x"))):
        if isinstance(found, dkim.NotAKey):
            assert found.message
            continue
        assert found.bits > 0
        again = dkim.read_octets(found.type, found.octets)
        assert isinstance(again, dkim.PublicKey)
        assert (again.octets, again.bits) == (found.octets, found.bits)
    record = dkim.Record(tags=(Tag(name="v", value="DKIM1"), Tag(name="p", value=base64.b64encode(data).decode())))
    assert dkim.parse(dkim.render(record)).octets == data
    looks_bare(data.decode("latin-1"))
