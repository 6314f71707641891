"""`python -m load.generator DESCRIPTOR FINAL`: the process that `load.run` starts. People don't: nothing here reads
options or files of configuration; the plan comes through the inherited socket."""

import logging
import os
import sys
from pathlib import Path

from load.generator.limits import raise_open_files
from load.generator.logs import log_to_stderr
from load.generator.watchdog import die_with_parent  # patches nothing yet: Locust comes after it


def main() -> None:
    """Receive the plan, run it, write the final document."""
    die_with_parent()
    log_to_stderr()
    raise_open_files()
    from locust import runners  # patches the standard library, before anything else is imported

    runners.WORKER_LOG_REPORT_INTERVAL = -1
    from load.generator.channel import Channel
    from load.generator.conduct import conduct
    from load.generator.crew import Crew
    from load.generator.local import LocalCrew
    from load.plan import Local
    from load.plan_read import plan_from_dict

    channel = Channel(int(sys.argv[1]))
    document = channel.receive()
    plan = plan_from_dict(document["plan"])
    channel.start()
    crew: Crew
    if plan.workers == Local(1):
        crew = LocalCrew(plan, Path(document["raw"]))
    else:
        from load.generator.master import MasterCrew

        crew = MasterCrew(plan, channel)
    conduct(plan, crew, channel, Path(sys.argv[2]))
    # Greenlets and threads of user code have no say in when this ends.
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


main()
