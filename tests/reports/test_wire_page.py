"""The page of the last request."""

from typing import Any

import pytest

from tui.claude.catalogue import load_catalogue
from tui.claude.request import Preamble, Request, RequestOptions, build_request
from tui.reports.wire_page import cache_breakpoint_places, differences, effort_words, wire_page

MARK = {"type": "ephemeral"}
SECRET = "sk-ant-api03-THIS-IS-A-SECRET"
HOSTILE = "\x1b[31m| `x` | <b> [red]\n# head [link](http://evil.example) \u202e$(rm -rf)"


def params(*texts: str, total: int = 100_000) -> dict[str, Any]:
    content: list[Any] = [[{"type": "text", "text": text}] for text in texts]
    content[-1][-1]["cache_control"] = MARK
    return {
        "model": "claude-opus-5-5",
        "max_tokens": 64_000,
        "system": [{"type": "text", "text": "s", "cache_control": {**MARK, "ttl": "1h"}}],
        "tools": [{"name": "bash"}, {"name": "read"}],
        "output_config": {"task_budget": {"type": "tokens", "total": total}},
        "messages": [{"role": "user", "content": each} for each in content],
    }


def test_a_request_that_only_grew_says_so():
    assert list(differences(params("a"), params("a", "b"))) == ["1 message more"]
    assert list(differences(params("a"), params("a", "b", "c"))) == ["2 messages more"]


def test_a_changed_budget_is_named_with_both_values():
    (line,) = differences(params("a"), params("a", total=200_000))
    assert "output_config" in line and "100000" in line and "200000" in line


def test_a_changed_history_is_told_as_a_lost_cache():
    found = list(differences(params("a", "b"), params("x", "b")))
    assert found[0] == "messages differ from number 0 on: the cache is lost from there"
    assert list(differences(params("a", "b"), params("a"))) == [
        "messages differ from number 1 on: the cache is lost from there"
    ]


def test_changed_system_text_and_tools_are_named_and_never_shown():
    after = params("a")
    after["system"][0]["text"] = SECRET
    after["tools"] = [{"name": "bash", "description": SECRET}, {"name": "grep"}]
    assert list(differences(params("a"), after)) == [
        "system text changed: the cache is lost from there",
        "tools changed: bash, read, grep: the whole cache is lost",
    ]
    turned = params("a")
    turned["tools"].reverse()
    assert list(differences(params("a"), turned)) == [
        "tools in another order: the whole cache is lost"
    ]


def test_what_no_prompt_depends_on_is_no_difference_but_a_clamped_answer_is_said():
    after = {**params("a"), "diagnostics": {"previous_message_id": "msg_2"}}
    before = {**params("a"), "diagnostics": {"previous_message_id": "msg_1"}}
    assert list(differences(before, after)) == []
    assert list(differences(before, {**after, "max_tokens": 9})) == ["max_tokens: 64000 → 9"]


def test_breakpoints_are_told_in_the_order_of_the_prefix():
    assert list(cache_breakpoint_places(params("a", "b"))) == [
        "system[0] 1h",
        "messages[1].content[0]",
    ]


def test_betas_that_came_and_went_are_named():
    page = wire_page([Request(params("a"), ("one", "two")), Request(params("a"), ("two", "three"))])
    assert "beta one is no longer sent" in page
    assert "beta three is sent, too" in page


def test_the_page_holds_parameters_and_nothing_before_anything_was_sent():
    assert wire_page([]) == "Nothing has been sent yet."
    page = wire_page([Request(params("a"), ("task-budgets-2026-03-13",))])
    assert "task" in page and "64000" in page and "2: bash, read" in page
    assert "context\\_management" in wire_page(
        [Request({**params("a"), "context_management": {"edits": []}}, ())]
    )


EFFORTS = {
    ("medium", None, None): "medium",
    ("medium", None, "medium"): "medium",
    ("medium", None, "high"): "medium; the next request asks for high",
    ("medium", "high", "high"): "high, set by a system message; the parameter stays medium for the "
    "prompt cache",
    (None, None, None): "",
}
"""Effort in the parameter, in a system message, and of the selector; what the page says."""


@pytest.mark.parametrize(("where", "words"), EFFORTS.items())
def test_the_effort_is_the_one_that_the_model_works_at_and_that_of_the_selector(
    where: tuple[str | None, str | None, str | None], words: str
):
    parameter, message, selector = where
    sent = params("a")
    if parameter is not None:
        sent["output_config"] = {"effort": parameter}
    if message is not None:
        told = {"role": "system", "content": [], "output_config": {"effort": message}}
        sent["messages"] = [*sent["messages"], told]
    assert effort_words(sent, selector) == words
    assert ("| effort |" in wire_page([Request(sent, ())], selector)) == bool(words)


def test_nothing_of_what_is_said_is_on_the_page():
    one, two = params(SECRET), params(SECRET, SECRET + "2")
    for request in (one, two):
        request["system"][0]["text"] = request["tools"][0]["description"] = SECRET
    two["messages"][0]["content"][0]["text"] = "changed " + SECRET
    assert SECRET not in wire_page([Request(one, ()), Request(two, ())])


def long_conversation() -> list[Request]:
    """Two requests of more than a megabyte."""
    model = load_catalogue().model("claude-opus-5-5")
    preamble = Preamble([{"type": "text", "text": "s" * 9_000}], [{"name": "bash"}] * 40)
    messages: list[dict[str, Any]] = []
    for number in range(1_200):
        call = {"type": "tool_use", "id": f"t{number}", "name": "read", "input": {"path": "a"}}
        messages += [
            {"role": "user", "content": HOSTILE * 6},
            {"role": "assistant", "content": [{"type": "text", "text": HOSTILE * 6}, call]},
        ]
    first = build_request(model, preamble, [*messages, {"role": "user", "content": "go"}])
    rest = [{"role": "assistant", "content": "Yes."}, {"role": "user", "content": HOSTILE}]
    options = RequestOptions(effort="low", extra={"metadata": {"user_id": HOSTILE * 90}})
    second = build_request(
        model, preamble, [*messages, {"role": "user", "content": "go"}, *rest], options
    )
    assert len(second.body()) > 1_000_000
    return [first, second]


def test_a_megabyte_of_messages_makes_a_page_of_a_screen():
    page = wire_page(long_conversation())
    assert len(page) < 4_000
    assert "2,403" in page
    assert "2 messages more" in page
