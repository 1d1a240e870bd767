"""The countdown: it shapes the plan, narrows the work, lands it, and lets it go on later."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.scripted_model.folder_client import OUR_TOOLS, FolderClient
from tests.simulator.scripted_model.sample_projects import ANNOTATE, LARGE, fill, missing, texts
from tui.simulator.scripted_model import ModelInput, ScriptedText, respond, summarize
from tui.simulator.scripted_model.scripted_plan import PlannedTask, reserve, tasks_that_fit

WRAP_UP = "Wrap up now: start nothing new, file the wrap_up tool with what is done, and close."
DEAR = "The user says, while you work:\n" + "By the way. " * 250
"""Words that make the countdown fall faster."""


@pytest.mark.parametrize("effort", ["low", "medium", "high", "max"])
@pytest.mark.parametrize("files", [30, 70])
def test_a_lower_countdown_plans_strictly_less(tmp_path: Path, effort: str, files: int):
    fill(tmp_path, files, LARGE)
    planned = []
    budgets = (55_000, 75_000, 95_000, 300_000)
    for total in budgets if effort != "max" else (110_000, 140_000, 170_000):
        client = FolderClient(tmp_path, total=total, effort=effort)
        first_plan(client)
        planned.append(client.planned)
    assert planned == sorted(set(planned)), planned
    assert planned[0] > 0


def first_plan(client: FolderClient) -> None:
    """Run a turn up to its plan."""

    class Planned(Exception):
        pass

    def refuse(name: str, given: dict[str, Any]) -> str | None:
        if name == "checklist":
            raise Planned
        return None

    client.refuse = refuse
    try:
        client.say(ANNOTATE)
    except Planned:
        return


@pytest.mark.parametrize("files", [3, 6])
def test_even_a_small_folder_gets_a_smaller_plan_from_a_small_budget(tmp_path: Path, files: int):
    fill(tmp_path, files)
    planned = []
    for total in (20_000, 60_000, 200_000):
        client = FolderClient(tmp_path, total=total)
        first_plan(client)
        planned.append(client.planned)
    assert planned == sorted(set(planned)), planned


def test_a_clearly_too_small_budget_is_declined_in_words_with_a_better_one(tmp_path: Path):
    fill(tmp_path, 60, LARGE)
    client = FolderClient(tmp_path, total=20_000, effort="high")
    answer = client.say(ANNOTATE)
    assert "decline" in answer
    assert "--budget" in answer
    assert not client.of("edit") + client.of("read") + client.of("wrap_up")


def test_in_a_huge_folder_a_budget_for_half_of_one_plan_is_worked_with(tmp_path: Path):
    """40 files are planned at most: what pays for many of them is not clearly too small."""
    fill(tmp_path, 144, LARGE)
    client = FolderClient(tmp_path, total=60_000)
    first_plan(client)
    assert 6 <= client.planned < 40


def test_a_prompt_with_next_to_nothing_left_is_declined_without_a_search(tmp_path: Path):
    fill(tmp_path, 3)
    client = FolderClient(tmp_path, total=50_000, charged=47_000)
    for prompt in (ANNOTATE, "Explain this project", "Write a first test"):
        assert "decline" in client.say(prompt)
    assert not client.calls
    assert "simulator" in client.say("Hello")


def run_down(folder: Path, total: int, effort: str = "medium") -> FolderClient:
    fill(folder, 24, LARGE)
    client = FolderClient(folder, total=total, effort=effort)
    client.say(ANNOTATE)
    return client


@pytest.mark.parametrize("total", [20_000, 25_000, 32_000, 45_000])
def test_it_lands_with_a_report_before_the_budget_is_gone(tmp_path: Path, total: int):
    client = run_down(tmp_path, total)
    assert client.of("read")
    assert (client.left or 0) > 0


def test_work_that_costs_more_than_was_thought_lands_with_a_structured_report(
    tmp_path: Path,
):
    fill(tmp_path, 24, LARGE)
    # Somebody writes long letters beside the results: the countdown falls faster.
    letter = "The user says, while you work:\n" + "By the way. " * 1_000
    client = FolderClient(tmp_path, total=60_000, beside=lambda n: letter if n > 2 else None)
    client.filed = "Filed. ≈ 12k tokens to finish, by this session's own ratio."
    answer = client.say(ANNOTATE)
    report = client.of("wrap_up")
    assert len(report) == 1
    done, rest = report[0]["done"], report[0]["in_progress"] + report[0]["not_started"]
    assert done
    assert rest
    assert report[0]["estimate_to_finish"] > 0
    assert report[0]["files"]
    assert f"{len(done)} of " in answer
    assert re.findall(r"[^ ]+ tokens to finish", answer) == ["12k tokens to finish"]
    assert (client.left or 0) > 0
    assert client.calls[-1].name != "edit"
    states = {row["state"] for row in client.checklist.values()}
    assert "pending" in states


@pytest.mark.parametrize(
    "note",
    [
        "Landing: the budget is down to its reserve (3,100 tokens left). Start no new work. "
        "File the wrap_up tool now, then close with a few lines.",
        "The user says, while you work:\nplease wrap up now",
    ],
)
def test_a_note_that_says_to_land_lands_at_once(tmp_path: Path, note: str):
    fill(tmp_path, 12)
    client = FolderClient(tmp_path, beside=lambda n: note if n == 3 else None)
    client.say(ANNOTATE)
    assert len(client.replies) == 5
    assert [call.name for call in client.replies[3].calls][-1] == "wrap_up"
    assert not client.replies[4].calls


@pytest.mark.parametrize("stopped_at", [4, None], ids=["in the middle", "at the end"])
def test_asked_to_wrap_up_it_reports_on_the_work_before_and_does_no_more(
    tmp_path: Path, stopped_at: int | None
):
    fill(tmp_path, 12)
    client = FolderClient(tmp_path)
    if stopped_at is None:
        client.say(ANNOTATE)
    else:
        with pytest.raises(AssertionError, match="no end"):
            client.say(ANNOTATE, most=stopped_at)
    before = len(client.calls)
    client.say(WRAP_UP)
    assert {call.name for call in client.calls[before:]} <= {"wrap_up", "checklist"}
    (report,) = client.of("wrap_up")
    closed = {row["title"] for row in client.checklist.values() if row["state"] == "done"}
    assert set(report["done"]) == closed
    assert bool(report["in_progress"] or report["not_started"]) == bool(stopped_at)


def test_asked_to_wrap_up_nothing_it_says_so(tmp_path: Path):
    client = FolderClient(tmp_path)
    assert client.say(WRAP_UP)
    assert not client.calls


def test_wrapping_up_something_is_work(tmp_path: Path):
    fill(tmp_path, 3)
    client = FolderClient(tmp_path)
    client.say("Wrap up the parser: add the missing return annotations.")
    assert client.of("edit")


def reads(client: FolderClient) -> list[int]:
    counts = [len([c for c in reply.calls if c.name == "read"]) for reply in client.replies]
    return [number for number in counts if number]


def test_batches_shrink_as_the_countdown_falls(tmp_path: Path):
    fill(tmp_path, 40)
    roomy, tight = FolderClient(tmp_path), FolderClient(tmp_path, total=400_000)
    roomy.refuse = tight.refuse = lambda name, given: "No." if name == "edit" else None
    roomy.say(ANNOTATE)
    assert reads(roomy)[:4] == [8, 8, 8, 8]
    # Enough for all of it, but more than 70 % of the budget is gone from the start.
    tight.charged = 290_000
    tight.say(ANNOTATE)
    assert reads(tight)[1:5] == [4, 4, 4, 4]


def test_near_the_end_nothing_new_is_started_unless_all_of_it_fits(tmp_path: Path):
    fill(tmp_path, 40, LARGE)
    client = FolderClient(tmp_path, total=1_000_000, charged=820_000)
    letter = "The user says, while you work:\n" + "By the way. " * 14_000
    client.beside = lambda n: letter if n in (3, 4) else None
    client.say(ANNOTATE)
    assert client.left is not None
    assert 50_000 < client.left < 150_000
    assert len(client.of("wrap_up")) == 1
    assert len(reads(client)) < 5


def test_what_was_read_is_not_edited_once_the_reserve_is_reached(tmp_path: Path):
    fill(tmp_path, 12)
    letter = "The user says, while you work:\n" + "By the way. " * 18_500
    client = FolderClient(tmp_path, total=60_000, beside=lambda n: letter if n == 2 else None)
    answer = client.say(ANNOTATE)
    assert not client.of("edit")
    assert len(client.of("wrap_up")) == 1
    assert "0 of " in answer


def test_reading_changed_files_again_leaves_the_reserve_alone(tmp_path: Path):
    filler = "\n".join(f"    a({n}, 'some words to read')" for n in range(300))
    (tmp_path / "big.py").write_text(f"def f(a):\n    a()\n{filler}\n")
    client = FolderClient(tmp_path, total=26_000, effort="max", charged=13_500)
    client.say(ANNOTATE)
    assert client.of("edit")
    assert any("review" in row["id"] for row in client.of("checklist")[0]["subtasks"])
    assert client.of("read")[-1]["limit"] <= 40, "only the changed places"
    assert (client.left or 0) > reserve(26_000)


def test_calls_answered_not_run_do_not_count_as_made(tmp_path: Path):
    fill(tmp_path, 12)
    client = FolderClient(tmp_path)
    client.refuse = lambda name, given: (
        "Not run: landing. The budget is down to its reserve."
        if len(client.replies) >= 3 and name not in ("wrap_up", "checklist")
        else None
    )
    client.say(ANNOTATE)
    assert client.of("wrap_up")[0]["files"] == []


def test_without_a_tool_for_it_the_report_is_said_in_words(tmp_path: Path):
    fill(tmp_path, 12)
    tools = tuple(tool for tool in OUR_TOOLS if tool["name"] not in ("wrap_up", "checklist"))
    client = FolderClient(tmp_path, tools=tools, beside=lambda n: "landing now" if n == 3 else None)
    answer = client.say(ANNOTATE)
    assert "subtasks complete" in answer
    assert "Not done" in answer
    client.beside = lambda n: None
    client.say("continue")
    assert set(missing(tmp_path)) == {"load"}


def test_continue_after_a_landing_finishes_the_rest_and_nothing_twice(tmp_path: Path):
    fill(tmp_path, 16)
    client = FolderClient(
        tmp_path, beside=lambda n: "Landing: file the wrap_up now" if n == 5 else None
    )
    client.say(ANNOTATE)
    before = {given["path"] for given in client.of("edit")}
    assert before
    client.beside = lambda n: None
    at = len(client.of("edit"))
    report = client.say("continue")
    after = {given["path"] for given in client.of("edit")[at:]}
    assert not before & after
    assert len(before | after) == 16
    assert set(missing(tmp_path)) == {"load"}
    assert {row["state"] for row in client.checklist.values()} <= {"done", "skipped"}
    assert "16 files looked at" in report


def test_a_plan_that_leaves_files_out_for_the_budget_ends_with_a_report_that_names_them(
    tmp_path: Path,
):
    fill(tmp_path, 24, LARGE)
    client = FolderClient(tmp_path, total=45_000, beside=lambda n: DEAR if n > 2 else None)
    answer = client.say(ANNOTATE)
    report = client.of("wrap_up")
    assert len(report) == 1
    assert len(report[0]["done"]) >= client.planned
    files = [title for title in report[0]["done"] if title.endswith(".py")]
    rest = f"{24 - len(files)} more files"
    assert report[0]["not_started"] == [f"{rest} that no plan has yet"]
    assert f"{rest} were not in this plan" in answer
    assert report[0]["estimate_to_finish"] > 0
    assert "| File |" in answer
    assert "continue" in answer
    roomy = FolderClient(tmp_path, total=400_000)
    roomy.say(ANNOTATE)
    assert not roomy.of("wrap_up"), "all of it was done"


def test_continue_plans_the_files_a_small_budget_left_out(tmp_path: Path):
    fill(tmp_path, 24, LARGE)
    client = FolderClient(tmp_path, total=45_000)
    client.say(ANNOTATE)
    first = client.planned
    assert first < 24
    client.total = 400_000
    client.say("please continue")
    assert missing(tmp_path) == []


def test_a_summary_in_place_of_history_is_enough_to_go_on(tmp_path: Path):
    fill(tmp_path, 16)
    client = FolderClient(
        tmp_path, beside=lambda n: "Landing: file the wrap_up now" if n == 5 else None
    )
    client.say(ANNOTATE)
    before = {given["path"] for given in client.of("edit")}
    client.beside = lambda n: None
    summary = client.say("Summarize the conversation so far for a later session.")
    assert ANNOTATE in summary
    assert summary == summarize(client.model_input()) or "Where the work stands" in summary
    fresh = FolderClient(tmp_path)
    fresh.messages = [
        {"role": "user", "content": f"<summary>\n{summary}\n</summary>"},
        {"role": "assistant", "content": "I have read the summary."},
    ]
    fresh.say("continue")
    after = {given["path"] for given in fresh.of("edit")}
    assert after
    assert not before & after
    assert set(missing(tmp_path)) == {"load"}
    known = {row["id"] for given in client.of("checklist") for row in given["subtasks"]}
    assert {row["id"] for given in fresh.of("checklist") for row in given["subtasks"]} <= known


def compacted(client: FolderClient) -> FolderClient:
    """A client of which only a summary is left, as after a compaction by the server."""
    summary = summarize(client.model_input())
    fresh = FolderClient(client.folder)
    block = {"type": "compaction", "content": summary, "encrypted_content": "…"}
    fresh.messages = [{"role": "assistant", "content": [block]}]
    return fresh


@pytest.mark.parametrize("replies", [1, 2, 3, 5])
def test_a_compaction_in_the_middle_of_a_turn_loses_nothing(tmp_path: Path, replies: int):
    fill(tmp_path, 12)
    client = FolderClient(tmp_path)
    with pytest.raises(AssertionError, match="no end"):
        client.say(ANNOTATE, most=replies)
    before = {given["path"] for given in client.of("edit")}
    fresh = compacted(client)
    report = fresh.go_on()
    assert set(missing(tmp_path)) == {"load"}
    assert not before & {given["path"] for given in fresh.of("edit")}
    assert "12 files looked at" in report


def test_a_compaction_in_the_middle_of_talk_does_not_take_up_old_work(tmp_path: Path):
    fill(tmp_path, 4)
    client = FolderClient(tmp_path)
    client.say(ANNOTATE)
    client.say("hello")
    client.messages.pop()
    fresh = compacted(client)
    assert "Hello" in fresh.go_on()
    assert not fresh.calls


def test_another_models_summary_is_searched_for_what_is_to_be_done(tmp_path: Path):
    fill(tmp_path, 4)
    client = FolderClient(tmp_path)
    words = (
        "<summary>The user asked to add missing return annotations. Two files are done.</summary>"
    )
    client.messages = [{"role": "user", "content": words}]
    client.go_on()
    assert set(missing(tmp_path)) == {"load"}


def test_questions_about_budget_and_plan_are_answered_with_its_figures(tmp_path: Path):
    fill(tmp_path, 8)
    client = FolderClient(tmp_path, total=90_000)
    client.say(ANNOTATE)
    left = client.left or 0
    assert f"{left / 1000:.0f}k" in client.say("How much budget is left?")
    assert "subtasks are closed" in client.say("What is the plan?")
    assert "No task budget" in FolderClient(tmp_path).say("How many tokens do I have left?")


def test_a_countdown_that_only_a_note_tells_is_heard(tmp_path: Path):
    fill(tmp_path, 30, LARGE)
    client = FolderClient(tmp_path, beside=lambda n: "Budget: about 12k tokens left of 200,000.")
    answer = client.say(ANNOTATE)
    assert "decline" in answer or client.of("wrap_up")


def test_the_report_counts_the_same_subtasks_as_the_words_that_close_it(tmp_path: Path):
    fill(tmp_path, 90)
    client = FolderClient(
        tmp_path, beside=lambda n: "Landing: file the wrap_up now" if n == 5 else None
    )
    answer = client.say(ANNOTATE)
    (report,) = client.of("wrap_up")
    closed, whole = map(int, re.findall(r"(\d+) of (\d+) subtasks complete", answer)[0])
    assert closed == len(report["done"])
    pieces = [*report["in_progress"], *report["not_started"]]
    assert whole == closed + sum("no plan has" not in each for each in pieces)


NOTE = "Task budget: {left:,} of 50,000 tokens left."


def prompted(client: FolderClient, left: int, *results: dict[str, Any]) -> str:
    """A turn whose prompt has a countdown note behind it; the text of the last reply."""
    texts = [{"type": "text", "text": text} for text in (ANNOTATE, NOTE.format(left=left))]
    client.messages.append({"role": "user", "content": [*results, *texts]})
    return client.go_on()


def test_a_countdown_note_behind_a_prompt_is_not_the_prompt(tmp_path: Path):
    fill(tmp_path, 4)
    assert "declin" in prompted(FolderClient(tmp_path), 3_000)
    prompted(FolderClient(tmp_path), 50_000)
    assert set(missing(tmp_path)) == {"load"}


def test_nor_is_it_where_the_prompt_comes_with_the_results_of_an_interrupted_turn(
    tmp_path: Path,
):
    fill(tmp_path, 4)
    client = FolderClient(tmp_path)
    call = {"type": "tool_use", "id": "x", "name": "glob", "input": {"pattern": "*"}}
    client.messages = [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": [call]},
    ]
    answer = "Not run: the user interrupted before this call began."
    prompted(client, 50_000, {"type": "tool_result", "tool_use_id": "x", "content": answer})
    assert set(missing(tmp_path)) == {"load"}


def test_the_plan_of_a_client_without_a_checklist_is_a_list(tmp_path: Path):
    fill(tmp_path, 8)
    tools = tuple(tool for tool in OUR_TOOLS if tool["name"] not in ("wrap_up", "checklist"))
    client = FolderClient(tmp_path, tools=tools)
    report = client.say(ANNOTATE)
    assert any("1. `part0/module_00.py` · ≈" in text for text in texts(client))
    assert set(missing(tmp_path)) == {"load"}
    assert "8 files looked at" in report


def test_a_message_cut_at_its_limit_is_gone_on_with(tmp_path: Path):
    fill(tmp_path, 4)
    client = FolderClient(tmp_path)
    client.messages = [
        {"role": "user", "content": ANNOTATE},
        {"role": "assistant", "content": [{"type": "text", "text": "I'll add miss"}]},
    ]
    client.say("Your last message was cut at its output limit. Go on from where it ended.")
    assert set(missing(tmp_path)) == {"load"}


def test_short_messages_get_short_thinking():
    def think(most: int) -> int:
        situation = ModelInput(
            messages=({"role": "user", "content": ANNOTATE},), tools=OUR_TOOLS, system="",
            effort="max", left=None, total=None, max_tokens=most, model="m", count=len,
        )  # fmt: skip
        return sum(
            len(b.text) for b in respond(situation).blocks if not isinstance(b, ScriptedText)
            and hasattr(b, "text")
        )  # fmt: skip

    assert think(400) <= 100 < think(100_000)


def test_a_reply_never_changes_what_it_was_given(tmp_path: Path):
    fill(tmp_path, 3)
    client = FolderClient(tmp_path)
    client.say(ANNOTATE)
    situation = client.model_input()
    kept = copy.deepcopy(situation.messages)
    respond(situation)
    assert situation.messages == kept


@given(
    st.lists(st.integers(1, 5_000), max_size=40), st.integers(-10, 100_000), st.integers(0, 10_000)
)
def test_more_room_never_fits_fewer_subtasks(costs: list[int], room: int, more: int):
    tasks = [PlannedTask(f"t{n}", f"t{n}", cost) for n, cost in enumerate(costs)]
    taken = tasks_that_fit(tasks, room)
    assert sum(task.estimate for task in taken) <= max(0, room)
    assert len(tasks_that_fit(tasks, room + more)) >= len(taken)
    assert tasks_that_fit(tasks, None) == tasks


@pytest.mark.parametrize(
    ("total", "kept"),
    [(20_000, 2_000), (50_000, 4_000), (150_000, 12_000), (1_000_000, 12_000), (None, 0)],
)
def test_the_reserve_is_eight_percent_within_two_and_twelve_thousand(total: int | None, kept: int):
    assert reserve(total) == kept
