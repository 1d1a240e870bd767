"""The user's corrections to the list of models, as the settings hold them.

A mistake leaves the list as shipped. The program as it starts, `glideslope config` and an export
all show the same sentence about it, with file and line.
"""

from tui.claude.catalogue import Catalogue, CatalogueError, load_catalogue
from tui.claude.model_names import model_or_unknown
from tui.settings.layer_sources import CATALOGUE
from tui.settings.settings_resolver import ResolvedSettings


def catalogue_from_settings(resolved: ResolvedSettings) -> tuple[Catalogue, list[str]]:
    """The list with the corrections in it, and what was wrong with them.

    Args:
        resolved: The settings.
    """
    hosts = {"budget_hosts": resolved.settings.catalogue.budget_hosts}
    try:
        return load_catalogue({**resolved.catalogue, **hosts}), []
    except CatalogueError as error:
        return load_catalogue(hosts), [
            f"{_error_location(resolved, error)}{error} The shipped list is used."
        ]


def sends_task_budgets(
    resolved: ResolvedSettings, base_url: str | None, *, simulator: bool
) -> bool:
    """Whether the API is sent task budgets with these settings.

    Args:
        resolved: The settings: the model, and the servers that pass budgets on.
        base_url: Of the server; None for the default one.
        simulator: Whether the server is our own.
    """
    catalogue, _ = catalogue_from_settings(resolved)
    model = model_or_unknown(catalogue, resolved.settings.model)
    return catalogue.model_sees_budget(model, base_url, simulator=simulator)


def _error_location(resolved: ResolvedSettings, error: CatalogueError) -> str:
    if resolved.user_document is None:
        return ""
    line = resolved.user_document.line_of_path(f"{CATALOGUE}.{error.path}")
    return (
        f"{resolved.user_document.path}, line {line}: "
        if line
        else f"{resolved.user_document.path}: "
    )
