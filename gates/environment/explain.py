"""Turns what pydantic found into our errors: file, line, column, key, plain words and the nearest valid name."""

from collections.abc import Collection
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from checks.secrets import Secret
from gates.environment.endpoints import TLS_ADDRESS_TAG, TLS_OPTIONS_TAG
from gates.environment.model import Environment
from gates.environment.names import nearest
from gates.environment.readers import SECRET_REFUSED, MisplacedError, kind_of
from gates.environment.tree import KeyPath, Table, dotted, origin_of
from gates.errors import ConfigurationError

_TAGS = (TLS_OPTIONS_TAG, TLS_ADDRESS_TAG)


def problem(root: Table, path: KeyPath, message: str, hint: str = "") -> ConfigurationError:
    """An error at a key of the tree."""
    origin = origin_of(root, path)
    return ConfigurationError(message, origin.file, origin.line, origin.column, dotted(path), hint)


def explain(
    error: ValidationError, root: Table, model: type[BaseModel], broken: Collection[KeyPath] = ()
) -> list[ConfigurationError]:
    """One error for each thing that is wrong, in no particular order; nothing about paths that are `broken` already."""
    problems = []
    for item in error.errors(include_url=False):
        path, message, hint = _words(dict(item), model)
        if not any(path[: len(one)] == one for one in broken):
            problems.append(problem(root, path, message, hint))
    return problems


def _words(item: dict[str, Any], model: type[BaseModel]) -> tuple[KeyPath, str, str]:
    path: KeyPath = tuple(step for step in item["loc"] if step not in (*_TAGS, "[key]"))
    if isinstance(item["input"], Secret):
        message, _, hint = SECRET_REFUSED.partition("; ")
        return path, message, hint
    match item["type"]:
        case "extra_forbidden":
            # These two are followed before the model sees the file.
            chain = ("extends", "floor") if len(path) == 1 and model is Environment else ()
            valid = [*fields_at(model, path[:-1]), *chain]
            return path, "unknown key", nearest(str(path[-1]), valid)
        case "missing":
            return path, "is missing", ""
        case "model_type" | "dict_type" | "mapping_type":
            return path, f"a mapping is needed, not {kind_of(item['input'])}", ""
        case "tuple_type" | "list_type":
            return path, f"a list is needed, not {kind_of(item['input'])}", "write [a, b]"
        case "value_error":
            cause = item["ctx"]["error"]
            deeper = cause.path if isinstance(cause, MisplacedError) else ()
            message, _, hint = str(cause).partition("; ")
            return (*path, *deeper), message, hint
        case _:
            return path, f"{kind_of(item['input'])} can't stand here", ""


def fields_at(model: type[BaseModel], path: KeyPath) -> list[str]:
    """The keys that a file may write at `path`."""
    current: Any = model
    for step in path:
        if isinstance(current, type) and issubclass(current, BaseModel):
            known = {field.alias or name: field for name, field in current.model_fields.items()}
            current = known[str(step)].annotation if step in known else None
        else:
            current = _item_type(current)
        current = _model_in(current)
    if not (isinstance(current, type) and issubclass(current, BaseModel)):
        return []
    return [field.alias or name for name, field in current.model_fields.items()]


def _item_type(annotation: Any) -> Any:
    arguments = get_args(annotation)
    return arguments[1] if get_origin(annotation) is dict else arguments[0] if arguments else None


def _model_in(annotation: Any) -> Any:
    """The model in `Annotated[X | None, ...]`; containers stay as they are."""
    if isinstance(annotation, type) or get_origin(annotation) in (dict, tuple):
        return annotation
    if hasattr(annotation, "__metadata__") or get_origin(annotation) is Union or "Union" in type(annotation).__name__:
        for argument in get_args(annotation):
            found = _model_in(argument)
            if get_origin(found) in (dict, tuple) or (isinstance(found, type) and issubclass(found, BaseModel)):
                return found
    return None
