"""Steps that several terminal tests share: prompts, answers to questions, and the way out."""

import re

from tests.terminal.terminal import BREATH, Terminal

FIX_PROMPT = "Review all Python files and fix missing return annotations"
EXPLAIN_PROMPT = "Explain this project"
DONE_MARK = re.compile(r"── (?:<?\$|this prompt |(?:≈ )?\d+ % |took )")
"""How the receipt of a prompt that is done begins."""
GRACE_SECONDS = 0.45
"""Seconds a question takes no answer, lest a key meant for the draft gives one."""


def added_line(line: str) -> re.Pattern[str]:
    """A line of a diff that is new."""
    return re.compile(r"\+ ?" + re.escape(line))


def answer_question(terminal: Terminal, about: str, key: str) -> Terminal:
    """Read the question about something, and press the key of an answer."""
    return choose(terminal, f"┃ {about}", key)


def choose(terminal: Terminal, question: str, key: str) -> Terminal:
    """Press the letter or figure of an answer, and wait until the question is gone.

    What is taken for the question must not be in the next one, which may be painted at once.

    A program on a busy machine may take its grace from later than it was seen here: then the
    key begins a draft. It is taken back, and pressed again a moment later.
    """
    terminal.wait_for(question).listen(GRACE_SECONDS)
    assert question in terminal.text, "it went before it was answered"
    drafts = terminal.text.count(f"❯ {key}")

    def is_draft() -> bool:
        return terminal.text.count(f"❯ {key}") > drafts

    terminal.press(key).wait_for(lambda: question not in terminal.text or is_draft())
    if question not in terminal.text:
        return terminal
    terminal.listen(BREATH)
    terminal.press("backspace").wait_for(lambda: not is_draft()).press("tab")
    return choose(terminal, question, key)


def refuse(terminal: Terminal, question: str, reason: str = "") -> Terminal:
    """Say no to a question; what to do instead is asked at once."""
    terminal.wait_for(question).listen(GRACE_SECONDS)
    terminal.press("n").wait_for("no: what should it do instead?")
    if reason:
        terminal.type(reason)
    return terminal.press("enter").wait_until_gone("no: what should it do instead?")


def used_tokens(terminal: Terminal) -> int:
    """Tokens used, as the gauge has them; -1 while there is no gauge."""
    found = re.search(r"≈?([\d.]+)(k?) used", terminal.text)
    return round(float(found[1]) * (1000 if found[2] else 1)) if found else -1


def quit_program(terminal: Terminal, *keys: str) -> None:
    """Quit, with ctrl+c twice or other keys: the terminal is as before, and nothing runs on."""
    terminal.press(*(keys or ("ctrl+c", "ctrl+c")))
    assert terminal.wait_for_exit() == 0
    assert_terminal_restored(terminal)


def assert_terminal_restored(terminal: Terminal) -> None:
    """The terminal is as the program found it, and nothing it started runs on."""
    assert terminal.restored == dict.fromkeys(terminal.restored, True)
    assert terminal.left_running() == set()
