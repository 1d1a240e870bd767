"""Pictures are taken at the end of a scene: nothing is painted before."""

import pytest


@pytest.fixture(autouse=True)
def quickly(
    heap_frozen_once: None, styles_parsed_once: None, painted_when_asked: None, idle_at_once: None
) -> None:
    """Spend no time on what no picture shows."""
