"""Knot DNS."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port
from tests.servers.program import ADDRESS, KEY_NAME, NameServer, Served, make_key, running, secret


@contextmanager
def knot(
    folder: Path, zones: Sequence[Served], *, port: int | None = None, address: str = ADDRESS, key_file: Path | None = None
) -> Iterator[NameServer]:
    """A server with these zones, until the caller is done. It listens on any address of loopback, which BIND does only on those of interfaces."""
    port, key_file = port or free_port(), key_file or make_key(folder)
    for zone in zones:
        (folder / f"{zone.name}.zone").write_text(zone.records)
    (folder / "db").mkdir(exist_ok=True)
    (folder / "knot.conf").write_text(
        f'server:\n    rundir: "{folder}"\n    listen: {address}@{port}\n    automatic-acl: off\n'
        "    tcp-workers: 1\n    udp-workers: 1\n    background-workers: 1\n"
        "log:\n  - target: stdout\n    any: info\n"
        f'database:\n    storage: "{folder}/db"\n    journal-db-mode: asynchronous\n'
        f"key:\n  - id: {KEY_NAME}\n    algorithm: hmac-sha256\n    secret: {secret(key_file)}\n"
        f"acl:\n  - id: update\n    key: {KEY_NAME}\n    action: update\n  - id: transfer\n    key: {KEY_NAME}\n    action: transfer\n"
        "policy:\n  - id: policy\n    single-type-signing: on\n"
        f'template:\n  - id: default\n    storage: "{folder}"\n    file: "%s.zone"\n    zonefile-sync: -1\n\n'
        + _remotes(zones)
        + "zone:\n"
        + "".join(map(_zone, zones))
    )
    with running(["knotd", "-c", "knot.conf"], folder, "server started") as said:
        yield NameServer(port=port, folder=folder, key_file=key_file, said=said, address=address)


def _remotes(zones: Sequence[Served]) -> str:
    found = [zone for zone in zones if zone.primary is not None]
    lines = [f"  - id: {zone.name}\n    address: {ADDRESS}@{zone.primary}\n    key: {KEY_NAME}\n" for zone in found]
    return "remote:\n" + "".join(lines) if lines else ""


def _zone(zone: Served) -> str:
    allowed = [action for action, may in (("update", zone.update), ("transfer", zone.transfer)) if may]
    lines = [f"  - domain: {zone.name}\n    acl: [{', '.join(allowed)}]\n"]
    if zone.signed:
        lines.append("    dnssec-signing: on\n    dnssec-policy: policy\n")
    if zone.primary is not None:
        lines.append(f"    master: {zone.name}\n")
    return "".join(lines)
