"""The demo's fleet around a release: begun where none runs, ended with the release, left where it has to go on."""

from collections.abc import Callable

from demo.fleet import Fleet, FleetError
from demo.fleet_files import LEASE_S
from demo.fleet_versions import VERSIONS
from gates.environment.names import nearest
from gates.errors import ConfigurationError
from releases.deployers.interface import DeployerError, Version
from releases.deployers.process import FIRST, ProcessDeployer, version_of
from releases.pathfinding import demo_folder


class DemoFleet:
    """The fleet of a service in an environment. Raises StoreError where its folder can't be told."""

    def __init__(self, service: str, environment: str) -> None:
        folder = demo_folder(service, environment)
        self._fleet = Fleet(folder)
        self.deployer = ProcessDeployer(folder)

    @property
    def runs(self) -> bool:
        """Whether it runs."""
        return self._fleet.runs

    @staticmethod
    def version(name: str, release_id: str) -> Version:
        """A version of the demo service. Raises ConfigurationError for one that there is not."""
        if release_id:
            raise ConfigurationError("--release: the demo's versions have ids of their own; --version is enough")
        if name not in VERSIONS:
            raise ConfigurationError(
                f"--version={name}: the demo service has no such version", hint=nearest(name, VERSIONS)
            )
        return version_of(name)

    def begin(self) -> None:
        """Start it with its first version where it does not run. Raises DeployerError."""
        try:
            self._fleet.begin(FIRST)
        except FleetError as error:
            raise DeployerError(str(error)) from error

    def leave(self, *, kept: bool, say: Callable[[str], None]) -> None:
        """End it with the release, or leave it running where `--resume` will need it."""
        if not kept:
            self._fleet.end()
        elif self._fleet.runs:
            say(f"the demo fleet runs on at {self._fleet.url}; unused, it ends after {LEASE_S / 60:g} min")
