"""Answers without tools; they say that no model answers here."""

from tui.simulator.scripted_model.markdown_writing import amount, bullets, code, rounded
from tui.simulator.scripted_model.model_input import ScriptedReply
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.scripted_plan import as_list

_HONEST = "I am a simulator: no language model answers here, only rules that were written down."
_ABILITIES = (
    "**Review all Python files and fix missing return annotations** – only where they are certain",
    "**Find mutable default arguments and bare `except`** – and repair them",
    "**Write a first test** – for modules that have none",
    "**Explain this project** – in any language",
    "**Run the checks** – tests or a compile run, whatever the project has",
)


def reply(view: RequestView) -> ScriptedReply:
    """An answer in words, without tools."""
    words = {
        "greeting": _greeting,
        "ability": _ability,
        "budget": _budget,
        "plan": _plan,
        "thanks": _thanks,
    }.get(view.intent.topic, _unknown)(view)
    thought = "The user talks to me; no work is asked for that I know how to do. I answer in words."
    return ScriptedReply.in_words(words, thought if view.effort.depth >= 2 else "")


def nothing_to_resume(view: RequestView) -> ScriptedReply:
    """The answer to `continue` where nothing was begun."""
    can_do = bullets(_ABILITIES)
    return ScriptedReply.in_words(f"There is nothing to continue yet. I can do this:\n\n{can_do}")


def without_tools(view: RequestView, missing: str) -> ScriptedReply:
    """The answer where the client has no tool for the job."""
    have = ", ".join(code(tool.name) for tool in view.tools.tools.values()) or "none at all"
    text = (
        f"For this I need a tool that can {missing}, and this client offers none "
        f"(I can use: {have}). I can explain how I would do it, but I can't do it:\n\n"
        "1. search the folder for the places in question,\n"
        "2. read the files in batches,\n"
        "3. change each place by an exact replacement,\n"
        "4. run a check and report.\n\n"
        f"{_HONEST}"
    )
    return ScriptedReply.in_words(text)


def _greeting(view: RequestView) -> str:
    return (
        f"Hello! {_HONEST} I do small but real work on the files of this folder. For example:\n\n"
        f"{bullets(_ABILITIES[:4])}\n\nWhat would you like?"
    )


def _ability(view: RequestView) -> str:
    return (
        f"{_HONEST} The name {code(view.situation.model)} only says which model is being "
        "played. What I do is real all the same: I read and edit your files through the tools "
        f"of this program, and ask before I change anything.\n\n{bullets(_ABILITIES)}\n\n"
        "For everything else you need a real model; the conversation, the budget and the tools "
        "work the same way with one."
    )


def _budget(view: RequestView) -> str:
    if view.left is None:
        return (
            "No task budget reaches me in this conversation, so I see no countdown and plan "
            "without one. `/budget 50k` would set one."
        )
    total = view.situation.total
    of = f" of {rounded(total)}" if total else ""
    return (
        f"My countdown shows about **{rounded(max(0, view.left))} tokens left**{of}. I keep "
        f"about {rounded(view.reserve)} of them back for a report. With more left I plan more "
        "subtasks; as it runs low I start none, and close with a report."
    )


def _plan(view: RequestView) -> str:
    tasks = list(view.full_plan.values())
    if not tasks:
        return "There is no plan yet: tell me what to do, and I file one before I start."
    open_ones = [task for task in tasks if task.open]
    done = len(tasks) - len(open_ones)
    cost = rounded(sum(task.estimate for task in open_ones))
    head = f"{done} of {amount(len(tasks), 'subtask')} are closed."
    if not open_ones:
        return f"{head} Nothing is open."
    return f"{head} Open, about {cost} tokens:\n\n{as_list(open_ones)}"


def _thanks(view: RequestView) -> str:
    return "You're welcome. If there is more to do in this folder, say so."


def _unknown(view: RequestView) -> str:
    return (
        f"That is more than I can do. {_HONEST} These I can do, on your real files:\n\n"
        f"{bullets(_ABILITIES)}"
    )
