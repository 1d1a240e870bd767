"""The page of the last request."""

from tui.claude.request import Request
from tui.screens.wire_page import breakpoints, differences, wire_page

MARK = {"type": "ephemeral"}


def params(*texts: str, total: int = 100_000) -> dict:
    content = [[{"type": "text", "text": text}] for text in texts]
    content[-1][-1]["cache_control"] = MARK  # type: ignore[assignment]
    return {
        "model": "claude-opus-5-5",
        "max_tokens": 64_000,
        "system": [{"type": "text", "text": "s", "cache_control": {**MARK, "ttl": "1h"}}],
        "tools": [{"name": "bash"}, {"name": "read"}],
        "output_config": {"task_budget": {"type": "tokens", "total": total}},
        "messages": [{"role": "user", "content": each} for each in content],
    }


def test_a_request_that_only_grew_says_so() -> None:
    assert list(differences(params("a"), params("a", "b"))) == ["1 messages more"]


def test_a_changed_budget_is_named_with_both_values() -> None:
    (line,) = differences(params("a"), params("a", total=200_000))
    assert "output_config" in line and "100000" in line and "200000" in line


def test_a_changed_history_is_told_as_a_lost_cache() -> None:
    found = list(differences(params("a", "b"), params("x", "b")))
    assert found[0] == "messages differ from number 0 on: the cache is lost from there"


def test_breakpoints_are_told_in_the_order_of_the_prefix() -> None:
    assert list(breakpoints(params("a", "b"))) == ["system[0] 1h", "messages[1].content[0]"]


def test_the_page_holds_parameters_and_nothing_before_anything_was_sent() -> None:
    assert wire_page([]) == "Nothing was sent yet."
    page = wire_page([Request(params("a"), ("task-budgets-2026-03-13",))])
    assert "task" in page and "64000" in page and "bash, read" in page
