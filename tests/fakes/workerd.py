"""Runs Workers in workerd, the real runtime of Cloudflare Workers, over TLS on loopback.

The routing of host names to Workers is as custom domains do it: a host name reaches its Worker, and any other reaches none.
"""

import functools
import http.client
import json
import os
import select
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.live.authority import Authority, Issued
from tests.ports import free_port
from tools import get_workerd

SECONDS_TO_START: Final = 60
KINDS: Final[Mapping[str, str]] = {
    "application/javascript+module": "esModule",
    "text/javascript+module": "esModule",
    "application/javascript": "commonJsModule",
    "text/javascript": "commonJsModule",
    "application/wasm": "wasm",
    "text/plain": "text",
    "application/octet-stream": "data",
}
"""What workerd calls a module of a content type."""
OLDEST_DATE: Final = "2021-11-02"
"""The compatibility date of a Worker that names none."""
NO_WORKER: Final = 530
"""The status of Cloudflare's edge for a host name that it does not know."""

_ROUTER: Final = """
export default {
    async fetch(request, env) {
        const service = env.HOSTS[new URL(request.url).hostname];
        return service ? env[service].fetch(request) : new Response("no Worker", { status: %d });
    },
};
"""


@dataclass(frozen=True, kw_only=True)
class Worker:
    """What is run."""

    modules: Mapping[str, tuple[str, bytes]]
    """Content type and content by name; the first is the main module."""
    compatibility_date: str = "2026-10-01"
    texts: Mapping[str, str] = field(default_factory=dict)
    """The plain_text bindings."""


class DoesNotRunError(Exception):
    """workerd does not take a Worker; `str()` is what it says."""


@functools.cache
def program() -> Path:
    """workerd itself, got from npm where the cache does not have it."""
    return get_workerd.workerd(os.environ)


@contextmanager
def serving(workers: Mapping[str, Worker], hosts: Mapping[str, str], certificate: Issued) -> Iterator[tuple[str, int]]:
    """Serves Workers by host name until the caller is done; gives address and port. Raises `DoesNotRunError`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = free_port()
        config = _config(folder, workers, hosts, certificate, port)
        reader, writer = os.pipe()
        command = [str(program()), "serve", str(config), f"--control-fd={writer}"]
        with (folder / "said").open("wb") as said, subprocess.Popen(command, pass_fds=[writer], stdout=said, stderr=said) as process:
            os.close(writer)
            try:
                _wait(reader, folder / "said")
                yield ("127.0.0.1", port)
            finally:
                process.kill()
                os.close(reader)


def asked(address: tuple[str, int], authority: Authority, host: str, method: str = "GET", path: str = "/") -> tuple[int, str | None, str]:
    """Status, content type and body that a host name has there; its certificate must be of the authority."""
    context = ssl.create_default_context(cafile=authority.ca_file)
    with socket.create_connection(address, timeout=SECONDS_TO_START) as plain, context.wrap_socket(plain, server_hostname=host) as secure:
        connection = http.client.HTTPSConnection(host)
        connection.sock = secure
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read().decode()


def _wait(reader: int, said: Path) -> None:
    """workerd tells what it listens at, or ends."""
    told = b""
    while not told.endswith(b"\n"):
        ready, _, _ = select.select([reader], [], [], SECONDS_TO_START)
        piece = os.read(reader, 4096) if ready else b""
        if not piece:
            raise DoesNotRunError(said.read_text(errors="replace").strip())
        told += piece


def _config(folder: Path, workers: Mapping[str, Worker], hosts: Mapping[str, str], certificate: Issued, port: int) -> Path:
    router = Worker(modules={"router.mjs": ("application/javascript+module", (_ROUTER % NO_WORKER).encode())})
    (folder / "hosts.json").write_text(json.dumps(hosts))
    (folder / "key.pem").write_bytes(certificate.key.read_bytes())
    (folder / "chain.pem").write_bytes(certificate.chain.read_bytes())
    bindings = ['(name = "HOSTS", json = embed "hosts.json")', *(f'(name = "{name}", service = "{name}")' for name in workers)]
    services = [_service(folder, name, worker, _texts(folder, name, worker)) for name, worker in workers.items()]
    services.append(_service(folder, "the router", router, bindings))
    config = folder / "config.capnp"
    config.write_text(_CONFIG.format(services=",\n".join(services), port=port))
    return config


_CONFIG: Final = """using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
{services}
  ],
  sockets = [(
    name = "https", address = "127.0.0.1:{port}", service = "the router",
    https = (options = (), tlsOptions = (
      keypair = (privateKey = embed "key.pem", certificateChain = embed "chain.pem"), minVersion = tls1Dot2))
  )]
);
"""


def _texts(folder: Path, name: str, worker: Worker) -> list[str]:
    bindings = []
    for number, (binding, text) in enumerate(worker.texts.items()):
        file = f"{name}.text{number}"
        (folder / file).write_text(text)
        bindings.append(f'(name = "{binding}", text = embed "{file}")')
    return bindings


def _service(folder: Path, name: str, worker: Worker, bindings: list[str]) -> str:
    modules = []
    for number, (module, (content_type, content)) in enumerate(worker.modules.items()):
        file = f"{name}.module{number}"
        (folder / file).write_bytes(content)
        modules.append(f'(name = "{module}", {KINDS[content_type]} = embed "{file}")')
    return (
        f'    (name = "{name}", worker = (compatibilityDate = "{worker.compatibility_date}", '
        f"modules = [{', '.join(modules)}], bindings = [{', '.join(bindings)}]))"
    )
