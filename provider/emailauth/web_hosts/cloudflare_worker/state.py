"""What is live: the files that the Worker holds, and the host names that it answers for."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from emailauth.core.errors import CouldNotDoError
from emailauth.core.file import FileWrite
from emailauth.web_hosts.cloudflare_worker.refusals import SETTING
from emailauth.web_hosts.cloudflare_worker.script import MARK, ForeignScriptError, Served, SpoiltScriptError, parse
from emailauth.web_hosts.cloudflare_worker.worker import Domain, Worker

LEFT_OVER = b""
"""What is kept for a URL where nothing is served and something is left of a removal that was not finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One reading."""

    worker: str
    text: str | None
    """None: there is no Worker of this name."""
    files: Mapping[str, Served]
    """By URL, whether anything leads to them or not."""
    domains: Mapping[str, Domain]
    """Of all Workers of the account, by host name."""

    @property
    def attached(self) -> frozenset[str]:
        """The host names that the Worker answers for."""
        return frozenset(host for host, domain in self.domains.items() if domain.service == self.worker)

    def served(self, url: str) -> bytes | None:
        """What is given for a URL: a file counts only once its host name leads to the Worker."""
        file = self.files.get(url)
        return file.body if file is not None and host_of(url) in self.attached else None

    def kept(self, url: str) -> bytes | None:
        """The same, with `LEFT_OVER` where a plan must know that there is still something to remove.

        A removal first takes the file from the Worker, then the host name, then deletes a Worker that holds nothing; whatever it was
        killed at, one of these is left.
        """
        body = self.served(url)
        if body is None and ((self.text is not None and not self.files) or host_of(url) in self.attached - self.hosts):
            return LEFT_OVER
        return body

    @property
    def hosts(self) -> frozenset[str]:
        """The host names that the Worker has files for."""
        return hosts_of(self.files)

    def agrees(self, write: FileWrite) -> bool:
        """Whether a file is as a write expects it, or as it shall be already."""
        served = self.served(write.url)
        if write.after is not None and (file := self.files.get(write.url)) is not None and file.body == write.after.body:
            return True
        if served is None:
            return write.after is None or write.before in {None, LEFT_OVER}
        return served == write.before

    def after(self, writes: Iterable[FileWrite]) -> dict[str, Served]:
        """The files that the Worker shall hold then."""
        files = dict(self.files)
        for write in writes:
            if write.after is None:
                files.pop(write.url, None)
            else:
                files[write.url] = Served(body=write.after.body, content_type=write.after.content_type)
        return files


def read(worker: Worker, domains: Mapping[str, Domain]) -> State:
    """Reads the Worker. Raises `CouldNotDoError` where it is not ours."""
    text = worker.text()
    return State(worker=worker.name, text=text, files={} if text is None else _files(worker, text), domains=domains)


def _files(worker: Worker, text: str) -> dict[str, Served]:
    named = f"the Worker {worker.name} of the account {worker.account}"
    try:
        return parse(text)
    except ForeignScriptError:
        raise CouldNotDoError(
            f"{named} is not emailauth's, since it does not begin with {MARK!r}, and is left alone: "
            f"give ours another name with {SETTING}: script, or delete that one"
        ) from None
    except SpoiltScriptError as e:
        raise CouldNotDoError(f"{named} cannot be read: {e}. Roll it back to an earlier deployment or delete it, and run again") from None


def host_of(url: str) -> str:
    """The host name of a URL."""
    return urlsplit(url).netloc


def hosts_of(urls: Collection[str]) -> frozenset[str]:
    """The host names of URLs."""
    return frozenset(map(host_of, urls))
