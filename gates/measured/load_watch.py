"""Finds what is watched while a load runs: the container, or the process that listens on a port."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from load.plan import ContainerTarget, ProcessTarget, Target

if TYPE_CHECKING:
    from gates.environment.load_section import LoadWatched


def watched_targets(declared: "Mapping[str, LoadWatched]") -> tuple[list[Target], list[tuple[str, str]]]:
    """The targets, and for each limit of what can't be watched its subject (`server.cpu`) and why."""
    targets: list[Target] = []
    missing: list[tuple[str, str]] = []
    for name, watched in declared.items():
        if watched.container is not None:
            targets.append(ContainerTarget(name, watched.container))
            continue
        found = _listening(int(watched.port or 0))
        if isinstance(found, int):
            targets.append(ProcessTarget(name, found))
        else:
            missing += [(f"{name}.{subject}", found) for subject in watched.limits]
    return targets, missing


def _listening(port: int) -> int | str:
    """The process that listens on a port of this machine; its parent, where several of one family do."""
    if find_spec("psutil") is None:
        return "the Python package psutil is not installed: pip install tidegate"
    import psutil

    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError) as error:
        return f"this machine does not tell which process listens on port {port}: {error}"
    found = {c.pid for c in connections if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port}
    pids = sorted(pid for pid in found if pid)
    if not pids:
        hidden = ", or it is another user's" if found else ""
        return f"no process of this machine listens on port {port}{hidden}"
    for pid in pids:
        try:
            parents = {parent.pid for parent in psutil.Process(pid).parents()}
        except psutil.Error:
            continue  # gone meanwhile
        if not parents & set(pids):
            return pid
    return f"the process that listened on port {port} is gone"
