"""Generates `sdk/python`, `sdk/nodejs` and `sdk/go` from `schemas/pulumi.schema.json` by Pulumi's own generators.

    python -m tools.generate_sdk            # writes them
    python -m tools.generate_sdk --check    # says what differs from what is there, and ends with 1 if anything does

The generators are a Go program, `tools/pulumi/sdkgen`. What they write is taken as it is, but for two things that
follow from the Python SDK's being a part of the distribution `emailauth`: it has no pyproject.toml of its own, and it asks
that distribution for its version.
"""

import argparse
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tools.get_pulumi import TOOLS, CannotGetError, say
from tools.go_tool import go_tool

LANGUAGES = ("go", "nodejs", "python")
ROOT = TOOLS.parent

VERSION_ASKED = "importlib.metadata.version(root_package)"
VERSION_ASKED_HERE = 'importlib.metadata.version("emailauth")'


def generate(schema: Path, folder: Path, environ: Mapping[str, str]) -> None:
    """Fills a folder with one SDK for each language. Raises `CannotGetError`."""
    if not schema.exists():
        raise CannotGetError(f"{schema} is not there: run `make schema`")
    sdkgen = go_tool("sdkgen", environ)
    subprocess.run([sdkgen, schema, folder], env=dict(environ), check=True)
    fit_into_our_distribution(folder / "python")


def fit_into_our_distribution(python: Path) -> None:
    """Takes the Python SDK's own packaging away. Raises `CannotGetError` where the generators have changed too much for that."""
    (python / "pyproject.toml").unlink()
    (python / ".gitignore").unlink(missing_ok=True)
    utilities = python / "pulumi_emailauth" / "_utilities.py"
    text = utilities.read_text()
    if text.count(VERSION_ASKED) != 1:
        raise CannotGetError(f"{utilities.name} no longer asks for its version by `{VERSION_ASKED}`: see tools/generate_sdk.py")
    utilities.write_text(text.replace(VERSION_ASKED, VERSION_ASKED_HERE))


def files_below(folder: Path) -> set[Path]:
    """What a folder holds, relative to it, without what tools and builds leave there."""
    left = {"__pycache__", "node_modules", "bin"}
    return {path for file in folder.rglob("*") if file.is_file() and not left & set((path := file.relative_to(folder)).parts)}


def differences(committed: Path, fresh: Path) -> Iterator[str]:
    """One line for each file of one language that is not as it would be generated."""
    before, after = files_below(committed), files_below(fresh)
    for path in sorted(before | after):
        name = f"{committed.name}/{path.as_posix()}"
        if path not in after:
            yield f"{name}: would not be generated"
        elif path not in before:
            yield f"{name}: is missing"
        elif not filecmp.cmp(committed / path, fresh / path, shallow=False):
            yield f"{name}: differs"


def replace(committed: Path, fresh: Path) -> None:
    """Puts what was generated in place of what is there."""
    shutil.rmtree(committed, ignore_errors=True)
    shutil.copytree(fresh, committed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes or checks."""
    parser = argparse.ArgumentParser(prog="python -m tools.generate_sdk", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 if anything would change")
    parser.add_argument("--schema", type=Path, default=ROOT / "schemas" / "pulumi.schema.json", help="default: %(default)s")
    parser.add_argument("--into", type=Path, default=ROOT / "sdk", help="default: %(default)s")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="emailauth-sdk-") as scratch:
        fresh = Path(scratch)
        try:
            generate(options.schema, fresh, os.environ)
        except CannotGetError as e:
            say(str(e))
            return 3
        if options.check:
            found = [line for language in LANGUAGES for line in differences(options.into / language, fresh / language)]
            for line in found:
                print(line)
            if found:
                say("the SDKs are not what the schema says: run `make sdk`")
            return 1 if found else 0
        for language in LANGUAGES:
            replace(options.into / language, fresh / language)
    return 0


if __name__ == "__main__":
    sys.exit(main())
