"""Reads the file and those that it names, and makes the posture of them."""

import errno
from dataclasses import dataclass
from pathlib import Path

from emailauth.core.check import DecodedDomain, check
from emailauth.core.diagnostic import Diagnostic, Severity
from emailauth.core.document import Document, decode, parse
from emailauth.core.errors import UsageError
from emailauth.core.posture import ABSENT, Absent, Domain, Posture, Section
from emailauth.protocols import modules
from emailauth.workflow.schemas import shapes

FILE_NAME = "email-auth.yaml"
"""What the file is called where nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A file as it was understood."""

    document: Document
    posture: Posture
    """The domains without problems of their own; the others are only in `diagnostics`."""
    diagnostics: tuple[Diagnostic, ...]
    """Why (parts of) the file cannot be understood; empty if they can."""
    directory: Path
    """Relative paths in the file start here."""

    @property
    def is_understood(self) -> bool:
        """Whether everything in the file could be understood."""
        return not any(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)


def load(path: Path) -> Loaded:
    """Reads a file. Raises `UsageError` where it cannot be read; what is wrong in it becomes diagnostics."""
    try:
        content = path.read_bytes()
    except IsADirectoryError as e:
        msg = f"{path} is a folder: name the file in it, {path / FILE_NAME}"
        raise UsageError(msg) from e
    except FileNotFoundError as e:
        msg = f"there is no file {path}: `emailauth init` writes one to start from"
        raise UsageError(msg) from e
    except OSError as e:
        msg = f"{path} cannot be read: {e.strerror}"
        raise UsageError(msg) from e
    return load_bytes(content, str(path), path.parent)


def load_bytes(content: bytes, path: str, directory: Path) -> Loaded:
    """The same from a content: `path` is what diagnostics call it, `directory` where relative paths start."""
    text = decode(path, content)
    if isinstance(text, Diagnostic):
        nothing = Document(path=path, text=content.decode("utf-8", "replace"))
        return Loaded(document=nothing, posture=Posture(domains=()), diagnostics=(text,), directory=directory)
    return load_document(parse(path, text), directory)


def load_document(document: Document, directory: Path) -> Loaded:
    """The same from a document, which need not come from a text."""
    decoded = check(document, shapes())
    posture = Posture(domains=tuple(_domain(one, directory) for one in decoded.domains if not one.has_errors))
    return Loaded(document=document, posture=posture, diagnostics=decoded.diagnostics, directory=directory)


def _domain(decoded: DecodedDomain, directory: Path) -> Domain:
    sections: dict[str, Section | Absent] = dict(decoded.profile_sections)
    for key, shape in decoded.shapes.items():
        sections[key] = ABSENT if shape is ABSENT else modules()[key].section(shape)
    named = {path for section in sections.values() if section is not ABSENT for _, path in section.paths()}
    return Domain(
        name=decoded.name,
        route=decoded.route,
        sections=sections,
        parked=decoded.parked,
        ttl=decoded.ttl,
        dns_host=decoded.dns_host,
        web_host=decoded.web_host,
        receivers=decoded.receivers,
        attachments={path: _content(directory / path) for path in sorted(named)},
    )


ATTACHMENT_LIMIT = 1_000_000
"""Octets; logos, certificates and keys are far smaller, and a name that leads to something endless shall not be read."""


def _content(path: Path) -> bytes | OSError:
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe or a terminal, which one would wait for
        return OSError(errno.EINVAL, "not a file", str(path))
    try:
        with path.open("rb") as file:
            content = file.read(ATTACHMENT_LIMIT + 1)
    except OSError as e:
        return e
    except ValueError:  # a NUL in the path
        return OSError(errno.EINVAL, "not the path of a file", str(path))
    if len(content) > ATTACHMENT_LIMIT:
        return OSError(errno.EFBIG, "larger than a megabyte", str(path))
    return content
