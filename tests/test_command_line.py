"""The command line as it is read: what is a prompt, what is a command, and what is neither."""

import re
from pathlib import Path

import pytest

from tui.cli import check_prompt, with_standard_input
from tui.command_line import (
    SUBCOMMANDS,
    CommandLineOptions,
    UsageError,
    main_parser,
    parse_options,
    requested_output,
)
from tui.other_agents import COMMANDS_ELSEWHERE, OPTIONS_ELSEWHERE


def refusal(arguments: list[str]) -> str:
    with pytest.raises(UsageError) as caught:
        parse_options(arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "prompt", "literal"),
    [
        (["hello"], "hello", False),
        (["hello", "there"], "hello there", False),
        (["hello", "--simulate", "there"], "hello there", False),
        (["--effort", "high", "fix", "it"], "fix it", False),
        (["update the docs"], "update the docs", False),
        (["confirm", "that", "it", "works"], "confirm that it works", False),
        (["--", "doctor"], "doctor", True),
        (["--", "--help"], "--help", True),
        (["--", "/compact"], "/compact", True),
    ],
)
def test_words_are_one_prompt(arguments: list[str], prompt: str, literal: bool):
    options = parse_options(arguments)
    assert (options.prompt, options.literal, options.headless) == (prompt, literal, False)


@pytest.mark.parametrize(
    ("arguments", "prompt"),
    [
        (["-p", "x"], "x"),
        (["-p", "-x"], "-x"),
        (["-p", "- list the files"], "- list the files"),
        (["-p", "--fix the bug"], "--fix the bug"),
        (["-p", "--x"], "--x"),
        (["-p=-x"], "-x"),
        (["--print=-x"], "-x"),
        (["-px"], "x"),
        (["-p", "--", "-x"], "-x"),
        (["-p", "--", "-c"], "-c"),
        (["-p", "x", "y"], "x y"),
        (["-p", "--simulate", "x"], "x"),
        (["--simulate", "-p", "doctor"], "doctor"),
        (["-cp", "x"], "x"),
        (["-p"], ""),
    ],
)
def test_a_prompt_of_a_headless_run_may_begin_with_anything(arguments: list[str], prompt: str):
    options = parse_options(arguments)
    assert options.headless and options.prompt == prompt


def slips(name: str) -> list[str]:
    """Some names that are one letter away."""
    exchanged = (name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in range(1, 3))
    return [name[1:], name[:-1], name[0] + name, name + "x", f"{name[0]}x{name[2:]}", *exchanged]


@pytest.mark.parametrize("word", sorted(COMMANDS_ELSEWHERE))
def test_a_command_of_another_agent_is_no_prompt(word: str):
    assert f"glideslope has no command `{word}`" in refusal([word])
    assert refusal([word, "it"]).endswith(f"To send it as a prompt: glideslope -- {word} it")
    assert parse_options(["-p", word]).prompt == word


@pytest.mark.parametrize("command", [*SUBCOMMANDS, "resume", "continue"])
def test_a_slip_of_a_command_is_no_prompt(command: str):
    for typed in slips(command):
        if typed not in {*COMMANDS_ELSEWHERE, command}:
            assert f"did you mean `{command}`?" in refusal([typed, "list"]), typed


@pytest.mark.parametrize(
    "arguments", [["--simulate", "sessions", "list"], ["help", "me"], ["resume", "the", "work"]]
)
def test_a_command_in_another_place_is_no_prompt(arguments: list[str]):
    assert "To send it as a prompt: glideslope -- " in refusal(arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--plan-only"], "--plan-only goes with -p."),
        (["-p", "x", "--plan-only", "--permission-mode", "auto"], "Choose one of --plan-only"),
        (["--plan", "f.json"], "--plan goes with -p."),
        (["-p", "--plan", "f.json", "--plan-only"], "it goes with no other plan option."),
        (["-p", "--plan", "f.json", "--permission-mode", "plan"], "no other plan option."),
    ],
)
def test_options_of_plans_that_contradict_each_other(arguments: list[str], said: str):
    with pytest.raises(UsageError) as refused:
        parse_options(arguments)
    assert said in str(refused.value)


def test_a_plan_is_made_in_mode_plan_and_carried_out_in_another():
    assert parse_options(["-p", "x", "--plan-only"]).settings()["permissions.mode"] == "plan"
    options = parse_options(["-p", "--plan", "f.json", "--permission-mode", "edits"])
    assert (str(options.plan_file), options.settings()["permissions.mode"]) == ("f.json", "edits")


@pytest.mark.parametrize(
    ("arguments", "resume"),
    [
        (["resume"], ""),
        (["resume", "yesterday"], "yesterday"),
        (["--simulate", "resume", "yesterday"], "yesterday"),
        (["continue"], "latest"),
    ],
)
def test_resume_and_continue_are_words_for_options(arguments: list[str], resume: str):
    options = parse_options(arguments)
    assert (options.resume, options.prompt) == (resume, "")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--budgt", "5", "-p", "x"], "did you mean --budget?"),
        (["-p", "--budgt", "5", "x"], "did you mean --budget?"),
        (["--sim"], "did you mean --simulate?"),
        (["--perm", "auto"], "did you mean --permission-mode?"),
        (["--res=x"], "did you mean --resume?"),
        (["--on=wrap"], "did you mean --on-limit?"),
        (["--abracadabra"], "There is no option --abracadabra. See"),
        (["--yol"], "There is no option --yol. See"),
        (["--max-turn=3"], "There is no option --max-turn=3. See"),
    ],
)
def test_an_unknown_option_is_said_with_the_nearest_and_none_of_the_unlisted(
    arguments: list[str], hint: str
):
    assert hint in refusal(arguments)


@pytest.mark.parametrize("option", sorted(OPTIONS_ELSEWHERE))
@pytest.mark.parametrize("form", ["{}", "{}=value", "-p {}"])
def test_an_option_of_another_agent_is_answered_with_what_there_is_here(option: str, form: str):
    said = refusal([*form.format(option).split(), "x"])
    assert said == f"There is no option {option}. {OPTIONS_ELSEWHERE[option]}"
    options = main_parser().offered
    named = set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", OPTIONS_ELSEWHERE[option]))
    assert named <= set(options), named


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        (["-m", "opus"], "model", "opus"),
        (["-m=opus"], "model", "opus"),
        (["--model=opus"], "model", "opus"),
        (["--max-budget-usd", "5"], "budget", "$5"),
        (["--max-budget-usd=0.50"], "budget", "$0.50"),
        (["--max-budget-usd=$5"], "budget", "$5"),
        (["--max-turns", "7"], "requests", "7"),
        (["--max-turns=7", "-p", "x"], "requests", "7"),
        (["--permission-mode", "acceptEdits"], "mode", "edits"),
        (["--permission-mode=default"], "mode", "ask"),
        (["--permission-mode", "manual"], "mode", "ask"),
        (["--permission-mode", "plan"], "mode", "plan"),
        (["--permission-mode", "edits"], "mode", "edits"),
        (["--permission-mode", "strange"], "mode", "strange"),
        (["--last"], "resume", "latest"),
        (["resume", "--last"], "resume", "latest"),
        (["-r", "x", "--fork-session"], "fork", True),
    ],
)
def test_options_of_other_agents_mean_what_they_mean_there(
    arguments: list[str], field: str, value: object
):
    options = parse_options(arguments)
    assert (getattr(options, field), options.remarks) == (value, ())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--dangerously-skip-permissions"],
        ["--dangerously-bypass-approvals-and-sandbox"],
        ["--yolo"],
        ["--full-auto"],
        ["--permission-mode", "bypassPermissions"],
        ["--permission-mode=yolo"],
    ],
)
def test_a_wish_for_no_protection_is_mode_auto_and_says_what_still_holds(arguments: list[str]):
    options = parse_options([*arguments, "-p", "fix it"])
    assert (options.mode, options.prompt) == ("auto", "fix it")
    (remark,) = options.remarks
    assert remark.startswith(" ".join(arguments).replace("=", " ") + " is mode auto here")
    assert "sandbox" in remark


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--permission-mode", "ask", "--yolo"], "Choose one of --yolo and --permission-mode."),
        (
            ["--budget", "50k", "--max-budget-usd", "5"],
            "Choose one of --budget and --max-budget-usd.",
        ),
    ],
)
def test_two_options_for_one_thing_are_refused(arguments: list[str], sentence: str):
    assert refusal(arguments) == sentence


def test_options_of_other_agents_are_not_in_the_help():
    help = main_parser().format_help()
    for option in ("--yolo", "--max-turns", "--max-budget-usd", "--full-auto", "--last"):
        assert option not in help
    assert "20k" in help


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (["-p", "x"], "text"),
        (["--output-format", "json", "--zork"], "json"),
        (["--zork", "--output-format=stream-json"], "stream-json"),
        (["-p", "--", "--output-format", "json"], "text"),
        (["--output-format"], "text"),
        ([], "text"),
    ],
)
def test_what_is_to_be_printed_is_known_of_a_wrong_line_too(arguments: list[str], output: str):
    assert requested_output(arguments) == output


@pytest.mark.parametrize(
    ("arguments", "pace"),
    [
        ([], "80"),
        (["-p", "x"], "max"),
        (["-p", "x", "--pace", "50"], "50"),
        (["--pace", "max"], "max"),
    ],
)
def test_the_simulator_writes_at_reading_speed_only_where_somebody_reads_along(
    arguments: list[str], pace: str
):
    assert parse_options(arguments).pace == pace


@pytest.mark.parametrize("prompt", ["/compact", "/nosuch", "/init/memory", "!ls", "/", "/help?"])
def test_a_line_for_the_screen_is_no_paid_prompt(prompt: str, tmp_path: Path):
    options = CommandLineOptions(prompt=prompt, headless=True, folder=tmp_path)
    with pytest.raises(UsageError, match="glideslope -p -- PROMPT"):
        check_prompt(options)
    literal = CommandLineOptions(prompt=prompt, headless=True, literal=True, folder=tmp_path)
    assert check_prompt(literal).prompt == prompt
    quoted = CommandLineOptions(prompt=f"\\{prompt}", headless=True, folder=tmp_path)
    assert check_prompt(quoted).prompt == prompt


@pytest.mark.parametrize(
    "prompt", ["/bin/sh is broken", "/src/a.py is broken", "a/b", "x! y", "//"]
)
def test_a_path_is_a_prompt(prompt: str, tmp_path: Path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").touch()
    assert check_prompt(CommandLineOptions(prompt=prompt, folder=tmp_path)).prompt == prompt


def test_what_is_piped_in_goes_with_the_prompt_or_is_it(capsys: pytest.CaptureFixture[str]):
    asked = CommandLineOptions(prompt="why?", headless=True)
    assert with_standard_input(asked, "log", "").data == "log"
    assert with_standard_input(asked, "", "Nothing came.") == asked
    assert capsys.readouterr().err == "glideslope: Nothing came.\n"
    for prompt in ("", " ", "-"):
        alone = with_standard_input(CommandLineOptions(prompt=prompt, headless=True), "do it\n", "")
        assert (alone.prompt, alone.data) == ("do it\n", "")
    with pytest.raises(UsageError, match="empty"):
        with_standard_input(CommandLineOptions(headless=True), " \n", "")
