"""What PyYAML and libyaml say of a text that is no YAML, in words for the person who wrote it."""

import re
from typing import Final

import yaml

from emailauth.core.compose import Mark, Problem, span_of
from emailauth.core.diagnostic import Span
from emailauth.core.lines import Lines

_TAB: Final = "YAML is not indented by tabs: write spaces"
_AT_END: Final = "The file ends too early: a value or a closing bracket is missing"
_BEHIND: Final = "Nothing can stand behind the value before it: quote the whole text"
_BLOCK: Final = "The {} that begins on line {{line}} goes wrong here: indent this line as the lines it belongs to"
_FLOW: Final = "The {} of line {{line}} goes wrong here: a comma or {} is missing"

_SENTENCES: Final = tuple(
    (re.compile(pattern), at_context, sentence)
    for pattern, at_context, sentence in (
        # What the parser says ("context: problem"), whether its context is the place to tell, and our words for it.
        (
            r"quoted scalar: found unexpected (end of stream|document)",
            True,
            "The quoted text that begins here does not end: close the quotes",
        ),
        (r"unknown escape character", False, r"There is no such escape in double quotes: write \\ for a backslash, or use single quotes"),
        (r"hexdecimal|hexadecimal", False, r"\x takes 2 hexadecimal digits, \u 4 and \U 8"),
        (r"escape code", False, "There is no such character in Unicode"),
        (
            r"mapping values are not",
            False,
            "A colon and a space make a key, and none can be here: check the indentation, or quote the text",
        ),
        (r"mapping keys are not", False, "No key can be here: check the indentation, or quote the text"),
        (r"sequence entries are not", False, "No list item can be here: begin the list on a line of its own, or quote the text"),
        (r"could not find expected ':'", True, "This line is no `key: value`: the colon and the space behind it are missing"),
        (r"cannot start any token", False, "{character} cannot begin a text: quote the text"),
        (r"tab character", False, _TAB),
        (r"flow sequence: .*expected ','", False, _FLOW.format("[", "]")),
        (r"flow mapping: .*expected ','", False, _FLOW.format("{{", "}}")),
        (r"block mapping: .*expected (key|<block end>)", False, _BLOCK.format("mapping")),
        (r"block collection: .*expected ('-' indicator|<block end>)", False, _BLOCK.format("list")),
        (r"unexpected ':'", False, "A colon can end no text within brackets: quote the text"),
        (r"node: .*expected (the )?node content", False, "A value is missing here, or it must be quoted"),
        (r"(an alias|an anchor): .*alphabetic", True, "A text cannot begin with * or &: quote the text"),
        (
            r"block scalar: ",
            False,
            "Only + or -, a digit from 1 to 9 and a comment can stand behind | or >: begin the text on the next line",
        ),
        (r"<document start>", False, "The document has ended above: nothing can be here"),
        (r"incompatible YAML document", False, "This version of YAML is not known here: leave the %YAML line out"),
        (r"directive", False, "A line that begins with % is a directive, and no file here needs one: leave it out, or quote the text"),
        (r"undefined tag handle|a tag|URI", True, "A text cannot begin with !: quote the text"),
    )
)


def syntax_problem(error: yaml.YAMLError, text: str) -> Problem:
    """The problem that a parser's error is; the words of the parser where we have none of our own."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return Problem(Span(1, 1, 1, 1), "yaml-syntax", f"This is no YAML: {error}")
    said = f"{error.context}: {error.problem}"
    at_context, sentence = next(
        ((at, words) for pattern, at, words in _SENTENCES if pattern.search(said)), (False, "This is no YAML: {said}")
    )
    context: Mark = error.context_mark or error.problem_mark
    mark: Mark = context if at_context else error.problem_mark
    sentence = _closer(sentence, text, mark)
    character = text[mark.index : mark.index + 1]
    # libyaml takes the end of a text that does not end its last line for a line of its own.
    span = span_of(mark, mark) if mark.index < len(text) else Lines(text).span(len(text), len(text))
    return Problem(span, "yaml-syntax", sentence.format(character=character, line=context.line + 1, said=said))


def _closer(sentence: str, text: str, mark: Mark) -> str:
    """A better sentence where the place shows what the parser could not know."""
    before = text[mark.index - mark.column : mark.index]
    if text.startswith("\t", mark.index):
        return _TAB
    if sentence in {_BLOCK.format("mapping"), _BLOCK.format("list")} and before.strip():
        return _BEHIND
    if sentence.startswith(("The {", "The [", "A value")) and not text[mark.index :].strip():
        return _AT_END
    return sentence
