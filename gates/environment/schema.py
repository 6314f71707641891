"""The JSON Schema (draft 2020-12) of environment and floor files, by which editors complete and explain them.

A file may hold a part of an environment only (it extends another one), so nothing is required in it, and `null`, which
removes what is inherited, is allowed everywhere.
"""

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from gates.environment.floor import FloorDocument
from gates.environment.model import Environment

#: The names of the files in which the shipped schemas lie, and their contents.
FILES = ("environment.schema.json", "floor.schema.json")

_CHAIN_KEYS = {
    "extends": "the file that this one extends, relative to it; mappings merge, lists and values replace, null removes",
    "floor": "the file of limits that may be tightened and never loosened, relative to this one",
}


def environment_schema() -> dict[str, Any]:
    """The schema of an environment file."""
    schema = _schema(Environment)
    first = {key: _or_null({"type": "string", "minLength": 1, "description": d}) for key, d in _CHAIN_KEYS.items()}
    schema["properties"] = first | schema["properties"]
    return schema


def floor_schema() -> dict[str, Any]:
    """The schema of a floor file."""
    return _schema(FloorDocument)


def as_text(schema: dict[str, Any]) -> str:
    """The schema as it is shipped."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


class _Generator(GenerateJsonSchema):
    # Defaults are taken out below: a limit's default is an object here and a text in the file.
    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 - pydantic's declaration


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(schema_generator=_Generator)
    title = (model.__doc__ or "").strip()
    polished: dict[str, Any] = _polish(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **polished, "description": title}


def _polish(node: Any) -> Any:
    if isinstance(node, list):
        return [_polish(item) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: _polish(value) for key, value in node.items() if key not in ("title", "default", "required")}
    for section in ("properties", "patternProperties", "$defs"):
        if section in node:
            # Keys of these are names, not words of the schema.
            inner = {name: _polish(value) for name, value in node[section].items()}
            out[section] = inner if section == "$defs" else {name: _or_null(value) for name, value in inner.items()}
    if isinstance(out.get("additionalProperties"), dict):
        out["additionalProperties"] = _or_null(out["additionalProperties"])
    if "patternProperties" in out:
        out["additionalProperties"] = False
    return out


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("type") == "null" or {"type": "null"} in schema.get("anyOf", ()) or not schema:
        return schema
    described = {key: schema[key] for key in ("description",) if key in schema}
    inner = {key: value for key, value in schema.items() if key not in described}
    if set(inner) == {"anyOf"}:
        return {"anyOf": [*inner["anyOf"], {"type": "null"}], **described}
    return {"anyOf": [inner, {"type": "null"}], **described}
