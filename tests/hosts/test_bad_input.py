"""What goes wrong outside of the file is told in one message, which says what it is and what to do; and where nothing was done, nothing was."""

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from tests.hosts import troubles_cloudflare, troubles_cloudfront, troubles_rfc2136, troubles_route53
from tests.hosts.places import MakePlace, on_bind9, on_cloudflare, on_cloudfront, on_route53
from tests.hosts.trouble import Trouble, meet
from tests.live.authority import Authority

PLACES: Final[Mapping[str, tuple[MakePlace, Mapping[str, Trouble]]]] = {
    "route53": (on_route53, troubles_route53.TROUBLES),
    "cloudflare": (on_cloudflare, troubles_cloudflare.TROUBLES),
    "cloudfront": (on_cloudfront, troubles_cloudfront.TROUBLES),
    "rfc2136": (on_bind9, troubles_rfc2136.TROUBLES),
    "rfc2136, for reading": (partial(on_bind9, update=False), troubles_rfc2136.WITHOUT_PERMISSION),
}


@pytest.mark.parametrize(("place", "name"), [(place, name) for place, (_, troubles) in PLACES.items() for name in troubles])
def test_it_is_told_in_one_message(place: str, name: str, authority: Authority, tmp_path: Path) -> None:
    make, troubles = PLACES[place]
    trouble = troubles[name]
    ran, before, after = meet(trouble, make, tmp_path, authority)
    assert re.sub(r"127\.0\.0\.1:\d{4,5}", "127.0.0.1:PORT", ran.err) == f"{trouble.waited}emailauth: {trouble.said}\n"
    assert ran.status == trouble.status
    assert sum(line.startswith("done: ") for line in ran.out.splitlines()) == trouble.done
    assert (after == before) is (not trouble.done and not trouble.leaves)
    assert trouble.leaves <= ("by then stays, and the next run goes on from there" in ran.err)
