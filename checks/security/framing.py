"""Who may show the page in a frame: frame-ancestors, or X-Frame-Options where no policy has it (HTML, 7.6.2)."""

from collections.abc import Sequence

from checks.security.csp import Policy, framing_allowed_for
from checks.security.header_values import split_list


def framing(policies: Sequence[Policy], x_frame_options: Sequence[str]) -> tuple[str, str]:
    """`nobody`, `same origin`, `listed` or `anybody`, and what says so."""
    by_policy = framing_allowed_for(policies)
    if by_policy is not None:
        return by_policy, "frame-ancestors"
    values = {part.lower() for value in x_frame_options for part in split_list(value) if part}
    if not values:
        return "anybody", "neither frame-ancestors nor X-Frame-Options"
    if len(values) > 1:
        # Contradictions that hold a value browsers know are refused; those that hold none are ignored.
        known = values & {"deny", "sameorigin", "allowall"}
        if known:
            return "nobody", "X-Frame-Options contradicts itself, so browsers frame the page nowhere"
        return "anybody", "X-Frame-Options has no value that browsers know"
    match values.pop():
        case "deny":
            return "nobody", "X-Frame-Options"
        case "sameorigin":
            return "same origin", "X-Frame-Options"
        case _:
            return "anybody", "X-Frame-Options has no value that browsers know"
