"""PowerDNS Authoritative Server, with SQLite."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port
from tests.servers.program import ADDRESS, KEY_NAME, PATH, NameServer, Served, make_key, running, secret

SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")


@contextmanager
def powerdns(folder: Path, zones: Sequence[Served], *, port: int | None = None, key_file: Path | None = None) -> Iterator[NameServer]:
    """A server with these zones, until the caller is done."""
    port, key_file = port or free_port(), key_file or make_key(folder)
    (folder / "pdns.conf").write_text(
        f"launch=gsqlite3\ngsqlite3-database={folder}/pdns.sqlite3\ngsqlite3-dnssec=yes\ngsqlite3-pragma-synchronous=0\n"
        f"local-address={ADDRESS}\nlocal-port={port}\nsocket-dir={folder}\nsecurity-poll-suffix=\nsecondary=yes\nallow-axfr-ips=\n"
        "dnsupdate=yes\nallow-dnsupdate-from=\nforward-dnsupdate=no\ndname-processing=yes\nreceiver-threads=1\n"
    )
    _run(["sqlite3", "pdns.sqlite3"], folder, f"PRAGMA synchronous=OFF;\n{SCHEMA.read_text()}\n{_key(key_file)}")
    for zone in zones:
        _make(folder, zone)
    with running(
        ["pdns_server", f"--config-dir={folder}", "--daemon=no", "--guardian=no"], folder, "ready to distribute questions"
    ) as said:
        yield NameServer(port=port, folder=folder, key_file=key_file, said=said)


def _key(key_file: Path) -> str:
    return f"INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('{KEY_NAME}', 'hmac-sha256', '{secret(key_file)}');"  # noqa: S608 - ours


def _make(folder: Path, zone: Served) -> None:
    tool = ["pdnsutil", f"--config-dir={folder}"]
    if zone.primary is not None:
        _run([*tool, "create-secondary-zone", zone.name, f"{ADDRESS}:{zone.primary}"], folder)
    else:
        (folder / f"{zone.name}.zone").write_text(zone.records)
        _run([*tool, "load-zone", zone.name, f"{zone.name}.zone"], folder)
    metadata = [("AXFR-MASTER-TSIG", KEY_NAME)] if zone.primary is not None else []
    metadata += [("TSIG-ALLOW-DNSUPDATE", KEY_NAME), ("ALLOW-DNSUPDATE-FROM", "127.0.0.0/8")] if zone.update else []
    metadata += [("TSIG-ALLOW-AXFR", KEY_NAME)] if zone.transfer else []
    _run(["sqlite3", "pdns.sqlite3"], folder, "".join(_metadata(zone.name, kind, content) for kind, content in metadata))
    if zone.signed:
        _run([*tool, "secure-zone", zone.name], folder)


def _metadata(zone: str, kind: str, content: str) -> str:
    return (
        f"INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, '{kind}', '{content}' FROM domains "  # noqa: S608 - ours
        f"WHERE name = '{zone}';\n"
    )


def _run(command: list[str], folder: Path, text: str = "") -> None:
    done = subprocess.run(command, cwd=folder, input=text, capture_output=True, text=True, check=False, env={"PATH": PATH})
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
