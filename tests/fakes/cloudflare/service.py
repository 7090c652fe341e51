"""The service, and what tests may do to it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from typing_extensions import override

from tests.fakes.cloudflare import dns, zones
from tests.fakes.cloudflare.dns import Transaction
from tests.fakes.cloudflare.edge import Deployed, Runner, listening
from tests.fakes.cloudflare.envelope import Refused, answered, object_in
from tests.fakes.cloudflare.record import CloudflareRecord
from tests.fakes.cloudflare.routes import PERMISSIONS, TOKEN, UNKNOWN, authenticate, authorise, check_identifier, routed
from tests.fakes.cloudflare.scripts import Script
from tests.fakes.cloudflare.workers import WorkerDomain, Workers
from tests.fakes.cloudflare.zones import CloudflareZone
from tests.fakes.nameserver import Sets
from tests.fakes.service import Request, Response, Service
from tests.live.authority import Authority

START: Final = datetime(2026, 11, 1, tzinfo=UTC)
MOST_CALLS: Final = 1200
"""In five minutes, of one token."""


class Cloudflare(Service):
    """Zones, DNS records and Workers of one account, and zones of its neighbours."""

    def __init__(self, *, plan: str = "free") -> None:
        super().__init__()
        self.plan = plan
        """Of zones added without one."""
        self._made = 0
        self.now = START
        """Goes on by a millisecond with every change."""
        self.account_id = self.new_id("account")
        self.zones: dict[str, CloudflareZone] = {}
        """By id."""
        self.scripts: dict[str, Script] = {}
        """Workers by name."""
        self.domains: dict[str, WorkerDomain] = {}
        """Custom domains of Workers by host name."""
        self.without_certificate: set[str] = set()
        """Host names of custom domains whose certificate is not there yet."""
        self.permissions: set[str] = set(PERMISSIONS)
        """Of `TOKEN`."""
        self.token_status = "active"  # noqa: S105 - no secret
        """active, disabled or expired."""
        self.throttled: list[float] = []
        """Seconds after which to try again, of the next answers, which are HTTP 429."""
        self.remaining: int | None = None
        """What is left of the calls that are allowed, as the headers say it; None: plenty."""
        self.window: int = 30
        """Seconds until all calls are allowed again, as the headers say it."""
        self.fails: dict[str, tuple[int, int, str]] = {}
        """Status, code and message that an operation is refused with."""
        self.error_chains = False
        """Whether what is wrong with a record stands in the `error_chain` of a general error (1004), as it did until 2024-10-01 (see
        developers.cloudflare.com/fundamentals/api/reference/deprecations), and not by itself."""
        self.anycast: dict[str, str] = {"A": "192.0.2.66", "AAAA": "2001:db8::66"}
        """The addresses that proxied names have in DNS."""
        self._workers = Workers(
            zones=self.zones, account_id=self.account_id, new_id=self.new_id, now=self.tick, scripts=self.scripts, domains=self.domains
        )

    def new_id(self, kind: str) -> str:
        """An identifier as the service makes them, the same in each run."""
        self._made += 1
        return hashlib.sha256(f"{kind} {self._made}".encode()).hexdigest()[:32]

    def tick(self) -> datetime:
        """The next moment."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def add_zone(
        self,
        name: str,
        *,
        plan: str | None = None,
        type: str = "full",  # noqa: A002 - as the API names it
        status: str = "active",
        account_id: str | None = None,
    ) -> str:
        """Returns the id."""
        zone_id = self.new_id("zone")
        self.zones[zone_id] = CloudflareZone(
            id=zone_id,
            name=name,
            plan=plan or self.plan,
            type=type,
            status=status,
            account_id=account_id or self.account_id,
            created_on=self.now,
        )
        return zone_id

    def put(
        self,
        zone_id: str,
        name: str,
        record_type: str,
        content: str,
        *,
        ttl: int = 1,
        comment: str | None = None,
        proxied: bool = False,
        priority: int | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> str:
        """Adds a record as another writer did, long ago maybe: `content` is what GET answers, whatever its form. Returns the id."""
        with self.lock:
            now = self.tick()
            record = CloudflareRecord(
                id=self.new_id("record"),
                name=name,
                type=record_type,
                content=content,
                ttl=ttl,
                comment=comment,
                proxied=proxied,
                priority=priority,
                data=data,
                created_on=now,
                modified_on=now,
            )
            self.zones[zone_id].stored[record.id] = record
            return record.id

    def change(self, zone_id: str, record_id: str, content: str) -> None:
        """Gives a record another content, as another writer did."""
        with self.lock:
            stored = self.zones[zone_id].stored
            stored[record_id] = replace(stored[record_id], content=content, modified_on=self.tick())

    def remove(self, zone_id: str, record_id: str) -> None:
        """Removes a record as another writer did."""
        with self.lock:
            del self.zones[zone_id].stored[record_id]

    def records(self, zone_id: str) -> list[dict[str, Any]]:
        """As GET answers them."""
        with self.lock:
            return [record.shown() for record in self.zones[zone_id].stored.values()]

    def in_dns(self) -> Mapping[str, Sets]:
        """What the nameservers answer: for tests/fakes/nameserver.py."""
        with self.lock:
            served = [zone for zone in self.zones.values() if (zone.status, zone.type) == ("active", "full")]
            return {zone.name: dns.served(zone, self.anycast) for zone in served}

    @contextmanager
    def edge(self, authority: Authority) -> Iterator[tuple[str, int]]:
        """Serves the custom domains as they are at each moment, by the real workerd over TLS; gives address and port.

        Meanwhile an upload that workerd does not start is refused, as the service does.
        """
        runner = Runner(authority, self._deployed)
        with listening(runner) as address:
            self._workers.problem = runner.problem
            try:
                yield address
            finally:
                self._workers.problem = None

    def _deployed(self) -> Deployed:
        with self.lock:
            hosts = {domain.hostname: domain.service for domain in self.domains.values()}
            return Deployed(
                scripts={name: self.scripts[name] for name in set(hosts.values())},
                hosts=hosts,
                certified=frozenset(hosts) - self.without_certificate,
            )

    @override
    def operation(self, request: Request) -> str:
        found = routed(request.method, request.path)
        return found[0].operation if found else UNKNOWN

    @override
    def answer(self, operation: str, request: Request) -> Response:
        try:
            answer = self._answer(operation, request)
        except Refused as refusal:
            answer = (refusal if self.error_chains else refusal.root()).response()
        left = MOST_CALLS - 1 if self.remaining is None else self.remaining
        limits = {"ratelimit": f'"default";r={left};t={self.window}', "ratelimit-policy": f'"default";q={MOST_CALLS};w=300'}
        return replace(answer, headers={**answer.headers, **limits})

    def _answer(self, operation: str, request: Request) -> Response:
        if self.throttled:
            message = "Please wait and consider throttling your request speed"
            raise Refused(status=429, code=971, message=message, headers={"retry-after": f"{self.throttled.pop(0):g}"})
        authenticate(operation, request, self.token_status)
        found = routed(request.method, request.path)
        if found is None:
            raise Refused(status=404, code=7000, message="No route for that URI")
        if operation in self.fails:
            status, code, message = self.fails[operation]
            raise Refused(status=status, code=code, message=message)
        route, ids = found
        authorise(route, self.permissions)
        for identifier in ids[:1]:
            check_identifier(identifier, request.path)
        return OPERATIONS[operation](self, request, *ids)

    def list_zones(self, request: Request) -> Response:
        return zones.list_zones(list(self.zones.values()), request.query)

    def get_zone(self, request: Request, zone_id: str) -> Response:
        return answered(self._zone(zone_id).shown())

    def list_records(self, request: Request, zone_id: str) -> Response:
        return dns.list_records(self._zone(zone_id), request.query)

    def get_record(self, request: Request, zone_id: str, record_id: str) -> Response:
        return answered(self._transaction(zone_id).get(record_id).shown())

    def batch_records(self, request: Request, zone_id: str) -> Response:
        return self._changed(zone_id, lambda transaction: dns.batch(transaction, object_in(request.body)))

    def create_record(self, request: Request, zone_id: str) -> Response:
        return self._changed(zone_id, lambda transaction: transaction.post(object_in(request.body)))

    def update_record(self, request: Request, zone_id: str, record_id: str) -> Response:
        return self._changed(zone_id, lambda transaction: transaction.put(record_id, object_in(request.body)))

    def edit_record(self, request: Request, zone_id: str, record_id: str) -> Response:
        return self._changed(zone_id, lambda transaction: transaction.patch(record_id, object_in(request.body)))

    def delete_record(self, request: Request, zone_id: str, record_id: str) -> Response:
        return self._changed(zone_id, lambda transaction: {"id": transaction.delete(record_id).id})

    def verify_token(self, request: Request) -> Response:
        return answered({"id": hashlib.sha256(TOKEN.encode()).hexdigest()[:32], "status": self.token_status})

    def list_accounts(self, request: Request) -> Response:
        account = {"id": self.account_id, "name": zones.account_name(self.account_id), "type": "standard", "settings": {}}
        return zones.PAGES.answered([account], request.query)

    def _zone(self, zone_id: str) -> CloudflareZone:
        if zone_id not in self.zones:
            raise Refused(status=404, code=1001, message="Invalid zone identifier")
        return self.zones[zone_id]

    def _transaction(self, zone_id: str) -> Transaction:
        zone = self._zone(zone_id)
        return Transaction(zone=zone, records=dict(zone.stored), new_id=self.new_id, now=self.tick)

    def _changed(self, zone_id: str, change: Callable[[Transaction], object]) -> Response:
        """Keeps what `change` did to the records of a zone, unless it raises."""
        transaction = self._transaction(zone_id)
        answer = answered(change(transaction))
        transaction.zone.stored = transaction.records
        return answer

    def _of_account(self, request: Request, account_id: str, *ids: str) -> Response:
        if account_id != self.account_id:
            raise Refused(status=403, code=10000, message="Authentication error")
        return WORKERS[self.operation(request)](self._workers, request, *ids)


WORKERS: Final[Mapping[str, Callable[..., Response]]] = {
    "ListScripts": Workers.list_scripts,
    "GetScript": Workers.get_script,
    "GetScriptSettings": Workers.get_settings,
    "GetScriptLevelSettings": Workers.get_script_settings,
    "GetSubdomain": Workers.get_subdomain,
    "PutScript": Workers.put_script,
    "PutScriptContent": Workers.put_content,
    "PutSubdomain": Workers.put_subdomain,
    "DeleteScript": Workers.delete_script,
    "ListDomains": Workers.list_domains,
    "GetDomain": Workers.get_domain,
    "PutDomain": Workers.put_domain,
    "DeleteDomain": Workers.delete_domain,
}
OPERATIONS: Final[Mapping[str, Callable[..., Response]]] = {
    "ListZones": Cloudflare.list_zones,
    "GetZone": Cloudflare.get_zone,
    "BatchRecords": Cloudflare.batch_records,
    "ListRecords": Cloudflare.list_records,
    "CreateRecord": Cloudflare.create_record,
    "GetRecord": Cloudflare.get_record,
    "UpdateRecord": Cloudflare.update_record,
    "EditRecord": Cloudflare.edit_record,
    "DeleteRecord": Cloudflare.delete_record,
    "VerifyToken": Cloudflare.verify_token,
    "ListAccounts": Cloudflare.list_accounts,
    **dict.fromkeys(WORKERS, Cloudflare._of_account),
}
