"""Words: what a prompt means, what is said, and what the history is understood as."""

import inspect
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator.scripted_model.folder_client import OUR_TOOLS, FolderClient
from tui.simulator.scripted_model import ModelInput, ScriptedThinking, respond, summarize
from tui.simulator.scripted_model.file_knowledge import FileKnowledge, known_files
from tui.simulator.scripted_model.intent import parse_intent
from tui.simulator.scripted_model.jobs.file_decisions import run_fixes
from tui.simulator.scripted_model.markdown_writing import code, fence, rounded, table
from tui.simulator.scripted_model.message_history import (
    CallEntry,
    NoteEntry,
    PromptEntry,
    ReplyEntry,
    SummaryEntry,
    history_entries,
)
from tui.simulator.scripted_model.steering import steering
from tui.simulator.scripted_model.toolbox import decode_call


@pytest.mark.parametrize(
    ("prompt", "kind", "fixes"),
    [
        ("Review all Python files and fix missing return annotations", "fix", ("annotate",)),
        ("add type hints please", "fix", ("annotate",)),
        ("Find mutable defaults and bare `except:` and fix them", "fix", ("defaults", "excepts")),
        ("Can you add return types and name bare excepts?", "fix", ("annotate", "excepts")),
        ("fix the bugs", "fix", ("defaults", "excepts")),
        ("write a test for calc.py", "first_test", ()),
        ("Add a first unit test", "first_test", ()),
        ("run the tests", "check", ()),
        ("does it compile?", "check", ()),
        ("explain this project", "explain", ()),
        ("What does this code do?", "explain", ()),
        ("Give me an overview of the architecture", "explain", ()),
        ("continue", "continue", ()),
        ("ok, go on", "continue", ()),
        ("weiter", "continue", ()),
        ("Summarize our conversation so far", "summary", ()),
        ("hello", "talk", ()),
        ("what can you do?", "talk", ()),
        ("are you a real model?", "talk", ()),
        ("how much of the budget is left?", "talk", ()),
        ("what is the plan", "talk", ()),
        ("thanks!", "talk", ()),
        ("Write me a poem about spring", "talk", ()),
        ("", "talk", ()),
    ],
)  # fmt: skip
def test_a_prompt_is_understood(prompt: str, kind: str, fixes: tuple[str, ...]):
    found = parse_intent(prompt)
    assert (found.kind, found.fixes) == (kind, fixes)


def test_files_and_folders_in_a_prompt_are_found():
    found = parse_intent("Add return annotations in src/io/ and to @tui/app.py, not e.g. elsewhere")
    assert found.files == ("tui/app.py",)
    assert found.folder == "src/io"


@pytest.mark.parametrize(
    "prompt", ["hello", "what can you do?", "which model are you?", "Write me a poem about spring"]
)
def test_it_says_plainly_that_it_is_a_simulator_without_a_model(tmp_path: Path, prompt: str):
    client = FolderClient(tmp_path)
    answer = client.say(prompt)
    assert "simulator" in answer
    assert "no language model" in answer
    assert not client.calls


def test_continue_without_anything_begun_says_so(tmp_path: Path):
    assert "nothing to continue" in FolderClient(tmp_path).say("continue")


def test_what_the_client_tells_around_a_prompt_is_not_the_prompt():
    found = history_entries(
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "<environment>\nfix bare excepts\n</environment>"},
                    {"type": "text", "text": "<system-reminder>explain</system-reminder>hello"},
                ],
            }
        ]
    )
    assert found == (PromptEntry("hello"),)


def test_the_history_is_one_row_with_results_at_their_calls():
    found = history_entries(
        [
            {"role": "user", "content": "go"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "…", "signature": "s"},
                    {"type": "text", "text": "Reading."},
                    {"type": "tool_use", "id": "a", "name": "read", "input": {"path": "x"}},
                    {"type": "tool_use", "id": "b", "name": "read", "input": {"path": "y"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "b", "content": "Y", "is_error": True},
                    {
                        "type": "tool_result",
                        "tool_use_id": "a",
                        "content": [{"type": "text", "text": "X"}],
                    },
                    {"type": "text", "text": "hurry"},
                ],
            },
        ]
    )
    assert found == (
        PromptEntry("go"),
        ReplyEntry("Reading."),
        CallEntry("read", {"path": "x"}, "X", False),
        CallEntry("read", {"path": "y"}, "Y", True),
        NoteEntry("hurry"),
    )


def test_text_beside_an_interrupted_call_is_the_next_prompt():
    call = {"type": "tool_use", "id": "a", "name": "bash", "input": {"command": "x"}}
    result = {"type": "tool_result", "tool_use_id": "a", "is_error": True}
    for words in ("Interrupted by the user while it ran.", "Not run: the user interrupted."):
        found = history_entries(
            [
                {"role": "assistant", "content": [call]},
                {
                    "role": "user",
                    "content": [{**result, "content": words}, {"type": "text", "text": "explain"}],
                },
            ]
        )
        assert found[-1] == PromptEntry("explain")


def test_a_summary_is_told_from_a_prompt():
    found = history_entries([{"role": "user", "content": "<summary>all that</summary>"}])
    assert found == (SummaryEntry("<summary>all that</summary>"), PromptEntry(""))


def read(path: str, result: str, **given: object) -> CallEntry:
    return CallEntry("read", {"path": path, **given}, result)


def known_after(calls: list[CallEntry]) -> dict[str, FileKnowledge]:
    return known_files((decode_call(call.name, call.input), call) for call in calls)


def test_a_result_cut_in_the_middle_is_read_again_where_it_was_cut():
    text = (
        "     1\ta\n     2\tb\n     3\tc cu\n[… 900 characters left out here.]\nt off\n     9\tend"
    )
    file = known_after([read("x", text)])["x"]
    assert file.next_line == 3
    rest = "\n".join(f"{n:>6}\tline {n}" for n in range(3, 10))
    file = known_after([read("x", text), read("x", rest, offset=3)])["x"]
    assert file.known
    assert file.lines[:3] == ("a", "b", "line 3")
    assert len(file.lines) == 9


def test_an_empty_file_has_no_lines():
    assert known_after([read("x", "(The file is empty.)")])["x"].lines == ()


def test_an_edit_is_followed_in_what_is_known_of_the_file():
    edit = CallEntry("edit", {"path": "x", "old_string": "a\nb", "new_string": "a\nc\nb"}, "done")
    file = known_after([read("x", "     1\ta\n     2\tb\n     3\td"), edit])["x"]
    assert file.lines == ("a", "c", "b", "d")


def test_wishes_are_told_from_chatter():
    assert steering(["Please skip the tests folder."]).skip == ("tests",)
    assert steering(["only src/io, please"]).only == ("src/io",)
    assert steering(["Don't touch setup.py"]).skip == ("setup.py",)
    assert steering(["and fix bare excepts too"]).also == ("excepts",)
    assert steering(["stop"]).stop
    assert not steering(["Nice work so far!", "<system-reminder>stop</system-reminder>"])


@pytest.mark.parametrize("name", ["a.py", "[/bold]", "a`b", "`", "a|b", "a\nb", "``x``"])
def test_foreign_names_stay_names_in_markdown(name: str):
    from markdown_it import MarkdownIt

    inline = MarkdownIt("commonmark").parse(f"x {code(name)} y")[1]
    spans = [child.content for child in inline.children or [] if child.type == "code_inline"]
    assert spans == [" ".join(name.split())]


def test_tables_and_fences_hold_what_is_put_into_them():
    from markdown_it import MarkdownIt

    parsed = MarkdownIt("gfm-like", {"linkify": False}).parse(table(["A", "B"], [["a|b", "c"]]))
    assert [t.content for t in parsed if t.type == "inline"] == ["A", "B", "a|b", "c"]
    parsed = MarkdownIt("commonmark").parse(fence("```\nx\n````", "py"))
    assert [t.content for t in parsed] == ["```\nx\n````\n"]


@pytest.mark.parametrize(
    ("tokens", "words"),
    [(0, "0"), (999, "999"), (8_049, "8.0k"), (12_345, "12k"), (1_500_000, "1.5M")],
)
def test_tokens_are_rounded_for_people(tokens: int, words: str):
    assert rounded(tokens) == words


anything = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5000), st.text(max_size=12),
    st.sampled_from(["a.py", "     1\tdef f():\n     2\t    return 1", "a.py:3\nb.py:1", "continue",
                     "add return annotations", "Not run: landing", "explain this", "offset=9"]),
    st.lists(st.sampled_from([{"id": "file1", "title": "a.py", "state": "x"}, {}, 3]), max_size=3),
)  # fmt: skip
inputs = st.dictionaries(
    st.sampled_from(["path", "offset", "limit", "old_string", "new_string", "pattern", "glob",
                     "output", "command", "subtasks", "content"]), anything, max_size=4,
)  # fmt: skip
names = st.sampled_from(["read", "edit", "grep", "glob", "bash", "checklist", "write", "other"])


@st.composite
def conversations(draw: st.DrawFn) -> list[dict[str, Any]]:
    prompts = st.sampled_from(
        [
            "add return annotations",
            "explain this",
            "continue",
            "hi",
            "write a test",
            "run the tests",
        ]
    )
    messages: list[dict[str, Any]] = [{"role": "user", "content": draw(prompts)}]
    for turn in range(draw(st.integers(0, 4))):
        calls = [
            {"type": "tool_use", "id": f"{turn}.{n}", "name": draw(names), "input": draw(inputs)}
            for n in range(draw(st.integers(0, 3)))
        ]
        results = [
            {
                "type": "tool_result",
                "tool_use_id": call["id"],
                "content": str(draw(anything)),
                "is_error": draw(st.booleans()),
            }
            for call in calls
        ]
        messages.append({"role": "assistant", "content": calls or [{"type": "text", "text": "x"}]})
        messages.append({"role": "user", "content": results or draw(prompts)})
    return messages


@settings(max_examples=300, deadline=None)
@given(conversations(), st.sampled_from([None, 0, 900, 30_000, 500_000]))
def test_whatever_the_history_holds_there_is_an_answer(
    messages: list[dict[str, Any]], left: int | None
):
    situation = ModelInput(
        messages=tuple(messages), tools=OUR_TOOLS, system="", effort="high", left=left, total=left,
        max_tokens=9_000, model="m", count=len,
    )  # fmt: skip
    reply = respond(situation)
    assert reply.blocks
    assert any(not isinstance(block, ScriptedThinking) for block in reply.blocks)
    assert respond(situation) == reply
    assert summarize(situation)


def test_a_file_nested_too_deeply_is_left_alone():
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(len(inspect.stack()) + 400)
        for depth in (100, 200, 400, 800, 1600):
            text = "def f():\n    return " + "+".join(["'a'"] * depth)
            found = run_fixes("m.py", tuple(text.split("\n")), ("annotate",))
            assert found.broken or found.left
            assert not found.changes
        assert "nested" in found.broken or "parse" in found.broken
    finally:
        sys.setrecursionlimit(limit)


def test_a_summary_is_put_between_the_tags_the_client_names():
    """A client that shortens the conversation itself cuts the summary out by its tags."""
    ask = "Write a summary of this conversation. Put it between <summary> and </summary>."
    messages = (
        {"role": "user", "content": [{"type": "text", "text": "hello"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "Hello!"}]},
        {"role": "user", "content": [{"type": "text", "text": ask}]},
    )
    told = ModelInput(messages, (), "", "low", None, None, 1_000, "m", len)
    text = respond(told).blocks[-1].text
    assert text.startswith("<summary>") and text.endswith("</summary>")
