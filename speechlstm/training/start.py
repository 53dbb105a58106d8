"""Beginning with the weights of a model that is there, to teach it other words or another room."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from speechlstm.bundle import Bundle
from speechlstm.engine.weights import read_weights
from speechlstm.errors import ConfigError
from speechlstm.features.frontend import FeatureConfig, FrontEnd, make_front_end
from speechlstm.model.config import NetworkConfig
from speechlstm.model.network import Network
from speechlstm.training.recipe import Recipe

__all__ = ["begin_with", "front_end_of", "require_alike"]

# settings of features that another training may get used to
_MAY_DIFFER = ("floor", "lead_frames", "tail_frames")
_OF_WORDS = ("tokens.kernel", "tokens.bias")


def require_alike(bundle: Bundle, ours: NetworkConfig, recipe: Recipe) -> None:
    """See to it that a training can begin with a model.

    Args:
        bundle: The model.
        ours: Sizes of the network that will be trained.
        recipe: What it will be trained by.

    Raises:
        ConfigError: Sizes or features that differ; from where on a band counts as silent may, and the silence
            before and behind the sound.
    """
    theirs = bundle.config.network
    sizes: tuple[str, ...] = ("n_features", "n_layers", "units", "head", "forecast")
    # a network that has not heard phones before may learn to
    sizes += ("n_phones",) if theirs.n_phones else ()
    other = [f"{n} {getattr(theirs, n)} and {getattr(ours, n)}" for n in sizes if _differ(theirs, ours, n)]
    if _lasting(bundle.config.features) != _lasting(recipe.features):
        other.append("the settings of features")
    if other:
        raise ConfigError(
            f"{bundle.name} and {recipe.name} differ in {', '.join(other)}; "
            "write the recipe's as the model's (speechlstm models show NAME --json), or begin anew"
        )


def front_end_of(bundle: Bundle, recipe: Recipe) -> FrontEnd:
    """The model's numbers under the recipe's settings, which may differ as :func:`require_alike` says."""
    return make_front_end(recipe.features, bundle.front_end.numbers())


def begin_with(bundle: Bundle, network: Network, recipe: Recipe) -> None:
    """Take over a model's weights; of the head, those of the words that both know.

    Args:
        bundle: The model, which :func:`require_alike` has let pass.
        network: The new network, whose other words keep the weights they have.
        recipe: What it will be trained by.
    """
    weights = network.weights_by_name()
    network.set_weights_by_name(weights | _taken_over(read_weights(bundle.model), weights, bundle, recipe))


def _differ(a: object, b: object, name: str) -> bool:
    return bool(getattr(a, name) != getattr(b, name))


def _lasting(features: FeatureConfig) -> dict[str, Any]:
    return {name: value for name, value in asdict(features).items() if name not in _MAY_DIFFER}


def _taken_over(
    theirs: Mapping[str, np.ndarray], ours: Mapping[str, np.ndarray], bundle: Bundle, recipe: Recipe
) -> dict[str, np.ndarray]:
    """Their weights in our shapes."""
    first = int(recipe.network.head == "words")
    place = {word: i + first for i, word in enumerate(bundle.vocabulary)}
    taken = {name: array for name, array in theirs.items() if name not in _OF_WORDS}
    for name in _OF_WORDS:
        if name not in ours:
            continue
        head = ours[name].copy()
        # the blank, where there is one
        head[..., :first] = theirs[name][..., :first]
        for i, word in enumerate(recipe.vocabulary):
            if word in place:
                head[..., i + first] = theirs[name][..., place[word]]
        taken[name] = head
    return taken
