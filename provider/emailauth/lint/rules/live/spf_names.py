"""Names beside a domain's own that its SPF record is about: its mail hosts, and what they belong to."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.core.posture import Domain
from emailauth.core.question import Question
from emailauth.core.text import printable
from emailauth.lint.providers import mailboxes_at
from emailauth.lint.rule import ADVICE, MUST, Context, rule
from emailauth.lint.spf_trees import ask, tree_of
from emailauth.protocols import spf
from emailauth.protocols.mx import Mx
from emailauth.protocols.spf.intervals import common
from emailauth.protocols.spf.space import COUNTED, evaluate
from emailauth.protocols.spf.survey import Authorised, authorised
from emailauth.protocols.spf.tree import VERSIONS, Tree, gather


@rule(MUST, "RFC 1034 section 3.6.2", covers=["SPF-076"])
def spf_record_beside_alias(observation: Observation, context: Context) -> Iterator[Finding]:
    """The file asks for an SPF record at a name that is an alias in DNS today.

    No other record can stand beside a CNAME. Name servers refuse to take the record, or answer with the one or the other, so that some
    receivers find no SPF record.

    Bad:
        version: 1
        domains:
          news.example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "news.example.com", "type": "CNAME", "values": ["news.example.net."]}]}
    Good:
        version: 1
        domains:
          news.example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "news.example.com", "type": "CNAME", "status": "no data"}]}
    """
    domain = context.require_domain()
    if domain.section(spf.Spf) is None or Question(name=domain.name, type="TXT") not in observation.planned:
        return
    for target in observation.answer(domain.name, "CNAME").values:
        message = (
            f"{domain.name} is an alias of {printable(target.removesuffix('.'))}, and no record can stand beside it: remove the CNAME first"
        )
        yield Finding(message, at=(spf.Spf.KEY,))


@rule(ADVICE, "RFC 7208 section 10.1.3", covers=["SPF-077"])
def spf_mail_host_without_record(observation: Observation, context: Context) -> Iterator[Finding]:
    """A mail host of the domain's own, from which it sends, has no SPF record.

    Reports of failed delivery have no sender, and receivers then check the name that the host gives in HELO. It is mostly the host's own,
    and a record for it lets them tell the host from forgers: `v=spf1 a -all`.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
            spf: {allow: [mx], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "mx1.example.com", "type": "TXT", "status": "no data"}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
            spf: {allow: [mx], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "mx1.example.com", "type": "TXT", "values": ["v=spf1 a -all"]}]}
    """
    domain = context.require_domain()
    for host in _sending(domain):
        answer = observation.follow(ask(host))
        if not answer.failed and not any(map(spf.is_record, answer.values)):
            message = f"{host}, from which the domain sends, has no SPF record of its own: receivers of its bounces check that name"
            yield Finding(message, at=(Mx.KEY,))


@rule(ADVICE, "RFC 9989 section 5.1.1", covers=["SPF-070"])
def spf_lacks_mail_service(observation: Observation, context: Context) -> Iterator[Finding]:
    """A domain has its mailboxes at a service whose hosts its SPF record does not let send.

    What people send from these mailboxes gets no pass. Where they send by other hosts, all is well, and the finding can be ignored. Known are
    Google, Microsoft 365, Fastmail, Proton and iCloud, as of November 2026.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 1, host: smtp.google.com}]
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_spf.google.com", "type": "TXT", "values": ["v=spf1 ip4:198.51.100.0/24 ~all"]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 1, host: smtp.google.com}]
            spf: {allow: ["ip4:192.0.2.1", "include:_spf.google.com"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_spf.google.com", "type": "TXT", "values": ["v=spf1 ip4:198.51.100.0/24 ~all"]}]}
    """
    domain = context.require_domain()
    service = mailboxes_at(domain.mail_hosts or ())
    if service is None:
        return
    tree = tree_of(observation, domain)
    if tree is None or tree.root.problem or service.sends in tree.nodes:
        return
    ours = _passing(tree)
    theirs = _passing(observation.follow(gather(service.sends)))
    # A record that lists the service's addresses, or leaves it to each message, can let them send, too.
    shares = any(common(ours.always[version], theirs.always[version]) or ours.sometimes[version] for version in VERSIONS)
    if any(theirs.always.values()) and not shares:
        message = f"the mailboxes are {service.name}'s, and the record lets none of its hosts send: include:{service.sends} does"
        yield Finding(message, at=(spf.Spf.KEY,))


def _sending(domain: Domain) -> Iterator[str]:
    """The mail hosts below a domain that its own record lets send."""
    section = domain.section(spf.Spf)
    if section is None:
        return
    terms = [term for term in section.record.tested if term.passes]
    by_mx = any(isinstance(term, spf.Mx) and term.domain is None for term in terms)
    by_name = {term.domain.name for term in terms if isinstance(term, spf.A) and term.domain is not None}
    for host in domain.mail_hosts or ():
        if host.endswith(f".{domain.name}") and (by_mx or host in by_name):
            yield host


def _passing(tree: Tree) -> Authorised:
    return authorised(evaluate(tree, COUNTED))
