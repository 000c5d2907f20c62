#!/usr/bin/env python3
"""How much of authentik's public API contract a running Doorward answers, and answers validly.

    python3 contract.py --base http://127.0.0.1:9000 --token TOKEN [--tier T0] [--only /core/users/ ...] [--served FILE] [--show 20] [--json FILE]

Every GET operation of authentik's OpenAPI file (npm @goauthentik/api, see ../browser/package.json) is called with the
bearer token. An answer counts as
  valid    2xx, and its body fits the operation's response schema
  invalid  2xx, but a required key is missing, an enum value is unknown, a type is wrong ...
  missing  404 / 405 / 501, or no JSON
  error    any other status
  no data  an object is needed (path parameter) and its list is empty: create some first
With --exchanges FILE no server is asked: FILE holds writes that a test has made, a list of objects with method, path,
status, request and response, and both bodies are judged; a key that the file does not know is invalid, too.

Exit status 0, or 1 when less than --fail-under of the tier is valid. Needs PyYAML, requests and openapi-schema-validator (PyPI).
"""
import argparse, collections, json, pathlib, re, sys
import requests, yaml
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

SPEC = pathlib.Path(__file__).resolve().parent.parent / "browser/node_modules/@goauthentik/api/schema.yml"
TIERS = {
    "T0": """/root/config/ /admin/version/ /admin/system/ /admin/settings/ /admin/apps/ /admin/models/
        /core/users/ /core/groups/ /core/tokens/ /core/applications/ /core/brands/ /providers/all/ /providers/oauth2/
        /providers/proxy/ /propertymappings/all/ /propertymappings/provider/scope/ /crypto/ /flows/ /stages/all/
        /stages/identification/ /stages/password/ /stages/user_login/ /stages/user_logout/ /stages/user_write/
        /stages/prompt/ /stages/consent/ /stages/authenticator/validate/ /stages/authenticator/totp/
        /stages/authenticator/webauthn/ /stages/authenticator/static/ /policies/all/ /policies/bindings/
        /policies/expression/ /policies/password/ /managed/blueprints/ /events/events/ /outposts/instances/
        /outposts/proxy/ /authenticators/all/ /authenticators/admin/all/ /core/authenticated_sessions/
        /core/user_consent/ /core/transactional/""".split(),
    "T1": """/stages/email/ /stages/invitation/ /stages/deny/ /stages/redirect/ /stages/captcha/ /stages/user_delete/
        /providers/saml/ /propertymappings/provider/saml/ /providers/ldap/ /outposts/ldap/
        /outposts/service_connections/all/ /policies/reputation/ /policies/event_matcher/ /policies/password_expiry/
        /policies/geoip /rbac/ /core/application_entitlements/ /events/ /tasks/ /oauth2/ /sources/all/ /sources/oauth/
        /sources/ldap/ /propertymappings/source/oauth/ /propertymappings/source/ldap/ /sources/user_connections/all/
        /sources/user_connections/oauth/ /sources/group_connections/all/ /authenticators/totp/ /authenticators/static/
        /authenticators/webauthn/ /authenticators/admin/totp/ /authenticators/admin/static/
        /authenticators/admin/webauthn/ /propertymappings/notification/ /admin/file/""".split(),
    "T2": """/providers/radius/ /propertymappings/provider/radius/ /outposts/radius/ /providers/scim
        /propertymappings/provider/scim/ /sources/saml/ /propertymappings/source/saml/ /sources/user_connections/saml/
        /sources/scim /propertymappings/source/scim/ /stages/authenticator/email/ /stages/authenticator/sms/
        /authenticators/email/ /authenticators/sms/ /authenticators/admin/email/ /authenticators/admin/sms/
        /outposts/service_connections/ /stages/dummy/ /policies/dummy/ /core/object_attributes/
        /providers/oauth2-dcr/""".split(),
}
# These open a stream, need a second system, or answer with a file: a schema check says nothing about them.
SKIP = ("/schema/", "/events/events/export/", "/enterprise/", "/core/users/export/", "/flows/instances/{slug}/execute/")


def tier_of(path):
    return next((t for t, prefixes in TIERS.items() if any(path.startswith(p) for p in prefixes)), "T3")


def objects_of(session, base, list_path, cache):
    if list_path not in cache:
        try:
            answer = session.get(f"{base}/api/v3{list_path}", params={"page_size": 1}, timeout=20, allow_redirects=False)
            body = answer.json() if answer.ok and "json" in answer.headers.get("content-type", "") else {}
        except requests.RequestException:
            body = {}  # the list's own verdict tells
        cache[list_path] = (body.get("results") or []) if isinstance(body, dict) else body
    return cache[list_path]


def fill(path, session, base, known_lists, cache):
    """A path with its parameters taken from the first object of the list above it; None when there is no object."""
    while match := re.search(r"\{(\w+)\}", path):
        list_path = path[: match.start()]
        if list_path not in known_lists:
            return None
        rows = objects_of(session, base, list_path, cache)
        if not rows or not isinstance(rows[0], dict):
            return None
        row, name = rows[0], match.group(1)
        candidates = (name, name.removesuffix("_uuid"), "pk", "uuid", "slug", "identifier", "id")
        value = next((row[c] for c in candidates if row.get(c) is not None), None)
        if value is None:
            return None
        path = path[: match.start()] + str(value) + path[match.end():]
    return path


def honour_nullable(schema):
    """`nullable: true` beside `allOf: [$ref]` is how the file says "the object or null", and what authentik answers; the
    letter of OpenAPI 3.0.3, which the validator follows, gives it no meaning there."""
    if isinstance(schema, dict):
        if schema.get("nullable") is True and "allOf" in schema and "type" not in schema:
            schema["anyOf"] = [{"allOf": schema.pop("allOf")}, {"type": "object", "nullable": True, "enum": [None]}]
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        honour_nullable(part)


def schema_in(part):
    return ((part or {}).get("content", {}).get("application/json") or {}).get("schema")


def resolved(spec, schema, body):
    """What a reference stands for; of several schemas the one that the body says it has."""
    if "$ref" in schema:
        return resolved(spec, spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], body)
    if isinstance(body, dict) and (choice := schema.get("discriminator")):
        named = choice["mapping"].get(body.get(choice["propertyName"]))
        return resolved(spec, {"$ref": named}, body) if named else {"not": {}}
    return schema


def unknown_keys(spec, schema, body, at=""):
    """Keys of a body that its schema does not name, with those of the objects inside."""
    schema = resolved(spec, schema, body)
    if isinstance(body, list):
        return [key for one in body for key in unknown_keys(spec, schema.get("items", {}), one, at)]
    if not isinstance(body, dict) or not (known := schema.get("properties")):
        return [key for part in schema.get("allOf", []) for key in unknown_keys(spec, part, body, at)]
    inside = [key for name in known.keys() & body.keys() for key in unknown_keys(spec, known[name], body[name], f"{at}{name}/")]
    return sorted(f"{at}{name}" for name in body.keys() - known.keys()) + inside


def operation_of(spec, exchange):
    """The operation of a path with its parameters filled in; a path without parameters comes first."""
    for path in sorted(spec["paths"], key=lambda path: path.count("{")):
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)), exchange["path"]):
            return path, spec["paths"][path].get(exchange["method"])
    return exchange["path"], None


def judge(spec, registry, exchanges):
    verdicts = []
    for exchange in exchanges:
        path, operation = operation_of(spec, exchange)
        if operation is None:
            verdicts.append((tier_of(path), path, "missing", f"{exchange['method']} is not in the file"))
            continue
        answer = operation["responses"].get(str(exchange["status"]))
        wrong = [] if answer is not None else [f"status {exchange['status']}"]
        sides = (
            ("request", schema_in(operation.get("requestBody")), OAS30WriteValidator),
            ("response", schema_in(answer), OAS30ReadValidator),
        )
        for side, schema, validator in sides:
            if schema is None:
                continue
            body = exchange[side]
            schema = resolved(spec, schema, body)
            errors = validator(schema, registry=registry).iter_errors(body)
            wrong += [f"{side} {'/'.join(map(str, error.absolute_path))}: {error.message}"[:300] for error in errors]
            wrong += [f"{side} {key}: not in the file" for key in unknown_keys(spec, schema, body)]
        verdicts.append((tier_of(path), f"{exchange['method']} {path}", "invalid" if wrong else "valid", "; ".join(wrong)))
    return verdicts


def write(file, verdicts):
    pathlib.Path(file).write_text(json.dumps([dict(zip(("tier", "path", "verdict", "detail"), v)) for v in verdicts], indent=1))


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--base")
    args.add_argument("--token")
    args.add_argument("--exchanges", type=pathlib.Path, help="judge these instead of asking a server")
    args.add_argument("--tier", choices=[*TIERS, "T3"])
    args.add_argument("--only", nargs="+", help="just the operations whose path starts with one of these")
    args.add_argument("--served", type=pathlib.Path, help="the server's own OpenAPI file: just the operations that it has too")
    args.add_argument("--spec", type=pathlib.Path, default=SPEC, help="the OpenAPI file")
    args.add_argument("--show", type=int, default=15, help="how many failures to print")
    args.add_argument("--fail-under", type=float, default=0.0, help="share of valid operations, 0 to 1, over the tiers asked for")
    args.add_argument("--json", help="write every operation's verdict here")
    args = args.parse_args()

    text = args.spec.read_text().replace("$ref: '#/", "$ref: 'urn:spec#/")  # so that a part of the file can be used alone
    spec = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    honour_nullable(spec)
    registry = Registry().with_resource("urn:spec", Resource(contents=spec, specification=DRAFT4))
    if args.exchanges:
        write(args.json, judge(spec, registry, json.loads(args.exchanges.read_text())))
        return 0
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {args.token}"
    session.headers["Accept"] = "application/json"
    known_lists = {p for p, item in spec["paths"].items() if "get" in item and "{" not in p}
    cache, verdicts = {}, []
    served = json.loads(args.served.read_text())["paths"] if args.served else None

    for path, item in sorted(spec["paths"].items()):
        tier = tier_of(path)
        if "get" not in item or path.startswith(SKIP) or (args.tier and tier != args.tier):
            continue
        if args.only and not path.startswith(tuple(args.only)):
            continue
        if served is not None and "get" not in served.get(path, {}):
            continue
        operation = item["get"]
        schema = schema_in(next((r for code, r in operation["responses"].items() if str(code).startswith("2")), None))
        if schema is None:
            continue
        if any(p.get("required") and p["in"] == "query" for p in operation.get("parameters", [])):
            continue
        concrete = fill(path, session, args.base, known_lists, cache)
        if concrete is None:
            verdicts.append((tier, path, "no data", ""))
            continue
        try:
            answer = session.get(f"{args.base}/api/v3{concrete}", timeout=20, allow_redirects=False)
        except requests.RequestException as error:
            verdicts.append((tier, path, "error", str(error)[:120]))
            continue
        if answer.status_code in (404, 405, 501):
            verdicts.append((tier, path, "missing", str(answer.status_code)))
            continue
        if not 200 <= answer.status_code < 300:
            verdicts.append((tier, path, "error", f"{answer.status_code} {answer.text[:100]}"))
            continue
        try:
            body = answer.json()
        except ValueError:
            verdicts.append((tier, path, "missing", "not JSON"))
            continue
        errors = list(OAS30ReadValidator(schema, registry=registry).iter_errors(body))
        detail = f"{'/'.join(map(str, errors[0].absolute_path))}: {errors[0].message}"[:200] if errors else ""
        verdicts.append((tier, path, "invalid" if errors else "valid", detail))

    kinds = ("valid", "invalid", "missing", "error", "no data")
    print(f"{'tier':6}" + "".join(f"{k:>9}" for k in kinds) + f"{'total':>9}")
    for tier in [*TIERS, "T3"]:
        count = collections.Counter(v[2] for v in verdicts if v[0] == tier)
        if count:
            print(f"{tier:6}" + "".join(f"{count[k]:>9}" for k in kinds) + f"{sum(count.values()):>9}")
    for verdict in [v for v in verdicts if v[2] in ("invalid", "error")][: args.show]:
        print(f"  {verdict[2]:8} {verdict[1]}  {verdict[3]}")
    if args.json:
        write(args.json, verdicts)
    valid = sum(v[2] == "valid" for v in verdicts)
    return 0 if verdicts and valid >= args.fail_under * len(verdicts) else 1 if args.fail_under else 0


if __name__ == "__main__":
    sys.exit(main())
