"""What the user's own commands release: it runs by itself, before a release and after it."""

from collections.abc import Callable

from gates.environment.releasing import Releasing
from gates.errors import ConfigurationError
from releases.deployers.command import CommandDeployer
from releases.deployers.interface import Version


class OwnSite:
    """The counterpart of the demo's fleet, where nothing is begun or ended."""

    runs = True

    def __init__(self, releasing: Releasing, inherited: tuple[int, ...]) -> None:
        """Raises ConfigurationError where no commands are declared."""
        if releasing.commands is None:
            raise ConfigurationError("`deployer: command` needs `commands:`", key="releasing.commands")
        self.deployer = CommandDeployer(releasing.commands, interrupts=releasing.interrupts, inherited=inherited)

    @staticmethod
    def version(name: str, release_id: str) -> Version:
        """As it was named."""
        return Version(release_id or name, name)

    def begin(self) -> None:
        """Nothing to do."""

    def leave(self, *, kept: bool, say: Callable[[str], None]) -> None:
        """Nothing to do."""
