"""Real web servers on loopback, with the configurations that users are shown.

What is changed in these is only what a test machine cannot have: port 443, certificates in /etc, files in /srv.
"""

import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path

from tests.live.authority import Authority, Issued
from tests.ports import free_port

SHOWN = Path(__file__).parents[2] / "examples" / "quickstart" / "servers"
HOSTS = ("mta-sts.example.com", "bimi.example.com")


@dataclass(frozen=True)
class Server:
    """One that runs, and the authority that its certificate is from."""

    port: int
    ca_file: Path

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def ask(self, method: str, url_host: str, path: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers with names in lower case, and body of the answer."""
        context = ssl.create_default_context(cafile=self.ca_file)
        connection = HTTPSConnection(url_host, context=context)
        connection.sock = context.wrap_socket(socket.create_connection(self.address), server_hostname=url_host)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        finally:
            connection.close()


@contextmanager
def caddy(folder: Path, root: Path, authority: Authority, *, shown: Path = SHOWN, port: int | None = None) -> Iterator[Server]:
    """Caddy with the Caddyfile of an example; its certificate is loaded beside it, so that it asks nobody for one."""
    issued, port = authority.issue(*HOSTS), port or free_port()
    (folder / "Caddyfile").write_text(
        f"{{\n admin off\n auto_https disable_redirects\n https_port {port}\n default_bind 127.0.0.1\n}}\n"
        f"https://loaded.example.com {{\n tls {issued.chain} {issued.key}\n}}\n"
        f"import {shown}/Caddyfile\n"
    )
    command = ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "EMAIL_AUTH_ROOT": str(root)}
    with _running(command, environment, "serving initial configuration"):
        yield Server(port, authority.ca_file)


@contextmanager
def nginx(folder: Path, root: Path, authority: Authority) -> Iterator[Server]:
    """Nginx with the server blocks of the example."""
    issued, port = authority.issue(*HOSTS), free_port()
    (folder / "site.conf").write_text(_site(issued, root, port))
    temporary = "".join(f" {name}_temp_path {folder};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;\n" if os.geteuid() == 0 else ""  # the tests' folders are closed to others
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log stderr notice;\nevents {{}}\n"
        f"http {{\n access_log off;\n{temporary} include {folder}/site.conf;\n}}\n"
    )
    command = ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with _running(command, {"PATH": f"{os.environ['PATH']}:/usr/sbin"}, "start worker process "):
        yield Server(port, authority.ca_file)


def _site(issued: Issued, root: Path, port: int) -> str:
    text = (SHOWN / "nginx.conf").read_text()
    changes = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "listen [::]:443 ssl;": "",
        "root /srv/email-auth/": f"root {root}/",
        **{f"/etc/letsencrypt/live/{host}/fullchain.pem": str(issued.chain) for host in HOSTS},
        **{f"/etc/letsencrypt/live/{host}/privkey.pem": str(issued.key) for host in HOSTS},
    }
    for shown, here in changes.items():
        assert shown in text, f"the example does not say {shown!r} any more"
        text = text.replace(shown, here)
    return text


@contextmanager
def _running(command: list[str], environment: dict[str, str], ready: str) -> Iterator[None]:
    """Runs a server until the caller is done; it has started when it says so."""
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = []
            for line in process.stderr or ():
                said.append(line)
                if ready in line:
                    break
            else:
                raise AssertionError(f"{command[0]} did not start: {''.join(said)}")
            yield
        finally:
            process.terminate()
            process.communicate()
