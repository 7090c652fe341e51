"""SPF evaluation: the octets are a world (see `world`) in which example.com sends mail."""

from ipaddress import ip_address

from emailauth.protocols.spf.check_host import check_host
from emailauth.protocols.spf.macros import MAX_TEXT
from emailauth.protocols.spf.outline import outline
from emailauth.protocols.spf.space import evaluate
from emailauth.protocols.spf.survey import difference, overlaps, uses
from emailauth.protocols.spf.tree import MAX_QUESTIONS, Tree, gather
from tests.fuzz.world import World, driven, text_of, world

_DOMAIN = "example.com"
_CLIENTS = ("192.0.2.1", "2001:db8::1", "::ffff:198.51.100.1")
_MOST = 11 * (1 + 10 + 11) + 12
"""Questions of one evaluation: of each of eleven records, its text, ten hosts or names, and the names of a `%{p}`; an explanation's."""


def run(data: bytes) -> None:
    """Both evaluations end after as many questions as the limits allow, and agree on who passes where nothing depends on the message."""
    answers = world(data)
    sender = text_of(data[:40].partition(b"\n")[0]) or "user@example.com"
    tree = driven(gather(_DOMAIN), answers, MAX_QUESTIONS)
    for client in _CLIENTS:
        found = driven(check_host(ip=ip_address(client), domain=_DOMAIN, sender=sender, helo=sender), answers, _MOST)
        assert found.explanation is None or len(found.explanation) <= MAX_TEXT
    _agrees(tree, answers)
    shown = outline(tree)
    assert shown.problem or len(shown.entries) >= len(tree.root.record.terms if tree.root.record else ())
    overlaps(uses(tree))
    space = evaluate(tree)
    assert difference(space, space) == ()


def _agrees(tree: Tree, answers: World) -> None:
    space = evaluate(tree)
    for version, client in ((4, "192.0.2.1"), (6, "2001:db8::1")):
        address = int(ip_address(client))
        [cell] = [cell for cell in space.cells[version] if cell.first <= address <= cell.last]
        if len(cell.cases) == 1 and not cell.cases[0].trail:
            found = driven(check_host(ip=ip_address(client), domain=_DOMAIN, sender="user@example.com"), answers, _MOST)
            assert found.result is cell.cases[0].result, (found, cell)
