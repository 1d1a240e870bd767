"""The course of a reply: which job it is, whether to land, and only then the next step."""

from dataclasses import replace
from typing import Protocol

from tui.simulator.pilot import landing, summary, talk
from tui.simulator.pilot.desk import Desk, open_desk
from tui.simulator.pilot.history import Note
from tui.simulator.pilot.intent import understand
from tui.simulator.pilot.jobs.check import CheckJob
from tui.simulator.pilot.jobs.explain import ExplainJob
from tui.simulator.pilot.jobs.firsttest import TestJob
from tui.simulator.pilot.jobs.fix import FixJob
from tui.simulator.pilot.progress import Progress
from tui.simulator.pilot.situation import Block, Reply, Situation, Text, Thinking


class Job(Protocol):
    """What all jobs have in common."""

    @property
    def progress(self) -> Progress:
        """How far it is."""

    def reply(self) -> Reply:
        """The next message."""


_NEEDS = {
    "fix": (("read", "read files"), ("grep", "search files")),
    "first_test": (("read", "read files"), ("grep", "search files"), ("write", "write files")),
    "explain": (("read", "read files"), ("glob", "list files")),
    "check": (("glob", "list files"), ("shell", "run commands")),
}


def respond(situation: Situation) -> Reply:
    """The pilot's next message: the same for the same situation."""
    desk = open_desk(situation)
    return _fitted(_respond(desk), situation)


def summarize(situation: Situation) -> str:
    """The text that may stand for the conversation from now on."""
    return summary.text(open_desk(situation))


def _respond(desk: Desk) -> Reply:
    if desk.intent.kind == "summary" or _asked_beside(desk):
        return Reply((Text(_wrapped(summary.text(desk), desk)),))
    if desk.intent.kind == "talk":
        return talk.reply(desk)
    job = _job(desk)
    if job is None:
        return talk.nothing_to_resume(desk)
    # What is named needs no search.
    searches = ("grep", "glob") if desk.intent.kind in ("fix", "explain") else ()
    spared = searches if desk.intent.files else ()
    needs = [need for need in _NEEDS[desk.intent.kind] if need[0] not in spared]
    missing = [words for kind, words in needs if not desk.tools.can(kind)]
    if missing:
        return talk.without_tools(desk, missing[0])
    progress = job.progress
    if not desk.told_to_land and _hopeless(desk, progress):
        need = 20_000 if not progress.tasks else progress.to_finish + desk.reserve
        why = "the rest takes more" if progress.tasks else "even looking around takes more"
        return landing.decline(desk, need, f"{why} than that", progress)
    landed = landing.has_landed(desk) and (progress.open or desk.told_to_land)
    if landed or landing.is_due(desk, progress):
        return landing.land(desk, progress)
    return job.reply()


def _wrapped(text: str, desk: Desk) -> str:
    """The summary between the tags, where whoever asks for it names them."""
    asked = desk.prompt + (desk.row[-1].text if isinstance(desk.row[-1], Note) else "")
    return f"<summary>\n{text}\n</summary>" if "<summary>" in asked else text


def _job(desk: Desk) -> Job | None:
    match desk.intent.kind:
        case "fix":
            return FixJob(desk)
        case "explain":
            return ExplainJob(desk)
        case "check":
            return CheckJob(desk)
        case "first_test":
            return TestJob(desk)
    return None


def _hopeless(desk: Desk, progress: Progress) -> bool:
    """Whether a turn begins with too little to begin anything."""
    if desk.room is None or not desk.begins:
        return False
    if not progress.tasks:
        return desk.room < landing.LEAST
    return bool(progress.open) and desk.room < min(landing.LEAST, progress.to_finish)


def _asked_beside(desk: Desk) -> bool:
    """Whether a note beside the last results asks for a summary of the conversation."""
    last = desk.row[-1] if desk.row else None
    return isinstance(last, Note) and understand(last.text).kind == "summary"


def _fitted(reply: Reply, situation: Situation) -> Reply:
    """Thinking is the first to give way where a message may not be long."""
    blocks: list[Block] = []
    for block in reply.blocks:
        if isinstance(block, Thinking):
            room = max(40, situation.max_tokens // 4)
            tokens = situation.count(block.text)
            if tokens > room:
                block = replace(block, text=block.text[: len(block.text) * room // tokens])
        blocks.append(block)
    return Reply(tuple(blocks))
