"""The part of an environment that says what a user does: journeys, their steps, requests and captures."""

from typing import Annotated

from pydantic import Field

from checks.step import NAME, slug
from gates.environment.addresses import Url
from gates.environment.endpoints import Expectations
from gates.environment.fields import (
    Attempts,
    Body,
    Headers,
    JsonBody,
    JsonPath,
    Method,
    Name,
    Params,
    Reader,
    Text,
    Timeout,
)
from gates.environment.limits import Limits
from gates.environment.readers import read_header_name, read_text
from gates.environment.section import Section


def _read_pattern(value: object) -> str:
    import re

    text = read_text(value)
    try:
        groups = re.compile(text).groups
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from None
    if groups != 1:
        raise ValueError(f"{text!r} has {groups} groups; a capture is the one group of its pattern")
    return text


def _read_step_name(value: object) -> str:
    text = read_text(value)
    if not slug(text):
        raise ValueError(f"{text!r} can't be the name of a step: it needs a letter or a digit")
    return text


def _read_capture_name(value: object) -> str:
    text = read_text(value)
    if not NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a capture: use letters, digits, `_`, `-`; start with a letter")
    return text


_TEXT_SCHEMA = {"type": "string", "minLength": 1}


class Capture(Section):
    """A value of an answer that later steps use as `{{ name }}`. Exactly one key says where it is."""

    json_path: JsonPath | None = Field(None, alias="json", description="dotted path in the JSON body")
    header: Annotated[str, Reader(read_header_name, _TEXT_SCHEMA)] | None = Field(None, description="a header")
    body: Annotated[str, Reader(_read_pattern, _TEXT_SCHEMA)] | None = Field(
        None, description="a regular expression with one group, looked for in the body"
    )
    cookie: Text | None = Field(None, description="a cookie")


class Request(Section):
    """What a step sends. `{{ name }}` in its texts is filled with what earlier steps captured."""

    method: Method = Field("GET", description="the HTTP method")
    url: Url = Field(description="a URL, or a path that is joined to base_url")
    headers: Headers = Field({}, description="headers that are sent")
    params: Params = Field({}, description="query parameters")
    body: Body | None = Field(None, description="the text that is sent")
    json_body: JsonBody = Field(None, alias="json", description="the JSON document that is sent")


class Step(Section):
    """One request of a journey and what has to come back."""

    name: Annotated[str, Reader(_read_step_name, _TEXT_SCHEMA)] = Field(description="what the user does, in words")
    request: Request = Field(description="what is sent")
    expect: Expectations = Field(Expectations.model_construct(), description="what the answer has to look like")
    limits: Limits = Field({}, description="limits of this step; they override the gate's")
    capture: dict[Annotated[str, Reader(_read_capture_name, _TEXT_SCHEMA)], Capture] = Field(
        {}, description="values that later steps use as {{ name }}"
    )


class Journey(Section):
    """Steps that a user takes, in order; each needs the ones before."""

    steps: tuple[Step, ...] = Field(description="at least one")
    attempts: Attempts = Field(1, description="how often the whole journey is tried")
    timeout: Timeout = Field(10.0, description="how long one request may take; 10s by default")
    needs: tuple[Name, ...] = Field((), description="endpoints without which this journey can't be judged")
