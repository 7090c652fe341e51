"""Records as octets."""

import dns.rdata


def wire(rdata: dns.rdata.Rdata) -> bytes:
    """The octets of the record's data, names not compressed."""
    return rdata.to_wire() or b""  # None is for callers that give a buffer
