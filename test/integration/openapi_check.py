"""A small structural check of OpenAPI documents, 2.0 and 3.1: what the specifications demand of every object that we
write, that every `$ref` resolves, and that names are not given twice. Raises AssertionError with the place.

SPDX-License-Identifier: ISC
"""

import json
import re
from urllib.parse import unquote

METHODS = {"get", "put", "post", "delete", "options", "head", "patch"}
COMPONENT = re.compile(r"^[a-zA-Z0-9._-]+$")
TYPES = {"string", "boolean", "integer", "number", "array", "object", "null"}


def parse(text):
    """JSON whose objects must not name a member twice."""
    def no_doubles(pairs):
        names = [name for name, _ in pairs]
        assert len(set(names)) == len(names), f"twice: {[n for n in names if names.count(n) > 1]}"
        return dict(pairs)
    return json.loads(text, object_pairs_hook=no_doubles)


def resolve(document, ref):
    assert ref.startswith("#/"), ref
    at = document
    for step in ref[2:].split("/"):
        at = at[unquote(step).replace("~1", "/").replace("~0", "~")]
    return at


def all_refs(document):
    """Every `$ref` leads somewhere; the number of them."""
    seen, todo, count = set(), [document], 0
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            ref = node.get("$ref")
            if isinstance(ref, str):
                count += 1
                if ref not in seen:
                    resolve(document, ref)
                seen.add(ref)
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)
    return count


def _only(node, allowed, where):
    extra = {k for k in node if not k.startswith("x-")} - set(allowed.split())
    assert not extra, f"{where}: {sorted(extra)}"


def _schema(document, node, where, newest):
    if isinstance(node, bool) or not node:
        return
    if "$ref" in node:
        assert set(node) == {"$ref"}, where
        return
    _only(node, "type format items properties required description default enum maxLength readOnly oneOf "
                "additionalProperties", where)
    types = node.get("type", [])
    types = types if isinstance(types, list) else [types]
    assert set(types) <= (TYPES if newest else TYPES - {"null"}), f"{where}: {types}"
    if "array" in types and not newest:
        assert "items" in node, where
    if "enum" in node:
        assert node["enum"] and len(set(map(str, node["enum"]))) == len(node["enum"]), where
    if "required" in node:
        assert isinstance(node["required"], list) and len(set(node["required"])) == len(node["required"]), where
        assert newest or node["required"], f"{where}: required is empty"
        assert set(node["required"]) <= set(node["properties"]), where
    for name, sub in node.get("properties", {}).items():
        _schema(document, sub, f"{where}.{name}", newest)
    for sub in node.get("oneOf", []):
        _schema(document, sub, where, newest)
    _schema(document, node.get("items"), where + "[]", newest)
    _schema(document, node.get("additionalProperties"), where + "{}", newest)


def _responses(document, node, where, check):
    assert node, f"{where}: no responses"
    for status, response in node.items():
        assert status == "default" or re.fullmatch(r"[1-5]\d\d", status), f"{where}: {status}"
        if "$ref" not in response:
            assert isinstance(response["description"], str), where
            check(response, where)


def _parameters(document, nodes, where, check):
    seen = set()
    for node in nodes:
        parameter = resolve(document, node["$ref"]) if "$ref" in node else node
        key = parameter["in"], parameter["name"]
        assert key not in seen, f"{where}: {key} twice"
        seen.add(key)
        check(parameter, where)
    assert sum(place == "body" for place, _ in seen) <= 1, where


def _operations(document):
    for path, item in document["paths"].items():
        assert path.startswith("/"), path
        assert item and set(item) <= METHODS, f"{path}: {sorted(item)}"
        for method, operation in item.items():
            yield f"{method} {path}", operation


def check_2(document):
    """OpenAPI 2.0 (github.com/OAI/OpenAPI-Specification, versions/2.0.md)."""
    assert document["swagger"] == "2.0"
    _only(document, "swagger info host basePath schemes consumes produces paths definitions parameters responses "
                    "securityDefinitions security tags externalDocs", "document")
    assert isinstance(document["info"]["title"], str) and isinstance(document["info"]["version"], str)
    assert document["basePath"].startswith("/") and "/" not in document["host"]
    assert set(document["schemes"]) <= {"http", "https"}

    def parameter(node, where):
        assert node["in"] in ("query", "header", "body", "path", "formData"), where
        if node["in"] == "body":
            _only(node, "name in description required schema", where)
            _schema(document, node["schema"], where, False)
        else:
            _only(node, "name in description required type format items collectionFormat default enum", where)
            assert node["type"] in ("string", "number", "integer", "boolean", "array"), where
            assert node["type"] != "array" or "type" in node["items"], where
            assert "enum" not in node or node["enum"], where

    def response(node, where):
        _only(node, "description schema headers examples", where)
        _schema(document, node.get("schema"), where, False)

    for name, node in document["definitions"].items():
        _schema(document, node, name, False)
    for name, node in document["parameters"].items():
        parameter(node, name)
    for where, operation in _operations(document):
        _only(operation, "tags summary description parameters responses produces consumes operationId security", where)
        _parameters(document, operation.get("parameters", []), where, parameter)
        _responses(document, operation["responses"], where, response)
    return all_refs(document)


def check_3(document):
    """OpenAPI 3.1 (spec.openapis.org/oas/v3.1.0)."""
    assert document["openapi"] == "3.1.0"
    _only(document, "openapi info servers security paths components tags", "document")
    assert isinstance(document["info"]["title"], str) and isinstance(document["info"]["version"], str)
    assert all(re.match(r"https?://", server["url"]) for server in document["servers"])
    _only(document["components"], "schemas parameters responses securitySchemes", "components")
    for kind in document["components"].values():
        assert all(COMPONENT.match(name) for name in kind), [n for n in kind if not COMPONENT.match(n)]
    ids = set()

    def content(node, where):
        for media in node.get("content", {}).values():
            _schema(document, media["schema"], where, True)

    def parameter(node, where):
        _only(node, "name in description required style explode schema", where)
        assert node["in"] in ("query", "header"), where
        _schema(document, node["schema"], where, True)

    for name, node in document["components"]["schemas"].items():
        _schema(document, node, name, True)
    for name, node in document["components"]["parameters"].items():
        parameter(node, name)
    for where, operation in _operations(document):
        _only(operation, "tags summary description operationId parameters requestBody responses", where)
        assert operation["operationId"] not in ids, where
        ids.add(operation["operationId"])
        _parameters(document, operation.get("parameters", []), where, parameter)
        content(operation.get("requestBody", {}), where)
        _responses(document, operation["responses"], where, content)
    return all_refs(document)
