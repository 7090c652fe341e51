"""Gets the public test suite of RFC 7208 and prints the path of its file, `rfc7208-tests.yml`.

python -m tools.get_spf_suite

It comes within the source distribution of pyspf, which pip gets from its registry at the pinned hash, once, into the cache that
tools/get_pulumi.py describes. The suite's licence is kept beside it.
"""

import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

from tools.get_pulumi import CannotGetError, cache_folder, made_once, say

PYSPF = "2.0.14"
SHA256 = "57a7ef01bda090173aafb6af0106251686ed73f03db4e911fcd34c57fc347186"
FILES = ("rfc7208-tests.yml", "rfc7208-tests.LICENSE")
SECONDS = 120


def get(environ: Mapping[str, str], python: str = sys.executable) -> Path:
    """The path of the suite. Raises `CannotGetError`."""
    target = cache_folder(environ) / f"spf-suite-{SHA256[:16]}"
    with made_once(target) as into:
        if into is not None:
            say("getting the test suite of RFC 7208, which comes with pyspf: once, a few seconds")
            _download(python, into, environ)
            _unpack(into / f"pyspf-{PYSPF}.tar.gz", into)
    return target / FILES[0]


def _download(python: str, into: Path, environ: Mapping[str, str]) -> None:
    requirement = into / "requirements.txt"
    requirement.write_text(f"pyspf=={PYSPF} --hash=sha256:{SHA256}\n")
    command = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--retries", "1", "--require-hashes", "--no-deps"]
    command += ["--no-binary", "pyspf", "--no-build-isolation", "--dest", str(into), "--requirement", str(requirement)]
    try:
        done = subprocess.run(command, env=dict(environ), capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise CannotGetError(_advice(str(e))) from e
    if done.returncode:
        raise CannotGetError(_advice("\n".join(done.stderr.splitlines()[-5:])))


def _unpack(archive: Path, into: Path) -> None:
    """Leaves the suite and its licence, and nothing else of the distribution."""
    with tarfile.open(archive) as tar:
        for name in FILES:
            try:
                content = tar.extractfile(f"pyspf-{PYSPF}/test/{name}")
            except KeyError:
                content = None
            if content is None:
                raise CannotGetError(f"{archive.name} holds no test/{name}")
            (into / name).write_bytes(content.read())
    archive.unlink()
    (into / "requirements.txt").unlink()


def _advice(reason: str) -> str:
    return (
        f"the test suite of RFC 7208 could not be got from the package registry:\n{reason}\n"
        "Run `python -m tools.get_spf_suite` once where pip reaches its registry; it is kept from then on."
    )


def main() -> int:
    """Prints the path."""
    try:
        print(get(os.environ))
    except CannotGetError as e:
        say(str(e))
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
