"""The page of the warnings before money is spent: what each warns of, and whether it is on."""

from collections.abc import Collection, Mapping

from tui.reports.summary_pages import table_of_markdown
from tui.settings.settings_schema import SETTINGS_BY_KEY

HOW = (
    "Each is said once. `/warnings off NAME` turns one off for good, `/warnings on NAME` on again;"
    " `/warnings off` alone turns the newest off."
)


def warnings_page(on: Mapping[str, bool], shown: Collection[str]) -> str:
    """The page, as Markdown.

    Args:
        on: Whether each warning is on, by its name.
        shown: Names of those that stand in the transcript.
    """
    rows = [
        (
            name.replace("_", "\\_"),
            "on" if is_on else "**off**",
            SETTINGS_BY_KEY[f"warnings.{name}"].help,
            "yes" if name in shown else "",
        )
        for name, is_on in on.items()
    ]
    head = ("warning", "", "what it does", "said")
    return f"{table_of_markdown(head, rows)}\n\n{HOW}"
