"""The Workers of an account and their custom domains: the operations."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tests.fakes.cloudflare.envelope import Refused, answered, object_in
from tests.fakes.cloudflare.record import CloudflareRecord
from tests.fakes.cloudflare.scripts import NAME, Module, Script, uploaded
from tests.fakes.cloudflare.zones import CloudflareZone
from tests.fakes.service import Request, Response

MOST_SCRIPTS: Final = 100
"""On the free plan."""
OCCUPYING: Final = ("A", "AAAA", "CNAME")
BLACKHOLE: Final = "100::"
"""The discard prefix (RFC 6666) that the record of a custom domain points to."""
_DOMAIN_FIELDS: Final = (
    "hostname",
    "service",
    "zone_id",
    "zone_name",
    "environment",
    "override_existing_origin",
    "override_existing_dns_record",
)


@dataclass(frozen=True, kw_only=True)
class WorkerDomain:
    """A custom domain of a Worker."""

    id: str
    hostname: str
    service: str
    zone_id: str
    zone_name: str
    record_id: str
    """Of the DNS record that stands for it."""
    cert_id: str
    environment: str = "production"

    def shown(self) -> dict[str, str]:
        return {
            "id": self.id,
            "hostname": self.hostname,
            "service": self.service,
            "environment": self.environment,
            "zone_id": self.zone_id,
            "zone_name": self.zone_name,
            "cert_id": self.cert_id,
        }


@dataclass(kw_only=True)
class Workers:
    """What an account has of them."""

    zones: dict[str, CloudflareZone]
    account_id: str
    new_id: Callable[[str], str]
    now: Callable[[], datetime]
    """A later moment each time."""
    scripts: dict[str, Script]
    domains: dict[str, WorkerDomain]
    problem: Callable[[Script], str | None] | None = None
    """Says why a script does not start."""

    def list_scripts(self, request: Request) -> Response:
        return answered([script.shown() for script in self.scripts.values()])

    def get_script(self, request: Request, name: str) -> Response:
        return self._script(name).content()

    def get_settings(self, request: Request, name: str) -> Response:
        return answered(self._script(name).settings())

    def get_script_settings(self, request: Request, name: str) -> Response:
        return answered(self._script(name).script_settings())

    def put_script(self, request: Request, name: str) -> Response:
        if not NAME.fullmatch(name):
            raise Refused(status=400, code=10016, message="workers.api.error.invalid_script_name")
        if name not in self.scripts and len(self.scripts) >= MOST_SCRIPTS:
            message = f"You have exceeded the limit of {MOST_SCRIPTS} Workers on your account."
            raise Refused(status=400, code=10037, message=message)
        now = self.now()
        metadata, modules = uploaded(request.headers.get("content-type", ""), request.body, now)
        return answered({**self._keep(name, metadata, modules, now).shown(), "startup_time_ms": 1})

    def put_content(self, request: Request, name: str) -> Response:
        """Changes the files, and what is set stays."""
        before, now = self._script(name), self.now()
        metadata, modules = uploaded(request.headers.get("content-type", ""), request.body, now)
        kept = {**before.metadata, "main_module": metadata["main_module"]}
        return answered({**self._keep(name, kept, modules, now).shown(), "startup_time_ms": 1})

    def delete_script(self, request: Request, name: str) -> Response:
        """Stricter than the service may be: what is still served by a custom domain is not deleted."""
        script = self._script(name)
        if any(domain.service == name for domain in self.domains.values()):
            raise Refused(status=400, code=10064, message="This Worker is still attached to custom domains.")
        del self.scripts[script.name]
        return answered(None)

    def get_subdomain(self, request: Request, name: str) -> Response:
        script = self._script(name)
        return answered({"enabled": script.subdomain_enabled, "previews_enabled": script.previews_enabled})

    def put_subdomain(self, request: Request, name: str) -> Response:
        script, body = self._script(name), object_in(request.body)
        if not isinstance(enabled := body.get("enabled"), bool):
            raise Refused(status=400, code=10021, message="enabled is a required field.")
        self.scripts[name] = replace(script, subdomain_enabled=enabled, previews_enabled=bool(body.get("previews_enabled", enabled)))
        return self.get_subdomain(request, name)

    def list_domains(self, request: Request) -> Response:
        shown = [domain.shown() for domain in self.domains.values()]
        for name, value in request.query.items():
            if name not in {"environment", "hostname", "service", "zone_id", "zone_name"}:
                raise Refused(status=400, code=10021, message=f"Unknown filter: {name}")
            shown = [domain for domain in shown if domain[name] == value]
        return answered(shown)

    def get_domain(self, request: Request, domain_id: str) -> Response:
        return answered(self._domain(domain_id).shown())

    def put_domain(self, request: Request) -> Response:
        body = object_in(request.body)
        if unknown := set(body) - set(_DOMAIN_FIELDS):
            raise Refused(status=400, code=10021, message=f"Unknown field: {', '.join(sorted(unknown))}")
        zone = self._zone(body)
        hostname, service = str(body.get("hostname", "")).lower(), self._script(str(body.get("service"))).name
        if hostname != zone.name and not hostname.endswith(f".{zone.name}"):
            raise Refused(status=400, code=100115, message=f"Hostname '{hostname}' is not in zone '{zone.name}'.")
        there = self.domains.get(hostname)
        if there is not None:
            self.domains[hostname] = self._moved(there, service, body)
        else:
            self.domains[hostname] = self._attached(hostname, service, zone)
        return answered(self.domains[hostname].shown())

    def delete_domain(self, request: Request, domain_id: str) -> Response:
        domain = self._domain(domain_id)
        del self.domains[domain.hostname]
        del self.zones[domain.zone_id].stored[domain.record_id]
        return answered(None)

    def _keep(self, name: str, metadata: Mapping[str, Any], modules: tuple[Module, ...], now: datetime) -> Script:
        before = self.scripts.get(name)
        script = Script(
            name=name,
            tag=before.tag if before else self.new_id("script"),
            modules=modules,
            metadata=metadata,
            created_on=before.created_on if before else now,
            modified_on=now,
            subdomain_enabled=bool(before and before.subdomain_enabled),
            previews_enabled=bool(before and before.previews_enabled),
        )
        if self.problem is not None and (problem := self.problem(script)):
            raise Refused(status=400, code=10021, message=problem)
        self.scripts[name] = script
        return script

    def _script(self, name: str) -> Script:
        if name not in self.scripts:
            raise Refused(status=404, code=10007, message="This Worker does not exist on your account.")
        return self.scripts[name]

    def _domain(self, domain_id: str) -> WorkerDomain:
        found = next((domain for domain in self.domains.values() if domain.id == domain_id), None)
        if found is None:
            raise Refused(status=404, code=100114, message="The requested domain could not be found.")
        return found

    def _zone(self, body: Mapping[str, Any]) -> CloudflareZone:
        wanted = [
            zone
            for zone in self.zones.values()
            if zone.account_id == self.account_id
            and (body.get("zone_id", zone.id), body.get("zone_name", zone.name)) == (zone.id, zone.name)
        ]
        if not wanted or not body.keys() & {"zone_id", "zone_name"}:
            raise Refused(status=404, code=10007, message="The zone does not exist on your account.")
        if wanted[0].status != "active":
            raise Refused(status=400, code=100118, message="The zone is not active.")
        return wanted[0]

    def _moved(self, there: WorkerDomain, service: str, body: Mapping[str, Any]) -> WorkerDomain:
        if there.service == service:
            return there
        if not body.get("override_existing_origin"):
            message = (
                f"Hostname '{there.hostname}' already in use by other custom domain. Either delete it, try a different hostname, "
                "or use the option 'override_existing_origin' to override."
            )
            raise Refused(status=409, code=100116, message=message)
        stored = self.zones[there.zone_id].stored
        stored[there.record_id] = replace(stored[there.record_id], worker=self.scripts[service].tag, modified_on=self.now())
        return replace(there, service=service)

    def _attached(self, hostname: str, service: str, zone: CloudflareZone) -> WorkerDomain:
        if any(record.name == hostname and record.type in OCCUPYING for record in zone.stored.values()):
            message = (
                f"Hostname '{hostname}' already has externally managed DNS records (A, CNAME, etc). "
                "Delete them first or try a different hostname."
            )
            raise Refused(status=409, code=100117, message=message)
        if len(zone.stored) >= zone.quota:
            raise Refused(status=400, code=81045, message="Record quota exceeded.")
        now = self.now()
        record = CloudflareRecord(
            id=self.new_id("record"),
            name=hostname,
            type="AAAA",
            content=BLACKHOLE,
            proxied=True,
            created_on=now,
            modified_on=now,
            worker=self.scripts[service].tag,
        )
        zone.stored[record.id] = record
        return WorkerDomain(
            id=self.new_id("domain"),
            hostname=hostname,
            service=service,
            zone_id=zone.id,
            zone_name=zone.name,
            record_id=record.id,
            cert_id=str(uuid.UUID(self.new_id("certificate"))),
        )
