"""What has to fit together under `load:`: the mix, the guard rails, the objectives and who allowed it at all."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from checks.request import parse_url
from checks.secrets import Secret, reveal
from gates.criteria import Criterion
from gates.environment.addresses import join
from gates.environment.findings import Finding, unknown
from gates.environment.late import is_late
from gates.environment.load_section import GATE, LoadProfile, LoadWatched
from gates.environment.model import Environment
from gates.environment.names import nearest
from gates.environment.tree import KeyPath
from gates.measured.load_objectives import gate_objectives
from gates.measured.load_plan import MixError, journeys_of, mixable, plan_of, selectors_of
from gates.objectives.coming import most_in
from gates.objectives.objective import Objective
from gates.objectives.targets import check_usage_limit
from gates.objectives.text import parse_subject

if TYPE_CHECKING:
    from load.plan import LoadPlan

_ALLOW: Final = "write `allow_load: true` under `load:` where that is meant"
_ONLY_FOR: Final = {
    "rate": ("arrivals", "max_in_flight"),
    "users": ("spawn_rate",),
    "mix": (),
    "locustfile": ("user_classes",),
}


def crosscheck(environment: Environment) -> Iterator[Finding]:
    """Everything that does not fit together."""
    gates = environment.gates_of(GATE)
    for gate, settings in gates.items():
        for subject, criterion in settings.limits.items():
            yield from _gate_limit(("gates", gate, "limits", subject), subject, criterion)
    yield from _differing(environment)
    for name, watched in environment.load.watch.items():
        yield from _watched(("load", "watch", name), watched, environment)
    for name, profile in environment.load.profiles.items():
        yield from _profile(("load", "profiles", name), profile, environment)
    if environment.load.profiles and not environment.load.allow_load:
        yield from _not_allowed(environment)


def limits_under(gate: str, subject: str, environment: Environment) -> Iterator[tuple[KeyPath, Criterion]]:
    """The objectives of profiles that take the place of the gate's limit of this subject."""
    try:
        wanted = str(parse_subject(subject))
    except ValueError:
        return  # said where the floor's limit itself is checked, once the gate has it
    only = environment.gates[gate].only
    for name, profile in environment.load.profiles.items():
        for index, objective in enumerate(profile.objectives):
            if str(objective.subject) == wanted and (not only or name in only):
                yield ("load", "profiles", name, "objectives", index), objective.criterion


def _gate_limit(path: KeyPath, subject: str, criterion: Criterion) -> Iterator[Finding]:
    try:
        gate_objectives({subject: criterion})
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        yield path, message, hint


def _differing(environment: Environment) -> Iterator[Finding]:
    """Two gates may divide the profiles; they can't want different things of the same one."""
    seen: dict[tuple[str, str], tuple[str, Criterion]] = {}
    for gate, settings in environment.gates_of(GATE).items():
        for name in settings.only or tuple(environment.load.profiles):
            for subject, criterion in settings.limits.items():
                other, before = seen.setdefault((name, subject), (gate, criterion))
                if before != criterion:
                    path = ("gates", gate, "limits", subject)
                    yield (
                        path,
                        f"the gate {other!r} has another limit for the profile {name!r}",
                        "divide them by `only:`",
                    )


def _watched(path: KeyPath, watched: LoadWatched, environment: Environment) -> Iterator[Finding]:
    given = [key for key in ("container", "host", "port") if getattr(watched, key) is not None]
    if len(given) != 1:
        got = f"it has {' and '.join(given)}" if given else "it has none"
        yield path, f"exactly one of container, host and port says what is watched; {got}", ""
    if watched.host is not None and watched.host not in environment.hosts:
        hint = nearest(watched.host, environment.hosts) or "declare it under `hosts:`"
        yield (*path, "host"), f"there is no host {watched.host!r}", hint
    for subject, criterion in watched.limits.items():
        if watched.host is not None and subject in ("disk_read", "disk_written"):
            yield (*path, "limits", subject), "is not read of a whole machine", "watch the process or the container"
        try:
            check_usage_limit(subject, criterion)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            yield (*path, "limits", subject), message, hint


def _profile(path: KeyPath, profile: LoadProfile, environment: Environment) -> Iterator[Finding]:
    yield from unknown((*path, "needs"), profile.needs, environment.endpoints, "endpoint")
    either = list(_either(path, profile))
    yield from either
    if not either:
        try:
            plan = plan_of(environment, profile)
        except MixError as error:
            hint = "" if "; " in str(error) else nearest(error.name, mixable(environment))
            yield (*path, "mix", error.name), str(error), hint
        except ValueError as error:
            yield path, str(error), ""
        else:
            yield from _objectives(path, profile, plan, environment)
            for journey in journeys_of(environment, profile):
                twins = [one for one in plan.names if one == journey.name]
                if len(journey.steps) > 1 and twins:
                    words = (
                        f"a request and a journey are both called {journey.name!r}: objectives can't tell them apart"
                    )
                    yield (*path, "mix"), words, "rename one of them"


def _either(path: KeyPath, profile: LoadProfile) -> Iterator[Finding]:
    """One kind of model, one kind of work, one kind of workers."""
    for one, other in (("rate", "users"), ("mix", "locustfile")):
        given = [key for key in (one, other) if getattr(profile, key)]
        if len(given) != 1:
            got = "it has both" if given else "it has neither"
            yield path, f"exactly one of {one} and {other} has to be there; {got}", ""
    for owner, keys in _ONLY_FOR.items():
        for key in keys:
            if key in profile.model_fields_set and not getattr(profile, owner):
                yield (*path, key), f"means nothing without `{owner}:`", ""
    if profile.rate is not None and profile.locustfile is not None:
        words = "a locustfile decides itself when it asks: it can't keep a rate"
        yield (*path, "rate"), words, "write `users:`"
    if profile.workers is not None and "processes" in profile.model_fields_set:
        yield (*path, "processes"), "means nothing beside `workers:`", ""
    if profile.shape is not None:
        given = [key for key in ("ramp", "soak", "steps", "spike") if getattr(profile.shape, key) is not None]
        if len(given) != 1:
            got = f"it has {' and '.join(given)}" if given else "it has none"
            yield (*path, "shape"), f"exactly one of ramp, soak, spike and steps is a shape; {got}", ""


def _objectives(path: KeyPath, profile: LoadProfile, plan: "LoadPlan", environment: Environment) -> Iterator[Finding]:
    selectors = selectors_of(environment, profile)
    judged = plan.seconds - plan.warm_up
    shared = [one for gate in environment.gates_of(GATE).values() for one in _readable(gate.limits)]
    if not profile.objectives and not shared:
        yield (*path, "objectives"), "there is none: this load would prove nothing", "as in ['p95 <= 500ms']"
    for index, objective in enumerate(profile.objectives):
        yield from _objective((*path, "objectives", index), objective, plan, selectors, judged)
    baseline = profile.baseline
    if baseline is not None:
        if not baseline.limits:
            yield (*path, "baseline", "limits"), "is empty: nothing would be compared", "as in {p95: '<= 1.2'}"
        for subject in baseline.limits:
            yield from _selector((*path, "baseline", "limits", subject), parse_subject(subject).selector, selectors)


def _readable(limits: Mapping[str, Criterion]) -> list[Objective]:
    """The same; none where they are wrong, which is said elsewhere."""
    try:
        return gate_objectives(limits)
    except ValueError:
        return []


def _objective(
    path: KeyPath, objective: Objective, plan: "LoadPlan", selectors: Mapping[str, tuple[str, ...]], judged: int
) -> Iterator[Finding]:
    subject = objective.subject
    yield from _selector(path, subject.selector, selectors)
    if subject.over * subject.windows > judged:
        long = f"{subject.windows} windows of {subject.over} s" if subject.windows > 1 else f"{subject.over} s"
        yield path, f"{str(subject)!r} needs {long}, and {judged} s are judged", "take longer, or shorter windows"
    elif subject.over % plan.interval:
        yield path, f"a run of {plan.seconds} s is measured in windows of {plan.interval} s", "write a multiple of it"
    most = most_in(plan, subject.over or judged)
    if objective.fewest > most:
        words = f"{str(subject)!r} needs {objective.fewest:,} samples, and at most {most:,.0f} requests are made"
        yield (
            path,
            f"{words} in {subject.over or judged} s",
            "take longer, ask more often, or write `with >= N samples`",
        )


def _selector(path: KeyPath, selector: str, selectors: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    if selector and selectors and selector not in selectors:
        yield path, f"the mix has no request {selector!r}", nearest(selector, selectors)


def _not_allowed(environment: Environment) -> Iterator[Finding]:
    """Load needs leave wherever it can hurt: people approve for this environment, or it is not on this machine."""
    path: KeyPath = ("load", "allow_load")
    if environment.policy.approvals:
        who = ", ".join(environment.policy.approvals)
        yield path, f"load is not allowed here: {who} have to approve of what comes into this environment", _ALLOW
        return
    for place in sorted(_places(environment)):
        yield path, f"load is not allowed on {place}, which is not this machine", _ALLOW
        return


def _places(environment: Environment) -> Iterator[str]:
    """The hosts that would be asked and that are not this machine."""
    urls = [environment.base_url] if environment.base_url is not None else []
    for profile in environment.load.profiles.values():
        try:
            journeys = journeys_of(environment, profile)
        except MixError:
            continue  # said where the mix is checked
        urls += [step.request.url for journey in journeys for step in journey.steps]
    for url in urls:
        text = reveal(url)
        if is_late(text) or text.startswith("/"):
            continue
        if "{{" in text.split("/", 3)[2] if text.count("/") > 1 else "{{" in text:
            yield "a host that only a capture tells"
            continue
        try:
            host = parse_url(join(environment.base_url, url)).host
        except ValueError:
            continue  # said where the URL is checked
        if not _here(host):
            yield "a secret host" if isinstance(url, Secret) else host


def _here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
