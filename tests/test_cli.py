"""The command line, as a process: answers, exit codes, and what is imported for them."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.forked_program import run_program as run
from tui.command_line import CommandLineOptions, parse_options
from tui.session.events import PromptSubmitted
from tui.session.folder_identity import identify_folder
from tui.session.store import SessionStore
from tui.simulator.simulator_process import start_simulator


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--budget", "5", "-p", "x"], "20,000"),
        (["--budget", "0", "-p", "x"], "--budget off means no budget"),
        (["--budget", "0k", "-p", "x"], "--budget off means no budget"),
        (["--budget", "many", "-p", "x"], "many"),
        (["--budget", "999999999999999999", "-p", "x"], "1,000,000,000 tokens or fewer"),
        (["--budget", "2000M", "-p", "x"], "1,000,000,000 tokens or fewer"),
        (["--budget", "", "-p", "x"], "expected tokens"),
        (["--model", "", "-p", "x"], "the name of a model"),
        (["--model=", "-p", "x"], "the name of a model"),
        (["--effort", "", "-p", "x"], "low, medium, high"),
        (["--permission-mode", "", "-p", "x"], "expected"),
        (["--theme", "", "-p", "x"], "theme"),
        (["--budget", "-5", "-p", "x"], "-5"),
        (["--budget", "+0", "-p", "x"], "+0"),
        (["--budget", "$0", "-p", "x"], "zero dollars would allow nothing"),
        (["--budget", "$-1", "-p", "x"], "it is negative"),
        (["--budget", "$abc", "-p", "x"], "$abc"),
        (["--budget", "$0.001", "-p", "x"], "dollars go down to cents"),
        (["--budget", "$200k", "-p", "x"], "from $0.01 to $100,000"),
        (["--effort", "hihg", "-p", "x"], "low, medium, high, xhigh or max"),
        (["--permission-mode", "strange", "-p", "x"], "strange"),
        (["--zork"], "--zork"),
        (["-p", ""], "empty"),
        (["-p", "x", "--resume"], "id or name"),
        (["-c", "-r", "a", "-p", "x"], "--continue"),
        (["--output-format", "json"], "-p"),
        (["--pace", "fast", "-p", "x"], "--pace"),
        (["sessions", "burn"], "burn"),
        (["simulate", "--port", "x"], "a number from 0 to 65535, not 'x'"),
        (["simulate", "--port", "99999"], "99999"),
        (["simulate", "--pace", "slow"], "max, not 'slow'"),
        (["simulate", "--faults", "{"], "--faults"),
        (["simulate", "--zork"], "glideslope simulate --help"),
        (["--theme", "nope", "-p", "x"], "nope"),
        ([], "terminal"),
    ],
)
def test_a_wrong_command_line_is_one_clear_sentence_and_exit_2(
    arguments: list[str], said: str, tmp_path: Path
):
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("GLIDESLOPE_LIMITS_DOLLARS", "0", "zero does not mean unlimited"),
        ("GLIDESLOPE_LIMITS_REQUESTS", "0", "zero does not mean unlimited"),
        ("GLIDESLOPE_LIMITS_MINUTES", "-1", "a number of minutes from 0.1"),
        ("GLIDESLOPE_LIMITS_OVER_BUDGET", "0", "zero does not mean unlimited"),
        ("GLIDESLOPE_TASK_BUDGET", "19k", "20,000"),
        ("GLIDESLOPE_LIMITS_DOLARS", "5", "did you mean GLIDESLOPE_LIMITS_DOLLARS?"),
    ],
)
def test_without_a_screen_a_limit_that_cannot_be_read_stops_the_run(
    variable: str, value: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(variable, value)
    done = run("--simulate", "--pace", "max", "-p", "hello", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert variable in done.stderr and said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_version_and_help_answer_without_loading_the_program(tmp_path: Path):
    script = (
        "import sys; from tui.cli import main\n"
        "try: main([sys.argv[1]])\n"
        "except SystemExit: pass\n"
        "loud = {'textual', 'anthropic', 'msgspec', 'sqlite3', 'asyncio'} & set(sys.modules)\n"
        "print('LOADED', sorted(loud))"
    )
    for option in ("--version", "--help"):
        done = subprocess.run(
            [sys.executable, "-c", script, option], capture_output=True, text=True, check=True
        )
        assert "LOADED []" in done.stdout


def test_the_version_is_printed_wherever_it_is_asked_for(tmp_path: Path):
    done = run("--simulate", "-p", "x", "--version", folder=tmp_path)
    assert (done.returncode, done.stdout.split()[0]) == (0, "glideslope")


def test_without_a_key_both_ways_are_offered(tmp_path: Path):
    done = run("-p", "hello", folder=tmp_path)
    assert done.returncode == 5
    assert "ANTHROPIC_API_KEY" in done.stderr and "--simulate" in done.stderr


def test_a_headless_run_prints_one_versioned_object(tmp_path: Path):
    arguments = ["--simulate", "--pace", "max", "--budget", "200k", "--output-format", "json"]
    # Started from nothing, as the others are not.
    done = subprocess.run(
        [sys.executable, "-m", "tui.cli", *arguments, "-p", "hello"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["type"], result["version"]) == ("result", 3)
    end = result["end"]
    assert (end["reason"], end["sentence"], end["exit_code"]) == ("completed", "", 0)
    meters = result["meters"]
    assert meters["budget"]["grant"] == 200_000
    assert meters["budget"]["used"] + meters["budget"]["left"] == 200_000
    assert meters["billed"]["output"] == meters["charged"]
    assert set(result) >= {"answer", "session", "checklist", "wrap_up", "files"}


def test_stream_json_is_one_object_a_line_and_ends_with_the_result(tmp_path: Path):
    arguments = ["--simulate", "--pace", "max", "--output-format", "stream-json"]
    done = run(*arguments, "-p", "hello", folder=tmp_path)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["type"] for line in lines[:-1]] == ["event"] * (len(lines) - 1)
    assert lines[-1]["type"] == "result"
    kinds = [line["event"]["kind"] for line in lines[:-1]]
    assert kinds[0] == "prompt_submitted" and kinds[-1] == "turn_ended"


def test_a_session_is_continued_listed_and_found_by_its_name(tmp_path: Path):
    simulated = ["--simulate", "--pace", "max"]
    assert run(*simulated, "-p", "hello", folder=tmp_path).returncode == 0
    again = run(*simulated, "-c", "--output-format", "json", "-p", "hello again", folder=tmp_path)
    result = json.loads(again.stdout)
    assert result["meters"]["turns"] == 2
    listed = json.loads(run("sessions", "list", "--json", folder=tmp_path).stdout)
    assert [each["id"] for each in listed["sessions"]] == [result["session"]]
    assert "hello" in run("sessions", "list", folder=tmp_path).stdout
    other = run(*simulated, "-r", "nobody", "-p", "x", folder=tmp_path)
    assert other.returncode == 2 and "nobody" in other.stderr


def test_a_damaged_session_is_listed_with_what_is_the_matter(tmp_path: Path, own_home: Path):
    assert run("--simulate", "--pace", "max", "-p", "hello", folder=tmp_path).returncode == 0
    (path,) = own_home.glob("data/sessions/*/*.db")
    path.write_bytes(b"no database at all")
    listed = run("sessions", "list", folder=tmp_path).stdout.splitlines()
    assert path.stem in listed[0]
    assert listed[1].startswith(f"    ! The session file {path} is damaged")
    again = run("--simulate", "-c", "-p", "x", folder=tmp_path)
    assert again.returncode == 2
    assert "is damaged" in again.stderr and "-r opens one of them" in again.stderr


def test_a_home_that_cannot_be_written_is_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GLIDESLOPE_HOME", str(tmp_path / "file" / "home"))
    done = run("--simulate", "-p", "hello", folder=tmp_path)
    assert done.returncode == 1
    assert "GLIDESLOPE_HOME" in done.stderr and "Traceback" not in done.stderr


def test_a_fork_goes_on_with_what_was_spent_and_leaves_the_session_as_it_is(tmp_path: Path):
    simulated = ["--simulate", "--pace", "max", "--output-format", "json"]
    first = json.loads(run(*simulated, "--budget", "60k", "-p", "hello", folder=tmp_path).stdout)
    forked = json.loads(run(*simulated, "-c", "--fork", "-p", "hello", folder=tmp_path).stdout)
    assert forked["session"] != first["session"]
    budget = forked["meters"]["budget"]
    assert budget["grant"] == 60_000 and budget["used"] > first["meters"]["budget"]["used"]
    assert forked["meters"]["turns"] == 2
    again = json.loads(
        run(*simulated, "-r", first["session"], "-p", "hello", folder=tmp_path).stdout
    )
    assert (again["session"], again["meters"]["turns"]) == (first["session"], 2)


@pytest.mark.parametrize(
    "arguments",
    [["--fork"], ["--fork", "-r"], ["--accept-damage", "-p", "x"], ["--accept-damage", "-c"]],
)
def test_a_fork_needs_a_session(tmp_path: Path, arguments: list[str]):
    done = run("--simulate", *arguments, folder=tmp_path)
    assert done.returncode == 2 and "--resume" in done.stderr


def test_a_session_is_exported_as_markdown(tmp_path: Path):
    assert run("--simulate", "--pace", "max", "-p", "hello", folder=tmp_path).returncode == 0
    printed = run("sessions", "export", "latest", folder=tmp_path)
    assert printed.returncode == 0 and printed.stderr == ""
    assert printed.stdout.startswith("# hello\n") and "| all |" in printed.stdout
    into = run("sessions", "export", "latest", "page.md", folder=tmp_path)
    page = tmp_path / "page.md"
    assert into.stdout == f"Exported to {page}.\n"
    assert page.read_text() == printed.stdout
    assert page.stat().st_mode & 0o777 == 0o600
    again = run("sessions", "export", "latest", "page.md", folder=tmp_path)
    assert again.returncode == 1 and "is there already" in again.stderr
    for arguments in (["export"], ["export", "nobody"], ["list", "all"]):
        assert run("sessions", *arguments, folder=tmp_path).returncode == 2


def test_a_renamed_folder_continues_its_session_with_a_sentence(tmp_path: Path):
    if not identify_folder(tmp_path).born:
        pytest.skip("this file system does not say when a folder was made")
    simulated = ["--simulate", "--pace", "max", "--output-format", "json"]
    (old := tmp_path / "project").mkdir()
    first = json.loads(run(*simulated, "-p", "hello", folder=old).stdout)
    new = old.rename(tmp_path / "renamed")
    done = run(*simulated, "-c", "-p", "hello again", folder=new)
    again = json.loads(done.stdout)
    assert (again["session"], again["folder"]) == (first["session"], str(new))
    assert f"This folder was {old} before: its sessions go on here." in done.stderr
    listed = json.loads(run("sessions", "list", "--json", folder=new).stdout)["sessions"]
    assert [(each["id"], each["folder"]) for each in listed] == [(first["session"], str(new))]
    done = run(*simulated, "-r", first["session"], "-p", "and again", folder=new)
    assert json.loads(done.stdout)["meters"]["turns"] == 3
    assert "before" not in done.stderr, "it is said once"
    shutil.copytree(new, other := tmp_path / "elsewhere" / "renamed")
    new.rename(tmp_path / "kept")
    done = run("--simulate", "-c", "-p", "x", folder=other)
    assert done.returncode == 2
    assert f"glideslope -r {first['session']} continues the last session" in done.stderr
    assert f"-r {first['session']}" in run("sessions", "list", folder=other).stdout


def test_nothing_to_continue_is_said(tmp_path: Path):
    done = run("--simulate", "-c", "-p", "x", folder=tmp_path)
    assert done.returncode == 2
    assert "no earlier session" in done.stderr


async def test_a_wrong_key_ends_in_a_sentence_without_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    simulator = await start_simulator(pace=None)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-api03-secret")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", simulator.base_url)
    done = await asyncio.to_thread(run, "-p", "x", folder=tmp_path)
    await simulator.stop()
    assert done.returncode == 5
    assert "key" in done.stderr and "Traceback" not in done.stderr
    assert "secret" not in done.stderr + done.stdout


def test_options_are_typed():
    options = parse_options(["--simulate", "--budget", "200k", "-p", "do it"])
    assert options.headless and options.simulate and options.prompt == "do it"
    assert options.settings()["task_budget"] == "200k"
    assert parse_options(["-c"]).resume == "latest"
    assert parse_options(["-r"]).resume == ""
    assert parse_options([]).resume is None
    assert isinstance(parse_options([]), CommandLineOptions)
    assert parse_options(["hello", "--simulate", "there"]).prompt == "hello there"


def test_the_command_line_changes_a_session_that_is_resumed(tmp_path: Path):
    simulated = ["--simulate", "--pace", "max", "--output-format", "json"]
    first = json.loads(run(*simulated, "--budget", "60k", "-p", "hello", folder=tmp_path).stdout)
    again = run(
        *simulated, "-c", "--budget", "90k", "--effort", "high", "-p", "more", folder=tmp_path
    )
    result = json.loads(again.stdout)
    assert result["session"] == first["session"]
    assert result["effort"] == "high"
    assert result["meters"]["budget"]["grant"] == 90_000
    assert result["meters"]["budget"]["used"] > first["meters"]["budget"]["used"]


def test_dollars_are_a_hard_limit_and_a_budget_that_follows(tmp_path: Path):
    simulated = ["--simulate", "--pace", "max", "--output-format", "json"]
    done = run(*simulated, "--budget", "$5", "-p", "hello", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(
        "glideslope: $5.00 is the hard limit now. The program works out a token budget after "
        "5,000 used tokens.\n"
    )
    assert "computed once" not in done.stderr, "one answer says little of the price"
    meters = json.loads(done.stdout)["meters"]
    assert meters["limits"] == {
        "over_budget": None,
        "dollars": "5",
        "requests": "200",
        "minutes": None,
    }
    assert meters["budget"] is None
    functions = "\n\n".join(f"def name_{n}(text):\n    return text.split()" for n in range(600))
    (tmp_path / "long.py").write_text(functions)
    job = ["-c", "--permission-mode", "auto", "-p", "Add the missing return annotations."]
    again = run(*simulated, *job, folder=tmp_path)
    meters = json.loads(again.stdout)["meters"]
    grant = meters["budget"]["grant"]
    assert grant % 1_000 == 0 and grant >= 100_000, "about $20 a million, at most"
    assert f"Budget: {grant:,} tokens, computed once: $5.00 at" in again.stderr
    assert meters["limits"]["dollars"] == "5"


def test_a_limit_in_dollars_that_is_too_small_stops_with_exit_code_4(tmp_path: Path):
    simulated = ["--simulate", "--pace", "max"]
    done = run(*simulated, "--budget", "$0.01", "-p", "hello", folder=tmp_path)
    assert done.returncode == 4
    assert "would pass the limit of $0.01: $0.00 spent." in done.stderr


def test_a_budget_below_what_is_spent_is_refused_without_a_screen(tmp_path: Path):
    for name in ("parse", "lexer", "emit"):
        functions = (f"def {name}_{n}(text: str):\n    return text.split()\n" for n in range(260))
        (tmp_path / f"{name}.py").write_text("\n\n".join(functions))
    simulated = ["--simulate", "--pace", "max", "--output-format", "json"]
    asked = ["--budget", "200k", "-p", "Add the missing return annotations."]
    first = json.loads(run(*simulated, *asked, folder=tmp_path).stdout)
    spent = first["meters"]["charged"]
    assert spent > 20_000
    done = run(*simulated, "-c", "--budget", "20k", "-p", "more", folder=tmp_path)
    assert done.returncode == 2
    assert f"has already used {spent:,} tokens, more than 20,000" in done.stderr
    kept = json.loads(run(*simulated, "-c", "-p", "hello", folder=tmp_path).stdout)
    assert kept["meters"]["budget"]["grant"] == 200_000, "nothing was lost"


def test_a_price_can_be_corrected_and_a_mistake_in_it_is_said(tmp_path: Path, own_home: Path):
    simulated = ["--simulate", "--pace", "max", "--output-format", "json", "-p", "hello"]
    settings = own_home / "config" / "settings.toml"
    settings.parent.mkdir(parents=True)
    row = ", ".join(
        f'{name} = "1000"'
        for name in ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
    )
    table = '[catalogue.models."claude-opus-5-5"]\n'
    settings.write_text(f"{table}rates = [{{ since = 2026-01-01, {row} }}]\n")
    dear = json.loads(run(*simulated, folder=tmp_path).stdout)["meters"]["billed"]
    tokens = sum(dear[name] for name in ("input", "cache_write", "cache_read", "output"))
    assert float(dear["dollars"]) == pytest.approx(tokens / 1_000)
    settings.write_text(f"# prices\n\n{table}max_output = 9_000\ncontxt = 5\n")
    done = run(*simulated, folder=tmp_path)
    assert done.returncode == 0
    assert (
        f"{settings}, line 5: catalogue.models.claude-opus-5-5.contxt: there is no such key; "
        "did you mean `context`? The shipped list is used." in done.stderr
    )


def test_how_budgets_are_counted_can_be_corrected_for_run_list_and_export(
    tmp_path: Path, own_home: Path
):
    """With `charges_prompts` the prompt is charged beside the output, wherever it is shown."""
    settings = own_home / "config" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[catalogue]\ncharges_prompts = true\nturn_reset = "fresh"\n')
    offline = ["--simulate", "--pace", "max", "--budget", "50k", "--output-format", "json"]
    prompt = "hello " * 400
    meters = json.loads(run(*offline, "-p", prompt, folder=tmp_path).stdout)["meters"]
    charged, output = meters["charged"], meters["billed"]["output"]
    assert charged - output > 300
    listed = json.loads(run("sessions", "list", "--json", folder=tmp_path).stdout)["sessions"]
    assert [each["charged"] for each in listed] == [charged]
    page = run("sessions", "export", "latest", folder=tmp_path).stdout
    assert f"{charged:,}" in page and f"{50_000 - charged:,}" in page


def test_config_tells_what_is_wrong_with_the_list_of_models(tmp_path: Path, own_home: Path):
    settings = own_home / "config" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('theme = "dusk"\n\n[catalogue.models."claude-opus-5.5"]\ncontext = 9_000\n')
    said = (
        f"{settings}, line 3: catalogue.models.claude-opus-5.5: the list has no such model, and a "
        "new one needs `name`, `context` and `max_output`; did you mean `claude-opus-5-5`? The "
        "shipped list is used."
    )
    done = run("config", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, f"glideslope: {said}\n")
    assert json.loads(run("config", "--json", folder=tmp_path).stdout)["problems"] == [said]
    export = run("sessions", "list", folder=tmp_path)
    assert said in export.stderr


def test_a_model_that_cannot_see_a_budget_does_the_job_all_the_same(tmp_path: Path):
    source = tmp_path / "shapes.py"
    source.write_text('"""Shapes."""\n\n\ndef name():\n    return "shape"\n')
    told = ["--model", "claude-haiku-4-5", "--budget", "50k", "--permission-mode", "auto"]
    offline = ["--simulate", "--pace", "max", "--output-format", "json"]
    done = run(*offline, *told, "-p", "fix missing return annotations", folder=tmp_path)
    budget = json.loads(done.stdout)["meters"]["budget"]
    assert budget["told_by"] == "notes" and budget["grant"] == 50_000
    assert "def name() -> str:" in source.read_text()


def test_config_lists_every_setting_with_the_file_and_line_that_set_it(
    tmp_path: Path, own_home: Path
):
    settings = own_home / "config" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('effort = "low"\nmodel = 5\n')
    done = run("config", folder=tmp_path)
    assert done.returncode == 0
    rows = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert rows["effort"].split()[1:] == ["low", "user,", f"{settings},", "line", "1"]
    assert rows["task_budget"].endswith("built-in")
    assert f"{settings}, line 2" in done.stderr
    listed = json.loads(run("config", "--json", folder=tmp_path).stdout)
    assert listed["version"] == 1
    assert [each["key"] for each in listed["settings"]] == list(rows)
    assert len(listed["problems"]) == 1
    wrong = run("config", "show", folder=tmp_path)
    assert wrong.returncode == 2 and wrong.stderr.count("\n") == 1


def test_names_that_are_not_utf8_stop_nothing(tmp_path: Path):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    source = '"""Shapes."""\n\n\ndef name():\n    return "shape"\n'
    for name in (b"plain.py", b"latin\xe9.py"):
        (folder / os.fsdecode(name)).write_text(source)
    offline = ["--simulate", "--pace", "max", "--permission-mode", "auto"]
    prompt = os.fsdecode(b"fix missing return annotations \xff")
    done = run(*offline, "-p", prompt, folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    for name in (b"plain.py", b"latin\xe9.py"):
        assert "def name() -> str:" in (folder / os.fsdecode(name)).read_text()
    assert r"latin\xe9.py" in done.stdout
    assert "annotations" in run("sessions", "list", folder=folder).stdout


def test_what_a_terminal_would_obey_is_taken_out_of_the_answer(tmp_path: Path):
    name = "evil\x1b]52;c;ZXZpbA==\x07\x1b[2J.py"
    (tmp_path / name).write_text('"""Evil."""\n\n\ndef name():\n    return "shape"\n')
    offline = ["--simulate", "--pace", "max", "--permission-mode", "auto"]
    done = run(*offline, "-p", "fix missing return annotations", folder=tmp_path)
    assert done.returncode == 0
    assert r"evil\x1b]52;" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("form", ["json", "stream-json"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["-p", "hello"], 5),
        (["-p", "/compact"], 2),
        (["-p", ""], 2),
        (["--zork", "-p", "x"], 2),
        (["doctor"], 2),
        (["--simulate", "-r", "nobody", "-p", "x"], 2),
    ],
)
def test_a_run_without_a_result_prints_json_that_says_why(
    arguments: list[str], code: int, form: str, tmp_path: Path
):
    done = run("--output-format", form, *arguments, folder=tmp_path)
    assert done.returncode == code
    (line,) = done.stdout.splitlines()
    error = json.loads(line)
    assert (error["type"], error["version"], error["end"]["exit_code"]) == ("error", 3, code)
    assert error["end"]["sentence"] in " ".join(done.stderr.split())


def test_what_is_piped_in_is_sent_as_data_and_names_no_picture(tmp_path: Path):
    (tmp_path / "shot.gif").write_bytes(b"GIF89a" + bytes(20))
    offline = ["--simulate", "--pace", "max", "-p", "hello"]
    done = run(*offline, folder=tmp_path, piped="/compact\nsee @shot.gif\n")
    assert (done.returncode, done.stderr) == (0, "")
    exported = run("sessions", "export", "latest", folder=tmp_path).stdout
    assert "hello" in exported
    (log,) = Path(os.environ["GLIDESLOPE_HOME"]).glob("data/sessions/*/*.db")
    with SessionStore.open(log, read_only=True) as store:
        events = [record.event for record in store.records()]
    (prompt,) = [event for event in events if isinstance(event, PromptSubmitted)]
    assert prompt.text == "hello"
    first, data = prompt.content
    assert first == {"type": "text", "text": "hello"}
    assert data["text"].endswith("/compact\nsee @shot.gif\n") and "data" in data["text"]


@pytest.mark.parametrize(
    ("model", "code", "said"),
    [("claude-sonnet-4-6", 0, ""), ("claude-opus-5-5", 2, "20,000 tokens or more")],
)
def test_a_small_budget_is_for_models_that_are_told_by_notes(
    model: str, code: int, said: str, tmp_path: Path
):
    arguments = ["--simulate", "--pace", "max", "--model", model, "--budget", "5k"]
    done = run(*arguments, "-p", "hello", folder=tmp_path)
    assert done.returncode == code
    assert said in done.stderr


def test_a_theme_that_was_chosen_is_shown_by_config(tmp_path: Path):
    home = Path(os.environ["GLIDESLOPE_HOME"])
    (home / "state").mkdir(parents=True, exist_ok=True)
    (home / "state" / "theme").write_text("chosen dusk\n", encoding="utf-8")
    (line,) = [
        line
        for line in run("config", folder=tmp_path).stdout.splitlines()
        if line.startswith("theme ")
    ]
    assert line.split(maxsplit=2)[1:] == ["dusk", "user, chosen with /theme"]
