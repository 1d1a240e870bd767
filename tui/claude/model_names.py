"""Names of models for people, and the model a name means."""

from tui.claude.catalogue import Catalogue, Model


def short_name(model: Model) -> str:
    """A model's name as it is typed: `opus-5.5`."""
    return model.name.removeprefix("claude-").lower().replace(" ", "-")


def model_or_unknown(catalogue: Catalogue, words: str) -> Model:
    """The model that `words` mean, else one the catalogue does not know, by that id."""
    return find_model(catalogue, words) or catalogue.model(words)


def find_model(catalogue: Catalogue, words: str) -> Model | None:
    """The model that `words` mean: its id, with or without `claude-`, its name, or its family.

    A family alone, such as `opus`, means its first model in the catalogue: the newest.
    """
    wanted = "-".join(words.lower().split())
    models = list(catalogue.models.values())
    named = [model for model in models if short_name(model) == wanted]
    named += [model for model in models if short_name(model).split("-")[0] == wanted]
    return catalogue.get(wanted) or catalogue.get(f"claude-{wanted}") or next(iter(named), None)
