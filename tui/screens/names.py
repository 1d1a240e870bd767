"""Names of models for people, and the model a name means."""

from tui.claude.catalogue import Catalogue, Model


def short_name(model: Model) -> str:
    """A model's name as it is typed: `opus-5.5`."""
    return model.name.removeprefix("claude-").lower().replace(" ", "-")


def model_named(catalogue: Catalogue, words: str) -> Model | None:
    """The model that `words` mean: its id, with or without `claude-`, or its name."""
    wanted = "-".join(words.lower().split())
    named = (model for model in catalogue.models.values() if short_name(model) == wanted)
    return catalogue.get(wanted) or catalogue.get(f"claude-{wanted}") or next(named, None)
