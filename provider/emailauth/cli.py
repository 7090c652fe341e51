"""The command line: finds the subcommands and turns every failure into one message and an exit code.

0 clean; 1 findings, or changes where the exit code was asked to tell; 2 usage or bad input; 3 could not be done.
"""

import argparse
import ast
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence

from emailauth import __version__, commands
from emailauth.core.errors import CouldNotDoError, UsageError

USAGE = 2
COULD_NOT_DO = 3
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code; never raises but for `SystemExit` of argparse."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["--version"]:  # known without importing anything
        print(f"emailauth {__version__}")
        return 0
    try:
        args = _parser(arguments).parse_args(arguments)
        code: int = args.run(args)
        sys.stdout.flush()
    except UsageError as e:
        return _fail(str(e), USAGE)
    except CouldNotDoError as e:
        return _fail(str(e), COULD_NOT_DO)
    except BrokenPipeError:  # the reader went away: not our failure, and nothing more can be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return _fail("interrupted", _INTERRUPTED)
    except Exception as e:
        if os.environ.get("EMAILAUTH_TRACEBACK"):
            raise
        kind = f"{type(e).__name__}: {e}".splitlines()[0]
        return _fail(f"a defect of emailauth ({kind}); EMAILAUTH_TRACEBACK=1 shows where, please report it with that", COULD_NOT_DO)
    return code


def _fail(message: str, code: int) -> int:
    print(f"emailauth: {message}", file=sys.stderr)
    return code


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="emailauth",
        description="Keeps the email authentication of domains as email-auth.yaml says: SPF, DKIM, DMARC, MTA-STS, TLS-RPT, BIMI, MX.",
        epilog="exit codes: 0 clean; 1 findings, or changes where asked to tell; 2 usage or bad input; 3 could not be done",
    )
    parser.add_argument("--version", action="version", version=f"emailauth {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    names = [info.name for info in pkgutil.iter_modules(commands.__path__) if not info.name.startswith("_")]
    command = next((argument for argument in arguments if not argument.startswith("-")), "")
    if command in names:  # which imports what it needs itself, and no other command's needs
        module = importlib.import_module(f"{commands.__name__}.{command}")
        text = module.__doc__ or ""
        sub = subparsers.add_parser(command, description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
        module.configure(sub)
        sub.set_defaults(run=module.run)
    else:  # the list of commands, or a complaint about the first argument
        for name in names:
            subparsers.add_parser(name, help=_summary(name))
    return parser


def _summary(name: str) -> str:
    """The first line of a command's help, read from its source: to import all commands takes longer than to read the list."""
    source = pkgutil.get_data(commands.__name__, f"{name}.py") or b""
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0].rstrip(".")
