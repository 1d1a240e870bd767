"""The user's corrections to the list of models, as the settings hold them.

A mistake leaves the list as it is shipped, and is one sentence with file and line, whoever
asks: the program as it starts, `glideslope config`, an export.
"""

from tui.claude.catalogue import Catalogue, CatalogueError, load
from tui.claude.names import meant
from tui.settings.layers import Resolved
from tui.settings.sources import CATALOGUE


def corrected(resolved: Resolved) -> tuple[Catalogue, list[str]]:
    """The list with the corrections in it, and what was wrong with them.

    Args:
        resolved: The settings.
    """
    hosts = {"budget_hosts": resolved.settings.catalogue.budget_hosts}
    try:
        return load({**resolved.catalogue, **hosts}), []
    except CatalogueError as error:
        return load(hosts), [f"{_place(resolved, error)}{error} The shipped list is used."]


def sends_budgets(resolved: Resolved, base_url: str | None, *, simulator: bool) -> bool:
    """Whether the API is sent task budgets with these settings.

    Args:
        resolved: The settings: the model, and the servers that pass budgets on.
        base_url: Of the server; None for the default one.
        simulator: Whether the server is our own.
    """
    catalogue, _ = corrected(resolved)
    model = meant(catalogue, resolved.settings.model)
    return catalogue.tells(model, base_url, simulator=simulator)


def _place(resolved: Resolved, error: CatalogueError) -> str:
    if resolved.own is None:
        return ""
    line = resolved.own.line_of(f"{CATALOGUE}.{error.path}")
    return f"{resolved.own.path}, line {line}: " if line else f"{resolved.own.path}: "
