"""Plans that count what reading takes, and what is said of work that no plan has."""

import re
import sysconfig
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.scripted_model.folder_client import FolderClient, count

FIX = "Review all Python files in this project and fix missing return annotations"
STDLIB = Path(sysconfig.get_path("stdlib"))
OPEN = "def name_{n}(a, b):\n    a.call(b)\n\n\n"
FILLER = "CONSTANT_{n} = 'some words that have to be read'\n"


def fill(folder: Path, kind: str) -> None:
    """A folder: many files of one size, of very different sizes, or one that is huge."""
    sizes = {
        "even": [120] * 30,
        "steps": [20 * n for n in range(1, 31)],
        "small": [5] * 25,
        "one": [900],
    }[kind]
    for n, lines in enumerate(sizes):
        file = folder / f"p{n % 3}" / f"m{n:02}.py"
        file.parent.mkdir(exist_ok=True)
        body = "".join(FILLER.format(n=k) for k in range(lines))
        file.write_text(OPEN.format(n=n) + body)


class RecordingClient(FolderClient):
    """A client that knows the least that was left, and the largest batch of results."""

    lowest = 10**9
    batches: list[tuple[int, int]]

    def _answer(self, reply: Any) -> None:
        before, at = self.left or 0, len(self.results)
        super()._answer(reply)
        size = sum(count(text) for call, text, _ in self.results[at:] if call.name == "read")
        self.batches = [*getattr(self, "batches", []), (size, before)]
        self.lowest = min(self.lowest, self.left or 0)


@pytest.mark.parametrize(
    ("kind", "effort"), [("even", "medium"), ("steps", "xhigh"), ("small", "low"), ("one", "max")]
)
def test_every_budget_holds_and_a_smaller_one_plans_less(tmp_path: Path, kind: str, effort: str):
    plans: list[tuple[int, int, bool]] = []
    for total in (20_000, 30_000, 60_000):
        folder = tmp_path / str(total)
        folder.mkdir()
        fill(folder, kind)
        client = RecordingClient(folder, total=total, effort=effort)
        answer = client.say(FIX)
        assert client.lowest > 0.05 * total, "the reserve is for the report"
        assert all(size <= before * 0.6 for size, before in client.batches)
        if not client.planned:
            assert "decline" in answer
            (needed,) = re.findall(r"--budget (\d+)k", answer)
            assert int(needed) * 1000 > total
        whole = bool(client.planned) and not client.of("wrap_up")
        rows = [r for r in client.checklist.values() if r["title"].endswith(".py")]
        plans.append((client.planned, len(rows), whole))
    for (less, few, whole), (more, many, _) in pairwise(plans):
        assert less <= more
        assert few <= many
        assert whole or few < many or many == 0, plans


def test_a_declined_budget_names_one_that_does(tmp_path: Path):
    fill(tmp_path, "one")
    client = FolderClient(tmp_path, total=20_000, charged=8_000)
    answer = client.say(FIX)
    (needed,) = map(int, re.findall(r"--budget (\d+)k", answer))
    again = RecordingClient(tmp_path, total=needed * 1000)
    again.say(FIX)
    assert again.of("edit")
    assert again.lowest > 0


def test_real_modules_take_what_was_planned_for_them(tmp_path: Path):
    for name in ("shlex", "textwrap", "string", "bisect", "heapq", "queue"):
        (tmp_path / f"{name}.py").write_text((STDLIB / f"{name}.py").read_text())
    client = RecordingClient(tmp_path, total=60_000)
    client.say(FIX)
    estimated = sum(row["estimate"] for row in client.checklist.values())
    assert client.planned
    assert 0.5 * estimated < client.charged < 1.35 * estimated + 3_000
    assert client.lowest > 5_000


def test_a_large_file_is_read_in_pieces(tmp_path: Path):
    fill(tmp_path, "one")
    client = RecordingClient(tmp_path, total=36_000)
    client.say(FIX)
    assert client.of("read")[0]["limit"] < 900
    assert client.of("edit")


def test_only_what_a_search_over_several_lines_finds_is_read(tmp_path: Path):
    (tmp_path / "done.py").write_text("def f(\n    a: int = (1),\n) -> None:\n    call(f):\n")
    (tmp_path / "open.py").write_text("def f(\n    a=g((1, 2)),\n):\n    a()\n")
    client = FolderClient(tmp_path)
    client.say(FIX)
    assert [given["path"] for given in client.of("read")][:1] == ["open.py"]
    assert "done.py" not in {given["path"] for given in client.of("read")}


class LineByLine(FolderClient):
    """A client whose search refuses patterns over several lines."""

    def _grep(self, pattern: str, *more: Any, **given: Any) -> str:
        if "\\n" in pattern:
            raise ValueError('the literal "\\n" is not allowed in a regex')
        return super()._grep(pattern, *more, **given)


def test_a_search_that_fails_is_made_line_by_line(tmp_path: Path):
    fill(tmp_path, "small")
    client = LineByLine(tmp_path, total=400_000)
    client.say(FIX)
    assert len(client.of("edit")) == 25


# Large folders -----------------------------------------------------------------------


def many(folder: Path, files: int = 2_000) -> None:
    for n in range(files):
        if n % 50 == 0:
            (folder / f"d{n // 50:02}").mkdir()
        (folder / f"d{n // 50:02}" / f"m{n}.py").write_text("def f(a):\n    return 1\n")


def test_counts_in_a_large_folder_are_true_and_its_sample_is_spread(tmp_path: Path):
    many(tmp_path)
    client = FolderClient(tmp_path)
    answer = client.say(FIX)
    words = "\n".join(getattr(b, "text", "") for r in client.replies for b in r.blocks)
    assert "2,000 files to look at" in words
    assert "1,960 more files were not in this plan" in answer
    folders = {given["path"].split("/")[0] for given in client.of("edit")}
    assert len(folders) == 40
    assert len(client.of("wrap_up")) == 1
    again = FolderClient(tmp_path)
    assert "1,920 more files" in again.say(FIX)


def test_what_cannot_be_counted_is_at_least_so_many(tmp_path: Path):
    many(tmp_path)
    client = FolderClient(
        tmp_path, refuse=lambda name, given: "Denied." if name == "bash" else None
    )
    answer = client.say(FIX)
    words = "\n".join(getattr(b, "text", "") for r in client.replies for b in r.blocks)
    assert "At least 200 files to look at" in words
    assert "spread" not in words
    assert "At least 160 more files were not in this plan" in answer
    explained = FolderClient(tmp_path, paths=1_000).say("Explain this project")
    assert "at least 12 more folders" in explained


@pytest.mark.parametrize("total", [None, 2_000_000])
def test_work_that_is_left_ends_alike_with_and_without_a_budget(tmp_path: Path, total: int | None):
    many(tmp_path, 400)
    client = FolderClient(
        tmp_path, total=total, filed="Filed. ≈ 96k tokens to finish, by this session's own ratio."
    )
    answer = client.say(FIX)
    (report,) = client.of("wrap_up")
    assert report["not_started"] == ["360 more files that no plan has yet"]
    assert "360 more files were not in this plan (≈ 96k tokens to finish)" in answer


def test_no_figure_to_finish_is_said_that_is_not_the_clients(tmp_path: Path):
    fill(tmp_path, "even")
    for filed in ("Filed.", "Filed. ≈ 96k tokens to finish, by this session's own ratio."):
        note = "Landing: the budget is down to its reserve. File the wrap_up tool now."
        client = FolderClient(tmp_path, total=90_000, filed=filed)
        client.beside = lambda n, note=note: note if n == 4 else None  # type: ignore[misc]
        answer = client.say(FIX)
        blocks = [getattr(b, "text", "") for reply in client.replies[3:] for b in reply.blocks]
        figures = re.findall(r"\S+ tokens to finish|about \S+ tokens", "\n".join([*blocks, answer]))
        assert set(figures) == ({"96k tokens to finish"} if "96k" in filed else set())


# First tests -------------------------------------------------------------------------

TEST = "Write a first test for a module that has none"


@pytest.mark.parametrize("prompt", [TEST, "Write first tests for all modules that have none"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_second_run_writes_no_further_test(tmp_path: Path, prompt: str, ends: str):
    for n in range(7):
        text = f"def f{n}(a):\n    return a + {n}\n".replace("\n", ends)
        (tmp_path / f"mod{n}.py").write_bytes(text.encode())
    first = FolderClient(tmp_path)
    first.say(prompt)
    assert len(first.of("write")) == (1 if prompt == TEST else 7)
    second = FolderClient(tmp_path)
    assert "nothing to write" in second.say(prompt)
    assert not second.of("write")
    named = FolderClient(tmp_path)
    named.say("Write a first test for mod6.py")
    assert (tmp_path / "tests" / "test_mod6.py").exists()


def test_a_test_that_fails_is_written_so_that_it_passes(tmp_path: Path):
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "broken.py").write_text("import no_such_module\n\n\ndef g():\n    pass\n")
    (tmp_path / "pkg" / "mod.py").write_text("from . import broken\n\n\ndef f():\n    return 1\n")
    client = FolderClient(tmp_path)
    report = client.say("Write a first test for pkg/mod.py")
    assert "`unittest`: OK" in report
    assert len(client.of("write")) == 2
    assert client.of("write")[0]["path"] == client.of("write")[1]["path"]
    second = FolderClient(tmp_path)
    second.say("Write a first test for pkg/mod.py")
    assert not second.of("write")


@pytest.mark.parametrize("may_remove", [True, False])
def test_a_test_that_never_passes_is_removed_or_left_as_open_work(tmp_path: Path, may_remove: bool):
    (tmp_path / "mod.py").write_text("def f():\n    return 1\n")

    def refuse(name: str, given: dict[str, Any]) -> str | None:
        command = given.get("command", "")
        if "unittest" in command:
            return "ERROR: test_mod (unittest.loader._FailedTest)\nFAILED (errors=1)"
        return "The user said no." if command.startswith("rm") and not may_remove else None

    client = FolderClient(tmp_path, refuse=refuse)
    answer = client.say(TEST)
    (row,) = client.checklist.values()
    assert (tmp_path / "tests" / "test_mod.py").exists() != may_remove
    assert row["state"] == ("skipped" if may_remove else "in_progress")
    assert "removed it" in answer if may_remove else client.of("wrap_up")[0]["in_progress"]


# Tools that fail, and clients with few of them ------------------------------------------


@pytest.mark.parametrize("broken", ["glob", "glob bash", "glob bash grep"])
@pytest.mark.parametrize("prompt", ["Explain this project", "Run the checks", TEST])
def test_a_tool_that_fails_is_no_empty_folder(tmp_path: Path, broken: str, prompt: str):
    (tmp_path / "calc.py").write_text("def add(a, b):\n    return a + b\n")

    def refuse(name: str, given: dict[str, Any]) -> str | None:
        searches = name != "bash" or given["command"].startswith("find")
        return "ripgrep execution failed" if name in broken.split() and searches else None

    client = FolderClient(tmp_path, refuse=refuse)
    answer = client.say(prompt)
    assert "empty" not in answer
    if "grep" in broken and prompt != TEST:
        assert "could not list the files here: ripgrep execution failed" in answer
    elif "grep" not in broken:
        assert "could not" not in answer


def test_a_named_file_is_read_by_a_client_that_can_do_nothing_else(tmp_path: Path):
    (tmp_path / "notes.md").write_text("# Notes\n\nSome words.\n")
    tool = {
        "name": "read_file",
        "description": "Read a file.",
        "input_schema": {
            "type": "object",
            "properties": {"path": {"type": "string"}},
            "required": ["path"],
        },
    }

    class Reader(FolderClient):
        def _read_file(self, path: str) -> str:
            return (self.folder / path).read_text()

    client = Reader(tmp_path, tools=(tool,))
    answer = client.say("Read notes.md")
    assert client.of("read_file") == [{"path": "notes.md"}]
    assert "Some words." in answer
