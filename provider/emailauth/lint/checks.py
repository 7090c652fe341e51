"""Checks that are no rules: what keeps a file from being understood, and what there is to say about ignore comments.

They have no clause of a mail standard behind them and cannot be ignored; `emailauth rules` shows them beside the rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from emailauth.core.diagnostic import Strength


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check with its page."""

    id: str
    strength: Strength
    summary: str
    page: str


def _check(id_: str, summary: str, page: str, strength: Strength = Strength.MUST) -> Check:
    return Check(id=id_, strength=strength, summary=summary, page=page)


_ALL: Final = (
    _check("out-of-range", "A number is too small or too large.", "The message says what the standard, or good sense, allows."),
    _check(
        "domain-name",
        "A domain's name is not one.",
        "Domains are written as DNS has them: letters, digits, hyphens and dots, in A-label form.",
    ),
    _check("duplicate-domain", "A domain stands in the file twice.", "Case and a dot at the end make no other name. Join the two."),
    _check(
        "duplicate-key",
        "A key stands in a mapping twice.",
        "Other readers of YAML take the last and say nothing, so that a setting is lost.",
    ),
    _check("file-encoding", "The file is not in UTF-8.", "Save it as UTF-8."),
    _check("missing-key", "A key is missing that must be there.", "`emailauth schema` and your editor say which keys a section has."),
    _check(
        "unknown-key",
        "A key is not known here.",
        "Mostly a slip of the pen; the message says what was probably meant. A setting under a wrong key would do nothing.",
    ),
    _check(
        "wrong-form", "None or several of what there can be one of.", "A DNS host or a web host is chosen by one key, such as `zonefile`."
    ),
    _check(
        "wrong-type",
        "A value is of the wrong type.",
        "A list where a text is needed, a text where a number is needed; the message says which.",
    ),
    _check(
        "wrong-value", "A value is not possible here.", "Too large, too small, or none of those that can be; the message says which can."
    ),
    _check("yaml-alias", "An alias leads nowhere, into itself, or to far too much.", "Anchors and aliases can be used, within reason."),
    _check("yaml-characters", "A control character stands in the file.", "YAML 1.2.2 section 5.1 allows none but tab and line breaks."),
    _check("yaml-depth", "The file is nested far deeper than it can be.", "No key of the file stands that deep."),
    _check("yaml-documents", "There is more than one document in the file.", "Take the line `---` out, or write two files."),
    _check("yaml-empty", "There is nothing in the file.", "Begin with `version: 1` and `domains:`; `emailauth init` writes a start."),
    _check("yaml-key", "A key is no text.", "Keys are texts or numbers on one line, not lists or mappings."),
    _check("yaml-merge-key", "A merge key `<<` is used.", "YAML 1.2 has none. Settings for several domains stand under `defaults`."),
    _check("yaml-number", "A number is far too long.", "No setting takes a number like that."),
    _check("yaml-syntax", "The file is no YAML.", "The message says where reading stopped and what is mostly the cause."),
    _check("yaml-tag", "A tag such as `!!binary` is used.", "The file needs none: write the value as it is."),
    _check("ignore-syntax", "A comment for this program cannot be understood.", "Write `# emailauth: ignore[rule-id] reason`."),
    _check("ignore-unknown-rule", "An ignore comment names a rule that there is not.", "It switches nothing off.", Strength.SHOULD),
    _check(
        "ignore-unused",
        "An ignore comment switches nothing off.",
        "What it was for is mended or gone: take it out, lest it hide something new.",
        Strength.SHOULD,
    ),
    _check(
        "ignore-without-reason",
        "An ignore comment gives no reason.",
        "Whoever reads it next wants to know whether it still holds.",
        Strength.SHOULD,
    ),
)

CHECKS: Final[Mapping[str, Check]] = MappingProxyType({check.id: check for check in _ALL})
"""All checks by id."""
