"""What botocore knows of services, parsed once in a process: it stands in 400 folders of JSON files, which each session would look through and
parse anew."""

import functools
import json
import marshal
from collections.abc import Callable
from typing import Any
from unittest.mock import patch


@functools.cache
def parse_once() -> None:
    """From now on."""
    from botocore.loaders import JSONFileLoader, Loader

    read, look = _reading(JSONFileLoader().load_file), functools.cache(Loader().list_available_services)
    patch.object(JSONFileLoader, "load_file", lambda _self, path: read(path)).start()
    patch.object(Loader, "list_available_services", lambda _self, type_name: look(type_name)).start()


def _reading(parsed: Callable[[str], Any]) -> Callable[[str], Any]:
    """Gives each session models of services for itself, for calls change them (S3's paths, for one), and the rest together with others."""
    shared = functools.cache(parsed)
    model = functools.cache(lambda path: marshal.dumps(json.loads(json.dumps(parsed(path)))))  # of plain dictionaries
    return lambda path: marshal.loads(model(path)) if path.endswith("service-2") else shared(path)  # noqa: S302 - made here
