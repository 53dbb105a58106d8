"""When an utterance is over, as it is asked for."""

from typing import TYPE_CHECKING, Protocol

import click

from speechlstm.cli.options import Finite, together

if TYPE_CHECKING:
    from speechlstm.decode.endpoint import EndpointConfig
    from speechlstm.recognizer import Recognizer

__all__ = ["EndpointRequest", "asks_for_utterances", "endpoint_options", "endpoint_rules"]

endpoint_options = together(
    click.option(
        "--endpoint",
        type=click.Choice(["short", "default", "long"]),
        help="Give utterances: how long a pause ends one. The lengths are the model's.",
    ),
    click.option(
        "--endpoint-silence-s",
        type=Finite(0, min_open=True),
        metavar="SECONDS",
        help="The pause that ends an utterance.",
    ),
    click.option(
        "--endpoint-max-s",
        type=Finite(0, min_open=True),
        metavar="SECONDS",
        help="Length after which an utterance ends without one.",
    ),
)


class EndpointRequest(Protocol):
    """What :data:`endpoint_options` were given."""

    @property
    def endpoint(self) -> str | None:
        """The name of a preset."""
        ...

    @property
    def endpoint_silence_s(self) -> float | None:
        """The pause, in place of the preset's."""
        ...

    @property
    def endpoint_max_s(self) -> float | None:
        """The greatest length, in place of the preset's."""
        ...


def asks_for_utterances(request: EndpointRequest) -> bool:
    """Whether any of the options was given."""
    return any(
        given is not None for given in (request.endpoint, request.endpoint_silence_s, request.endpoint_max_s)
    )


def endpoint_rules(request: EndpointRequest, recognizer: "Recognizer") -> "EndpointConfig | None":
    """The rules that were asked for; None where utterances were not.

    Raises:
        ConfigError: The model gives no words in a row.
    """
    if not asks_for_utterances(request):
        return None
    silence_s, max_s = request.endpoint_silence_s, request.endpoint_max_s
    return recognizer.endpoint(request.endpoint or "default", silence_s=silence_s, max_s=max_s)
