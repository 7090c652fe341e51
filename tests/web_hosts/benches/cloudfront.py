"""CloudFront on the fake of AWS; somebody else who uses it is another host on the same account. What the host asks of DNS is there at once."""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from emailauth.core.file import FileWrite, HostedFile
from emailauth.web_hosts import WebHost
from emailauth.web_hosts.cloudfront import Settings, open_host
from tests.fakes.aws import Aws, environment
from tests.fakes.aws.acm import validation_record
from tests.web_hosts.conformance import Bench


@dataclass
class CloudFrontBench:
    """The host, and its account."""

    host: WebHost
    aws: Aws
    folder: Path

    def overwrite(self, url: str, body: bytes) -> None:
        """As another person with the same account."""
        other = open_host(Settings(), self.folder, pause=lambda _: None)
        name = url.split("/")[2]
        other.prepare([name])
        file = HostedFile(url=url, body=body, content_type="text/plain", domain="example.com", kind="mta_sts")
        other.change([FileWrite(url=url, before=other.read([url])[url], after=file)])


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """An account without anything."""

    def resolve(name: str, record_type: str) -> Collection[str]:
        owner, target = validation_record(name.partition(".")[2])
        return [target] if (name, record_type) == (owner, "CNAME") else []

    aws = Aws(resolve=resolve)
    with aws.served() as url, patch.dict("os.environ", environment(url)):
        yield CloudFrontBench(open_host(Settings(), folder, clock=time.monotonic, pause=lambda _: None), aws, folder)
