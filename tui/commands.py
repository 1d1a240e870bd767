"""Every command, as data: its id, its words, its keys, when it makes sense.

Key bindings, slash commands, the palette, the help page and the documentation are all read
from this one table. What a command does is written where it is done; nothing is done here.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

KeyContext = Literal[
    "app",
    "asked",
    "composer",
    "transcript",
    "prompt",
    "limit",
    "offer",
    "trust",
    "budget",
    "panel",
]
"""Where a key works: everywhere · while a question waits and the keys are elsewhere · while
writing · in the transcript · at a question · at a reached limit · at an offer · at the question
whether a folder is trusted · while a landing block waits · while a panel is open. The narrower one
wins."""

HelpGroup = Literal[
    "Budget", "Session", "Model", "View", "Writing", "Transcript", "Question", "Program"
]
"""Headings of the help page."""

Availability = Literal["always", "idle", "running", "finding", "queued"]
"""When a command is on offer: always · between turns · while a turn runs · while a search in the
transcript is open · while what was sent waits for the turn that runs."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a user can do."""

    id: str
    """`namespace.action`; the name in `keybindings.toml`."""
    title: str
    """The name in the palette."""
    help: str
    """One line, without a full stop."""
    group: HelpGroup
    slash: tuple[str, ...] = ()
    """Slash names without the slash; the first is the name, the others are aliases."""
    keys: tuple[str, ...] = ()
    """Default keys, named as the screen library reports them: they work before any keymap is
    read. Keys pressed one after the other are separated by a space."""
    context: KeyContext = "app"
    args: str = ""
    """What may follow the slash name, for the hint; empty: nothing may."""
    when: Availability = "always"
    needs_session: bool = False
    """Whether it is about the session that is open, and waits for one: it is handed in."""
    palette: bool = True
    """Whether the palette lists it."""
    exact: bool = False
    """Whether it runs only when one of its names is typed in full, and is never suggested: it
    ends something, or changes what goes ahead without a question."""


def _row(
    group: HelpGroup,
    id: str,
    words: str,
    *,
    typed: str = "",
    keys: str = "",
    context: KeyContext = "app",
    when: Availability = "always",
    needs_session: bool = False,
    palette: bool = True,
    exact: bool = False,
) -> Command:
    """A row of the table.

    Args:
        group: Its heading on the help page.
        id: `namespace.action`.
        words: Title and help: `Rewind: Go back to an earlier prompt of this session`.
        typed: Slash names and what may follow: `/rename /name NAME`.
        keys: Default keys, separated by a comma: `ctrl+g, ctrl+x ctrl+e`.
        context: Where its keys work.
        when: When it is on offer.
        needs_session: Whether it waits for an open session.
        palette: Whether the palette lists it.
        exact: Whether it runs only when a name is typed in full.
    """
    title, _, help = words.partition(": ")
    names = tuple(word[1:] for word in typed.split() if word.startswith("/"))
    args = " ".join(typed.split()[len(names) :])
    every_key = tuple(keys.split(", ")) if keys else ()
    return Command(
        id, title, help, group, names, every_key, context, args, when, needs_session, palette, exact
    )


_budget = partial(_row, "Budget", needs_session=True)
_landing = partial(_row, "Budget", context="budget", needs_session=True)
_session = partial(_row, "Session", needs_session=True)
_model = partial(_row, "Model", needs_session=True)
_view = partial(_row, "View")
_writing = partial(_row, "Writing", context="composer", palette=False)
_transcript = partial(_row, "Transcript")
_block = partial(_row, "Transcript", context="transcript", palette=False)
_asked = partial(_row, "Question", context="asked", palette=False)
_permission = partial(_row, "Question", context="prompt", palette=False)
_limit = partial(_row, "Question", context="limit", palette=False)
_offer = partial(_row, "Question", context="offer", palette=False)
_trust = partial(_row, "Question", context="trust", palette=False)
_program = partial(_row, "Program")

COMMANDS: tuple[Command, ...] = (
    _budget(
        "budget.show",
        "Budget: Show the budget, set one, add to it, or remove it",
        typed="/budget [200k | +50k | $5 | off | scope session|turn] [--save user|project]",
    ),
    _budget(
        "budget.advise",
        "Budget advisor: Show what tasks like this take, and choose a budget from it",
        typed="/advise /advisor [KIND]",
    ),
    _budget(
        "budget.ask_advisor",
        "Ask the advisor: Open the budget advisor from where a budget is asked for, and come back "
        "with its figure",
        keys="alt+a",
    ),
    _budget(
        "budget.kind",
        "Kind of the last run: Show what the last run is filed as and why, or put it right",
        typed="/kind [KIND]",
    ),
    _budget(
        "budget.extend",
        "Extend the budget: Add tokens to the budget; work that was paused goes on",
    ),
    _budget(
        "session.wrapup",
        "Wrap up: Finish cleanly now: the model writes its wrap-up report",
        typed="/wrapup /wrap",
    ),
    _budget(
        "warning.dismiss",
        "Put the warning away: Remove the newest warning from the transcript",
        typed="/dismiss",
        keys="alt+w",
    ),
    _budget(
        "warning.silence",
        "Warnings: Show what is warned of before money is spent; turn one off for good, or on",
        typed="/warnings [off | on [NAME]]",
    ),
    _budget(
        "cost.show",
        "Cost: Show what this session cost, by class of token or by part",
        typed="/cost [by turn | model | subtask | agent | request]",
    ),
    _budget(
        "usage.show",
        "Usage: Show the five meters of the session, or of a part of it",
        typed="/usage /stats /limits /quota /tokens [by turn | model | subtask | agent | request]",
    ),
    _budget(
        "usage.report",
        "Usage report: Show what all sessions used, by day, project, kind, model",
        typed="/report [day | week | month | project | branch | tag | kind | model | effort | "
        "agent | session | ending]",
    ),
    _budget(
        "context.show",
        "Context window: Show what fills the context, and how long the cache is warm",
        typed="/context",
    ),
    _budget(
        "session.compact",
        "Compact the conversation: Shorten the conversation to a summary; the budget stays",
        typed="/compact /summarize [what to keep in mind]",
        when="idle",
    ),
    _budget(
        "wire.show",
        "Last request: Show the last request as sent, and what is new in it",
        typed="/wire",
    ),
    _budget(
        "entries.show",
        "Entries of a figure: List what a figure counts; enter on the figure does, too",
        typed="/entries [budget | subtasks | billed | context | limits | time]",
    ),
    _landing(
        "report.continue", "Continue the work: Go on from the wrap-up report", keys="c", when="idle"
    ),
    _budget("report.copy", "Copy the wrap-up report: Copy the report as Markdown"),
    _landing(
        "report.handoff", "Save the wrap-up report: Save the report as a handoff file", keys="h"
    ),
    _landing(
        "report.restart",
        "New session from the report: Start a new session that begins with the wrap-up report",
        keys="n",
        when="idle",
    ),
    _landing(
        "report.leave",
        "Leave the landing block: Put the landing block into the transcript",
        keys="escape",
        when="idle",
        palette=False,
    ),
    _landing("report.diff", "Changes of the work: Show what the session changed", keys="d"),
    _session(
        "session.interrupt",
        "Interrupt: Interrupt the turn; the work done so far is kept",
        keys="escape",
        when="running",
        needs_session=False,
    ),
    _session(
        "queue.send_now",
        "Send now: Interrupt the turn, and send at once what waits for its next result",
        keys="escape escape",
        context="composer",
        when="queued",
        needs_session=False,
    ),
    _session(
        "session.rewind",
        "Rewind: Go back to an earlier prompt, with its files or without",
        typed="/rewind /undo /checkpoint",
        keys="escape escape",
        when="idle",
    ),
    _session(
        "session.new",
        "New session: Start a new session; the old one is kept",
        typed="/new /clear /reset",
        when="idle",
        needs_session=False,
        exact=True,
    ),
    _session(
        "session.list",
        "Sessions: Choose an earlier session and resume it",
        typed="/sessions /resume /session /continue [id or name]",
        when="idle",
        needs_session=False,
    ),
    _session(
        "fleet.show",
        "Fleet: Show every session on this machine, answer what one asks, or open another",
        typed="/fleet",
        needs_session=False,
    ),
    _session(
        "session.fork",
        "Fork: Go on in a copy; this session stays as it is",
        typed="/fork /branch",
        when="idle",
    ),
    _session(
        "session.name",
        "Rename the session: Give the session a name",
        typed="/rename /name /title NAME",
    ),
    _session(
        "session.tag",
        "Tag: Count this session for the monthly budget of a tag",
        typed="/tag [NAME | off]",
    ),
    _session(
        "diff.show",
        "Changes: Show what this session changed, and at what cost",
        typed="/diff /changes [session | prompt [NUMBER] | subtask [NAME]]",
    ),
    _session(
        "agents.show",
        "Agents: Show the agents that work for this session, and what each one did",
        typed="/agents /subagents /agent /team [NAME | tell | extend | stop | go NAME …]",
    ),
    _session(
        "session.export",
        "Export the session: Write the session as Markdown, with its report and its cost",
        typed="/export [file]",
    ),
    _session(
        "permissions.show",
        "Permissions: Show what is allowed without asking, and by which rule",
        typed="/permissions /approvals /allowed-tools",
    ),
    _session(
        "sandbox.show",
        "Sandbox: Show what commands can reach here, and how to allow more",
        typed="/sandbox",
    ),
    _session(
        "jobs.show",
        "Jobs: List what commands left running, and choose one to stop",
        typed="/jobs /bashes /ps [stop NUMBER]",
    ),
    _session(
        "mode.choose",
        "Permission mode: Choose what the model may do without asking",
        typed="/mode [ask | edits | plan | auto]",
        exact=True,
    ),
    _session(
        "mode.plan",
        "Plan: Plan first, and agree to a price; shows the plan that waits, or its bill",
        typed="/plan [PROMPT | agree [N]]",
        exact=True,
    ),
    _session(
        "mode.cycle",
        "Next permission mode: Change to the next permission mode: ask, edits, plan, auto",
        keys="shift+tab",
    ),
    _model(
        "model.choose",
        "Model: Choose the model; shows what the change costs",
        typed="/model /models [name]",
        keys="alt+p",
    ),
    _model(
        "effort.choose",
        "Effort: Choose how deep the model works, and see the price",
        typed="/effort [low | medium | high | xhigh | max]",
    ),
    _model("effort.up", "More effort: Raise the effort by one level", keys="alt+up"),
    _model("effort.down", "Less effort: Lower the effort by one level", keys="alt+down"),
    _view(
        "view.details",
        "Details: Unfold or fold all thinking and tool results",
        typed="/details",
        keys="ctrl+o",
    ),
    _view(
        "view.checklist",
        "Checklist: Show or hide the checklist",
        typed="/checklist /todos /tasks",
        keys="ctrl+t",
    ),
    _view(
        "view.sidebar",
        "Sidebar: Show or hide the sidebar with the budget",
        typed="/sidebar",
        keys="f2",
    ),
    _view(
        "theme.choose", "Theme: Choose the colours, with a preview", typed="/theme /themes [name]"
    ),
    _view(
        "panel.close",
        "Close the panel: Close the panel that is open and go back to the composer",
        keys="escape",
        context="panel",
        palette=False,
    ),
    _view("app.redraw", "Redraw: Paint the screen again", keys="ctrl+l"),
    _writing(
        "composer.submit",
        "Send: Send the prompt; while a turn runs, it waits for the next tool results",
        keys="enter",
    ),
    _writing(
        "composer.newline",
        "New line: Start a new line; a backslash before enter does the same",
        keys="shift+enter, ctrl+j, alt+enter",
    ),
    _writing("composer.complete", "Complete: Complete a slash command or a file name", keys="tab"),
    _writing(
        "composer.editor",
        "External editor: Write the prompt in $VISUAL or $EDITOR",
        typed="/editor",
        keys="ctrl+g, ctrl+x ctrl+e",
        palette=True,
    ),
    _writing("composer.undo", "Undo: Undo the last change of the prompt", keys="ctrl+underscore"),
    _writing(
        "composer.redo", "Redo: Redo the change that was undone last", keys="ctrl+shift+z, alt+z"
    ),
    _writing(
        "composer.yank",
        "Put back: Insert the text that ctrl+w, ctrl+u or ctrl+k deleted last",
        keys="ctrl+y",
    ),
    _writing(
        "composer.stash",
        "Put aside: Put the draft aside; again in an empty prompt, it comes back",
        keys="ctrl+s",
    ),
    _writing(
        "composer.picture",
        "Paste a picture: Attach the picture on the clipboard, else paste its text",
        keys="ctrl+v",
    ),
    _writing(
        "history.search",
        "Search the prompt history: Find an earlier prompt",
        keys="ctrl+r",
        palette=True,
    ),
    _writing(
        "history.previous",
        "Previous prompt: Take back what waits; else, on the first line, the prompt before",
        keys="up",
    ),
    _writing(
        "history.next",
        "Next prompt: Bring back the next prompt, with the cursor on the last line",
        keys="down",
    ),
    _transcript(
        "transcript.find",
        "Find: Find words in the transcript",
        typed="/find [words]",
        keys="ctrl+f",
    ),
    _transcript(
        "transcript.find_next",
        "Find next: Go to the next match",
        keys="f3",
        when="finding",
        palette=False,
    ),
    _transcript(
        "transcript.find_previous",
        "Find previous: Go to the previous match",
        keys="f4, shift+f3",  # xterm sends shift+f3 as a cursor report
        when="finding",
        palette=False,
    ),
    _transcript(
        "transcript.page_up",
        "Page up: Scroll the transcript, or a long question, up by a page",
        keys="pageup",
        palette=False,
    ),
    _transcript(
        "transcript.page_down",
        "Page down: Scroll the transcript, or a long question, down by a page",
        keys="pagedown",
        palette=False,
    ),
    _transcript(
        "transcript.top", "Start of the transcript: Scroll to the beginning", keys="ctrl+home"
    ),
    _transcript(
        "transcript.end",
        "End of the transcript: Scroll to the end and follow new output",
        keys="ctrl+end",
    ),
    _transcript(
        "transcript.focus",
        "Go to the transcript: Move into the transcript, to the last block in view",
        keys="ctrl+up",
    ),
    _block(
        "transcript.leave",
        "Back to the composer: Leave the transcript; any letter does the same",
        keys="escape, ctrl+down",
    ),
    _block("transcript.block_up", "Block up: Move to the block above", keys="up, k"),
    _block("transcript.block_down", "Block down: Move to the block below", keys="down, j"),
    _block(
        "transcript.prompt_up", "Prompt above: Move to the prompt above", keys="left_square_bracket"
    ),
    _block(
        "transcript.prompt_down",
        "Prompt below: Move to the prompt below",
        keys="right_square_bracket",
    ),
    _block("transcript.first", "First block: Move to the first block", keys="home, g"),
    _block("transcript.last", "Last block: Move to the last block", keys="end, G"),
    _block("transcript.fold", "Fold or unfold: Fold or unfold the block", keys="enter, space"),
    _block(
        "transcript.copy",
        "Copy: Copy the selection, the block or the last answer as Markdown",
        typed="/copy",
        keys="y",
        palette=True,
    ),
    _asked(
        "prompt.focus",
        "Answer the question: Go from the draft to the question that waits; the draft stays",
        keys="tab",
    ),
    _permission("prompt.once", "Yes, once: Allow it this once", keys="y, 1"),
    _permission(
        "prompt.session",
        "Yes, in this session: Allow what the rule shown covers until the session ends; at an "
        "edit, change to the mode edits",
        keys="a, 2",
    ),
    _permission(
        "prompt.team",
        "Yes, for the team: Allow what the rule shown covers to the session and all its agents, "
        "those at work and later ones",
        keys="t",
    ),
    _permission(
        "prompt.project",
        "Yes, in this project: Allow what the rule shown covers in this project from now on",
        keys="p, 3",
    ),
    _permission("prompt.no", "No: Refuse it, and say what to do instead", keys="n, 4"),
    _permission("prompt.rule", "Change the rule: Edit the rule before it is granted", keys="e"),
    _permission("prompt.show", "Show all of it: Show the whole file or command", keys="space"),
    _limit(
        "limit.finish",
        "Finish cleanly: Wrap up with a report, within the reserve",
        keys="f, 1",
    ),
    _limit(
        "limit.extend",
        "Extend and go on: Add tokens to the budget and go on; asks how many",
        keys="x, 2",
    ),
    _limit(
        "limit.continue",
        "Go on all the same: Let the turn go on although it makes no progress; the same is not "
        "asked again in this turn",
        keys="c",
    ),
    _limit(
        "limit.lower",
        "Lower the effort and extend: Go on with one level less effort and more tokens; asks "
        "how many",
        keys="l, 3",
    ),
    _limit(
        "limit.advise",
        "Ask the advisor: See what such tasks take, and come back with the tokens to add",
        keys="a",
    ),
    _limit(
        "limit.pause",
        "Pause and save: Save the work and pause; this also happens when nobody answers",
        keys="p, 4, escape",
    ),
    _limit(
        "limit.stop",
        "Stop now: End the turn here, without asking the model for a report",
        keys="s, 5",
    ),
    _offer(
        "offer.take",
        "Take the offer: Accept what is offered: a bigger budget or an extension",
        keys="y, 1",
    ),
    _offer(
        "offer.other",
        "Take it with another amount: Accept the offer with another amount; asks how many tokens",
        keys="o, 2",
    ),
    _offer(
        "offer.without",
        "Go on without more: Continue the work with what is left of the budget",
        keys="w",
    ),
    _offer("offer.decline", "Not now: Decline the offer; nothing changes", keys="n, 3, escape"),
    _trust(
        "trust.yes",
        "Trust the folder: Use the settings and memory files of the folder, and remember it",
        keys="y, 1",
    ),
    _trust(
        "trust.no",
        "Do not trust the folder: Go on without the files of the folder, and remember that",
        keys="n, 2",
    ),
    _trust(
        "trust.look",
        "Look at the files: Show the settings and memory files of the folder in full",
        keys="l, 3",
    ),
    _trust(
        "trust.all",
        "Trust the folder with all it asks for: Use the files of the folder, and allow what "
        "they ask for beyond your own settings",
        keys="a, 4",
    ),
    _trust(
        "trust.later",
        "Decide later: Go on without the files of the folder this time",
        keys="escape",
    ),
    _program(
        "status.show",
        "Status: Show version, model, server, key, folder and sandbox",
        typed="/status /version /about",
        needs_session=True,
    ),
    _program(
        "doctor.show",
        "Doctor: Check terminal, sandbox, files, key and server; no tokens",
        typed="/doctor",
        needs_session=True,
    ),
    _program(
        "login.show",
        "Key: Say which key is used, and take another for this run",
        typed="/login /connect",
        when="idle",
    ),
    _program(
        "memory.show",
        "Memory files: Show the memory files with their tokens per request",
        typed="/memory /memories",
        needs_session=True,
    ),
    _program(
        "memory.write",
        "Write AGENTS.md: Let the model write or improve the project's memory file",
        typed="/init [what it should say]",
        when="idle",
        needs_session=True,
    ),
    _program(
        "trust.show",
        "Trust: Decide whether settings and memory of this folder are used",
        typed="/trust",
        when="idle",
        needs_session=True,
    ),
    _program(
        "palette.open", "Commands: Find any command by its name", keys="ctrl+p", palette=False
    ),
    _program(
        "help.show",
        "Help: Show daily keys and commands; ? in an empty prompt does, too",
        typed="/help /commands [all | command]",
        keys="f1, question_mark",
    ),
    _program(
        "config.show",
        "Settings: Show each setting and where it comes from, or set one",
        typed="/config /settings /debug-config [KEY [VALUE] [--save user|project]]",
        needs_session=True,
    ),
    _program(
        "keys.show",
        "Keys: Show all keys and how to change them",
        typed="/keys /keybindings /keymap /hotkeys",
    ),
    _program(
        "app.stop",
        "Stop: Copy the selection, else interrupt the turn, else clear the draft",
        keys="ctrl+c",
        palette=False,
    ),
    _program(
        "app.suspend",
        "Suspend: Suspend the program and go back to the shell; fg resumes it",
        keys="ctrl+z",
    ),
    _program(
        "app.quit",
        "Quit: Save and quit; ctrl+d works only while the composer is empty",
        typed="/quit /exit /q",
        keys="ctrl+c ctrl+c, ctrl+d",
        exact=True,
    ),
)
"""All commands, in the order of the help page."""

BY_ID: dict[str, Command] = {command.id: command for command in COMMANDS}
BY_SLASH: dict[str, Command] = {name: command for command in COMMANDS for name in command.slash}
