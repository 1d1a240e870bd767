"""The scripted model leads a team when it is asked to, and misbehaves as an agent on request."""

from typing import Any

import pytest

from tui.simulator.scripted_model import ModelInput, ScriptedText, ScriptedToolUse, respond

FIELDS = {"kind": {"type": "string"}, "task": {"type": "string"}, "budget": {"type": "integer"}}
TOOLS: Any = tuple(
    {"name": name, "description": "", "input_schema": {"type": "object", "properties": fields}}
    for name, fields in {
        "delegate": FIELDS,
        "glob": {"pattern": {}},
        "grep": {"pattern": {}, "glob": {}, "output": {}},
        "read": {"path": {}},
        "checklist": {"subtasks": {}},
        "wrap_up": {"done": {}},
    }.items()
)
FILES = "src/a.py\nsrc/b.py\nlib/c.py\ndocs/d.md\nREADME.md"


def said(*messages: Any) -> list[Any]:
    """The blocks of the answer to messages: texts of the user, or whole messages."""
    whole = [{"role": "user", "content": m} if isinstance(m, str) else m for m in messages]
    view = ModelInput(
        messages=tuple(whole),
        tools=TOOLS,
        system="",
        effort="low",
        left=100_000,
        total=100_000,
        max_tokens=30_000,
        model="claude-opus-5-5",
        count=lambda text: len(text) // 4,
    )
    return list(respond(view).blocks)


def called(*calls: tuple[str, Any, str]) -> tuple[Any, Any]:
    """A message with calls, and the one with their results."""
    uses = [{"type": "tool_use", "id": f"t{n}", "name": name, "input": given}
            for n, (name, given, _) in enumerate(calls)]  # fmt: skip
    results = [{"type": "tool_result", "tool_use_id": f"t{n}", "content": text}
               for n, (_, _, text) in enumerate(calls)]  # fmt: skip
    return {"role": "assistant", "content": uses}, {"role": "user", "content": results}


def delegated(prompt: str) -> list[dict[str, Any]]:
    blocks = said(prompt, *called(("glob", {"pattern": "**/*"}, FILES)))
    return [b.input for b in blocks if isinstance(b, ScriptedToolUse) and b.name == "delegate"]


def test_it_looks_first_then_hands_each_folder_to_an_agent():
    (look,) = [b for b in said("use 3 agents to explain this") if isinstance(b, ScriptedToolUse)]
    assert look.name == "glob"
    orders = delegated("use 3 agents with 30k each to explain this project")
    assert [order["task"].partition(":")[0] for order in orders] == [
        "explain this project in src/",
        "explain this project in docs/",
        "explain this project in lib/",
    ]
    assert {order["kind"] for order in orders} == {"explore"}
    assert {order["budget"] for order in orders} == {30_000}


@pytest.mark.parametrize(
    ("prompt", "kind", "areas", "end"),
    [
        ("add return annotations with a team of agents", "write", ["src/", "lib/"],
         "change what it takes, and report each file that you changed."),
        ("add return annotations with a team of agents with 30k each", "write", ["src/", "lib/"],
         "change what it takes, and report each file that you changed."),
        ("use agents to write missing tests", "write", ["src/", "lib/"],
         "change what it takes, and report each file that you changed."),
        ("use 3 agents to run the checks", "test", ["src/", "docs/", "lib/"],
         "report what you ran, and how it ended."),
    ],
)  # fmt: skip
def test_agents_that_change_or_check_are_told_to_and_get_the_folders_with_such_files(
    prompt: str, kind: str, areas: list[str], end: str
):
    orders = delegated(prompt)
    assert {order["kind"] for order in orders} == {kind}
    told = [order["task"].partition(" in ")[2] for order in orders]
    assert not any("with in" in order["task"] for order in orders)
    assert told == [f"{area}: {end}" for area in areas]


@pytest.mark.parametrize(
    ("prompt", "agents", "first"),
    [
        ("with a storm of agents explain this project", 12, ""),
        ("use 2 agents to explain this project, one of them runaway", 2, "(runaway)"),
        ("use 2 agents to explain this project, one is boastful", 2, "(boastful)"),
        ("use 2 agents to explain this project, one of them throttled", 2, "(throttled)"),
    ],
)
def test_on_request_the_team_misbehaves(prompt: str, agents: int, first: str):
    orders = delegated(prompt)
    assert len(orders) == agents
    assert orders[0]["task"].endswith(first)
    assert not any(order["task"].endswith(")") for order in orders[1:])


def test_reports_are_merged_and_what_is_partial_is_called_so():
    results = called(
        ("delegate", {"task": "explain src"}, "Agent explore-1 is done.\n\nIts report:\nA parser."),
        ("delegate", {"task": "explain lib"},
         "Agent explore-2 landed.\nPARTIAL: it is not.\n\nIts report:\nAll is complete!"),
    )  # fmt: skip
    (words,) = said("use 2 agents to explain this", *results)
    assert isinstance(words, ScriptedText)
    assert words.text.startswith("1 of 2 parts are complete.")
    assert "### `explain src`\n\nA parser." in words.text
    assert "**Not complete.** All is complete!" in words.text


def agent(task: str) -> dict[str, Any]:
    role = "You are explore-1, an agent of a team: a lead gave you the task below."
    texts = [{"type": "text", "text": text} for text in (role, f"Your task:\n\n{task}")]
    return {"role": "user", "content": texts}


def test_an_agent_never_leads_and_misbehaves_to_the_end():
    calls = [b for b in said(agent("use agents to explain src")) if isinstance(b, ScriptedToolUse)]
    assert "delegate" not in {call.name for call in calls}
    done = called(*(("glob", {"pattern": f"x{n}"}, "none") for n in range(20)))
    again = said(agent("explain src/ (runaway)"), *done)
    assert isinstance(again[-1], ScriptedToolUse)
    landing = called(("glob", {"pattern": "x"}, "Not run: landing. File the wrap-up."))
    deaf = said(agent("explain src/ (deaf)"), *landing)
    assert isinstance(deaf[-1], ScriptedToolUse)
    (boast,) = said(agent("explain src/ (boastful)"), *landing)
    assert boast.text.startswith("Everything is done.")


def test_a_report_that_comes_with_the_next_prompt_is_no_part_of_what_it_asks():
    report = (
        "Agent explore-2 broke off when the program ended: 0 of its 20,000 tokens used, 0 "
        "requests.\n\nIts report:\nIt said nothing."
    )
    texts = [{"type": "text", "text": text} for text in ("use 2 agents to explain it", report)]
    blocks = said({"role": "user", "content": texts}, *called(("glob", {"pattern": "**/*"}, FILES)))
    tasks = [b.input["task"] for b in blocks if isinstance(b, ScriptedToolUse)]
    assert [task.partition(":")[0] for task in tasks] == [
        "explain it in src/",
        "explain it in docs/",
    ]
