"""`python -m load.worker --master HOST:PORT`: a worker on another machine, for a run with `workers: external`.

The token that it shares with the master is in the variable TIDEGATE_LOAD_TOKEN, or in the file that
TIDEGATE_LOAD_TOKEN_FILE names. It ends when the run is over; a supervisor (a Deployment, compose) starts it again.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

#: Characters that a token has at least.
_SHORTEST = 16


def main() -> int:
    """0: the run is over. 1: it went wrong, with one line on standard error. 4: wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m load.worker", description="A load worker for a master elsewhere.")
    parser.add_argument("--master", required=True, metavar="HOST:PORT", help="where the master listens")
    parser.add_argument(
        "--locustfile", default="", metavar="FILE", help="the locustfile on this machine, if one is run"
    )
    parser.add_argument("--token-from-stdin", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    host, _, port = options.master.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        return _wrong(f"--master is HOST:PORT, not {options.master!r}")
    if options.locustfile and not Path(options.locustfile).is_file():
        return _wrong(f"the locustfile {options.locustfile} is not there")
    try:
        token = sys.stdin.readline().strip() if options.token_from_stdin else _token()
    except OSError as error:
        return _wrong(f"the token can't be read: {error}")
    if len(token) < _SHORTEST:
        return _wrong(
            f"set TIDEGATE_LOAD_TOKEN (or TIDEGATE_LOAD_TOKEN_FILE) to the token, at least {_SHORTEST} characters"
        )
    locustfile = str(Path(options.locustfile).resolve()) if options.locustfile else ""
    return _work(host.strip("[]"), int(port), token, locustfile, ours=options.token_from_stdin)


def _work(host: str, port: int, token: str, locustfile: str, *, ours: bool) -> int:
    from load.generator.limits import raise_open_files
    from load.generator.logs import log_to_stderr
    from load.generator.watchdog import die_with_parent

    for name in [name for name in os.environ if name.startswith("LOCUST_")]:
        del os.environ[name]
    if ours:
        die_with_parent()
    else:
        # Locust reads files of configuration here and at home.
        folder = tempfile.mkdtemp(prefix="tidegate-load-")
        os.chdir(folder)
        os.environ["HOME"] = folder
    log_to_stderr()
    raise_open_files()
    from locust import runners  # patches the standard library, before anything else is imported

    runners.WORKER_LOG_REPORT_INTERVAL = -1
    from load.generator.worker import Worker

    try:
        words = Worker(host, port, token, locustfile).work()
    except ConnectionError:
        words = f"no master answered at {host}:{port}"
    if words:
        sys.stderr.write(f"load worker: {words}\n")
    sys.stderr.flush()
    # Greenlets and threads of user code have no say in when this ends.
    os._exit(1 if words else 0)


def _token() -> str:
    path = os.environ.get("TIDEGATE_LOAD_TOKEN_FILE")
    return Path(path).read_text(encoding="utf-8").strip() if path else os.environ.get("TIDEGATE_LOAD_TOKEN", "").strip()


def _wrong(words: str) -> int:
    sys.stderr.write(f"load worker: {words}\n")
    return 4


if __name__ == "__main__":
    sys.exit(main())
