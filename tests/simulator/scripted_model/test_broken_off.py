"""A turn that was broken off: the next prompt stands beside its results and is a prompt."""

from pathlib import Path
from typing import Any

import pytest

from tests.simulator.scripted_model.folder_client import OUR_TOOLS, FolderClient
from tests.simulator.scripted_model.sample_projects import ANNOTATE, fill, missing, texts

ANSWERS = {
    "landing": "Not run: landing. The budget is down to its reserve.",
    "stopped": "Not run: the user stopped here at the budget's reserve.",
    "truncated": "Not run: the message was cut at its output limit, so this call is not whole.",
    "interrupted before": "Not run: the user interrupted before this call began.",
    "interrupted": "Interrupted by the user while it ran; it may have had effects.",
    "crashed": (
        "Interrupted: the program ended while this ran. It may have had effects; look first."
    ),
    "crashed before": "Not run: the program ended before this call began.",
    "answered": "",
}
"""What a client answers calls with in whose place it ended; the last was answered in fact."""
BROKEN_OFF = pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
CONTINUE = "Continue with what is left in the wrap-up report."


def broken_off(folder: Path, answer: str, replies: int) -> FolderClient:
    """A client whose turn ended with the calls of a reply."""
    client = FolderClient(folder)
    client.refuse = lambda name, given: (
        answer if len(client.replies) == replies and answer else None
    )
    with pytest.raises(AssertionError, match="no end"):
        client.say(ANNOTATE, most=replies)
    client.refuse = lambda name, given: None
    return client


def say(client: FolderClient, *words: str) -> str:
    """The next turn, in the message in which the results stand."""
    blocks: list[dict[str, Any]] = [{"type": "text", "text": text} for text in words]
    client.messages[-1]["content"] += blocks
    return client.go_on()


@BROKEN_OFF
@pytest.mark.parametrize("replies", [2, 3])
def test_another_prompt_is_answered_and_the_work_left_alone(
    tmp_path: Path, answer: str, replies: int
):
    fill(tmp_path, 5)
    client = broken_off(tmp_path, answer, replies)
    before = len(client.of("edit"))
    assert "| Python | 5 |" in say(client, "Explain this project")
    assert len(client.of("edit")) == before


@BROKEN_OFF
@pytest.mark.parametrize("replies", [1, 3, 7])
@pytest.mark.parametrize("words", [CONTINUE, "continue"])
def test_asked_to_continue_it_does_the_rest_and_does_not_land(
    tmp_path: Path, answer: str, replies: int, words: str
):
    fill(tmp_path, 5)
    client = broken_off(tmp_path, answer, replies)
    report = say(client, words)
    assert set(missing(tmp_path)) == {"load"}
    assert "compiling: no errors" in report
    assert not client.of("wrap_up")
    assert {row["state"] for row in client.checklist.values()} == {"done"}


def test_the_last_subtask_is_done_after_a_crash_at_its_question(tmp_path: Path):
    fill(tmp_path, 5)
    client = FolderClient(tmp_path)
    lost = ANSWERS["crashed before"]
    client.refuse = lambda name, given: lost if name == "bash" else None
    client.beside = lambda n: CONTINUE if client.calls[-1].name == "bash" else None
    while not client.of("bash"):
        with pytest.raises(AssertionError, match="no end"):
            client.say(ANNOTATE, most=1) if not client.messages else client.go_on(most=1)
    client.refuse = lambda name, given: None
    client.beside = lambda n: None
    assert "compiling: no errors" in client.go_on()
    assert not client.of("wrap_up")


@pytest.mark.parametrize("quoted", ["## Wrap-up: landing now, stop", "Explain this project"])
def test_a_quoted_answer_before_the_prompt_is_not_what_is_asked_for(tmp_path: Path, quoted: str):
    fill(tmp_path, 5)
    client = broken_off(tmp_path, "", 3)
    lost = (
        "Your previous answer was cut off before it was whole and is not in this "
        f"conversation. It had said:\n\n{quoted}"
    )
    say(client, lost, "continue")
    assert set(missing(tmp_path)) == {"load"}
    assert not client.of("wrap_up")


def test_a_thought_cut_at_its_limit_is_had_again_for_the_prompt_before_it(tmp_path: Path):
    fill(tmp_path, 5)
    client = FolderClient(tmp_path)
    cut = (
        "Your last message was cut at its output limit. Thinking had used it up. Think less at "
        "once, and go on in smaller steps."
    )
    client.messages = [
        {"role": "user", "content": [{"type": "text", "text": text} for text in (ANNOTATE, cut)]}
    ]
    client.go_on()
    assert set(missing(tmp_path)) == {"load"}


@pytest.mark.parametrize("answer", ["", ANSWERS["interrupted before"]])
def test_what_is_marked_as_said_during_the_work_is_steering_all_the_same(
    tmp_path: Path, answer: str
):
    fill(tmp_path, 5)
    client = broken_off(tmp_path, answer, 2)
    say(
        client, "The user says, while you work:\nskip part1", "<system-reminder>x</system-reminder>"
    )
    assert "4 files changed" in texts(client)[-1]
    assert len(missing(tmp_path / "part1")) == 5


def test_steering_that_speaks_of_the_report_does_not_land(tmp_path: Path):
    fill(tmp_path, 5)
    note = "The user says, while you work:\nname part1 in the wrap-up report; landing pages too"
    client = FolderClient(tmp_path, beside=lambda n: note if n == 2 else None)
    client.say(ANNOTATE)
    assert not client.of("wrap_up")
    assert set(missing(tmp_path)) == {"load"}


def test_words_beside_results_stay_notes_where_a_client_has_no_marks(tmp_path: Path):
    fill(tmp_path, 5)
    tools = tuple(tool for tool in OUR_TOOLS if tool["name"] not in ("wrap_up", "checklist"))
    client = FolderClient(
        tmp_path, tools=tools, beside=lambda n: "Read a file first." if n == 3 else None
    )
    client.say(ANNOTATE)
    assert set(missing(tmp_path)) == {"load"}


HANDOFF = """\
Go on from this handoff:

# Handoff: {title}

## Done

- part0/module_00.py

## Not started

- part1/module_01.py

Estimate to finish: ≈ 3.3k tokens.

Next step: {step}

Session 20261126-1200-abcd, 12k tokens used.
"""


@pytest.mark.parametrize(
    ("title", "step"),
    [(ANNOTATE, ""), ("monday", "add missing return annotations: part1/module_01.py and 1 more")],
)
def test_a_new_session_goes_on_with_the_work_of_a_handoff(tmp_path: Path, title: str, step: str):
    fill(tmp_path, 5)
    report = FolderClient(tmp_path).say(HANDOFF.format(title=title, step=step))
    assert set(missing(tmp_path)) == {"load"}
    assert "5 files looked at" in report


def test_a_handoff_of_an_explanation_explains(tmp_path: Path):
    fill(tmp_path, 5)
    answer = FolderClient(tmp_path).say(HANDOFF.format(title="Explain this project", step=""))
    assert "| Python | 5 |" in answer
