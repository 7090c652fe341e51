"""A directory; whoever may write there can change it behind our back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from emailauth.web_hosts import WebHost
from emailauth.web_hosts.directory import Settings, open_host
from tests.web_hosts.conformance import Bench


@dataclass
class DirectoryBench:
    """The host and its root."""

    host: WebHost
    root: Path

    def overwrite(self, url: str, body: bytes) -> None:
        """Writes the file."""
        parts = urlsplit(url)
        path = self.root / parts.netloc / parts.path.removeprefix("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """The host with an empty directory."""
    yield DirectoryBench(open_host(Settings(root="www"), folder), folder / "www")
