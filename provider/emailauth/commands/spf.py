"""Look into SPF records.

`emailauth spf tree` shows, for each domain of a file that has an SPF record, what its terms lead to, how many
look-ups and voids that costs at worst, which terms never decide or change nothing, and how many addresses pass. It
goes by the file alone: what other domains publish is "not looked up". With --live it asks DNS for that. A DOMAIN
needs no file, and is asked for as it is published.

`emailauth spf diff` compares two files, a file and a domain as it is published, or two domains: who gets another
result, in prefixes and counts. What most addresses get is told once, as "everything else".

exit codes: 0 shown, and nothing differs; 1 something differs; 2 a file that cannot be understood, or has no such
domain; 3 shown, and not everything was answered
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from emailauth.commands._live import add_live, check_live, dns_answers, domain_name, tell_unanswered
from emailauth.commands._shared import load_understood
from emailauth.core.errors import UsageError
from emailauth.output import spf_tree
from emailauth.protocols.spf.comparison import compare
from emailauth.protocols.spf.outline import outline
from emailauth.protocols.spf.tree import Tree
from emailauth.workflow.answering import Noted
from emailauth.workflow.load import FILE_NAME
from emailauth.workflow.spf_trees import Source, of_file, scout, trees

_ASKS = "--live or a DOMAIN"
_UNANSWERED = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `spf`."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    tree = actions.add_parser("tree", help="what a record leads to, and what it costs")
    tree.add_argument(
        "sources", metavar="FILE|DOMAIN", nargs="*", default=[FILE_NAME], help=f"a file, or the name of a domain; default: {FILE_NAME}"
    )
    diff = actions.add_parser("diff", help="who gets another result by one record than by another")
    diff.add_argument("old", metavar="OLD", help="a file, or the name of a domain")
    diff.add_argument("new", metavar="NEW", help="a file, or the name of a domain")
    for action, run_action in ((tree, _tree), (diff, _diff)):
        action.add_argument(
            "--domain", metavar="NAME", action="append", default=[], help="of files: only this one; can be given several times"
        )
        add_live(action, asks=_ASKS)
        action.add_argument("--format", choices=spf_tree.FORMATS, default="text", help="default: text")
        action.set_defaults(run_action=run_action)


def run(args: argparse.Namespace) -> int:
    """Runs the action."""
    code: int = args.run_action(args)
    return code


def _tree(args: argparse.Namespace) -> int:
    """Shows the trees."""
    texts = list(dict.fromkeys(args.sources))
    named = {text: name for text in texts if (name := domain_name(text, with_underscores=True)) is not None}
    check_live(args, asks=_ASKS, is_asking=args.live or bool(named))
    files = [(text, _of_file(text, args)) for text in texts if text not in named]
    _check_found(args, dict(files))
    sources = [source for _, found in files for source in found.values()]
    sources += [Source(domain=name, is_asking=True) for name in dict.fromkeys(named.values())]
    found, complete = _trees(args, sources)
    shown = [outline(tree) for tree in found]
    sys.stdout.write(spf_tree.json(shown) if args.format == "json" else spf_tree.text(shown))
    return 0 if complete else _UNANSWERED


def _diff(args: argparse.Namespace) -> int:
    """Shows what differs."""
    names = [domain_name(text, with_underscores=True) for text in (args.old, args.new)]
    check_live(args, asks=_ASKS, is_asking=args.live or any(names))
    sides = [
        _of_file(text, args, with_absent=True) if name is None else {name: Source(domain=name, is_asking=True)}
        for text, name in zip((args.old, args.new), names, strict=True)
    ]
    _check_found(args, {text: side for text, name, side in zip((args.old, args.new), names, sides, strict=True) if name is None})
    pairs = list(zip(*(side.values() for side in sides), strict=True)) if all(names) else _pairs(args, *sides)
    found, complete = _trees(args, [source for pair in pairs for source in pair])
    shown = [compare(before, after) for before, after in zip(found[::2], found[1::2], strict=True)]
    sys.stdout.write(spf_tree.differences_json(shown) if args.format == "json" else spf_tree.differences_text(shown))
    return int(any(one.differences for one in shown)) if complete else _UNANSWERED


def _trees(args: argparse.Namespace, sources: Sequence[Source]) -> tuple[list[Tree], bool]:
    """The trees, and whether everything was answered that they ask for."""
    answers = dns_answers(args, lambda lookup: scout(sources, lookup)) if any(source.is_asking for source in sources) else {}
    noted = Noted(answers)
    found = list(trees(sources, noted))
    return found, tell_unanswered(noted.failures, noted.missing)


def _of_file(text: str, args: argparse.Namespace, *, with_absent: bool = False) -> Mapping[str, Source]:
    """The domains of a file that are wanted, by name."""
    posture = load_understood(Path(text)).posture
    found = {source.domain: source for source in of_file(posture, is_asking=args.live, with_absent=with_absent)}
    if not found:
        raise UsageError(f"no domain of {text} has an SPF record")
    return {name: source for name, source in found.items() if not args.domain or name in args.domain}


def _check_found(args: argparse.Namespace, files: Mapping[str, Mapping[str, Source]]) -> None:
    """Raises `UsageError` where a domain that is wanted is nowhere."""
    missing = [name for name in args.domain if not any(name in found for found in files.values())]
    if missing:
        raise UsageError(f"{', '.join(files) or 'no file'} has no SPF record for {', '.join(missing)}")


def _pairs(args: argparse.Namespace, old: Mapping[str, Source], new: Mapping[str, Source]) -> list[tuple[Source, Source]]:
    """The domains that both sides have. Tells on stderr which only one has; raises `UsageError` where there are none else."""
    pairs = [(old[name], new[name]) for name in old if name in new]
    if not pairs:
        raise UsageError(f"{args.old} and {args.new} do not both tell the SPF record of any domain")
    for text, only in ((args.old, old.keys() - new.keys()), (args.new, new.keys() - old.keys())):
        if only:
            print(f"emailauth: not compared, as only {text} tells the SPF record: {', '.join(sorted(only))}", file=sys.stderr)
    return pairs
