"""Chooses a reply: which job it is, whether to land, and only then the next step."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from tui.simulator.scripted_model import scripted_landing, text_replies
from tui.simulator.scripted_model.file_knowledge import known_files
from tui.simulator.scripted_model.intent import parse_intent
from tui.simulator.scripted_model.job_progress import JobProgress
from tui.simulator.scripted_model.jobs.check_job import CheckJob
from tui.simulator.scripted_model.jobs.explain_job import ExplainJob
from tui.simulator.scripted_model.jobs.fix_job import FixJob
from tui.simulator.scripted_model.jobs.misbehaving_agent import misbehave, misconduct
from tui.simulator.scripted_model.jobs.team_job import TeamJob, is_agent, leads_a_team
from tui.simulator.scripted_model.jobs.verification import checks
from tui.simulator.scripted_model.jobs.write_tests import TestJob
from tui.simulator.scripted_model.markdown_writing import bullets, code
from tui.simulator.scripted_model.message_history import (
    SUMMARY_HEADING,
    HistoryEntry,
    NoteEntry,
    PromptEntry,
    SummaryEntry,
)
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedBlock,
    ScriptedReply,
    ScriptedThinking,
)
from tui.simulator.scripted_model.request_view import RequestView, view_request
from tui.simulator.scripted_model.scripted_plan import as_summary


class ScriptedJob(Protocol):
    """The interface of all jobs."""

    @property
    def progress(self) -> JobProgress:
        """How far the job is."""

    def reply(self) -> ScriptedReply:
        """The next message."""


_JOBS: dict[str, Callable[[RequestView], ScriptedJob]] = {
    "fix": FixJob, "explain": ExplainJob, "check": CheckJob, "first_test": TestJob,
}  # fmt: skip
_NEEDS = {
    "fix": (("read", "read files"), ("grep", "search files")),
    "first_test": (("read", "read files"), ("grep", "search files"), ("write", "write files")),
    "explain": (("read", "read files"), ("glob", "list files")),
    "check": (("glob", "list files"), ("shell", "run commands")),
}


def respond(situation: ModelInput) -> ScriptedReply:
    """The scripted model's next message: the same for the same situation."""
    view = view_request(situation)
    return _fitted(_respond(view), situation)


def summarize(situation: ModelInput) -> str:
    """The text that replaces the conversation from now on."""
    return _summary(view_request(situation))


def _respond(view: RequestView) -> ScriptedReply:
    if view.intent.kind == "summary" or _asked_beside(view):
        return ScriptedReply.in_words(_wrapped(_summary(view), view))
    if is_agent(view) and (how := misconduct(view)):
        return misbehave(view, how)
    if leads_a_team(view):
        return TeamJob(view).reply()
    if view.intent.kind == "talk":
        return text_replies.reply(view)
    if view.intent.kind not in _JOBS:
        return text_replies.nothing_to_resume(view)
    job = _JOBS[view.intent.kind](view)
    # A job on named files needs no search.
    searches = ("grep", "glob") if view.intent.kind in ("fix", "explain") else ()
    spared = searches if view.intent.files else ()
    needs = [need for need in _NEEDS[view.intent.kind] if need[0] not in spared]
    missing = [words for kind, words in needs if not view.tools.can(kind)]
    if missing:
        return text_replies.without_tools(view, missing[0])
    progress = job.progress
    if view.planning:
        return job.reply()
    if not view.told_to_land and _hopeless(view, progress):
        need = 20_000 if not progress.tasks else progress.to_finish + view.reserve
        why = "the rest takes more" if progress.tasks else "even looking around takes more"
        return scripted_landing.decline(view, need, f"{why} than that", progress)
    landed = scripted_landing.has_landed(view) and (progress.open or view.told_to_land)
    if landed or scripted_landing.is_due(view, progress):
        return scripted_landing.land(view, progress)
    return job.reply()


def _wrapped(text: str, view: RequestView) -> str:
    """The summary between the tags, where whoever asks for it names them."""
    asked = view.prompt + (view.row[-1].text if isinstance(view.row[-1], NoteEntry) else "")
    return f"<summary>\n{text}\n</summary>" if "<summary>" in asked else text


def _hopeless(view: RequestView, progress: JobProgress) -> bool:
    """Whether a turn begins with too little to begin anything."""
    if view.room is None or not view.begins:
        return False
    if not progress.tasks:
        return view.room < scripted_landing.LEAST
    return bool(progress.open) and view.room < min(scripted_landing.LEAST, progress.to_finish)


def _asked_beside(view: RequestView) -> bool:
    """Whether a note beside the last results asks for a summary of the conversation."""
    last = view.row[-1] if view.row else None
    return isinstance(last, NoteEntry) and parse_intent(last.text).kind == "summary"


def _fitted(reply: ScriptedReply, situation: ModelInput) -> ScriptedReply:
    """Thinking is the first to give way where a message may not be long."""
    blocks: list[ScriptedBlock] = []
    for block in reply.blocks:
        if isinstance(block, ScriptedThinking):
            room = max(40, situation.max_tokens // 4)
            tokens = situation.count(block.text)
            if tokens > room:
                block = replace(block, text=block.text[: len(block.text) * room // tokens])
        blocks.append(block)
    return ScriptedReply(tuple(blocks))


def _summary(view: RequestView) -> str:
    """All of the conversation that a later turn needs."""
    job = _last_job(view.row)
    asked = " ".join(view.prompt.split())[:500]
    parts = [SUMMARY_HEADING, f"Job: {job or 'none was given'}"]
    if asked and view.intent.kind != "summary":
        parts.append(f"Asked last: {asked}")
    plan = view.full_plan
    if plan:
        parts.append(f"### Subtasks\n\n{as_summary(plan)}")
    known = known_files(view.calls_since(0))
    changed = [path for path, file in known.items() if file.made or file.wrote]
    if changed:
        parts.append(f"### Files changed\n\n{bullets(code(path) for path in changed)}")
    if ran := checks(view):
        parts.append(f"### Checks\n\n{bullets(ran)}")
    troubles = [f"{code(p)}: {s.refused or s.trouble}" for p, s in known.items()
                if s.refused or s.trouble]  # fmt: skip
    if troubles:
        parts.append(f"### Not possible\n\n{bullets(troubles[:20])}")
    return "\n\n".join(parts)


def _last_job(row: tuple[HistoryEntry, ...]) -> str:
    """The last request for work, on one line."""
    for entry in reversed(row):
        if isinstance(entry, PromptEntry):
            if parse_intent(entry.text).is_work:
                return " ".join(entry.text.split())[:500]
        elif isinstance(entry, SummaryEntry):
            found = [line for line in entry.text.splitlines() if line.startswith("Job: ")]
            if found:
                return found[0].removeprefix("Job: ")
    return ""
