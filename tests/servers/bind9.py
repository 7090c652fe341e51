"""BIND 9."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dns.name
import dns.rdata

from tests.ports import free_port
from tests.servers.program import ADDRESS, KEY_NAME, NameServer, Served, make_key, running, wait_until

_SIGNING_NOTE = "TYPE65534"
"""BIND's own record at the apex: algorithm, key tag, removal, and whether signing with it is complete."""


@contextmanager
def bind9(
    folder: Path, zones: Sequence[Served], *, port: int | None = None, address: str = ADDRESS, key_file: Path | None = None
) -> Iterator[NameServer]:
    """A server with these zones, until the caller is done. `key_file`: a key made before, for servers that share one."""
    port, key_file = port or free_port(), key_file or make_key(folder)
    for zone in zones:
        (folder / f"{zone.name}.zone").write_text(zone.records)
    (folder / "named.conf").write_text(
        f'include "{key_file}";\ncontrols {{}};\n'
        f'options {{ directory "{folder}"; pid-file none; lock-file none; session-keyfile none; listen-on-v6 {{ none; }};\n'
        f" listen-on port {port} {{ {address}; }}; recursion no; dnssec-validation no; notify no; allow-transfer {{ none; }}; }};\n"
        + "".join(map(_zone, zones))
    )
    with running(["named", "-g", "-n", "1", "-c", "named.conf"], folder, " running\n") as said:
        server = NameServer(port=port, folder=folder, key_file=key_file, said=said, address=address)
        for zone in zones:
            if zone.signed or zone.inline:
                wait_until(lambda name=zone.name: _is_signed(server, name))  # type: ignore[misc]
        yield server


def _zone(zone: Served) -> str:
    lines = [f'zone "{zone.name}" {{ file "{zone.name}.zone";']
    if zone.primary is None:
        lines.append(" type primary;")
        lines.append(f" update-policy {{ {'grant ' + KEY_NAME if zone.update else 'deny *'} zonesub {zone.types}; }};")
    else:
        lines.append(f" type secondary; primaries {{ {ADDRESS} port {zone.primary} key {KEY_NAME}; }};")
    if zone.transfer:
        lines.append(f" allow-transfer {{ key {KEY_NAME}; }};")
    if zone.signed or zone.inline:
        lines.append(f" dnssec-policy default; inline-signing {'yes' if zone.inline else 'no'};")
    return "".join(lines) + " };\n"


def _is_signed(server: NameServer, name: str) -> bool:
    notes = server.copy(name).get_rdataset(dns.name.from_text(name), _SIGNING_NOTE) or ()
    return bool(notes) and all((note.to_wire() or b"").endswith(b"\1") for note in notes)
