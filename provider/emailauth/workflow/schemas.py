"""The types that the file is made of, gathered from all protocols and hosts, and the JSON Schema of them."""

import pkgutil
from functools import cache
from typing import Any

from emailauth.core import schema
from emailauth.core.schema import Shapes
from emailauth.lint.rules import receivers
from emailauth.protocols import modules
from emailauth.workflow.hosts import dns_modules, web_modules


@cache
def shapes() -> Shapes:
    """What stands under each key of the file."""
    protocols = modules()
    return Shapes(
        sections={key: module.Shape for key, module in protocols.items()},
        dns_hosts={key: module.Settings for key, module in dns_modules().items()},
        web_hosts={key: module.Settings for key, module in web_modules().items()},
        parked={key: module.PARKED for key, module in protocols.items()},
        instead={key: module.INSTEAD for key, module in protocols.items()},
        receivers=tuple(sorted(module.name for module in pkgutil.iter_modules(receivers.__path__))),
    )


def file_schema() -> dict[str, Any]:
    """The JSON Schema of email-auth.yaml; committed as schemas/email-auth.schema.json."""
    return schema.file_schema(shapes())
