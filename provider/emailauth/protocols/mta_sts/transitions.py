"""What is dangerous in a change of the policy, and a removal in steps (RFC 8461 sections 8.1 and 8.3)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from emailauth.core.file import HostedFile
from emailauth.core.plan import Next, Wanted
from emailauth.core.record import Record, Stage
from emailauth.core.transition import Danger, Transition
from emailauth.protocols.mta_sts.policy import KIND, Policy, id_of, policy_url, understood
from emailauth.protocols.mta_sts.record import render_record

_REMOVAL: Final = "remove-mta-sts"
_NONE_MAX_AGE: Final = 86400
"""Seconds that senders keep the policy that says that there is none: small, as RFC 8461 section 8.3 asks."""

DANGERS: Final[Mapping[str, str]] = {
    _REMOVAL: "remove an MTA-STS policy that senders still keep",
    "shrink-mta-sts-policy": "take hosts from a policy that senders enforce",
}


def staged(one: Wanted, files: Mapping[str, bytes | None], allow: Collection[str], now: datetime) -> tuple[Wanted, Sequence[Next]]:
    """What can be done now of what a domain wants of its policy.

    A policy that senders may still hold the domain to goes in two steps: first mode `none` under a new id, then nothing, when the time of
    the longest-lived earlier policy is over (section 8.3). That time stands in the policy itself (`Policy.cached_until`), also where
    a policy is replaced by one that lives shorter, and is carried on from policy to policy until it is over.
    """
    url = policy_url(one.domain)
    body = files.get(url)
    live = understood(body)
    if body is None or live is None:
        return one, ()
    if url in one.gone_urls:
        return (one, ()) if _REMOVAL in allow else _leaving(one, url, body, live, now)
    return _carried(one, url, body, live, now), ()


def _until(live: Policy, now: datetime) -> datetime | None:
    """When the last sender forgets what is served now or was before; None where nobody is held to anything."""
    own = None if live.mode == "none" else now + timedelta(seconds=live.max_age)
    times = [time for time in (own, live.cached_until) if time is not None and time > now]
    return max(times, default=None)


def _leaving(one: Wanted, url: str, body: bytes, live: Policy, now: datetime) -> tuple[Wanted, Sequence[Next]]:
    until = _until(live, now)
    if until is None:
        return one, ()
    if live.mode != "none":
        until = _whole(until)
        body = Policy(mode="none", mx=(), max_age=min(_NONE_MAX_AGE, live.max_age), cached_until=until).body
    file = HostedFile(url=url, body=body, content_type="text/plain", domain=one.domain, kind=KIND)
    record = Record(
        name=f"_mta-sts.{one.domain}",
        type="TXT",
        value=render_record(id_of(body)),
        domain=one.domain,
        kind=KIND,
        stage=Stage.ANNOUNCEMENTS,
    )
    kept = {gone: kind for gone, kind in one.gone_urls.items() if gone != url}
    message = "remove the record, the policy and its host: until then senders may keep an earlier policy, and mode none must be found"
    step = Next(domain=one.domain, kind=KIND, message=message, not_before=until)
    return replace(one, files=(*one.files, file), records=(*one.records, record), gone_urls=kept), (step,)


def _carried(one: Wanted, url: str, body: bytes, live: Policy, now: datetime) -> Wanted:
    """The policy with the time until which an earlier one lives, where that is longer than its own."""
    file = next((file for file in one.files if file.url == url), None)
    policy = understood(file.body) if file else None
    if file is None or policy is None or file.body == body:
        return one
    if live.cached_until is not None and replace(live, cached_until=None).body == file.body and live.body == body:
        return _with_body(one, file, body)
    until = _until(live, now)
    own = now if policy.mode == "none" else now + timedelta(seconds=policy.max_age)
    return one if until is None or until <= own else _with_body(one, file, replace(policy, cached_until=_whole(until)).body)


def _whole(time: datetime) -> datetime:
    """The next full hour: two plans within it are the same."""
    return (time + timedelta(hours=1, microseconds=-1)).replace(minute=0, second=0, microsecond=0)


def _with_body(one: Wanted, file: HostedFile, body: bytes) -> Wanted:
    value = render_record(id_of(body))
    return replace(
        one,
        files=tuple(replace(found, body=body) if found.url == file.url else found for found in one.files),
        records=tuple(replace(record, value=value) if record.kind == KIND else record for record in one.records),
    )


def dangers(transition: Transition) -> Iterable[Danger]:
    """Judges the policy before against the one after, as senders have it in their caches (RFC 8461 sections 8.1 and 8.3)."""
    before = understood(transition.files_before.get(KIND))
    after = understood(transition.files_after.get(KIND))
    announced = KIND in transition.before
    if (announced and KIND not in transition.after) or (KIND in transition.files_before and KIND not in transition.files_after):
        yield from _removal(transition, before)
    if before and after and before.mode != "none" and after.mode == "enforce":
        gone = [pattern for pattern in before.mx if not after.covers(pattern)]
        if gone:
            yield Danger(name="shrink-mta-sts-policy", domain=transition.domain, message=_shrunk(gone))


def _removal(transition: Transition, before: Policy | None) -> Iterable[Danger]:
    if before is None and KIND in transition.files_before:
        return  # senders cannot have kept what they cannot read
    if before is not None and before.mode == "none":
        return
    known = f"for up to {before.max_age} seconds" if before else "for as long as its max_age says, which is not known here"
    yield Danger(
        name="remove-mta-sts",
        domain=transition.domain,
        message=f"senders keep the policy {known} and hold the mail hosts to it although it is gone: "
        "first publish mode none with a small max_age, and remove it when that time is over",
    )


def _shrunk(gone: Iterable[str]) -> str:
    return (
        f"{', '.join(gone)} leaves a policy that is enforced: senders refuse mail to that host as long as they find it in an MX record. "
        "First take it out of the MX records and keep it under mta_sts: mx; take it out there when the TTL of the MX records is over"
    )
