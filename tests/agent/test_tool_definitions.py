"""What the model is told about the tools, and what becomes of input that does not fit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent.tool_runner import ToolRunner
from tui.agent.tools.registry import TOOLS, tool_definitions
from tui.session.prompt_costs import CALL_KINDS

FIELDS = {
    "bash": {"command", "timeout", "description", "access"},
    "checklist": {"subtasks"},
    "file_plan": {"goal", "items"},
    "edit": {"path", "old_string", "new_string", "replace_all"},
    "glob": {"pattern", "path"},
    "grep": {"pattern", "path", "glob", "output", "ignore_case", "context", "limit"},
    "jobs": {"action", "job"},
    "read": {"path", "offset", "limit"},
    "wrap_up": {
        "done",
        "in_progress",
        "not_started",
        "files",
        "checks",
        "estimate_to_finish",
        "next_step",
    },
    "write": {"path", "content"},
}
ONLY_READ = {"checklist", "file_plan", "glob", "grep", "read", "wrap_up"}


def objects(schema: object) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects(value)


def test_a_receipt_knows_what_each_tool_does():
    assert CALL_KINDS.keys() == FIELDS.keys()


def test_the_tools_are_the_agreed_ones_sorted_by_name():
    told = tool_definitions()
    assert [tool["name"] for tool in told] == sorted(FIELDS)
    assert {t["name"]: set(t["input_schema"]["properties"]) for t in told} == FIELDS
    assert {name for name, tool in TOOLS.items() if tool.reads_only} == ONLY_READ


def test_every_schema_names_all_its_fields_and_allows_no_others():
    for tool in tool_definitions():
        for schema in objects(tool["input_schema"]):
            assert schema["additionalProperties"] is False
            assert set(schema["required"]) <= set(schema["properties"])


def test_the_definitions_are_the_same_bytes_every_time_and_cost_little():
    first, second = json.dumps(tool_definitions()), json.dumps(tool_definitions())
    assert first == second
    assert len(first) < 7_000


@pytest.mark.parametrize("name", sorted(FIELDS))
async def test_an_unknown_field_is_refused_by_its_name(tmp_path: Path, name: str):
    assert "nonsense" in await ToolRunner(tmp_path).refusal_of(name, nonsense=1)


async def test_a_value_of_the_wrong_type_is_refused_with_its_place(tmp_path: Path):
    sentence = await ToolRunner(tmp_path).refusal_of("read", path="a", offset="three")
    assert sentence == "`offset` has to be a whole number, not text."


async def test_subtasks_come_back_as_updates_and_touch_nothing_else(tmp_path: Path):
    runner = ToolRunner(tmp_path)
    call = runner.prepare("checklist", subtasks=[{"id": "a", "title": "A", "estimate": 5}])
    outcome = await runner.run(call)
    assert call.permission is None
    assert [(u.id, u.title, u.state, u.estimate) for u in outcome.subtasks] == [("a", "A", None, 5)]
    assert list(runner.folder.iterdir()) == []


@pytest.mark.parametrize("subtasks", [[], [{"id": " "}], [{"id": "a", "estimate": -1}]])
async def test_a_checklist_without_sense_is_refused(tmp_path: Path, subtasks: list[dict[str, Any]]):
    assert await ToolRunner(tmp_path).refusal_of("checklist", subtasks=subtasks)


async def test_the_wrap_up_report_comes_back_whole(tmp_path: Path):
    outcome = await ToolRunner(tmp_path).use(
        "wrap_up", done=["a", "b"], not_started=["c"], estimate_to_finish=8000, next_step="c"
    )
    assert outcome.report is not None
    assert outcome.report.done == ("a", "b")
    assert outcome.report.estimate_to_finish == 8000
    assert outcome.summary == "2 done · 1 left"
