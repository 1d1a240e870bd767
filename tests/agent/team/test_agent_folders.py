"""Where agents work: a worktree where git can make one, and its work taken over or left alone."""

import asyncio
import os
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.context import change_context, copy_of_context
from tests.support.run_session import run_session
from tests.support.run_team import GLOB, LEAD, TeamRun, delegate, run_team, says, with_team
from tui.agent.team.agent_folders import AgentFolders
from tui.agent.team.agent_kinds import AgentKind
from tui.agent.team.agent_questions import AgentQuestions
from tui.agent.team.child_session import ChildSession
from tui.agent.team.file_claims import FileClaims
from tui.agent.team.hand_over import HandOver
from tui.agent.user_inbox import PermissionAnswer
from tui.session import events as ev
from tui.session.store_errors import StoreFull
from tui.simulator.scripted_model.model_input import ScriptedToolUse

WRITER = AgentKind(
    name="writer",
    description="writes",
    instructions="Write.",
    budget=40_000,
    writes_in_worktree=True,
)


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=Ada", "-c", "user.email=a@example.org", *words],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def write(path: str, content: str) -> ScriptedToolUse:
    return ScriptedToolUse("write", {"path": path, "content": content})


READ = ScriptedToolUse("read", {"path": "a.txt"})
REPLIES: Any = {
    LEAD: [(delegate("writer", "Write new.txt."),), (says(20),)],
    "writer-1": [
        (READ,),
        (write("new.txt", "new\n"), write("a.txt", "the agent's\n")),
        (says(20),),
    ],
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.txt").write_text("a\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


def run_writer(tmp_path: Path, **settings: Any) -> Any:
    return run_team(tmp_path, REPLIES, kinds={"writer": WRITER}, **settings)


def change_meanwhile(run: TeamRun, project: Path) -> None:
    """The user changes a.txt while the agent works."""
    run.run.when(
        lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSettled),
        lambda: (project / "a.txt").write_text("the user's\n"),
    )


async def test_in_edits_what_fits_is_in_the_folder_and_the_branch_has_it_too(
    tmp_path: Path, project: Path
):
    async with run_writer(tmp_path, mode="edits") as run:
        await run.run.driver.run_turn("go")
        assert (project / "new.txt").read_text() == "new\n"
        assert (project / "a.txt").read_text() == "the agent's\n"
        assert run.team.agents["writer-1"].decision == "applied"
        assert "Its work is in the project folder now: a.txt, new.txt." in run.results()[0]
        (finished,) = [e for e in run.events(ev.ToolFinished) if e.name == "delegate"]
        assert [change.path for change in finished.changes] == ["a.txt", "new.txt"]
        assert "the agent's" in git(project, "show", "glideslope/session/writer-1:a.txt")
        assert git(project, "worktree", "list").count("\n") == 1
        first = str(next(s.messages for who, s in run.script.inputs if who == "writer-1"))
        assert "a copy of the project that is yours alone" in first


async def test_what_conflicts_stays_on_its_branch_until_the_user_decides(
    tmp_path: Path, project: Path
):
    async with run_writer(tmp_path, mode="edits") as run:
        change_meanwhile(run, project)
        await run.run.driver.run_turn("go")
        agent = run.team.agents["writer-1"]
        assert agent.decision == "kept"
        assert agent.open_work is not None and agent.open_work.conflicts == ("a.txt",)
        assert (project / "a.txt").read_text() == "the user's\n"
        assert not (project / "new.txt").exists()
        assert "Its work is NOT in the project folder." in run.results()[0]
        assert await run.crew.workplaces.decide("writer-1", "applied") == ""
        assert (project / "new.txt").read_text() == "new\n"
        assert (project / "a.txt").read_text() == "the user's\n"
        assert run.state.touched_files["new.txt"] == (1, 0)
        assert agent.open_work is not None, "a.txt is on the branch only"
        assert await run.crew.workplaces.decide("writer-1", "merged") == ""
        assert "<<<<<<<" in (project / "a.txt").read_text()
        assert agent.open_work is None
        assert await run.crew.workplaces.decide("writer-1", "kept") == ""
        assert agent.decision == "merged", "what is in the folder stays there"
        assert await run.crew.workplaces.decide("writer-1", "discarded") == ""
        assert "glideslope" not in git(project, "branch", "--all")
        again = await run.crew.workplaces.decide("writer-1", "merged")
        assert again == "writer-1 has no branch with work of its own."


async def test_a_merge_marks_conflicts_in_the_files(tmp_path: Path, project: Path):
    async with run_writer(tmp_path, mode="edits") as run:
        change_meanwhile(run, project)
        await run.run.driver.run_turn("go")
        assert await run.crew.workplaces.decide("writer-1", "merged") == ""
        merged = (project / "a.txt").read_text()
        assert "<<<<<<<" in merged and "the agent's" in merged and "the user's" in merged


async def test_a_merge_says_where_no_conflict_can_be_marked(tmp_path: Path, project: Path):
    async with run_session(tmp_path) as run:
        folders = AgentFolders(run.ctx.services.environment, tmp_path / "worktrees", "session")
        await folders.begin("writer-1", WRITER, copy_of_context(run.ctx))
        Path(folders.folder_of("writer-1"), "a.txt").unlink()
        (project / "a.txt").write_text("the user's\n")
        work = (await folders.end("writer-1")).work
        assert work is not None and work.conflicts == ("a.txt",)
        hand_over = HandOver(run.driver, folders, AgentQuestions(run.driver))
        assert await hand_over.decide_later("writer-1", work, "merged") == ""
        (said,) = run.events(ev.NoticeShown)
        branch = "glideslope/session/writer-1"
        wanted = f"writer-1: a.txt: yours stays; the agent's is on the branch {branch}."
        assert said.sentence == wanted
        assert (project / "a.txt").read_text() == "the user's\n"


async def test_a_discard_deletes_the_branch_and_nothing_else(tmp_path: Path, project: Path):
    async with run_writer(tmp_path, mode="edits") as run:
        change_meanwhile(run, project)
        await run.run.driver.run_turn("go")
        before = git(project, "status", "--porcelain")
        assert await run.crew.workplaces.decide("writer-1", "discarded") == ""
        assert "glideslope" not in git(project, "branch", "--all")
        assert git(project, "status", "--porcelain") == before


@pytest.mark.parametrize(("answer", "decision"), [("once", "applied"), ("no", "kept")])
async def test_in_ask_the_user_is_asked_whether_it_is_taken_over(
    tmp_path: Path, project: Path, answer: Any, decision: ev.WorkDecision
):
    async with run_writer(tmp_path, mode="ask", interactive=True) as run:
        asked: list[ev.PermissionAsked] = []

        def answers(question: ev.PermissionAsked) -> PermissionAnswer:
            asked.append(question)
            last = question.name == "take over"
            return PermissionAnswer(answer if last else "once")

        run.asked(answers)
        await run.run.driver.run_turn("go")
        assert (asked[-1].name, asked[-1].subject, asked[-1].agent) == (
            "take over",
            "2 files",
            "writer-1",
        )
        shown = asked[-1].preview
        assert "-a\n+the agent's\n" in shown and "+++ b/new.txt\n" in shown
        assert run.team.agents["writer-1"].decision == decision
        assert (project / "new.txt").exists() is (decision == "applied")


async def test_half_of_a_change_does_not_pass_by_itself(tmp_path: Path, project: Path):
    async with run_writer(tmp_path, mode="edits") as run:
        with_team(run, requests=2)
        await run.run.driver.run_turn("go")
        agent = run.team.agents["writer-1"]
        assert (agent.state, agent.decision) == ("out_of_turns", "kept")
        assert not (project / "new.txt").exists()
        assert "new.txt" in git(project, "show", "--stat", "glideslope/session/writer-1")


async def test_without_git_it_works_in_the_project_folder_and_knows_why(tmp_path: Path):
    async with run_writer(tmp_path, mode="edits") as run:
        await run.run.driver.run_turn("go")
        assert (tmp_path / "project" / "new.txt").read_text() == "new\n"
        assert run.team.agents["writer-1"].open_work is None
        first = str(next(s.messages for who, s in run.script.inputs if who == "writer-1"))
        assert "you have no worktree of your own, since it is no git repository" in first


async def test_what_the_session_made_and_git_does_not_know_keeps_it_in_the_project_folder(
    tmp_path: Path, project: Path
):
    (project / "made.txt").write_text("by the lead\n")
    (project / "other.txt").write_text("unknown\n")
    async with run_session(tmp_path) as run:
        environment, below = run.ctx.services.environment, tmp_path / "worktrees"
        mine = AgentFolders(environment, below, "session", lambda: ["made.txt"])
        said = await mine.begin("writer-1", WRITER, run.ctx)
        assert "it would lack what was made here: made.txt" in said
        assert mine.folder_of("writer-1") == ""
        theirs = AgentFolders(environment, below, "session")
        said = await theirs.begin("writer-1", WRITER, run.ctx)
        assert "Files that git does not know are not in it: made.txt, other.txt." in said


async def test_after_a_crash_the_worktree_is_found_and_its_work_kept(tmp_path: Path, project: Path):
    async with run_session(tmp_path) as run:
        environment = run.ctx.services.environment
        before = AgentFolders(environment, tmp_path / "worktrees", "session")
        await before.begin("writer-1", WRITER, run.ctx)
        tree = Path(before.folder_of("writer-1"))
        assert run.ctx.services.environment.folder == tree
        (tree / "new.txt").write_text("new\n")
        after = AgentFolders(environment, tmp_path / "worktrees", "session")
        await after.find("writer-1", run.ctx)
        ended = await after.end("writer-1")
        assert ended.work is not None and ended.work.files == ("new.txt",)
        assert not tree.exists() and not (project / "new.txt").exists()
        assert (await after.compare_again(ended.work)).conflicts == ()


async def test_what_a_command_changed_that_a_kill_cut_off_is_put_back_before_the_work_is_taken(
    tmp_path: Path, project: Path
):
    async with run_session(tmp_path) as run:
        environment, below = run.ctx.services.environment, tmp_path / "worktrees"
        run.ctx.run.log_path = tmp_path / "session.writer-1.db"
        before = AgentFolders(environment, below, "session")
        await before.begin("writer-1", WRITER, run.ctx)
        assert run.ctx.run.protection is not None
        await run.ctx.run.protection.before_command()
        tree = Path(before.folder_of("writer-1"))
        (tree / ".envrc").write_text("exec ./x\n")  # and the program is killed
        after = AgentFolders(environment, below, "session")
        await after.find("writer-1", run.ctx)
        await ChildSession(run.store, run.driver).end_jobs()
        ended = await after.end("writer-1")
        assert (ended.work, ended.remark) == (None, "It changed no file.")


async def test_what_an_agent_leaves_running_ends_before_its_work_is_taken_and_is_told(
    tmp_path: Path, project: Path
):
    """It writes into the worktree until it is ended."""
    (project / "job.sh").write_text(
        "echo $$ > job.pid\nwhile :; do n=$((n+1)); echo $n >> tick.txt; done"
    )
    git(project, "add", "-A")
    start = ScriptedToolUse("bash", {"command": "sh job.sh & sleep 0.3; echo here"})
    replies = REPLIES | {"writer-1": [(start,), (says(20),)]}
    async with run_team(tmp_path, replies, kinds={"writer": WRITER}, mode="auto") as run:
        change_context(run.run.ctx, rules=replace(run.run.ctx.run.rules, boundary=True))
        await run.run.driver.run_turn("go")
        assert not _runs(int((project / "job.pid").read_text()))
        last = (project / "tick.txt").read_text()
        assert git(project, "show", "glideslope/session/writer-1:tick.txt") == last
        assert git(project, "worktree", "list").count("\n") == 1
        assert "[It left running, and that was ended with it: sh job.sh" in run.results()[0]
        (output,) = (tmp_path / "scratch" / "writer-1").glob("job-1-*.txt")
        assert f"What it printed: {output}" in run.results()[0]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_a_file_that_an_agent_changes_is_refused_to_others_while_it_works(tmp_path: Path):
    """The project folder is shared: the first that changes a file has it until it ends."""
    replies: Any = {
        LEAD: [(delegate("write", "Write."),), (write("b.txt", "mine\n"),), (says(20),)],
        "write-1": [(write("b.txt", "b\n"),), (GLOB,), (says(20),)],
    }
    async with run_team(tmp_path, replies, mode="edits") as run:
        held: list[str] = []
        path = (tmp_path / "project" / "b.txt").resolve()
        run.run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.AgentFinished),
            lambda: held.append(run.run.ctx.run.claim_file(path)),
        )
        await run.run.driver.run_turn("go")
        assert held == ["write-1"]
        assert run.run.ctx.run.claim_file(path) == ""


async def test_of_two_agents_that_write_one_file_at_once_the_first_has_it(tmp_path: Path):
    """Also where its own command takes the file away again."""
    gone = ScriptedToolUse("bash", {"command": "rm b.txt"})
    looks = [(ScriptedToolUse("glob", {"pattern": f"{letter}*"}),) for letter in "pqrst"]
    work = [(write("b.txt", "{}\n"),), (gone,), *looks, (says(20),)]
    replies: Any = {
        LEAD: [(delegate("write", "One."), delegate("write", "Two.")), (says(20),)],
        "write-1": work,
        "write-2": work,
    }
    async with run_team(tmp_path, replies, mode="auto") as run:
        change_context(run.run.ctx, rules=replace(run.run.ctx.run.rules, boundary=True))
        await run.run.driver.run_turn("go")
        said = {name: str(run.child(name).conversation.messages) for name in run.team.agents}
        (winner,) = [name for name, words in said.items() if "b.txt: created" in words]
        (loser,) = set(said) - {winner}
        held = f"b.txt is being changed by {winner}, another agent at work."
        assert held in said[loser] or "b.txt exists; read it before" in said[loser]
        assert "rm b.txt is being changed" not in str(said), "both may run commands"
        assert run.run.ctx.run.claim_file((run.run.folder / "b.txt").resolve()) == ""


@pytest.mark.parametrize("how", ["stopped", "disk full"])
async def test_an_agent_that_is_cut_short_leaves_its_files_to_others(tmp_path: Path, how: str):
    replies: Any = {
        LEAD: [(delegate("write", "Write."),), (says(20),)],
        "write-1": [(write("b.txt", "b\n"),), (says(4_000),)],
    }
    async with run_team(tmp_path, replies, mode="edits") as run:
        holders, original = list[str](), run.crew._on_item
        path = (run.run.folder / "b.txt").resolve()
        commit = run.run.driver.commit

        async def full(*events: ev.Event) -> list[ev.Record]:
            if any(isinstance(event, ev.AgentFinished) for event in events):
                raise StoreFull(tmp_path)
            return await commit(*events)

        def stopping(agent: Any, child: Any, item: Any) -> None:
            original(agent, child, item)
            if isinstance(item, ev.Record) and isinstance(item.event, ev.ToolFinished):
                holders.append(run.run.ctx.run.claim_file(path))
                if how == "disk full":
                    run.run.driver.commit = full  # type: ignore[method-assign]
                run.crew.stop("write-1")

        run.crew._on_item = stopping  # type: ignore[method-assign]
        with suppress(StoreFull):
            await run.run.driver.run_turn("go")
        run.run.driver.commit = commit  # type: ignore[method-assign]
        assert holders == ["write-1"]
        assert run.run.ctx.run.claim_file(path) == ""
        assert not run.crew.at_work


async def test_a_claimed_file_is_left_alone_and_the_refusal_says_by_whom(tmp_path: Path):
    async with run_session(tmp_path, (write("b.txt", "b\n"),), (says(20),), mode="edits") as run:
        run.ctx.run.claim_file = lambda path: "write-2"
        await run.driver.run_turn("go")
        (refused,) = run.events(ev.ToolFinished)
        assert "b.txt is being changed by write-2, another agent at work." in refused.content
        assert not (tmp_path / "project" / "b.txt").exists()


def test_the_first_has_a_file_until_it_ends():
    claims, path = FileClaims(), Path("/p/a.txt")
    assert (claims.claim("a", path), claims.claim("a", path)) == ("", "")
    assert (claims.claim("b", path), claims.holder(path)) == ("a", "a")
    claims.release("a")
    assert (claims.claim("b", path), claims.holder(path)) == ("", "b")


async def test_two_worktrees_at_once_do_not_get_in_each_others_way(tmp_path: Path, project: Path):
    async with run_session(tmp_path) as run:
        folders = AgentFolders(run.ctx.services.environment, tmp_path / "worktrees", "session")
        contexts = [run.ctx, run.ctx]
        names = ("writer-1", "writer-2")
        await asyncio.gather(
            *(folders.begin(n, WRITER, c) for n, c in zip(names, contexts, strict=True))
        )
        for name in names:
            Path(folders.folder_of(name), f"{name}.txt").write_text(name)
        works = [(await folders.end(name)).work for name in names]
        for work in works:
            assert work is not None
            await folders.take(work)
        assert (project / "writer-1.txt").exists() and (project / "writer-2.txt").exists()


async def test_what_is_always_asked_about_is_not_taken_over_without_a_question(
    tmp_path: Path, project: Path
):
    replies = REPLIES | {"writer-1": [(write(".envrc", "echo hello\n"),), (says(20),)]}
    kinds = {"writer": WRITER}
    async with run_team(tmp_path, replies, kinds=kinds, mode="edits", interactive=True) as run:
        asked: list[ev.PermissionAsked] = []

        def answers(question: ev.PermissionAsked) -> PermissionAnswer:
            asked.append(question)
            return PermissionAnswer("no" if question.name == "take over" else "once")

        run.asked(answers)
        await run.run.driver.run_turn("go")
        assert [question.name for question in asked] == ["write", "take over"]
        assert "1 is protected: .envrc" in asked[-1].reason
        assert not (project / ".envrc").exists()
