"""Applies a fix to the data of a file, which is what a fix means."""

import copy
from typing import Any

import yaml

from emailauth.core.diagnostic import Fix
from emailauth.workflow.load import Loaded, load_bytes


def with_fix(loaded: Loaded, fix: Fix) -> Loaded:
    """The file with one fix applied, loaded anew."""
    data: Any = copy.deepcopy(loaded.document.data)
    *parents, last = fix.at
    holder = data
    for step in parents:
        holder = holder[step]
    if fix.remove:
        del holder[last]
    else:
        holder[last] = fix.value
    text = yaml.safe_dump(data, sort_keys=False)
    return load_bytes(text.encode(), loaded.document.path, loaded.directory)
