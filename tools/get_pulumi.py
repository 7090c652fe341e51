"""Finds the Pulumi engine, or gets it, and prints the folder that holds it.

`python tools/get_pulumi.py` prints the folder on stdout and everything else on stderr.

The ways, in order; the first that works is taken:

1. `pulumi` on PATH, if it is not too old and has the YAML language host beside it or on PATH;
2. the cache, outside of the checkout: `$EMAILAUTH_CACHE`, else `$XDG_CACHE_HOME/emailauth`, else `~/.cache/emailauth`;
3. the official installer, as Pulumi's Automation API runs it, into the cache;
4. a build of the pinned version (`tools/pulumi/go.mod`) from its Go module, into the cache.

Where none works it says what to install and ends with 3. Several of these may run at once: one gets, the others wait.
Only the standard library is used, but for the way 3, which needs the distribution `pulumi` and is passed over without it.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TOOLS = Path(__file__).resolve().parent

OLDEST = (3, 200, 0)
"""`packages:` in Pulumi.yaml came with 3.163, and the examples need it. The rest is room for mended
defects: only the pinned version is tested, so a `pulumi` from PATH shall not be years away from it."""

PROGRAMS = ("pulumi", "pulumi-language-yaml")

INSTALL_SECONDS = 600
INSTALL = """
import socket, sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo
socket.setdefaulttimeout(10)
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
"""


class CannotGetError(Exception):
    """A program can be had in no way; `str()` says what to install."""


def say(text: str) -> None:
    """Tells a person; stdout is for the answer."""
    print(text, file=sys.stderr, flush=True)


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where programs are kept from one checkout to the next."""
    if folder := environ.get("EMAILAUTH_CACHE"):
        return Path(folder)
    if folder := environ.get("XDG_CACHE_HOME"):
        return Path(folder) / "emailauth"
    return Path(environ["HOME"]) / ".cache" / "emailauth"


@contextmanager
def made_once(target: Path) -> Iterator[Path | None]:
    """Yields an empty folder to fill, which then becomes `target` in one step; None if `target` is there.

    Whoever else wants the same target waits. A fill that raises leaves nothing behind; neither does one that
    was killed, once the next has run.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.exists():
            yield None
            return
        for left in target.parent.glob(f"{target.name}.partial-*"):
            shutil.rmtree(left)
        partial = Path(tempfile.mkdtemp(prefix=f"{target.name}.partial-", dir=target.parent))
        try:
            yield partial
            partial.chmod(0o755)
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def pinned_version() -> str:
    """The version that `tools/pulumi/go.mod` pins, without its "v"."""
    text = (TOOLS / "pulumi" / "go.mod").read_text()
    found = re.search(r"^(?:require)?\s*github\.com/pulumi/pulumi/pkg/v3 v(\S+)", text, re.MULTILINE)
    if found is None:
        raise CannotGetError("tools/pulumi/go.mod pins no github.com/pulumi/pulumi/pkg/v3")
    return found[1]


def is_complete(folder: Path) -> bool:
    """Whether a folder holds the engine and the YAML language host."""
    return all(os.access(folder / name, os.X_OK) for name in PROGRAMS)


def version_of(pulumi: str, environ: Mapping[str, str]) -> tuple[int, ...] | None:
    """What `pulumi version` says; None if it says nothing of use."""
    quiet = {**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run([pulumi, "version"], env=quiet, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?", done.stdout.strip())
    return tuple(int(number) for number in found.groups()) if found else None


def find_on_path(environ: Mapping[str, str]) -> Path | None:
    """The folder of a `pulumi` on PATH that will do; says why one will not."""
    path = environ.get("PATH", "")
    pulumi = shutil.which("pulumi", path=path)
    if pulumi is None:
        return None
    version = version_of(pulumi, environ)
    if version is None:
        say(f"{pulumi} is passed over: it does not tell its version")
    elif version < OLDEST:
        say(f"{pulumi} is passed over: it is {dotted(version)}, and {dotted(OLDEST)} is the oldest that will do")
    elif not shutil.which("pulumi-language-yaml", path=f"{Path(pulumi).parent}{os.pathsep}{path}"):
        say(f"{pulumi} is passed over: there is no pulumi-language-yaml beside it or on PATH")
    else:
        return Path(pulumi).parent
    return None


def dotted(version: Sequence[int]) -> str:
    """A version as people write it."""
    return ".".join(map(str, version))


def install_officially(version: str, into: Path, environ: Mapping[str, str], python: str) -> bool:
    """Fills a folder by the Automation API's installer; False, and one line, where that cannot be."""
    root = into / "root"
    command = [python, "-c", INSTALL, str(root), version]
    try:
        subprocess.run(command, env=dict(environ), capture_output=True, timeout=INSTALL_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        complete = False
    else:
        complete = is_complete(root / "bin")
    if complete:
        for file in (root / "bin").iterdir():
            file.rename(into / file.name)
    else:
        say(f"Pulumi's official installer could not get version {version} here")
    shutil.rmtree(root, ignore_errors=True)
    return complete


def go_build(go: str, package: str, into: Path, environ: Mapping[str, str], *, module: str, ldflags: str = "") -> None:
    """Builds one program of a module under `tools/` into a folder, exactly as its go.mod and go.sum say.

    Raises `CannotGetError` with the end of what the compiler said.
    """
    flags = ["-mod=readonly", "-buildvcs=false", "-trimpath", "-tags", "osusergo,grpcnotrace", "-ldflags", f"-s -w {ldflags}".strip()]
    command = [go, "build", *flags, "-o", f"{into}{os.sep}", package]
    done = subprocess.run(command, cwd=TOOLS / module, env={**environ, "CGO_ENABLED": "0"}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotGetError(f"`go build {package}` in tools/{module} failed:\n" + "\n".join(done.stderr.splitlines()[-15:]))


def build(go: str, version: str, into: Path, environ: Mapping[str, str]) -> None:
    """Fills a folder by building the pinned version. Raises `CannotGetError`."""
    say(f"building Pulumi {version} from its Go module: once, 8 minutes on two cores; then it is kept in {into.parent}")
    # The Automation API reads the version that the command tells, and only the linker can give it one.
    ldflags = f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}"
    go_build(go, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", into, environ, module="pulumi", ldflags=ldflags)
    go_build(go, "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml", into, environ, module="pulumi-yaml")


def get(environ: Mapping[str, str], python: str = sys.executable) -> Path:
    """The folder of an engine that will do. Raises `CannotGetError`."""
    if folder := find_on_path(environ):
        return folder
    version = pinned_version()
    target = cache_folder(environ) / f"pulumi-{version}"
    if target.exists() and not is_complete(target):
        raise CannotGetError(f"{target} lacks one of {', '.join(PROGRAMS)}: remove it and try again")
    with made_once(target) as into:
        if into is not None and not install_officially(version, into, environ, python):
            go = shutil.which("go", path=environ.get("PATH", ""))
            if go is None:
                raise CannotGetError(
                    f"There is no Pulumi engine here. Install Pulumi {dotted(OLDEST)} or newer as its makers say, so that "
                    f"{' and '.join(PROGRAMS)} are on PATH; or install Go 1.25 or newer, and version {version} is built from its module."
                )
            build(go, version, into, environ)
    return target


def main() -> int:
    """Prints the folder."""
    try:
        print(get(os.environ))
    except CannotGetError as e:
        say(str(e))
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
