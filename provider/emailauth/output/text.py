"""Text for people."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from emailauth.core.diagnostic import Diagnostic, Severity, Span
from emailauth.core.plan import Change, FileChange, Plan, Preparation
from emailauth.core.report import Fixed, Judged
from emailauth.core.text import plural, printable
from emailauth.lint.checks import Check
from emailauth.lint.rule import Example, Rule


def findings(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], judged: Judged | None = None) -> str:
    """What was fixed, each diagnostic with the piece of the file that it is about, then the counts."""
    what = judged or Judged(files=tuple(sources))
    secret = {(one.path, line) for one in diagnostics if one.secret for line in range(one.span.line, one.span.end_line + 1)}
    fixes = ["\n".join(map(fix, what.fixes))] if what.fixes else []
    lines = {path: source.splitlines() for path, source in sources.items()}
    blocks = ["\n".join(_finding(diagnostic, lines.get(diagnostic.path, ()), secret)) for diagnostic in diagnostics]
    return "\n\n".join([*fixes, *blocks, _counts(diagnostics, what)]) + "\n"


def fix(one: Fixed) -> str:
    """One fix, on a line: where the finding was, and what was done or why it was not."""
    reason = f": {printable(one.reason)}" if one.reason else ""
    done = "not fixed" if one.reason else "fixed"
    return f"{one.path}:{one.span.line}:{one.span.column}: {done}: {printable(one.description)}{reason} [{one.rule}]"


def _finding(diagnostic: Diagnostic, lines: Sequence[str], secret: Collection[tuple[str, int]]) -> Iterator[str]:
    span = diagnostic.span
    severity = diagnostic.severity.value
    yield f"{diagnostic.path}:{span.line}:{span.column}: {severity}: {printable(diagnostic.message)} [{diagnostic.rule}]"
    if (diagnostic.path, span.line) in secret:
        yield f"  {span.line} | (not shown: a secret stands here)"
    else:
        yield from _piece(span, lines)
    if diagnostic.clause:
        yield f"  = {diagnostic.clause}"
    if diagnostic.fix:
        yield f"  = fix: {printable(diagnostic.fix.description)}"
    if len(diagnostic.domains) > 1:
        yield f"  = for {', '.join(diagnostic.domains[:_SHOWN])}" + _more(len(diagnostic.domains) - _SHOWN)


def _piece(span: Span, lines: Sequence[str]) -> Iterator[str]:
    """The first line of the span, and marks below it."""
    if span.line > len(lines):
        return
    line = lines[span.line - 1]
    end = min(span.end_column if span.end_line == span.line else len(line) + 1, len(line) + 1)
    start = max(0, span.column - 1 - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = line[start : start + _WIDTH]
    marks = "^" * max(1, min(end - 1, start + _WIDTH) - (span.column - 1))
    before, after = "..." * (start > 0), "..." * (start + _WIDTH < len(line))
    number = str(span.line)
    yield f"  {number} | {before}{printable(shown)}{after}"
    yield f"  {' ' * len(number)} | {' ' * len(before)}{_indent(line[start : span.column - 1])}{marks}"


_WIDTH = 200
"""Characters of a line that are shown at most."""


_SHOWN = 3
"""Domains that are named where many share a finding."""


def _more(count: int) -> str:
    return f" and {plural(count, 'more domain')}" if count > 0 else ""


def _indent(before: str) -> str:
    """As wide as what stands before the marked piece; tabs stay tabs."""
    return "".join("\t" if character == "\t" else " " for character in printable(before))


def _counts(diagnostics: Sequence[Diagnostic], judged: Judged) -> str:
    told = {Severity.ERROR: ("error", None), Severity.WARNING: ("warning", None), Severity.ADVICE: ("piece of advice", "pieces of advice")}
    counted = [(sum(d.severity is severity for d in diagnostics), *names) for severity, names in told.items()]
    said = ", ".join(plural(*one) for one in counted if one[0]) or "no findings"
    among = [plural(len(names), noun) for names, noun in ((judged.files, "file"), (judged.domains, "domain")) if names]
    if not among:
        return "nothing was judged"
    count = judged.advice_left_out
    more = f" ({plural(count, *told[Severity.ADVICE])}: --advice shows {'it' if count == 1 else 'them'})" if count else ""
    return f"{_fixes(judged)}{said} in {' and '.join(among)}{more}"


def _fixes(judged: Judged) -> str:
    failed = sum(bool(one.reason) for one in judged.fixes)
    said = [f"{count} {name}" for count, name in ((len(judged.fixes) - failed, "fixed"), (failed, "not fixed")) if count]
    return f"{', '.join(said)}; " if said else ""


def plan(made: Plan) -> str:
    """Every change by domain, then what is in the way, what is dangerous, and the counts."""
    lines: list[str] = []
    in_order: list[Change] = [*made.preparations, *made.records, *made.files]
    for domain in dict.fromkeys(change.domain for change in in_order):
        lines.append(domain)
        for change in (one for one in made.changes if one.domain == domain):
            lines += [f"  {line}" for line in describe(change, made.comments.get((domain, change.kind.split("/")[0]), {}))]
        lines.append("")
    lines += _order(made)
    for step in made.next:
        lines.append(f"next: {step.domain}: {step.kind}: not before {step.not_before:%Y-%m-%d %H:%M} UTC")
        lines.append(f"  {printable(step.message)}")
    lines += [f"conflict: {found.domain}: {found.kind}: {printable(found.message)}" for found in made.conflicts]
    for danger in made.dangers:
        lines.append(f"danger: {danger.domain}: {printable(danger.message)}")
        lines.append(f"  refused; `--allow {danger.name}` allows it")
    lines += [f"danger: {danger.domain}: {printable(danger.message)} (allowed by --allow {danger.name})" for danger in made.allowed]
    return "\n".join([*lines, summary(made)]) + "\n"


def _order(made: Plan) -> list[str]:
    """In which order it is applied, where there is an order."""
    if len(made.phases) < 2:  # noqa: PLR2004 - one phase has no order
        return []
    steps = [f"  {number}. {phase.title}" for number, phase in enumerate(made.phases, 1)]
    return ["in this order, each step read back before the next:", *steps, ""]


def describe(change: Change, comments: Mapping[str, str]) -> Iterator[str]:
    """One change: a line that names it, then the text before and after."""
    if isinstance(change, Preparation):
        yield f"+ {change.kind}: {printable(change.message)}"
        yield "    its DNS records follow from that, and are part of this change"
        return
    if isinstance(change, FileChange):
        yield from _file(change)
        return
    sign = _sign(before=change.before, after=change.after)
    yield f"{sign} {change.kind}: {change.name} {change.type} in {change.place}"
    removed = [value for value in change.before if value not in change.after]
    added = [value for value in change.after if value not in change.before]
    yield from (f"    - {printable(value)}" for value in removed)
    yield from (f"    + {printable(value)}" for value in added)
    if len(removed) == len(added) == 1:
        yield from _parts(removed[0], added[0], comments)
    if change.ttl_before is not None and change.ttl_after not in {None, change.ttl_before}:
        yield f"    TTL {change.ttl_before} -> {change.ttl_after}"
    yield from (f"    note: {note}" for note in change.notes)
    if change.kept:
        yield f"    kept as they are: {plural(len(change.kept), 'value')} of others in the same set"


def _parts(before: str, after: str, comments: Mapping[str, str]) -> Iterator[str]:
    """Which terms (SPF) or tags (all others) make the difference, with the comments that the file has on them."""
    old, new = _split(before), _split(after)
    yield from (f"      removes {printable(part)}" for part in old if part not in new)
    for part in new:
        if part not in old:
            comment = comments.get(part, "")
            yield f"      adds {printable(part)}" + (f"  # {printable(comment)}" if comment else "")


def _split(value: str) -> list[str]:
    return [part.strip() for part in (value.split(";") if ";" in value else value.split(" ")) if part.strip()]


def _file(change: FileChange) -> Iterator[str]:
    yield f"{_sign(before=change.before, after=change.after)} {change.kind}: {change.url}"
    yield from _body("-", change.before)
    yield from _body("+", change.after.body if change.after else None)


_TEXT_LIMIT = 4096
"""Octets up to which the content of a file is shown."""


def _body(sign: str, body: bytes | None) -> Iterator[str]:
    if body is None:
        return
    text = body.decode("utf-8", "replace")
    if len(body) > _TEXT_LIMIT or "\ufffd" in text:
        yield f"    {sign} ({plural(len(body), 'octet')})"
        return
    yield from (f"    {sign} {printable(line)}" for line in text.splitlines())


def _sign(*, before: object, after: object) -> str:
    return "~" if before and after else "+" if after else "-"


def summary(made: Plan) -> str:
    """One line: what would change and what is right already."""
    count = len(made.changes)
    right = f"{plural(made.unchanged, 'record or file is', 'records and files are')} as the file says"
    if not count:
        return f"nothing to change: {right}" if made.unchanged or not made.conflicts else "nothing can be changed"
    return f"{plural(count, 'change')}; {right}"


def rules(shown: Sequence[Rule | Check], *, pages: bool) -> str:
    """The list of rules, a line each; or their pages."""
    if pages:
        return "\n".join(line for one in shown for line in _page(one)) + "\n"
    width = max((len(one.id) for one in shown), default=0)
    return "".join(f"{one.id:<{width}}  {one.strength.value:<6}  {one.summary}\n" for one in shown)


def _page(one: Rule | Check) -> Iterator[str]:
    yield from (one.id, "=" * len(one.id), one.summary, "")
    if one.page:
        yield from (one.page, "")
    yield f"Strength: {one.strength.value} (a finding is {_article(one.strength.severity)})"
    if isinstance(one, Check):
        return
    yield f"Clause:   {one.clause}"
    yield f"Covers:   {', '.join(one.covers)}"
    yield f"Fix:      {'offered where it is certain' if one.fixes else 'by hand'}"
    yield from ("", "Bad:", *_example(one.bad), "", "Good:", *_example(one.good))


def _article(severity: Severity) -> str:
    return {Severity.ERROR: "an error", Severity.WARNING: "a warning", Severity.ADVICE: "advice"}[severity]


def _example(example: Example) -> Iterable[str]:
    yield from (f"    {line}" for line in example.text.rstrip("\n").split("\n"))
    for path, content in example.files.items():
        yield f"    --- {path}"
        yield from (f"    {line}" for line in content.decode("utf-8", "replace").rstrip("\n").split("\n"))
