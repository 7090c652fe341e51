"""The command line in this process, as a person would type it, with an environment of its own and time that flies."""

import contextlib
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest.mock import patch

from emailauth.cli import main
from tests.hosts.flying import flying
from tests.hosts.forks import Ran


def run(*arguments: str, folder: Path, environ: Mapping[str, str]) -> Ran:
    """Runs `emailauth ARGUMENTS` in a folder."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.chdir(folder), person(environ):
        status = main(arguments)
    return Ran(status=status, out=out.getvalue(), err=err.getvalue())


@contextlib.contextmanager
def person(environ: Mapping[str, str]) -> Iterator[None]:
    """Somebody who has told the SDKs only this, and for whom time flies."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BOTO", "CLOUDFLARE_"))}
    with patch.dict(os.environ, {**others, **environ}, clear=True), flying():
        yield
