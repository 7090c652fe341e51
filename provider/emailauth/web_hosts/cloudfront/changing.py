"""Makes files served, or served no more.

What is published in the function is what a reading finds, and it is published last: whatever stops a change before that, the next one
finds it not done, and goes on from there.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from emailauth.core.errors import ConflictError
from emailauth.core.file import FileWrite, HostedFile
from emailauth.web_hosts.cloudfront import distributions, publishing, removing
from emailauth.web_hosts.cloudfront.bucket import Bucket, Object
from emailauth.web_hosts.cloudfront.certificates import Certificates
from emailauth.web_hosts.cloudfront.distributions import Shape
from emailauth.web_hosts.cloudfront.function import IN_BUCKET, Entry, Held, hosts_of, source
from emailauth.web_hosts.cloudfront.reading import Reader
from emailauth.web_hosts.cloudfront.rooms import names_for, place
from emailauth.web_hosts.cloudfront.session import Aws
from emailauth.web_hosts.cloudfront.state import Certificate, Site, State
from emailauth.web_hosts.cloudfront.urls import split

At: TypeAlias = tuple[str, str]
"""Host name and path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What becomes of one site."""

    site: Site
    new: Mapping[At, HostedFile]
    gone: frozenset[At]
    held: Held
    """What the function holds afterwards."""

    @property
    def gone_hosts(self) -> frozenset[str]:
        """Host names whose last file goes."""
        return hosts_of(self.gone) - hosts_of(self.held)

    @property
    def aliases(self) -> frozenset[str]:
        """The host names that the distribution answers to afterwards; empty: the site goes."""
        return hosts_of(self.held) | (self.site.aliases - self.gone_hosts) if self.site.is_up else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """How files are changed."""

    aws: Aws
    reader: Reader
    certificates: Certificates
    bucket: str | None
    """The name of the bucket for new files; None: that of the account."""

    def read(self, state: State, url: str) -> bytes | None:
        """The body that is kept for a URL; empty where its object in the bucket is missing. Raises `CouldNotDoError`."""
        host, path = split(url)
        site = state.site_of(host)
        entry = site.held.get((host, path)) if site else None
        return None if site is None or entry is None else self._body(site, (host, path), entry)[0]

    def _body(self, site: Site, at: At, entry: Entry) -> tuple[bytes, str | None]:
        """Body and content type; no type where the object is missing."""
        if entry.body is not None:
            return entry.body, entry.content_type
        found = self._bucket(site).get("".join(at))
        return (b"", None) if found is None else (found.body, found.content_type)

    def change(self, writes: Sequence[FileWrite], asked: Collection[str]) -> None:
        """See `WebHost.change`; `asked`: all host names of the file that are known."""
        state = self.reader.read()
        removing.sweep(self.aws, self.certificates, state)
        jobs = self._jobs(state, writes)
        staying = [job for job in jobs if job.aliases]
        going = [job.site for job in jobs if not job.aliases]
        for job in staying:
            self._put_objects(job)
        certified = self._certified(staying, asked)
        changed = [job.site for job in staying if self._shape(job, certified[job.site.number])]
        self._clean(staying, certified)
        if going:
            removing.remove(self.aws, self.reader, self.certificates, going)
        published = [job.site for job in staying if self._publish(job)]
        self._wait([*changed, *published])

    # ----------------------------------------------------------------------------------------------- what is to be done

    def _jobs(self, state: State, writes: Sequence[FileWrite]) -> list[Job]:
        """Raises `ConflictError` where something is not as a write expects it, or not prepared."""
        to_do = [(split(write.url), write) for write in writes if self._is_to_do(state, write)]
        by_site: dict[int, dict[At, HostedFile | None]] = {}
        for at, write in to_do:
            site = state.site_of(at[0])
            if site is None or (write.after is not None and not (site.is_up and site.certificate_for(at[0]))):
                raise ConflictError(f"{at[0]} is not prepared any more: plan again")
            by_site.setdefault(site.number, {})[at] = write.after
        return [_job(site, by_site[site.number]) for site in state.sites if site.number in by_site]

    def _is_to_do(self, state: State, write: FileWrite) -> bool:
        at = split(write.url)
        site = state.site_of(at[0])
        entry = site.held.get(at) if site else None
        if site is None or entry is None:
            if write.after is None:
                return site is not None and at[0] in site.aliases - site.hosts  # the rest of a removal by hand
            body, content_type = None, None
        else:
            body, content_type = self._body(site, at, entry)
            if write.after is None and content_type is None:
                return True  # the object is deleted first, so this removal was begun
        if write.after is not None and body == write.after.body:
            return content_type != write.after.content_type
        if body != write.before:
            what = (
                "is not there any more" if body is None else "is there already" if write.before is None else "was changed since it was read"
            )
            raise ConflictError(f"{write.url} {what} at CloudFront: plan again")
        return True

    # ------------------------------------------------------------------------------------------------------- the bucket

    def _bucket(self, site: Site) -> Bucket:
        used = site.distribution.bucket if site.distribution else None
        return removing.bucket_of(self.aws, site, used or self.bucket)

    def _put_objects(self, job: Job) -> None:
        """Puts the files that the function does not hold. An object that it does not name is nobody's, whatever it holds."""
        to_put = {at: file for at, file in job.new.items() if job.held[at] == IN_BUCKET}
        if not to_put:
            return
        bucket = self._bucket(job.site)
        if job.site.distribution is None or job.site.distribution.bucket is None:
            bucket.ensure()
        for at, file in to_put.items():
            key = "".join(at)
            found = bucket.get(key)
            if found is None or (found.body, found.content_type) != (file.body, file.content_type):
                bucket.put(key, Object(body=file.body, content_type=file.content_type, etag=""), found)

    # ------------------------------------------------------------------------------- certificates and distributions

    def _certified(self, jobs: Sequence[Job], asked: Collection[str]) -> Mapping[int, str]:
        """The ARN of an issued certificate for each site, by number. Waits for it.

        One that names no host name that goes is requested where there is none, for the others could not be renewed. Where it is not issued
        in minutes, because the CNAME of a name that stays is missing, the one that is attached stays until it must be replaced.
        """
        chosen: dict[int, str] = {}
        waiting: list[str] = []
        spare: dict[int, str] = {}
        for job in jobs:
            found = next(_fitting(job), None)
            chosen[job.site.number] = arn = found.arn if found else self._request(job, asked)
            if found is not None and found.status == "ISSUED":
                continue
            attached = job.site.attached
            if attached is not None and attached.is_good and attached.covers(job.aliases):
                spare[job.site.number] = attached.arn
            else:
                waiting.append(arn)
        self.certificates.wait_until_issued(waiting)
        for number, attached_arn in spare.items():
            if not self.certificates.are_issued_soon([chosen[number]]):
                self.certificates.delete(chosen[number])
                chosen[number] = attached_arn
        return chosen

    def _request(self, job: Job, asked: Collection[str]) -> str:
        """Requests a certificate without the names that go."""
        names = (names_for(job.site, job.aliases, asked) - job.gone_hosts) | job.aliases
        return self.certificates.request(job.site, names)

    def _shape(self, job: Job, certificate: str) -> bool:
        """Gives the distribution its host names, certificate and bucket; answers whether that changed it."""
        site, bucket = job.site, None
        has_bucket = site.distribution is not None and site.distribution.bucket is not None
        needs_bucket = any(job.held[at] == IN_BUCKET for at in job.new)
        if needs_bucket and not has_bucket:
            bucket = self._bucket(site)
        control = bucket.origin_access_control() if bucket else None
        shape = Shape(aliases=job.aliases, certificate=certificate, bucket=bucket.name if bucket else None, origin_access_control=control)
        changed = distributions.update(self.aws, site, shape)
        if needs_bucket and site.distribution is not None:
            self._bucket(site).admit([site.distribution.arn])
        return changed

    def _clean(self, jobs: Sequence[Job], certified: Mapping[int, str]) -> None:
        """Deletes what is needed no longer, once nothing uses it."""
        old = {job.site.number: list(_superseded(job, certified[job.site.number])) for job in jobs}
        removed = {job.site.number: [at for at in job.gone if job.site.held.get(at) == IN_BUCKET] for job in jobs}
        busy = [job for job in jobs if old[job.site.number] or removed[job.site.number]]
        self._wait([job.site for job in busy])
        for job in busy:
            for arn in old[job.site.number]:
                self.certificates.delete(arn)
            for at in removed[job.site.number]:
                self._bucket(job.site).delete("".join(at))

    def _wait(self, sites: Collection[Site]) -> None:
        ids = [site.distribution.id for site in sites if site.distribution]
        distributions.wait_until_deployed(self.aws, self.reader, ids)

    # --------------------------------------------------------------------------------------------------------- the function

    def _publish(self, job: Job) -> bool:
        """Answers whether there was anything to publish."""
        before, after = job.site.function.code if job.site.function else None, source(job.held)
        if before is None or before == after:
            return False
        probe = min((*job.new, *job.gone))
        publishing.replace(self.aws, job.site.name, before=before, after=after, probe=probe, expected=job.held.get(probe))
        return True


def _job(site: Site, files: Mapping[At, HostedFile | None]) -> Job:
    new = {at: file for at, file in files.items() if file is not None}
    entries = {at: Entry(content_type=file.content_type, body=file.body) for at, file in new.items()}
    kept = {at: entry for at, entry in site.held.items() if at not in files}
    return Job(site=site, new=new, gone=frozenset(files) - frozenset(new), held=place(site, kept, entries))


def _fitting(job: Job) -> Iterator[Certificate]:
    """Good certificates for what the site shall serve, and for no name that goes: that could not be renewed. The attached one first."""
    attached = job.site.attached
    fitting = [
        certificate
        for certificate in job.site.certificates
        if certificate.is_good and certificate.covers(job.aliases) and not certificate.names & job.gone_hosts
    ]
    yield from (one for one in fitting if one == attached)
    yield from (one for one in fitting if one.status == "ISSUED")
    yield from fitting


def _superseded(job: Job, chosen: str) -> Iterator[str]:
    """Our certificates that are of no use any more."""
    names = next((one.names for one in job.site.certificates if one.arn == chosen), job.aliases)
    for certificate in job.site.certificates:
        is_useless = not certificate.is_good or certificate.names & job.gone_hosts or certificate.names <= names
        if certificate.is_ours and certificate.arn != chosen and is_useless:
            yield certificate.arn
