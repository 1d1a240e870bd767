"""One count for everybody: the checklist, the report and the words say the same."""

import re
from pathlib import Path

import pytest

from tests.simulator.scripted_model.folder_client import FolderClient
from tests.simulator.scripted_model.sample_projects import ANNOTATE, LARGE, fill, missing
from tui.simulator.scripted_model import summarize


class CostlyClient(FolderClient):
    """Work that takes what was estimated for it, and not a third of that."""

    @property
    def left(self) -> int | None:
        return None if self.total is None else self.total - 3 * self.charged


UNPLANNED = re.compile(r"(\d+) more files? that no plan has yet")


def assert_same_counts(client: FolderClient) -> None:
    """The last report has the checklist's subtasks in their states, and a row for the rest."""
    report = dict(client.of("wrap_up")[-1])
    rows = list(client.checklist.values())
    beyond = [title for title in report["not_started"] if UNPLANNED.fullmatch(title)]
    report["not_started"] = [one for one in report["not_started"] if one not in beyond]
    assert len(beyond) <= 1
    for field, states in {
        "done": ("done", "skipped"),
        "in_progress": ("in_progress",),
        "not_started": ("pending",),
    }.items():
        assert sorted(report[field]) == sorted(r["title"] for r in rows if r["state"] in states)
    rest = [row["estimate"] for row in rows if row["state"] in ("in_progress", "pending")]
    assert (report["estimate_to_finish"] > sum(rest)) == bool(beyond)
    assert beyond or report["estimate_to_finish"] == sum(rest)


@pytest.mark.parametrize(
    ("files", "total"), [(24, 30_000), (24, 45_000), (37, 45_000), (90, 60_000)]
)
def test_files_left_out_for_the_budget_are_counted_and_not_put_on_the_checklist(
    tmp_path: Path, files: int, total: int
):
    fill(tmp_path, files, LARGE)
    client = CostlyClient(tmp_path, total=total)
    answer = client.say(ANNOTATE)
    assert len(client.of("wrap_up")) == 1
    assert_same_counts(client)
    assert {row["state"] for row in client.checklist.values()} <= {"done", "skipped"}
    planned = [row for row in client.checklist.values() if row["title"].endswith(".py")]
    assert f"{files - len(planned)} more files were not in this plan" in answer
    assert (client.left or 0) > 0


@pytest.mark.parametrize("at", [3, 5])
def test_a_landing_in_the_middle_counts_like_the_checklist(tmp_path: Path, at: int):
    fill(tmp_path, 90)
    note = "Landing: the budget is down to its reserve. File the wrap_up tool now."
    client = FolderClient(tmp_path, beside=lambda n: note if n == at else None)
    answer = client.say(ANNOTATE)
    assert_same_counts(client)
    states = [row["state"] for row in client.checklist.values() if row["state"] != "skipped"]
    assert f"{states.count('done')} of {len(states)} subtasks complete" in answer
    later = [row for given in client.of("checklist")[1:] for row in given["subtasks"]]
    assert all("title" not in row for row in later), "landing plans nothing"


def test_files_left_out_are_planned_as_far_as_a_bigger_budget_goes(tmp_path: Path):
    fill(tmp_path, 37, LARGE)
    client = CostlyClient(tmp_path, total=45_000)
    client.say(ANNOTATE)
    known = set(client.checklist)
    runs = len(client.of("bash"))
    client.total = 90_000
    client.say("continue")
    assert set(client.checklist) > known
    assert_same_counts(client)
    assert len(client.of("bash")) > runs, "what was changed is checked again"
    client.total = 400_000
    client.say("continue")
    assert missing(tmp_path) == []
    assert {row["state"] for row in client.checklist.values()} == {"done"}


def test_a_plan_cut_for_the_budget_goes_on_while_enough_is_left(tmp_path: Path):
    fill(tmp_path, 24, LARGE)
    client = FolderClient(tmp_path, total=60_000)
    report = client.say(ANNOTATE)
    assert client.planned < 24
    assert missing(tmp_path) == []
    assert not client.of("wrap_up")
    assert "24 files looked at" in report
    assert (client.left or 0) > 0


def test_files_left_out_are_found_again_after_a_summary(tmp_path: Path):
    fill(tmp_path, 37, LARGE)
    client = CostlyClient(tmp_path, total=45_000)
    client.say(ANNOTATE)
    fresh = FolderClient(tmp_path)
    fresh.messages = [
        {"role": "user", "content": f"<summary>\n{summarize(client.model_input())}\n</summary>"},
        {"role": "assistant", "content": "I have read the summary."},
    ]
    fresh.say("continue")
    assert missing(tmp_path) == []
    titles = {row["title"]: name for name, row in client.checklist.items()}
    assert all(titles.get(row.get("title"), name) == name for name, row in fresh.checklist.items())
    assert len(fresh.of("bash")) == 1


def test_a_file_left_out_that_the_user_does_not_want_stays_out(tmp_path: Path):
    fill(tmp_path, 37, LARGE)
    client = CostlyClient(tmp_path, total=45_000)
    client.say(ANNOTATE)
    client.total = 400_000
    client.beside = lambda n: "The user says, while you work:\nskip part3"
    client.say("continue")
    states = {row["title"]: row["state"] for row in client.checklist.values()}
    assert {state for title, state in states.items() if title.startswith("part3")} == {"skipped"}
    assert set(states.values()) == {"done", "skipped"}


def test_one_test_was_asked_for_so_no_more_are_said_to_be_missing(tmp_path: Path):
    fill(tmp_path, 9, "def double(a):\n    return 2 * a\n")
    note = "Landing: the budget is down to its reserve. File the wrap_up tool now."
    client = FolderClient(tmp_path, beside=lambda n: note if n == 2 else None)
    answer = client.say("Write a first test")
    assert_same_counts(client)
    assert re.search(r"\b0 of 1 subtasks complete", answer)


# Declining ---------------------------------------------------------------------------

DECLINES = re.compile(r"decline[^.!?\n]*budget", re.IGNORECASE)
NEEDS = re.compile(r"about \*\*(\d+)k tokens\*\* \(`/budget (\d+)k`")
"""What a client reads in words of declining: that it is the budget, what is needed, in all."""


def begun(folder: Path, left: int) -> FolderClient:
    """A client whose work was stopped in the middle of its files, with little left."""
    fill(folder, 12, LARGE)
    client = FolderClient(folder, total=100_000)
    with pytest.raises(AssertionError, match="no end"):
        client.say(ANNOTATE, most=6)
    client.messages.append({"role": "assistant", "content": [{"type": "text", "text": "Stop."}]})
    client.charged = 100_000 - left
    return client


@pytest.mark.parametrize("left", [7_000, 9_500])
def test_asked_to_continue_with_too_little_left_it_reports_and_declines(tmp_path: Path, left: int):
    client = begun(tmp_path, left)
    edits = len(client.of("edit"))
    answer = client.say("continue")
    assert DECLINES.search(answer)
    assert_same_counts(client)
    assert len(client.of("edit")) == edits
    needed, whole = map(int, NEEDS.search(answer).groups())
    rest = client.of("wrap_up")[-1]["estimate_to_finish"]
    assert needed * 1_000 > max(rest, left)
    assert whole * 1_000 >= 100_000 - left + rest
    client.total = whole * 1_000
    client.say("continue")
    assert missing(tmp_path) == []


def test_next_to_nothing_left_is_not_spent_on_a_report(tmp_path: Path):
    client = begun(tmp_path, 900)
    assert DECLINES.search(client.say("continue"))
    assert not client.of("wrap_up")


def test_a_rest_that_fits_is_done_however_little_is_left(tmp_path: Path):
    fill(tmp_path, 5)
    client = FolderClient(tmp_path, total=100_000)
    while not client.of("bash"):
        with pytest.raises(AssertionError, match="no end"):
            client.say(ANNOTATE, most=1) if not client.messages else client.go_on(most=1)
    lost = "Not run: the program ended before this call began."
    client.messages[-1]["content"][-1] |= {"content": lost, "is_error": True}
    client.messages[-1]["content"].append({"type": "text", "text": "continue"})
    client.charged = 100_000 - 12_500
    report = client.go_on()
    assert "compiling: no errors" in report
    assert not client.of("wrap_up")
