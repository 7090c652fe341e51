"""Objects: conditional writes, checksums, lists."""

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tests.fakes.aws.calls import Answer, Call, Operations, Refused, page
from tests.fakes.aws.s3.buckets import Bucket, Buckets, Object

LARGEST_PAGE = 1000
_TAKEN = {"Bucket", "Key", "Body", "ContentType", "CacheControl", "ContentMD5", "ContentLength", "Metadata", "IfMatch", "IfNoneMatch"}
_TAKEN_TOO = {"ChecksumAlgorithm", "ChecksumCRC32", "ChecksumSHA1", "ChecksumSHA256", "ChecksumMode", "ExpectedBucketOwner"}


class Objects:
    """The objects of the buckets."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets

    def operations(self) -> Operations:
        return {
            "PutObject": self.put,
            "GetObject": self.get,
            "HeadObject": self.get,
            "DeleteObject": self.delete,
            "ListObjectsV2": self.list,
        }

    def put(self, call: Call) -> Answer:
        bucket, key = self._place(call)
        if len(key.encode()) > 1024:
            raise Refused("KeyTooLongError", "Your key is too long")
        _check_condition(bucket.objects.get(key), call)
        body = call.asked.get("Body", b"")
        etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        bucket.objects[key] = Object(
            body=body,
            content_type=call.asked.get("ContentType", "binary/octet-stream"),
            cache_control=call.asked.get("CacheControl"),
            metadata=call.asked.get("Metadata", {}),
            etag=etag,
            modified=call.now,
        )
        checksums = {name: value for name, value in call.asked.items() if name in {"ChecksumCRC32", "ChecksumSHA1", "ChecksumSHA256"}}
        return {"ETag": etag, "ServerSideEncryption": "AES256", **checksums}

    def get(self, call: Call) -> Answer:
        found = self._read(call)
        return {**_described(found), "Body": found.body}

    def _read(self, call: Call) -> Object:
        bucket, key = self._place(call)
        found = bucket.objects.get(key)
        if found is None:
            raise _no_key(key)
        if call.asked.get("IfMatch", found.etag) not in {found.etag, "*"}:
            raise _precondition("If-Match")
        if call.asked.get("IfNoneMatch") in {found.etag, "*"}:
            raise Refused("NotModified", "Not Modified", 304)
        return found

    def delete(self, call: Call) -> Answer:
        bucket, key = self._place(call)
        there = bucket.objects.get(key)
        wanted = call.asked.get("IfMatch")
        if wanted is not None and there is None:
            raise _no_key(key)
        if wanted is not None and there is not None and wanted not in {there.etag, there.etag.strip('"'), "*"}:
            raise _precondition("If-Match")
        bucket.objects.pop(key, None)
        return {}

    def _place(self, call: Call) -> tuple[Bucket, str]:
        bucket = self._buckets.named(call)
        if "ACL" in call.asked and bucket.ownership == "BucketOwnerEnforced":
            raise Refused("AccessControlListNotSupported", "The bucket does not allow ACLs")
        if unknown := call.asked.keys() - _TAKEN - _TAKEN_TOO:
            message = "A header you provided implies functionality that is not implemented"
            raise Refused("NotImplemented", message, 501, {"Header": ", ".join(sorted(unknown))})
        return bucket, call.asked["Key"]

    def list(self, call: Call) -> Answer:
        bucket, prefix = self._buckets.named(call), call.asked.get("Prefix", "")
        keys = sorted((key for key in bucket.objects if key.startswith(prefix)), key=str.encode)
        keys = [key for key in keys if key > call.asked.get("StartAfter", "")]
        size = min(call.asked.get("MaxKeys", LARGEST_PAGE), LARGEST_PAGE)
        chosen = page(keys, keys, call.asked.get("ContinuationToken"), size)
        written = quote if call.asked.get("EncodingType") == "url" else str
        more: dict[str, Any] = {} if chosen.marker is None else {"NextContinuationToken": chosen.marker}
        more |= {name: call.asked[name] for name in ("ContinuationToken", "StartAfter", "EncodingType") if name in call.asked}
        return {
            "Name": bucket.name,
            "Prefix": written(prefix),
            "KeyCount": len(chosen.items),
            "MaxKeys": size,
            "IsTruncated": chosen.marker is not None,
            **more,
            "Contents": [{**_listed(bucket.objects[key]), "Key": written(key)} for key in chosen.items],
        }


def _check_condition(there: Object | None, call: Call) -> None:
    match, none_match = call.asked.get("IfMatch"), call.asked.get("IfNoneMatch")
    if (match is not None and none_match is not None) or none_match not in {None, "*"}:
        message = "A header you provided implies functionality that is not implemented"
        raise Refused("NotImplemented", message, 501, {"Header": "If-None-Match"})
    if none_match is not None and there is not None:
        raise _precondition("If-None-Match")
    if match is None:
        return
    if there is None:
        raise _no_key(call.asked["Key"])
    if match.strip('"') != there.etag.strip('"'):
        raise _precondition("If-Match")


def _precondition(header: str) -> Refused:
    message = "At least one of the pre-conditions you specified did not hold"
    return Refused("PreconditionFailed", message, 412, {"Condition": header})


def _no_key(key: str) -> Refused:
    return Refused("NoSuchKey", "The specified key does not exist.", 404, {"Key": key})


def _described(found: Object) -> Mapping[str, Any]:
    optional = {"CacheControl": found.cache_control}
    return {
        "AcceptRanges": "bytes",
        "LastModified": found.modified,
        "ETag": found.etag,
        "ContentType": found.content_type,
        "ServerSideEncryption": "AES256",
        "Metadata": found.metadata,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _listed(found: Object) -> Mapping[str, Any]:
    return {"LastModified": found.modified, "ETag": found.etag, "Size": len(found.body), "StorageClass": "STANDARD"}
