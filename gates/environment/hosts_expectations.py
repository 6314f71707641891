"""What is expected of a host beside limits: `nginx: running`, `openssl: ">= 3.0.15"`, `443: listening`.

Each reader makes an `Expectation`: the criteria of the subjects below the thing's name, and what has to be asked.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from checks.hosts.probe import PortAsk, check_path, check_word
from gates.criteria import AtLeast, Criterion, CriterionError, Equals, Matches, OfVersion, parse
from gates.environment.limits import read_wanted
from gates.environment.names import nearest
from gates.environment.readers import MisplacedError, kind_of, mapping, read_flag, read_text, shorten, whole

#: The kinds of files that `stat` tells apart (`checks.hosts.files`).
KINDS: Final = ("file", "directory", "socket", "pipe", "character device", "block device")
_YES, _NO = Equals(value=True), Equals(value=False)
_THERE: Final = ("present", "absent")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is wanted of one thing.

    `wanted`: criteria by the part of the subject below the thing's name (`running`, `mode`), the one that the others
    depend on first; `pattern`: of a process's command line; `patterns`: what is looked for in a file; `groups`: those
    that a user may be in.
    """

    wanted: Mapping[str, Criterion]
    pattern: str = ""
    patterns: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    first: str = field(default="")


def read_service(value: object) -> Expectation:
    """`running`, `stopped`, `enabled`, `disabled`, or a mapping with `running:` and `enabled:`."""
    words = {
        "running": Expectation({"running": _YES}),
        "stopped": Expectation({"running": _NO}),
        "enabled": Expectation({"enabled": _YES}),
        "disabled": Expectation({"enabled": _NO}),
    }
    if not isinstance(value, dict):
        return _word(value, words, "or {running: true, enabled: true}")
    given = _keyed(value, {"running": read_flag, "enabled": read_flag})
    return Expectation({key: _YES if flag else _NO for key, flag in given.items()})


def read_package(value: object) -> Expectation:
    """`installed`, `absent`, a version, or a limit of one: `>= 3.0.15`."""
    if value in ("installed", "absent"):
        return Expectation({"installed": _YES if value == "installed" else _NO}, first="installed")
    if not isinstance(value, str):
        raise ValueError(f"a package is `installed`, `absent`, or of a version as in '>= 3.0.15', not {kind_of(value)}")
    text = str(value).strip()
    if text.startswith(("~", "one of", "version")):
        criterion = parse(text, "text")
    else:
        try:
            criterion = OfVersion.parse(text if text[:1] in "<>=" else f"= {text}")
        except CriterionError as error:
            raise ValueError(
                f"{error}; a package is `installed`, `absent`, or of a version as in '>= 3.0.15'"
            ) from None
    return Expectation({"installed": _YES, "version": criterion}, first="installed")


def read_port(value: object) -> Expectation:
    """`listening`, `loopback` (listening for this host only) or `closed`."""
    words = {
        "listening": Expectation({"listening": _YES}),
        "loopback": Expectation({"listening": _YES, "loopback": _YES}, first="listening"),
        "closed": Expectation({"listening": _NO}),
    }
    return _word(value, words)


def read_port_name(value: object) -> str:
    """`443`, `443/tcp` or `53/udp`."""
    match = re.fullmatch(r"([0-9]{1,5})(?:/(tcp|udp))?", value) if isinstance(value, str) else None
    if match is None or not 1 <= int(match.group(1)) <= 65535:
        raise ValueError(f"{value!r} is no port; write 443 or 53/udp, from 1 to 65535")
    return str(port_of(value if isinstance(value, str) else ""))


def port_of(name: str) -> PortAsk:
    """The port of a name that `read_port_name` took."""
    number, _, protocol = name.partition("/")
    return PortAsk(int(number), "udp" if protocol == "udp" else "tcp")


def read_process(value: object) -> Expectation:
    """`running`, `absent`, a count or a limit of it, or a mapping with `count:` and `command:`."""
    if not isinstance(value, dict):
        return Expectation({"": _count(value)})
    given = _keyed(value, {"count": _count, "command": _pattern})
    return Expectation({"": given.get("count", AtLeast(1))}, pattern=given.get("command", ""))


def read_file(value: object) -> Expectation:
    """`present`, `absent`, or a mapping of what it has to be."""
    if not isinstance(value, dict):
        words = {word: Expectation({"exists": _YES if word == "present" else _NO}, first="exists") for word in _THERE}
        return _word(value, words, 'or {mode: "0640", owner: root}')
    given = _keyed(
        value,
        {
            "kind": _choice(KINDS),
            "mode": _mode,
            "owner": _owner,
            "group": _owner,
            "sha256": _digest,
            "size": lambda size: parse(read_text(size), "B"),
            "contains": _patterns,
            "lacks": _patterns,
        },
    )
    wanted: dict[str, Criterion] = {"exists": _YES}
    for key, as_number in (("owner", "uid"), ("group", "gid")):
        if key in given:
            wanted[as_number if isinstance(given[key], int) else key] = Equals(given[key])
    wanted |= {key: Equals(given[key]) for key in ("kind", "mode", "sha256") if key in given}
    wanted |= {"size": given["size"]} if "size" in given else {}
    contains, lacks = given.get("contains", ()), given.get("lacks", ())
    for number, criterion in enumerate((*(_YES for _ in contains), *(_NO for _ in lacks)), 1):
        wanted[f"contains.{number}"] = criterion
    return Expectation(wanted, patterns=(*contains, *lacks), first="exists")


def read_user(value: object) -> Expectation:
    """`present`, `absent`, or a mapping with `uid:`, `home:`, `shell:`, `groups:`."""
    if not isinstance(value, dict):
        words = {word: Expectation({"exists": _YES if word == "present" else _NO}, first="exists") for word in _THERE}
        return _word(value, words, "or {shell: /bin/sh, groups: [docker]}")
    number = whole(0, 2**32 - 1)
    given = _keyed(value, {"uid": number, "home": read_text, "shell": read_text, "groups": _words})
    wanted: dict[str, Criterion] = {"exists": _YES}
    wanted |= {key: Equals(given[key]) for key in ("uid", "home", "shell") if key in given}
    groups = given.get("groups", ())
    wanted |= {f"in.{group}": _YES for group in groups}
    return Expectation(wanted, groups=groups, first="exists")


def read_user_group(value: object) -> Expectation:
    """`present`, `absent`, or a mapping with `gid:`."""
    if not isinstance(value, dict):
        words = {word: Expectation({"exists": _YES if word == "present" else _NO}, first="exists") for word in _THERE}
        return _word(value, words, "or {gid: 999}")
    given = _keyed(value, {"gid": whole(0, 2**32 - 1)})
    return Expectation({"exists": _YES, "gid": Equals(given["gid"])}, first="exists")


def read_sysctl(value: object) -> Expectation:
    """A number, a text, or a criterion."""
    if isinstance(value, bool):
        raise ValueError("a setting is a number or a text; write 1 or 0")
    if isinstance(value, str):
        text = " ".join(value.split())
        if re.fullmatch(r"-?[0-9]{1,18}", text):
            return Expectation({"": Equals(int(text))})
        if re.fullmatch(r"-?[0-9]+( -?[0-9]+)+", text):
            return Expectation({"": Equals(text)})
    return Expectation({"": read_wanted(value)})


def read_word(value: object) -> str:
    """A name that is asked for on the host."""
    text = read_text(value)
    check_word(text)
    return text


def read_host_path(value: object) -> str:
    """A path on the host."""
    text = read_text(value)
    check_path(text)
    return text


def read_sysctl_name(value: object) -> str:
    """`net.core.somaxconn`, or with slashes where a part has a dot itself."""
    text = read_word(value)
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_:@-]*([./][A-Za-z0-9_:@-]+(\.[A-Za-z0-9_:@-]+)*)+", text):
        raise ValueError(f"{text!r} is no setting of the kernel; write it as in net.core.somaxconn")
    return text


def _word(value: object, words: Mapping[str, Expectation], more: str = "") -> Expectation:
    if not isinstance(value, str) or value not in words:
        given = repr(shorten(value)) if isinstance(value, str) else kind_of(value)
        hint = nearest(value if isinstance(value, str) else "", words, "write")
        raise ValueError(f"{given} is not known; {hint}{f', {more}' if more else ''}")
    return words[value]


def _keyed(value: dict[str, Any], readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """The values of a mapping with known keys, read; errors name the key."""
    if not value:
        raise ValueError(f"says nothing; {nearest('', readers)}")
    out: dict[str, Any] = {}
    for key, item in value.items():
        if key not in readers:
            raise MisplacedError((key,), f"unknown key {key!r}; {nearest(key, readers)}")
        try:
            out[key] = readers[key](item)
        except ValueError as error:
            deeper = error.path if isinstance(error, MisplacedError) else ()
            raise MisplacedError((key, *deeper), str(error)) from None
    return out


def _choice(words: tuple[str, ...]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError(f"{kind_of(value)} is not known; {nearest(str(value), words)}")
        return str(value)

    return read


def _count(value: object) -> Criterion:
    if value == "running":
        return AtLeast(1)
    if value == "absent":
        return Equals(0)
    if isinstance(value, str) and value[:1] in "<>=b":
        return parse(value, "1")
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Equals(value)
    given = repr(shorten(value)) if isinstance(value, str) else kind_of(value)
    raise ValueError(f"{given} is not known; write running, absent, a number, or a limit such as '>= 4'")


def _pattern(value: object) -> str:
    text = read_text(value).removeprefix("~").strip()
    return Matches(text).pattern


def _patterns(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, tuple | list) else (value,)
    if not items:
        raise ValueError("is empty; write a regular expression, or several in a list")
    found = []
    for index, item in enumerate(items):
        try:
            found.append(_pattern(item))
        except ValueError as error:
            raise MisplacedError((index,) if isinstance(value, tuple | list) else (), str(error)) from None
    return tuple(found)


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, tuple | list) or not value:
        raise ValueError(f"a list of names is needed, not {kind_of(value)}")
    return tuple(read_word(item) for item in value)


def _mode(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-7]{3,4}", value):
        given = repr(shorten(value)) if isinstance(value, str) else kind_of(value)
        raise ValueError(f'{given} is no mode; write three or four octal digits in quotes: "0640"')
    return f"{int(value, 8):04o}"


def _owner(value: object) -> str | int:
    if isinstance(value, int) and not isinstance(value, bool):
        return whole(0, 2**32 - 1)(value)
    return read_word(value)


def _digest(value: object) -> str:
    text = value.strip().lower().removeprefix("sha256:") if isinstance(value, str) else ""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError(f"{kind_of(value)} is no SHA-256; it has 64 hexadecimal digits, as sha256sum prints them")
    return text


#: Field -> how its keys and its values are read, and what an editor is told of a value.
FIELDS: Final[Mapping[str, tuple[Callable[[object], str], Callable[[object], Expectation], dict[str, Any]]]] = {
    "services": (read_word, read_service, {"enum": ["running", "stopped", "enabled", "disabled"]}),
    "packages": (read_word, read_package, {"type": "string"}),
    "ports": (read_port_name, read_port, {"enum": ["listening", "loopback", "closed"]}),
    "processes": (read_word, read_process, {"type": ["string", "integer"]}),
    "files": (read_host_path, read_file, {"enum": list(_THERE)}),
    "users": (read_word, read_user, {"enum": list(_THERE)}),
    "user_groups": (read_word, read_user_group, {"enum": list(_THERE)}),
    "sysctl": (read_sysctl_name, read_sysctl, {"type": ["string", "number"]}),
}
Field = Literal["services", "packages", "ports", "processes", "files", "users", "user_groups", "sysctl"]
#: Fields whose values may be mappings, and the keys of those.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "services": ("running", "enabled"),
    "processes": ("count", "command"),
    "files": ("kind", "mode", "owner", "group", "sha256", "size", "contains", "lacks"),
    "users": ("uid", "home", "shell", "groups"),
    "user_groups": ("gid",),
}


def reader_of(name: str) -> tuple[Callable[[object], object], dict[str, Any]]:
    """The function that reads a field, and its JSON Schema."""
    key, value, schema = FIELDS[name]
    inner: dict[str, Any] = dict(schema)
    if name in KEYS:
        properties: dict[str, Any] = {one: {} for one in KEYS[name]}
        mapped = {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}
        inner = {"anyOf": [inner, mapped]}
    return mapping(key, value), {"type": "object", "additionalProperties": inner}
