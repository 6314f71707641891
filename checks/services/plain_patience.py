"""How long a client is given that ends by its own time limit: a little longer than the look.

So it is always the look that ends first, while it still says what was asked. A client that ended at the same moment
would leave it to chance whose words people get to read.
"""

import time as clock
from typing import Final

from checks.services.seam import Visit

#: Seconds. The look waits a second for its thread before it is left behind.
_LONGER: Final = 0.3


def outlasting(visit: Visit) -> float:
    """Seconds until a little after the look's end. Raises Down or Unmeasured where they are over."""
    seconds = visit.ends + _LONGER - clock.monotonic()
    if seconds <= 0:
        raise visit.timed_out()
    return seconds
