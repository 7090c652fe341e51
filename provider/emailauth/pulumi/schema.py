"""The package's schema, which the SDKs are generated from: the structure of the file out of the file's own types.

`python -m emailauth.pulumi.schema` prints it; it is committed as schemas/pulumi.schema.json.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, TypeAlias

from emailauth import __version__
from emailauth.pulumi.resources import hosted_file, posture, record, served_host
from emailauth.workflow.schemas import file_schema

Spec: TypeAlias = dict[str, Any]

_PACKAGE: Final = "emailauth"
_REF: Final = "#/$defs/"
_STRUCTURE: Final = "File"
"""The type of the whole file, as `spec` takes it."""


@cache
def schema_text() -> str:
    """The schema as it is committed and as the engine gets it; ends with a line break."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> Spec:
    """The schema (https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/)."""
    return {
        "name": _PACKAGE,
        "displayName": "Email authentication",
        "version": __version__,
        "description": "Keeps the email authentication of domains (SPF, DKIM, DMARC, MTA-STS, TLS-RPT, BIMI) as one file in git says.",
        "keywords": ["pulumi", "category/network", "kind/native", "dkim", "dmarc", "dns", "email", "mta-sts", "spf"],
        "license": "Apache-2.0",
        "publisher": "The emailauth authors",
        "meta": {"moduleFormat": "(.*)"},
        "language": _LANGUAGES,
        "config": {"variables": _settings()},
        "types": _Types(file_schema()).all(),
        "provider": {
            "description": "Where things are kept that resources do not say themselves; all of it can be left out.",
            "inputProperties": _settings(),
        },
        "resources": {
            posture.TOKEN: _posture(),
            record.TOKEN: _record(),
            hosted_file.TOKEN: _hosted_file(),
            served_host.TOKEN: _served_host(),
        },
    }


_LANGUAGES: Final[Spec] = {
    "go": {"generateResourceContainerTypes": True, "importBasePath": "emailauth/sdk/go/emailauth", "respectSchemaVersion": True},
    "nodejs": {"packageName": "pulumi-emailauth", "respectSchemaVersion": True},
    "python": {
        "packageName": "pulumi_emailauth",
        "pyproject": {"enabled": True},
        "requires": {"pulumi": ">=3.250,<4"},
        "respectSchemaVersion": True,
    },
}


def _settings() -> Spec:
    return {
        "file": _text(
            "Path of the email-auth.yaml that names the hosts, relative to the project's folder. Default: email-auth.yaml, if there."
        ),
        "dnsHost": {**_type("DnsHost"), "description": "The DNS host for records that name none, as in the file."},
        "webHost": {**_type("WebHost"), "description": "The web host for hosted files that name none, as in the file."},
    }


def _text(description: str) -> Spec:
    return {"type": "string", "description": description}


def _flag(description: str) -> Spec:
    return {"type": "boolean", "description": description}


def _type(name: str) -> Spec:
    return {"$ref": f"#/types/{_PACKAGE}:index:{name}"}


_ADOPT: Final = "Take over what is there already and differs; else that is told, and nothing is done."
_DIRECTORY: Final = "Where relative paths of the host's settings start; itself relative to the project's folder, which is the default."


def _posture() -> Spec:
    plain = {"plain": True}
    allow = "Names of dangers that are permitted, as `emailauth plan --help` lists them: weaken-dmarc, for example."
    return {
        "isComponent": True,
        "description": "All domains of an email-auth.yaml, as one resource for each record and each hosted file. The file is linted first.",
        "inputProperties": {
            "file": {**_text("Path of the file, relative to the project's folder. Default: email-auth.yaml."), **plain},
            "spec": {**_type(_STRUCTURE), "description": "What would stand in the file, instead of it.", **plain},
            "adopt": {**_flag(_ADOPT), **plain},
            "allow": {"type": "array", "items": {"type": "string", **plain}, "description": allow, **plain},
        },
        "properties": {"domains": {"type": "array", "items": {"type": "string"}, "description": "The names of the domains."}},
        "required": ["domains"],
    }


def _record() -> Spec:
    properties = {
        "domain": _text("The domain that the record belongs to."),
        "kind": _text("What it is: spf, dmarc, dkim/SELECTOR, mta_sts, tls_rpt, bimi/SELECTOR, mx, web/HOST."),
        "name": _text("The owner name: _dmarc.example.com."),
        "type": _text("The record type: TXT, CNAME, MX, ..."),
        "values": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The values of this kind; those of others in the same set are left alone. None: see that there is none. TXT is "
            "written without quotes.",
        },
        "ttl": {"type": "integer", "description": "Seconds; a set that holds values of others keeps its own."},
        "below": _flag("Every name below this one instead, to see that there is none at any."),
        "adopt": _flag(_ADOPT),
        "dnsHost": {**_type("DnsHost"), "description": "Where the record is kept, as in the file. Default: as the provider says."},
        "directory": _text(_DIRECTORY),
    }
    outputs = {
        "zone": _text("The zone that the record is in."),
        "shared": _flag("Whether the set holds values of others, too."),
    }
    description = (
        "The values of one kind (SPF, DMARC, ...) in one record set of DNS. Import by NAME/TYPE/KIND: _dmarc.example.com/TXT/dmarc."
    )
    return _custom(description, properties, outputs, record.FIELDS, replacing=("name", "type", "kind", "below"))


def _hosted_file() -> Spec:
    properties = {
        "domain": _text("The domain that the file belongs to."),
        "kind": _text("What it is: mta_sts, bimi/logo, bimi/certificate."),
        "url": _text("Where it is served: https, host and path."),
        "body": _text("Its content, if it is text. Neither this nor bodyBase64: see that there is no file."),
        "bodyBase64": _text("Its content in base64, if it is no text."),
        "contentType": _text("Its media type. Default: by the end of the URL."),
        "adopt": _flag(_ADOPT),
        "webHost": {**_type("WebHost"), "description": "Where the file is kept, as in the file. Default: as the provider says."},
        "directory": _text(_DIRECTORY),
    }
    description = "A file served over HTTPS: an MTA-STS policy, a BIMI logo or certificate. Import by its URL."
    return _custom(description, properties, {}, hosted_file.FIELDS, replacing=("url",))


def _served_host() -> Spec:
    properties = {
        "domain": _text("The domain that the host name belongs to."),
        "host": _text("The host name: mta-sts.example.com."),
        "webHost": {**_type("WebHost"), "description": "The web host that serves it, as in the file. Default: as the provider says."},
        "directory": _text(_DIRECTORY),
    }
    description = (
        "What a web host makes for a host name before the DNS records of the name are known, such as a certificate. It goes with the last "
        "file of the name. Import by the host name."
    )
    return _custom(description, properties, {}, served_host.FIELDS, replacing=("host",))


def _custom(description: str, properties: Spec, outputs: Spec, fields: Mapping[str, Any], *, replacing: Iterable[str]) -> Spec:
    """A managed resource. `fields` are what Check takes: a property of the one and not of the other is a mistake."""
    if properties.keys() != fields.keys():
        raise AssertionError(f"described are {[*properties]}, taken are {[*fields]}")
    required = [key for key, field in fields.items() if field.required]
    for key in replacing:
        properties[key] = {**properties[key], "willReplaceOnChanges": True}
    return {
        "description": description,
        "inputProperties": properties,
        "requiredInputs": required,
        "properties": {**{key: _without_replacing(one) for key, one in properties.items()}, **outputs},
        "required": [*required, *outputs],
    }


def _without_replacing(described: Spec) -> Spec:
    return {key: value for key, value in described.items() if key != "willReplaceOnChanges"}


class _Types:
    """The structure of the file as types of the package, made of its JSON Schema."""

    def __init__(self, whole: Spec) -> None:
        self._definitions: Spec = {_STRUCTURE: whole, **whole["$defs"]}
        self._made: Spec = {}

    def all(self) -> Spec:
        """Every type by its token, sorted."""
        for name in self._definitions:
            if _is_struct(self._definitions[name]):
                self._object(_type_name(name), self._definitions[name])
        return {f"{_PACKAGE}:index:{name}": one for name, one in sorted(self._made.items())}

    def _object(self, name: str, json_schema: Spec) -> None:
        properties = {key: self._property(name + _type_name(key), one) for key, one in json_schema["properties"].items()}
        required = {"required": json_schema["required"]} if json_schema.get("required") else {}
        made = {"type": "object", **_described(json_schema), "properties": properties, **required}
        if self._made.setdefault(name, made) != made:
            raise AssertionError(f"two types are called {name}")

    def _property(self, name: str, json_schema: Spec) -> Spec:
        return {**self._of(name, json_schema), **_described(json_schema, values=True)}

    def _of(self, name: str, json_schema: Spec) -> Spec:
        """The type of a value; `name` is what an object that stands here is called."""
        if "$ref" in json_schema:
            target = json_schema["$ref"].removeprefix(_REF)
            definition = self._definitions[target]
            return _type(_type_name(target)) if _is_struct(definition) else self._of(_type_name(target), definition)
        if "anyOf" in json_schema:
            return self._one_of([self._of(name, one) for one in json_schema["anyOf"] if one.get("type") != "null"])
        kind = json_schema.get("type") or _kind_of(json_schema.get("enum", [json_schema.get("const")]))
        if kind == "array":
            return {"type": "array", "items": self._of(name, json_schema["items"])}
        if kind != "object":
            return {"type": kind}
        if not _is_struct(json_schema):
            return {"type": "object", "additionalProperties": self._of(name, json_schema["additionalProperties"])}
        self._object(name, json_schema)
        return _type(name)

    @staticmethod
    def _one_of(kinds: list[Spec]) -> Spec:
        different = [kind for i, kind in enumerate(kinds) if kind not in kinds[:i]]
        return different[0] if len(different) == 1 else {"oneOf": different}


def _is_struct(json_schema: Spec) -> bool:
    return "properties" in json_schema


def _type_name(key: str) -> str:
    """`dkim.DkimKey`, `mta_sts`, and `dns_host.zonefile.Settings`, where all settings are called that, as names of types."""
    *path, last = key.split(".")
    parts = [part for step in path for part in step.split("_")] if last == "Settings" else last.split("_")
    return "".join(part[:1].upper() + part[1:] for part in parts)


def _kind_of(values: list[object]) -> str:
    """The type of the values that are allowed; where they are of several, all of them can be written as text."""
    return "integer" if all(type(value) is int for value in values) else "string"


def _described(json_schema: Spec, *, values: bool = False) -> Spec:
    text = json_schema.get("description", "")
    allowed = json_schema.get("enum")
    if values and allowed:
        text = f"{text} One of: {', '.join(map(str, allowed))}.".strip()
    return {"description": text} if text else {}


if __name__ == "__main__":
    sys.stdout.write(schema_text())
