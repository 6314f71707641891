"""The kinds of values that an environment file holds: each a type, its reader and its JSON Schema."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from gates.environment.names import nearest
from gates.environment.readers import (
    NAME,
    Sendable,
    duration,
    kind_of,
    mapping,
    read_flag,
    read_header_name,
    read_header_value,
    read_json_body,
    read_json_path,
    read_name,
    read_path,
    read_sendable,
    read_text,
    shorten,
    whole,
)

#: The words of a JSON Schema.
JsonSchema: TypeAlias = dict[str, Any]


class Reader:
    """Annotates a field with the function that reads it: leaner than pydantic's own types, and it speaks plainly."""

    __slots__ = ("function", "schema")

    def __init__(self, function: Callable[[Any], object], schema: JsonSchema) -> None:
        self.function = function
        self.schema = schema

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """pydantic's hook: nothing but our function."""
        return core_schema.no_info_plain_validator_function(self.function)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        """pydantic's hook: what editors are told."""
        return dict(self.schema)


def choice(*words: str) -> Reader:
    """One of some words."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            given = shorten(value) if isinstance(value, str) else ""
            got = repr(given) if given else kind_of(value)
            raise ValueError(f"{got} is not known; {nearest(given, words)}")
        return str(value)

    return Reader(read, {"enum": list(words)})


VARIABLE: JsonSchema = {"type": "string", "pattern": r"\$\{[^{}]+\}", "description": "a variable"}
_DURATION_SCHEMA: JsonSchema = {
    "type": "string",
    "pattern": r"^\s*([0-9_]*\.)?[0-9]+([eE][-+]?[0-9]+)?\s*(us|µs|ms|s|sec|m|min|h|d|w)\s*$|\$\{[^{}]+\}",
    "description": "a duration: 500ms, 10s, 5min, 2h, 30d",
}
_NAME_SCHEMA: JsonSchema = {"type": "string", "pattern": f"^{NAME.pattern}$"}
_SENDABLE_SCHEMA: JsonSchema = {"type": ["string", "integer"]}
_HEADERS_SCHEMA: JsonSchema = {"type": "object", "additionalProperties": _SENDABLE_SCHEMA}


def _whole_schema(least: int, most: int) -> JsonSchema:
    return {"anyOf": [{"type": "integer", "minimum": least, "maximum": most}, VARIABLE]}


Text = Annotated[str, Reader(read_text, {"type": "string", "minLength": 1})]
Flag = Annotated[bool, Reader(read_flag, {"anyOf": [{"type": "boolean"}, VARIABLE]})]
Name = Annotated[str, Reader(read_name, _NAME_SCHEMA)]
Count = Annotated[int, Reader(whole(1, 1_000_000), _whole_schema(1, 1_000_000))]
Attempts = Annotated[int, Reader(whole(1, 100), _whole_schema(1, 100))]
Seconds = Annotated[float, Reader(duration(), _DURATION_SCHEMA)]
Timeout = Annotated[float, Reader(duration("1h"), _DURATION_SCHEMA)]
LookTimeout = Annotated[float, Reader(duration("10min"), _DURATION_SCHEMA)]
Pause = Annotated[float, Reader(duration("10min", zero=True), _DURATION_SCHEMA)]
Body = Annotated[Sendable, Reader(read_sendable, {"type": "string"})]
Headers = Annotated[dict[str, Sendable], Reader(mapping(read_header_name, read_header_value), _HEADERS_SCHEMA)]
Params = Annotated[dict[str, Sendable], Reader(mapping(read_text, read_sendable), _HEADERS_SCHEMA)]
JsonBody = Annotated[Any, Reader(read_json_body, {})]
JsonPath = Annotated[str, Reader(read_json_path, {"type": "string", "minLength": 1})]
ExistingPath = Annotated[Path, Reader(read_path, {"type": "string", "minLength": 1})]
Method = Annotated[
    Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    choice("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
]
