"""Which memory files a session sends, and what each of them weighs in a request."""

from datetime import datetime
from pathlib import Path

from tui.agent.memory_usage import MemoryUse, memory_in_use
from tui.agent.system_prompt import build_preamble
from tui.reports.memory_page import memory_page
from tui.session import events as ev


def uses(
    folder: Path, *, sent: bool = True, trusted: bool = True, then: str = "a" * 700
) -> list[MemoryUse]:
    """The memory files of a session, after AGENTS.md was written again with `then`."""
    own = folder.parent / "own.md"
    preamble = build_preamble(folder, (), datetime(2026, 1, 1), own, project_memory=sent)
    (folder / "AGENTS.md").write_text(then)
    return memory_in_use([ev.Record(1, 0.0, preamble)], folder, own, trusted=trusted)


def made(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "AGENTS.md").write_text("a" * 700)
    (tmp_path / "own.md").write_text("m" * 70)
    return folder


def test_each_file_weighs_what_its_text_weighs_and_the_tag_around_it(tmp_path: Path):
    folder = made(tmp_path)
    own, project = uses(folder)
    assert [own.name, project.name] == [str(tmp_path / "own.md"), "AGENTS.md"]
    assert (own.status, project.status) == ("sent", "sent")
    # 3.5 bytes a token; the tag names the path and takes two lines.
    tag = len(f'<memory file="{folder / "AGENTS.md"}">\n\n</memory>')
    assert abs(project.tokens - (700 + tag) / 3.5) < 1
    assert own.tokens < project.tokens


def test_a_file_that_changed_weighs_what_is_sent_and_says_so(tmp_path: Path):
    folder = made(tmp_path)
    _, project = uses(folder, then="b" * 700)
    assert project.status == "changed" and project.is_sent


def test_what_nobody_trusts_or_what_came_later_is_not_sent(tmp_path: Path):
    folder = made(tmp_path)
    own, project = uses(folder, sent=False, trusted=False)
    assert (own.status, project.status) == ("sent", "untrusted")
    assert [each.status for each in uses(folder, sent=False)] == ["sent", "later"]
    assert not project.is_sent


def test_a_file_that_is_gone_is_still_sent(tmp_path: Path):
    folder = made(tmp_path)
    own = tmp_path / "none.md"
    preamble = build_preamble(folder, (), datetime(2026, 1, 1), own)
    (folder / "AGENTS.md").unlink()
    (only,) = memory_in_use([ev.Record(1, 0.0, preamble)], folder, own, trusted=True)
    assert only.status == "gone" and only.is_sent


def test_the_page_sums_what_is_sent_and_nothing_else():
    page = memory_page(
        [
            MemoryUse("/home/me/AGENTS.md", 1_000, "sent"),
            MemoryUse("AGENTS.md", 2_500, "changed"),
            MemoryUse("sub/CLAUDE.md", 9_000, "untrusted"),
        ],
        "/home/me/AGENTS.md",
    )
    assert "| all that is sent | ≈ 3\\.5k |" in page
    assert "| ≈ 9k | not sent: you do not trust this folder" in page
    assert "/init" in memory_page([], "/home/me/AGENTS.md")
