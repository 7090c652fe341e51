"""Cloudflare's edge on loopback: the custom domains of Workers, served over TLS by workerd as they are at the moment of each connection."""

import select
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from tests.fakes import workerd
from tests.fakes.cloudflare.scripts import Script
from tests.live.authority import Authority, Issued


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What the edge shall serve."""

    scripts: Mapping[str, Script]
    hosts: Mapping[str, str]
    """The Worker of each host name."""
    certified: frozenset[str]
    """The host names that have their certificate."""


def runnable(script: Script) -> workerd.Worker:
    """A script as workerd takes it."""
    first = script.main_module
    modules = [first, *(module for module in script.modules if module != first and module.content_type in workerd.KINDS)]
    return workerd.Worker(
        modules={module.name: (module.content_type, module.content) for module in modules},
        compatibility_date=script.metadata.get("compatibility_date") or workerd.OLDEST_DATE,
        texts={binding["name"]: binding["text"] for binding in script.bindings if binding["type"] == "plain_text"},
    )


@dataclass
class Runner:
    """Keeps one workerd, and another one once something else is deployed."""

    authority: Authority
    deployed: Callable[[], Deployed]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stack: ExitStack = field(default_factory=ExitStack)
    _certificates: dict[frozenset[str], Issued] = field(default_factory=dict)
    _running: tuple[Deployed, tuple[str, int]] | None = None
    _ended: bool = False

    def address(self) -> tuple[str, int] | None:
        """Where what is deployed now is served; None where no host name has a certificate, and after the end."""
        with self._lock:
            wanted = self.deployed()
            if self._ended or not wanted.certified:
                return None
            if self._running is None or self._running[0] != wanted:
                self._stop()
                workers = {name: runnable(script) for name, script in wanted.scripts.items()}
                serving = workerd.serving(workers, wanted.hosts, self._certificate(wanted.certified))
                self._running = (wanted, self._stack.enter_context(serving))
            return self._running[1]

    def problem(self, script: Script) -> str | None:
        """Why a script does not start, in workerd's words."""
        try:
            with workerd.serving({script.name: runnable(script)}, {}, self._certificate(frozenset({"nowhere.invalid"}))):
                return None
        except workerd.DoesNotRunError as e:
            return str(e).removeprefix(f"service {script.name}: ")

    def end(self) -> None:
        """Stops workerd for good: a connection that came last may still ask where it is."""
        with self._lock:
            self._ended = True
            self._stop()

    def _stop(self) -> None:
        self._running = None
        self._stack.close()

    def _certificate(self, names: frozenset[str]) -> Issued:
        if names not in self._certificates:
            self._certificates[names] = self.authority.issue(*sorted(names))
        return self._certificates[names]


@contextmanager
def listening(runner: Runner) -> Iterator[tuple[str, int]]:
    """Hands connections on to workerd until the caller is done; gives address and port, which stay the same."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if (address := runner.address()) is not None:
                with socket.create_connection(address) as inside:
                    _join(self.request, inside)

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield ("127.0.0.1", server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        runner.end()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


def _join(outside: socket.socket, inside: socket.socket) -> None:
    """Carries octets both ways until one side ends."""
    other = {outside: inside, inside: outside}
    while True:
        for ready in select.select([outside, inside], [], [])[0]:
            try:
                octets = ready.recv(65536)
                other[ready].sendall(octets)
            except OSError:
                return
            if not octets:
                return
