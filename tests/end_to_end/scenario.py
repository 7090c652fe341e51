"""What happens in the namespace: a domain gets its policy by emailauth, and a sender that honours policies delivers to it, or does not.

`python -m tests.end_to_end.scenario FOLDER PYTHON`, as root in a network and mount namespace of its own, where ports 25, 53, 80 and 443
of loopback are free and nothing else can be reached. PYTHON has postfix-mta-sts-resolver and aiosmtpd. Prints what became of each
message, as JSON.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.end_to_end.postfix import Postfix, postfix
from tests.live.authority import Authority
from tests.servers.bind9 import bind9
from tests.servers.program import Served, running, wait_until
from tests.web_hosts.servers import caddy

EXAMPLE = Path(__file__).parents[2] / "examples" / "bind9-caddy"
ZONE = """\
$TTL 60
@ SOA ns1 hostmaster 1 7200 3600 1209600 60
@ NS ns1
ns1 A 127.0.0.1
www A 127.0.0.1
mx1 A 127.0.0.2
@ TXT "somebody else's"
"""
RESOLVER_PORT = 8461
SENDER = "127.0.0.9"
"""The address of the sending server: it would take itself for the receiving one at an address that it has."""


def main(folder: Path, python: Path) -> None:
    """Sets everything up and delivers one message to each kind of mail server."""
    _network(folder)
    authority = Authority(folder)
    (folder / "www").mkdir()
    with ExitStack() as stack:
        dns = stack.enter_context(bind9(_made(folder / "dns"), [Served(name="example.com", records=ZONE)], port=53))
        stack.enter_context(caddy(_made(folder / "caddy"), folder / "www", authority, shown=EXAMPLE, port=443))
        said = _apply(folder, dns.key_file, authority)
        stack.enter_context(_resolver(_made(folder / "resolver"), python, authority))
        mta = stack.enter_context(postfix(folder / "postfix", _settings(authority)))
        print(json.dumps({"apply": said, **_delivered(mta, authority, folder, python)}))


def _made(folder: Path) -> Path:
    folder.mkdir()
    folder.chmod(0o755)
    return folder


def _network(folder: Path) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "address", "add", f"{SENDER}/8", "dev", "lo"], check=True)
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    subprocess.run(["mount", "--bind", folder / "resolv.conf", "/etc/resolv.conf"], check=True)


def _apply(folder: Path, key_file: Path, authority: Authority) -> str:
    """Applies the example, with this machine's paths, and returns what the second run says."""
    shutil.copytree(EXAMPLE, folder / "example")
    file = folder / "example" / "email-auth.yaml"
    text = file.read_text()
    for shown, here in {
        "/etc/bind/emailauth.key": str(key_file),
        "root: /srv/email-auth": f"ca_file: {authority.ca_file}\n    root: {folder / 'www'}",
    }.items():
        assert shown in text, f"the example does not say {shown!r} any more"
        text = text.replace(shown, here)
    file.write_text(text)
    said = ""
    for _ in range(2):
        command = [sys.executable, "-m", "emailauth", "apply", "--yes", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        said = done.stdout
    return said


@contextmanager
def _resolver(folder: Path, python: Path, authority: Authority) -> Iterator[None]:
    (folder / "mta.yml").write_text(
        f"host: 127.0.0.1\nport: {RESOLVER_PORT}\nreuse_port: true\nshutdown_timeout: 1\n"
        "cache: {type: internal, options: {cache_size: 10}}\ndefault_zone: {strict_testing: false, timeout: 10}\n"
    )
    environment = {**os.environ, "SSL_CERT_FILE": str(authority.ca_file)}
    daemon = [str(python), "-c", "import sys; from postfix_mta_sts_resolver.daemon import main; sys.exit(main())"]
    with subprocess.Popen([*daemon, "-c", str(folder / "mta.yml")], env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_until(_listens)
            yield
        finally:
            process.terminate()
            process.communicate()


def _listens() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", RESOLVER_PORT)) == 0


def _settings(authority: Authority) -> dict[str, str]:
    return {
        "myhostname": "sender.example.net",
        "inet_interfaces": SENDER,
        "inet_protocols": "ipv4",
        "smtp_tls_security_level": "may",
        "smtp_tls_policy_maps": f"socketmap:inet:127.0.0.1:{RESOLVER_PORT}:postfix",
        "smtp_tls_CAfile": str(authority.ca_file),
    }


def _delivered(mta: Postfix, authority: Authority, folder: Path, python: Path) -> dict[str, str]:
    """What became of a message to each kind of mail server, and what Postfix thought of its TLS."""
    good, other = authority.issue("mx1.example.com"), authority.issue("mx2.example.com")
    kinds = {"good": [good.chain, good.key], "certificate": [other.chain, other.key], "starttls": []}
    became: dict[str, str] = {}
    for kind, certificate in kinds.items():
        command = [str(python), str(Path(__file__).with_name("mx.py")), "127.0.0.2", *map(str, certificate)]
        with running(command, folder, "ready"):
            became[kind] = mta.send(f"{kind}@example.com")
    verified = [line for line in mta.log.splitlines() if "TLS connection established to mx1.example.com" in line]
    return {**became, "tls": verified[0].split(": ", 1)[1] if verified else ""}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
