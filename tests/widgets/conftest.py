"""A small application around one widget, with the theme variables the real one gives."""

import pytest

from tests.widgets.widget_app import WidgetApp


@pytest.fixture(autouse=True)
def quickly(styles_parsed_once: None, idle_at_once: None) -> None:
    """Spend no time on what no test looks at."""


@pytest.fixture
def widget_app() -> type[WidgetApp]:
    """Makes an application around widgets."""
    return WidgetApp
