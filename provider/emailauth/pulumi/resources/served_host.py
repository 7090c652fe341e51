"""`emailauth:index:ServedHost`: what a web host makes for a host name before the DNS records of the name are known (a certificate)."""

import asyncio
from collections.abc import Mapping
from typing import Final

from emailauth.core.errors import UsageError
from emailauth.core.names import labels
from emailauth.pulumi import config, inputs
from emailauth.pulumi.inputs import Failure, Field, Wrong
from emailauth.pulumi.properties import Properties, is_known, plain
from emailauth.pulumi.resources.contract import Difference, Found, Target, scalar_change
from emailauth.pulumi.session import Session

TOKEN: Final = "emailauth:index:ServedHost"  # noqa: S105 - a type token

FIELDS: Final[Mapping[str, Field]] = {
    "domain": Field(normal=inputs.name, required=True),
    "host": Field(normal=inputs.name, required=True),
    "webHost": Field(normal=config.web_host),
    "directory": Field(normal=inputs.text),
}


class _ServedHost:
    """See `CustomResource`."""

    token = TOKEN
    fields = FIELDS

    async def check(self, session: Session, news: Properties) -> tuple[Properties, list[Failure]]:
        checked, failures = inputs.check(news, FIELDS)
        if "webHost" not in checked and not failures and is_known(checked["host"]):
            checked |= await session.host_inputs(plain(checked["host"]), web=True)
        return checked, failures

    def diff(self, olds: Properties, news: Properties) -> Difference:
        changes = [*scalar_change("host", olds, news, replaces=True)]
        for key in ("domain", "webHost", "directory"):
            changes += scalar_change(key, olds, news)
        return Difference(changes=tuple(changes))

    async def create(self, session: Session, target: Target, news: Properties) -> tuple[str, Properties]:
        if not is_known(news):
            return "", news
        if not target.preview:
            await session.prepare(news)
        return plain(news["host"]), news

    async def read(self, session: Session, resource_id: str, inputs: Properties, state: Properties) -> Found | None:
        known = inputs or {key: value for key, value in state.items() if key in FIELDS} or await _from_id(session, resource_id)
        host = plain(known["host"])
        missing = await asyncio.to_thread(session.web(known).to_prepare, [host])
        return None if missing else Found(id=host, outputs=known, inputs=known)

    async def update(self, session: Session, target: Target, resource_id: str, olds: Properties, news: Properties) -> Properties:
        if is_known(news) and not target.preview:
            await session.prepare(news)
        return news

    async def delete(self, session: Session, target: Target, resource_id: str, olds: Properties) -> None:
        """Nothing: what is kept for the name went with the last file that it served."""


SERVED_HOST: Final = _ServedHost()


async def _from_id(session: Session, resource_id: str) -> Properties:
    """The inputs of an import. Raises `UsageError` for an id that is none."""
    try:
        host = inputs.name(resource_id)
    except Wrong as e:
        raise UsageError(f"{resource_id!r} is no id of a ServedHost, which is its host name: it {e}") from e
    domain = await session.domain_of(host) or ".".join(labels(host)[1:])
    return {"domain": domain, "host": host, **await session.host_inputs(host, web=True)}
