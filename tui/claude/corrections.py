"""The user's corrections to the list of models, as the settings hold them.

A mistake leaves the list as it is shipped, and is one sentence with file and line, whoever
asks: the program as it starts, `glideslope config`, an export.
"""

from tui.claude.catalogue import Catalogue, CatalogueError, load
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


def _place(resolved: Resolved, error: CatalogueError) -> str:
    if resolved.own is None:
        return ""
    line = resolved.own.line_of(f"{CATALOGUE}.{error.path}")
    return f"{resolved.own.path}, line {line}: " if line else f"{resolved.own.path}: "
