"""Why a conversation over AMQP ended: pika's exceptions have the broker's words in different places, or none at all."""

import re
import ssl
from typing import Final

from pika import exceptions
from pika.adapters.utils import connection_workflow as workflow

from checks.failures import AttemptError, Down, Unmeasured, from_os_error
from checks.services.words import refused_login

#: `ConnectionClosedByBroker: (403) 'ACCESS_REFUSED - ...'`.
_SAID: Final = re.compile(r"ConnectionClosedByBroker: \([0-9]+\) (['\"])(.*)\1$", re.DOTALL)


class Refused(Exception):  # noqa: N818 - what the broker said, not a mistake in the program
    """The broker closed the channel: `code` of AMQP (404 not found, 403 refused, 405 locked) and its words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class LoginRefused(Down):
    """User or password are wrong; `said`: the broker's words."""

    def __init__(self, said: str) -> None:
        super().__init__(refused_login(said).words)
        self.said = said


def why(error: BaseException) -> AttemptError:
    """What the broker did wrong, or our own side could not do. The last address that was tried speaks for all."""
    match error:
        case AttemptError():
            return error
        case workflow.AMQPConnectionWorkflowFailed():
            return why(error.exceptions[-1])
        case workflow.AMQPConnectorPhaseErrorBase():
            return why(error.exception)
        case workflow.AMQPConnectorStackTimeout() | TimeoutError():
            return Down("no AMQP handshake in time")
        case exceptions.ConnectionClosed():
            return Down(f"the broker said: {error.reply_text}")
        case exceptions.ProbableAuthenticationError() | exceptions.AuthenticationError():
            return LoginRefused(_shape(error))
        case exceptions.AMQPError() | workflow.AMQPConnectorException():
            return Down(_shape(error))
        case ssl.SSLError() | OSError():
            return from_os_error(error)
        case _:
            return Unmeasured(f"the check itself failed: {type(error).__name__}: {error}")


def _shape(error: BaseException) -> str:
    """pika's exceptions have their words in different places, or none; those of a failed log-in are inside a repr."""
    text = str(error.args[0]) if error.args else ""
    if said := _SAID.search(text):
        is_login = isinstance(error, exceptions.ProbableAuthenticationError)
        return said[2] if is_login else f"the broker said: {said[2]}"
    match error:
        case exceptions.IncompatibleProtocolError():
            return "what answers there does not speak AMQP 0-9-1, or wants TLS"
        case exceptions.StreamLostError():
            return "the broker closed the connection"
        case exceptions.ProbableAuthenticationError():
            return "the broker hung up"
        case exceptions.ProbableAccessDeniedError():
            return "the broker hung up while opening the virtual host: may this user use it?"
        case _:
            return text or type(error).__name__
