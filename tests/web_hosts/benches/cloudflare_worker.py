"""Cloudflare's API, as the fake has it, with two zones; whoever has the account can change the Worker behind our back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from emailauth.core.file import FileWrite, HostedFile
from emailauth.web_hosts import WebHost
from emailauth.web_hosts.cloudflare_worker import Settings, open_host
from emailauth.web_hosts.cloudflare_worker.script import Served, parse, render
from emailauth.web_hosts.cloudflare_worker.worker import MODULE
from tests.fakes.cloudflare import Cloudflare, environment
from tests.fakes.cloudflare.scripts import Module, Script
from tests.web_hosts.conformance import Bench

NAME = "emailauth"
DEFAULTS = Settings()


@dataclass
class Time:
    """A clock that goes on when somebody waits."""

    now: float = 1_800_000_000.0
    waited: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


@dataclass
class WorkerBench:
    """The host, its service and what goes on there."""

    host: WebHost
    service: Cloudflare
    time: Time
    url: str
    zones: dict[str, str]
    """Ids by name."""

    def another(self, settings: Settings = DEFAULTS) -> WebHost:
        """Another run, which knows nothing of the first."""
        return opened(Path(), self.url, settings, self.time)

    def overwrite(self, url: str, body: bytes) -> None:
        """Another of us puts one file, with a host name of its own."""
        self.put_text(render({**self.held(), url: Served(body=body, content_type="text/plain")}))
        self.another().change([FileWrite(url=url, before=None, after=file(url, body))])

    def put_text(self, text: str, name: str = NAME, content_type: str = "application/javascript+module") -> None:
        """Somebody uploads a Worker."""
        with self.service.lock:
            now = self.service.tick()
            module = Module(name=MODULE, content_type=content_type, content=text.encode())
            tag = self.service.scripts[name].tag if name in self.service.scripts else self.service.new_id("script")
            self.service.scripts[name] = Script(
                name=name, tag=tag, modules=(module,), metadata={"main_module": MODULE}, created_on=now, modified_on=now
            )

    def held(self) -> dict[str, Served]:
        """The files in the Worker."""
        script = self.service.scripts.get(NAME)
        return parse(script.text) if script else {}

    def operations(self) -> list[str]:
        """What was called since this was asked the last time."""
        operations = [operation for operation, _ in self.service.calls]
        self.service.calls.clear()
        return operations


def file(url: str, body: bytes, content_type: str = "text/plain") -> HostedFile:
    """A file for a URL."""
    return HostedFile(url=url, body=body, content_type=content_type, domain="example.com", kind="mta_sts")


def opened(folder: Path, url: str, settings: Settings, time: Time) -> WebHost:
    """The host on the fake; each answer is checked against all that the SDK knows."""
    return open_host(settings, folder, environ=environment(url), clock=time, pause=time.pause, strict=True)


@contextmanager
def account(folder: Path, settings: Settings = DEFAULTS) -> Iterator[WorkerBench]:
    """An account with two zones and no Worker."""
    service, time = Cloudflare(), Time()
    zones = {name: service.add_zone(name) for name in ("example.com", "example.net")}
    with service.served() as url:
        yield WorkerBench(opened(folder, url, settings, time), service, time, url, zones)


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """The same, for the conformance suite."""
    with account(folder) as found:
        yield found
