"""The job of a lead: list the folder, hand each area to an agent, merge their reports."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tui.simulator.scripted_model.job_progress import JobProgress
from tui.simulator.scripted_model.jobs import job_steps
from tui.simulator.scripted_model.jobs.file_listing import FileListing, list_files
from tui.simulator.scripted_model.jobs.misbehaving_agent import AGENT_MARK, MISCONDUCT, THROTTLED
from tui.simulator.scripted_model.markdown_writing import amount, code, listed
from tui.simulator.scripted_model.message_history import CallEntry
from tui.simulator.scripted_model.model_input import (
    ScriptedBlock,
    ScriptedReply,
    ScriptedText,
    ScriptedThinking,
    ScriptedToolUse,
)
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.tool_actions import GlobAction

DELEGATE = "delegate"
_ASKS = re.compile(r"\b(sub-?)?agents?\b|\bas a team\b|\bdelegat\w+|\bfan[- ]?out\b", re.IGNORECASE)
_COUNT = re.compile(
    r"\b(\d{1,2}|two|three|four|five|six|eight)\s+(?:sub-?)?agents?\b", re.IGNORECASE
)
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8}
_EACH = re.compile(r"\b(\d{1,3})k\s+(?:tokens\s+)?each\b", re.IGNORECASE)
_STORM = re.compile(r"\bstorm\b", re.IGNORECASE)
_TEAM_WORDS = re.compile(
    r"\b(please|use|with|let|have|start|spawn|ask|by|as)?\s*(an?|the|\d{1,2}|two|three|four|five|six"
    r"|eight)?\s*(team( of)?|storm of|(sub-?)?agents?|delegat\w+)\b( to\b| each\b)?|"
    r"\b\d{1,3}k\s+(tokens\s+)?each\b|\bin parallel\b|\bone agent (a|per) folder\b",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(
    r"^(?:(?:with|to|and|please|then)\b|[\s,.;:])+|(?:\bwith\b|[\s,.;:])+$", re.IGNORECASE
)
_KINDS = {"fix": "write", "first_test": "write", "check": "test"}
"""The kind of agent for each kind of work; `explore` for every other."""
_ENDS = {
    "explore": "read what matters there, and report what you find with its path and line.",
    "write": "change what it takes, and report each file that you changed.",
    "test": "report what you ran, and how it ended.",
}
"""The end of each task: without it a short task could be taken for a question."""
_MOST, _STORM_SIZE = 4, 12
_QUIRKS = (*MISCONDUCT, THROTTLED)


def leads_a_team(view: RequestView) -> bool:
    """Whether the prompt asks for agents, and the client has a tool for that."""
    tools = {tool.get("name") for tool in view.situation.tools}
    return DELEGATE in tools and not is_agent(view) and bool(_ASKS.search(view.intent.text))


def is_agent(view: RequestView) -> bool:
    """Whether the conversation is that of an agent."""
    return AGENT_MARK in str(view.situation.messages[:1])


@dataclass(frozen=True)
class TeamJob:
    """The job of a lead, read from one request."""

    view: RequestView

    @property
    def progress(self) -> JobProgress:
        """How far the job is; the agents keep the plans."""
        return JobProgress("lead a team")

    @cached_property
    def reports(self) -> list[CallEntry]:
        """The calls of this job that asked for agents, with what came back."""
        return [e for e in self.view.job if isinstance(e, CallEntry) and e.name == DELEGATE]

    def reply(self) -> ScriptedReply:
        """The next message."""
        if self.reports:
            return ScriptedReply.in_words(_merged(self.reports))
        listing = list_files(self.view, "**/*")
        if listing is None:
            thought = "I look at the folder first: each part of it gets an agent of its own."
            words = "I look at what there is to divide."
            return job_steps.step(self.view, thought, words, [GlobAction("**/*")])
        areas = self._areas(listing)
        if not areas:
            return ScriptedReply.in_words("There are no files here to divide among agents.")
        return self._hand_out(areas)

    @property
    def _kind(self) -> str:
        return _KINDS.get(self.view.intent.kind, "explore")

    def _areas(self, listing: FileListing) -> list[str]:
        text = self.view.intent.text
        asked = _COUNT.search(text)
        most = _MOST if asked is None else _NUMBERS.get(asked[1].lower(), 0) or int(asked[1])
        if self._kind == "write":
            # All that agents change are Python files.
            listing = FileListing("\n".join(p for p in listing.paths if p.endswith(".py")))
        areas = [area for area, _ in listing.areas] or (["."] if listing.paths else [])
        if _STORM.search(text):
            return [areas[at % len(areas)] for at in range(_STORM_SIZE)] if areas else []
        return areas[:most]

    def _hand_out(self, areas: Sequence[str]) -> ScriptedReply:
        text = self.view.intent.text
        work = _LEFT_OVER.sub("", " ".join(_TEAM_WORDS.sub(" ", text).split())) or "explain"
        budget = _EACH.search(text)
        given = {"budget": int(budget[1]) * 1_000} if budget else {}
        calls: list[ScriptedBlock] = []
        for at, area in enumerate(areas):
            where = "" if area == "." else f" in {area}/"
            quirk = next((f" ({word})" for word in _QUIRKS if word in text.lower()), "")
            task = f"{_without_misconduct(work)}{where}: {_ENDS[self._kind]}{'' if at else quirk}"
            calls.append(ScriptedToolUse(DELEGATE, {"kind": self._kind, "task": task, **given}))
        thought = f"{amount(len(areas), 'part')}: each can be done apart from the others."
        named = listed([code(area) for area in dict.fromkeys(areas)])
        words = f"I hand {amount(len(areas), 'part')} to agents: {named}."
        thoughts = [ScriptedThinking(thought)] if self.view.effort.depth else []
        return ScriptedReply((*thoughts, ScriptedText(words), *calls))


def _without_misconduct(work: str) -> str:
    for word in _QUIRKS:
        work = re.sub(
            rf"[,;(]?\s*(one( of them)?( is| that)?( an?)?\s*)?{word}\)?", "", work, flags=re.I
        )
    return work.strip(" ,.;")


def _merged(reports: Sequence[CallEntry]) -> str:
    """What the agents reported, part by part; what is partial is called so."""
    parts, partial = [], 0
    for entry in reports:
        result = entry.result or "Nothing came back."
        head, _, report = result.partition("Its report:\n")
        broken = "PARTIAL" in head or entry.failed or not report
        partial += broken
        title = code(str(entry.input.get("task", "")))
        words = report.strip() or head.strip()
        parts.append(f"### {title}\n\n{'**Not complete.** ' if broken else ''}{_short(words)}")
    whole = len(reports)
    first = f"{amount(whole, 'agent')} reported."
    if partial:
        first = f"{whole - partial} of {amount(whole, 'part')} are complete."
    return "\n\n".join([first, *parts])


def _short(report: str) -> str:
    return report if len(report) <= 1_200 else f"{report[:1_200].rstrip()} …"
