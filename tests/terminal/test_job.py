"""The main job in a terminal: a prompt, permissions by keys, the gauge, an interrupt, resizing."""

import re
from pathlib import Path

from tests.terminal.steps import (
    DONE_MARK,
    EXPLAIN_PROMPT,
    FIX_PROMPT,
    added_line,
    answer_question,
    quit_program,
    refuse,
    used_tokens,
)
from tests.terminal.terminal import Start


def test_the_main_job_is_done_as_far_as_the_user_permits(start_offline: Start, project: Path):
    def source(name: str) -> str:
        return (project / "src" / f"{name}.py").read_text()

    terminal = start_offline().say(FIX_PROMPT).wait_for("y yes").wait_for("┃ edit src/emit.py")
    terminal.wait_for(added_line("def emit(text: str) -> list[str]:"))
    assert "-> list[str]" not in source("emit")
    answer_question(terminal, "edit src/emit.py", "1").wait_for(added_line("def lexer"))
    assert "-> list[str]" in source("emit")
    refuse(terminal, "┃ edit src/lexer.py", "leave it alone").wait_for("> leave it alone")
    terminal.wait_for(added_line("def parse"))
    answer_question(terminal, "edit src/parse.py", "2")
    answer_question(terminal, "bash", "1").wait_for(DONE_MARK)
    assert re.search(r"edit src/lexer.py +denied", terminal.text)
    for name in ("emit", "parse"):
        assert f"def {name}(text: str) -> list[str]:" in source(name)
    assert "-> list[str]" not in source("lexer")
    (tokens, thousands) = re.findall(r"── \$\S+ · (?:≈ )?([\d.]+)(k?) tokens", terminal.text)[-1]
    assert 0 < float(tokens) * (1_000 if thousands else 1) < 60_000


def test_the_gauge_moves_while_text_streams_and_escape_stops_it_but_keeps_a_draft(
    start_offline: Start,
):
    terminal = start_offline(pace="60").say(EXPLAIN_PROMPT).wait_for("working")
    figures: list[int] = []
    while len(set(figures)) < 4:
        terminal.wait_for(lambda: used_tokens(terminal) not in figures)
        figures.append(used_tokens(terminal))
    assert figures == sorted(figures)
    terminal.type("my next idea")
    assert not DONE_MARK.search(terminal.text)
    terminal.send("\x1b")
    terminal.listen(0.2)  # a key that the line tears
    terminal.send("[D")
    terminal.type("!").wait_for("my next ide!a")
    terminal.press("backspace", "end")
    assert "── interrupted" not in terminal.text
    terminal.press("escape").wait_for("── interrupted")
    assert "❯ my next idea" in terminal.text
    terminal.press("enter").wait_for("> my next idea").wait_until_gone("esc interrupt")


def test_a_window_may_be_small_from_the_start_and_change_in_mid_answer(start: Start):
    # Exported by some shells, and not what counts: they do not change with the window.
    stale = {"COLUMNS": "80", "LINES": "24"}
    options = ("--simulate", "--budget", "60k", "--pace", "150")
    terminal = start(*options, size=(20, 5), environment=stale).wait_for("❯")
    terminal.say(EXPLAIN_PROMPT)
    terminal.resize(120, 40).wait_for("▏ EFFORT").wait_for(f"> {EXPLAIN_PROMPT}")
    assert not DONE_MARK.search(terminal.text)
    terminal.resize(80, 24).wait_until_gone("▏")
    terminal.wait_for(lambda: re.match(r" ?[█▏▎▍▌▋▊▉▒░┊]+ .* LEFT", terminal.row(" LEFT of")))
    terminal.resize(20, 5).wait_for(lambda: "❯" in terminal.lines[-2] + terminal.lines[-1])
    terminal.resize(120, 40).wait_for("▏ EFFORT").wait_for(DONE_MARK)
    terminal.say("hello").wait_for("What would you like?")
    terminal.resize(20, 5).wait_until_gone("EFFORT")
    terminal.resize(80, 24).wait_for("LEFT of")
    # Back at the old size before the program looks, or paints: the terminal has cut off what it
    # showed.
    for seconds in (0, 0.0005, 0.001, 0.003):
        terminal.resize(20, 5).listen(seconds)
        terminal.resize(80, 24).wait_for("? help").wait_for("LEFT of").wait_for("hello")
    quit_program(terminal)
