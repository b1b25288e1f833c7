"""The HTTP interface described: what ``/openapi.json`` adds to the generated document, and the readable page ``/docs``.

The page is rendered here, without scripts: it loads nothing from elsewhere and works without a network.
"""

from collections.abc import Callable
from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import Response, current_app, make_response, render_template

from server.handlers.guards import open_to_all
from server.handlers.problems import PAGE_POLICY

GuardOf = Callable[[str], Callable[[], None] | None]

blueprint = APIBlueprint("docs", __name__, enable_openapi=False)

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. title is Chinese and can be shown as it is; code is stable, see docs/errors.md.",
    "required": ["type", "title", "status", "code", "details", "request_id"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "details": {"type": "object"},
        "request_id": {"type": "string"},
    },
}
REFUSAL = {
    "description": "What went wrong; its code says which case it is.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def register(app: APIFlask, guard_of: GuardOf) -> None:
    """Name each operation's guard and the one error shape in the generated document."""

    def complete(spec: Any) -> Any:
        spec["components"]["securitySchemes"] = {"session": {"type": "http", "scheme": "bearer"}}
        schemas = spec["components"]["schemas"]
        schemas.pop("HTTPError", None)
        schemas.pop("ValidationError", None)
        schemas["Problem"] = PROBLEM
        for path, method, endpoint in routes(app):
            operation = spec["paths"].get(path, {}).get(method.lower())
            if operation:
                _complete(operation, guard_of(endpoint))
        return spec

    app.spec_processor(complete)


def routes(app: APIFlask) -> list[tuple[str, str, str]]:
    """Return (path with {parameters}, method, endpoint) of every route; HEAD and OPTIONS come with the others."""
    return [
        (rule.rule.replace("<path:", "{").replace("<", "{").replace(">", "}"), method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def _complete(operation: dict[str, Any], guard: Callable[[], None] | None) -> None:
    operation["x-guard"] = guard.__name__ if guard else ""
    operation["security"] = [] if guard is open_to_all else [{"session": []}]
    kept = {status: answer for status, answer in operation["responses"].items() if status < "400"}
    operation["responses"] = {**kept, "default": REFUSAL}


@blueprint.get("/docs")
def page() -> Response:
    """The interface as a page for people."""
    app = current_app
    assert isinstance(app, APIFlask)
    spec: Any = app.spec
    answer = make_response(
        render_template("docs.html", spec=spec, groups=_groups(spec), kind=kind, reference=reference, body_of=body_of)
    )
    answer.headers["Content-Security-Policy"] = PAGE_POLICY
    return answer


def _groups(spec: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """Return the operations (method, path, operation) by tag, tags in the order of ROUTES."""
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {tag["name"]: [] for tag in spec["tags"]}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            if "responses" in operation:
                groups[operation["tags"][0]].append((method.upper(), path, operation))
    return {tag.replace("_", " "): found for tag, found in groups.items() if found}


def body_of(content: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema of a request's or answer's body, None when it has none or is not described further."""
    for media in content.get("content", {}).values():
        return media.get("schema") or None
    return None


def reference(schema: dict[str, Any]) -> str:
    """Return the name of the shape a schema refers to, itself or as the items of a list; empty when it is simple."""
    found = [schema, schema.get("items") or {}, *schema.get("anyOf", ())]
    return next((part["$ref"].rpartition("/")[2] for part in found if "$ref" in part), "")


def kind(schema: dict[str, Any]) -> str:
    """Say a schema in words: ``string (≤ 26)``, ``list of integer``, ``Team or null``."""
    if "$ref" in schema:
        return reference(schema)
    if "anyOf" in schema:
        return " or ".join(kind(part) for part in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " | ".join(f'"{value}"' for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    return f"{schema.get('format') or schema.get('type', 'anything')}{_limits(schema)}"


def _limits(schema: dict[str, Any]) -> str:
    """Return `` (1–512)``: characters of a text, or the value of a number."""
    least = schema.get("minLength", schema.get("minimum"))
    most = schema.get("maxLength", schema.get("maximum"))
    if least is None or most is None:
        return f" (≥ {least})" if least is not None else f" (≤ {most})" if most is not None else ""
    return f" ({most})" if least == most else f" ({least}–{most})"
