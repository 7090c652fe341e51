"""Write a commented email-auth.yaml to start from, and the Pulumi program that applies it.

Overwrites nothing: a file that is there already is kept and named.
"""

import argparse
from importlib import resources
from pathlib import Path
from typing import Final

from emailauth import templates
from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.core.names import InvalidName, is_host, normalise

_FILES: Final = {
    "yaml": {"email-auth.yaml": "email-auth.yaml", "Pulumi.yaml": "Pulumi.yaml.yaml"},
    "python": {
        "email-auth.yaml": "email-auth.yaml",
        "Pulumi.yaml": "Pulumi.python.yaml",
        "__main__.py": "main.py.txt",
        "requirements.txt": "requirements.txt",
    },
}
"""By runtime: the files to write, each with its template."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `init`."""
    parser.add_argument("directory", metavar="DIR", nargs="?", type=Path, default=Path(), help="default: this folder")
    parser.add_argument("--domain", default="example.com", help="the domain to start with; default: example.com")
    parser.add_argument("--runtime", choices=sorted(_FILES), default="yaml", help="language of the Pulumi program; default: yaml")


def run(args: argparse.Namespace) -> int:
    """Writes what is missing."""
    domain = _domain(args.domain)
    directory: Path = args.directory
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, template in _FILES[args.runtime].items():
            text = resources.files(templates).joinpath(template).read_text("utf-8").replace("@DOMAIN@", domain)
            print(f"{'wrote' if _write(directory / name, text) else 'kept'} {directory / name}")
    except OSError as e:
        msg = f"{e.filename or directory} cannot be written: {e.strerror}"
        raise CouldNotDoError(msg) from e
    print(f"next: edit {directory / 'email-auth.yaml'}, then run `emailauth lint {directory / 'email-auth.yaml'}`")
    return 0


def _domain(text: str) -> str:
    try:
        domain = normalise(text)
    except InvalidName as e:
        raise UsageError(str(e)) from e
    if not is_host(domain):
        msg = f"{text!r} is not the name of a domain such as example.com"
        raise UsageError(msg)
    return domain


def _write(path: Path, text: str) -> bool:
    """Writes a new file; False where there is one already."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True
