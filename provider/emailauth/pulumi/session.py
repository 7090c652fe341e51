"""What all calls of one process share: settings, open hosts, writes under way, and who took what over."""

import asyncio
import threading
from pathlib import Path
from typing import Final

from emailauth.pulumi.config import Config, dns_choice, web_choice
from emailauth.pulumi.failures import Refused
from emailauth.pulumi.monitor import Log
from emailauth.pulumi.preparations import Preparations
from emailauth.pulumi.properties import Properties, plain
from emailauth.pulumi.reads import SharedHosts, SharedReads
from emailauth.pulumi.writes import Writes
from emailauth.web_hosts import WebHost
from emailauth.workflow.hosts import host_id


class Session:
    """One process of the provider; the engine starts one for each operation and each set of settings."""

    def __init__(self, log: Log) -> None:
        """`log` tells the engine."""
        self.log: Final = log
        self.writes: Final = Writes()
        self.config = Config(inputs={})
        self.component_of: Final[dict[tuple[str, str], str]] = {}
        """URN of the component that registered a child, by the child's type and name."""
        self.replaced: Final[set[str]] = set()
        """URNs of resources that Diff said must be replaced."""
        self._preparations: Final = Preparations()
        self._taken: dict[tuple[str, str], str] = {}
        self._hosts: dict[str, SharedHosts] = {}
        self._opening = threading.Lock()

    def hosts(self, directory: str) -> SharedHosts:
        """The hosts whose relative paths start in a folder, relative to the project's."""
        with self._opening:
            return self._hosts.setdefault(directory, SharedHosts(Path(directory)))

    def dns(self, inputs: Properties) -> SharedReads:
        """The DNS host of a resource. Raises `Refused` where its inputs do not name one."""
        if "dnsHost" not in inputs:
            raise Refused(f"nothing says where the DNS of {plain(inputs['name'])} is kept: say dnsHost, here or for the provider")
        return self.hosts(_directory(inputs)).dns(dns_choice(inputs["dnsHost"]))

    def web(self, inputs: Properties) -> WebHost:
        """The web host of a resource. Raises `Refused` where its inputs do not name one."""
        if "webHost" not in inputs:
            what = plain(inputs.get("url") or inputs["host"])
            raise Refused(f"nothing says where {what} is to be served: say webHost, here or for the provider")
        return self.hosts(_directory(inputs)).web(web_choice(inputs["webHost"]))

    async def prepare(self, inputs: Properties) -> None:
        """Has the web host of a resource make what its host name needs, together with others. Raises as `web` and the host do."""
        await self._preparations.prepare(self.web(inputs), _where(inputs), plain(inputs["host"]))

    async def host_inputs(self, name: str, *, web: bool) -> Properties:
        """See `Config.host_inputs`; the file is read in a thread, once."""
        return await asyncio.to_thread(self.config.host_inputs, name, web=web)

    async def domain_of(self, name: str) -> str | None:
        """The domain of the file that a name belongs to."""
        domain = await asyncio.to_thread(self.config.domain_of, name)
        return domain.name if domain else None

    def take(self, inputs: Properties, resource_id: str, urn: str) -> None:
        """Notes that a resource of the program is made so now: it is not to be deleted under another name that it had."""
        self._taken[_where(inputs), resource_id] = urn

    def taken_by_another(self, inputs: Properties, resource_id: str, urn: str) -> str | None:
        """The resource that the same record or file belongs to since this operation, if it is another one."""
        owner = self._taken.get((_where(inputs), resource_id))
        return None if owner == urn else owner


def _directory(inputs: Properties) -> str:
    return str(plain(inputs.get("directory"))) if inputs.get("directory") else "."


def _where(inputs: Properties) -> str:
    choice = dns_choice(inputs["dnsHost"]) if "dnsHost" in inputs else web_choice(inputs["webHost"])
    return f"{_directory(inputs)}:{host_id(choice)}"
