"""What may go ahead, what is asked, what is denied."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.agent.tool_runner import ToolRunner
from tui.agent.permission_rule import RuleError, parse_rule
from tui.agent.permissions import Allow, Ask, Decision, Deny, PermissionRules
from tui.agent.tools.base import PermissionRequest, PreparedCall
from tui.session.events import Mode, PermissionScope


@pytest.fixture
def runner(tmp_path: Path) -> ToolRunner:
    tool_runner = ToolRunner(tmp_path)
    tool_runner.write_file("src/a.py", "x = 1\n")
    return tool_runner


def rules(
    runner: ToolRunner, mode: Mode = "ask", *, boundary: bool = True, **lists: Any
) -> PermissionRules:
    return replace(PermissionRules.of(runner.folder, mode, **lists), boundary=boundary)


CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "read": ("read", {"path": "src/a.py"}),
    "read outside": ("read", {"path": "/etc/hostname"}),
    "edit": ("edit", {"path": "src/a.py", "old_string": "1", "new_string": "2"}),
    "write": ("write", {"path": "new.py", "content": ""}),
    "write outside": ("write", {"path": "../new.py", "content": ""}),
    "write .git": ("write", {"path": ".git/hooks/pre-commit", "content": ""}),
    "bash": ("bash", {"command": "make"}),
    "bash outside": ("bash", {"command": "cat /etc/hostname"}),
    "bash sudo": ("bash", {"command": "sudo make"}),
    "checklist": ("checklist", {"subtasks": [{"id": "a"}]}),
}


def kind(decision: Decision) -> str:
    return type(decision).__name__.lower()


@pytest.mark.parametrize(
    ("mode", "allowed", "denied"),
    [
        ("ask", {"read", "checklist"}, set()),
        ("edits", {"read", "checklist", "edit", "write"}, set()),
        ("auto", {"read", "checklist", "edit", "write", "bash", "bash outside"}, set()),
        (
            "plan",
            {"read"},
            {k for k in CALLS if k not in ("read", "read outside")},
        ),
    ],
)
def test_each_mode_lets_pass_what_it_says(
    runner: ToolRunner, mode: Mode, allowed: set[str], denied: set[str]
):
    judged = {
        name: kind(rules(runner, mode).decide(runner.prepare(tool, **input)))
        for name, (tool, input) in CALLS.items()
    }
    assert {name for name, what in judged.items() if what == "allow"} == allowed
    assert {name for name, what in judged.items() if what == "deny"} == denied


def test_plan_mode_tells_the_model_why(runner: ToolRunner):
    decision = rules(runner, "plan").decide(runner.prepare("bash", command="ls"))
    assert isinstance(decision, Deny) and "Plan mode" in decision.reason


@pytest.mark.parametrize("name", ["write .git", "bash sudo"])
def test_what_is_dangerous_is_asked_whatever_allows_it(runner: ToolRunner, name: str):
    tool, input = CALLS[name]
    call = runner.prepare(tool, **input)
    everything = rules(runner, "auto", allow=["bash(*)", "bash(sudo make)", "edit(**)"])
    decision = everything.decide(call)
    assert isinstance(decision, Ask) and "always asked because" in decision.reason
    assert everything.with_answer(call, "session") == everything


@pytest.mark.parametrize(
    ("rule", "command", "allowed"),
    [
        ("bash(git status*)", "git status", True),
        ("bash(git status*)", "git status -s src", True),
        ("bash(git status*)", "git  status", True),
        ("bash(git status*)", "git statusx", False),
        ("bash(git status*)", "git -c x=y status", False),
        ("bash(git status*)", "git status; ls", False),
        ("bash(git status*)", "git status && ls", False),
        ("bash(git status*)", "git status | sh", False),
        ("bash(git status*)", "git status &", True),
        ("bash(git status*)", "git status & ls", False),
        ("bash(git status*)", "git status\nls", False),
        ("bash(git status*)", "git status $(ls)", False),
        ("bash(git status*)", "git status `ls`", False),
        ("bash(git status*)", 'git status "$(ls)"', False),
        ("bash(git status*)", "git status > out", False),
        ("bash(git status*)", "git status 2>&1", True),
        ("bash(git status*)", "git status 2>/dev/null", True),
        ("bash(git status*)", "git status >/dev/null2", False),
        ("bash(git status*)", "git status <(ls)", False),
        ("bash(git status*)", "git status; git status", True),
        ("bash(git status*)", "PATH=. git status", False),
        ("bash(git status*)", "git status ';' ls", True),
        ("bash(git status*)", "git status # it's\nls # '", False),
        ("bash(git status*)", "git status \\\nls", False),
        ("bash(git status*)", "git status ${x:-$(ls)}", False),
        ("bash(git status*)", "if git status; then ls; fi", False),
        ("bash(git status*)", "! git status", False),
        ("bash(git status*)", "(git status)", False),
        ("bash(git status*)", "{ git status; }", False),
        ("bash(git status*)", "git status <<E\nE", False),
        ("bash(git status*)", "git status\r\nls", False),
        ("bash(pytest -q)", "pytest -q", True),
        ("bash(pytest -q)", "pytest -q x", False),
        ("bash(npm run test:* *)", "npm run test:unit --ci", True),
        ("bash(*)", "ls | wc -l", True),
        ("bash(*)", "ls $(x)", False),
        ("bash(*)", "PATH=. ls", False),
        ("bash(*)", "/bin/r? x", False),
        ("bash(*)", "'' x", False),
        ("bash(git status*)", "git status \nls", False),
        ("bash(rm \\*.o)", "rm *.o", True),
        ("bash(rm \\*.o)", "rm x.o", False),
        ("bash(echo $HOME > x)", "echo $HOME > x", True),
        ("bash(echo $HOME > x)", "echo $HOME > y", False),
        ("edit(**)", "ls", False),
    ],
)
def test_a_rule_for_commands_means_these_words_and_nothing_hidden(
    runner: ToolRunner, rule: str, command: str, allowed: bool
):
    decision = rules(runner, allow=[rule]).decide(runner.prepare("bash", command=command))
    assert isinstance(decision, Allow) is allowed


def test_rules_together_allow_a_line_of_several_commands(runner: ToolRunner):
    both = rules(runner, allow=["bash(cd*)", "bash(pytest*)"])
    assert isinstance(both.decide(runner.prepare("bash", command="cd src && pytest -q")), Allow)
    assert isinstance(both.decide(runner.prepare("bash", command="cd src && make")), Ask)


def test_a_rule_for_a_command_does_not_reach_outside_the_folder(runner: ToolRunner):
    allowed = rules(runner, allow=["bash(cat*)"])
    assert isinstance(allowed.decide(runner.prepare("bash", command="cat src/a.py")), Allow)
    outside = runner.prepare("bash", command="cat /etc/hostname")
    assert isinstance(allowed.decide(outside), Ask)
    exactly = allowed.with_answer(outside, "session")
    assert isinstance(exactly.decide(outside), Allow)
    other = runner.prepare("bash", command="cat /etc/passwd")
    assert isinstance(exactly.decide(other), Ask)


@pytest.mark.parametrize(
    ("rule", "path", "covered"),
    [
        ("edit(src/**)", "src/b.py", True),
        ("edit(src/**)", "src/deep/a.py", True),
        ("edit(src/)", "src/deep/a.py", True),
        ("edit(src/**)", "srcs/a.py", False),
        ("edit(src/*)", "src/deep/a.py", False),
        ("edit(*.py)", "a.py", True),
        ("edit(*.py)", "src/b.py", False),
        ("edit(**/*.py)", "src/b.py", True),
        ("edit(**)", "anything/at.all", True),
        ("edit(**)", "../beside.txt", False),
        ("edit(../**)", "../beside.txt", False),
        ("write(**)", "a.py", True),
        ("read(**)", "a.py", False),
    ],
)
def test_a_rule_for_files_means_these_paths_and_never_leaves_the_folder(
    runner: ToolRunner, rule: str, path: str, covered: bool
):
    decision = rules(runner, allow=[rule]).decide(runner.prepare("write", path=path, content="x"))
    assert isinstance(decision, Allow) is covered


def test_an_edit_is_not_covered_by_a_rule_for_writing(runner: ToolRunner):
    tool, input = CALLS["edit"]
    assert isinstance(rules(runner, allow=["write(**)"]).decide(runner.prepare(tool, **input)), Ask)


def test_a_rule_may_open_a_folder_outside(runner: ToolRunner, tmp_path: Path):
    (tmp_path / "other").mkdir()
    opened = rules(runner, allow=[f"read({tmp_path}/other/**)"])
    for path in ("../other/x.txt", "../other"):
        assert isinstance(opened.decide(runner.prepare("read", path=path)), Allow)
    assert isinstance(opened.decide(runner.prepare("read", path="../elsewhere.txt")), Ask)


def test_deny_rules_are_stronger_than_everything(runner: ToolRunner):
    runner.write_file(".env", "TOKEN=1\n")
    strict = rules(
        runner, "auto", allow=["bash(*)", "read(**)"], deny=["bash(curl*)", "read(**/.env)"]
    )
    denied = [
        runner.prepare("read", path=".env"),
        runner.prepare("bash", command="curl https://x"),
        runner.prepare("bash", command="ls && curl https://x"),
        runner.prepare("bash", command="echo $(curl https://x)"),
    ]
    for call in denied:
        decision = strict.decide(call)
        assert isinstance(decision, Deny) and "deny" in decision.reason
    assert isinstance(strict.decide(runner.prepare("bash", command="ls")), Allow)


@pytest.mark.parametrize("scope", ["session", "project"])
def test_an_answer_for_longer_is_remembered(runner: ToolRunner, scope: PermissionScope):
    call = runner.prepare("bash", command="pytest -q")
    before = rules(runner)
    after = before.with_answer(call, scope)
    assert isinstance(before.decide(call), Ask)
    assert isinstance(after.decide(runner.prepare("bash", command="pytest tests")), Allow)
    assert tuple(map(str, getattr(after, scope))) == call.permission.rules == ("bash(pytest *)",)
    assert after.with_answer(call, scope) == after


@pytest.mark.parametrize("answer", ["once", "no"])
def test_an_answer_for_once_changes_nothing(runner: ToolRunner, answer: PermissionScope):
    call = runner.prepare("bash", command="pytest")
    assert rules(runner).with_answer(call, answer) == rules(runner)


def test_what_an_answer_added_can_be_read_again_from_text(runner: ToolRunner):
    call = runner.prepare("bash", command="echo \"a b\" > 'x*y'")
    kept = [str(rule) for rule in rules(runner).with_answer(call, "project").project]
    again = rules(runner, project=kept)
    assert isinstance(again.decide(call), Allow)


@pytest.mark.parametrize("text", ["", "bash", "bash()", "eat(x)", "bash(x", "(x)"])
def test_what_is_no_rule_is_said_in_a_sentence(text: str):
    with pytest.raises(RuleError) as error:
        parse_rule(text)
    assert error.value.sentence


def test_a_mode_can_be_changed_and_the_rest_stays(runner: ToolRunner):
    some = rules(runner, allow=["bash(ls*)"])
    assert some.with_mode("plan").allow == some.allow
    assert some.with_mode("plan").mode == "plan"


def test_without_a_sandbox_auto_runs_only_what_is_proved_harmless(runner: ToolRunner):
    free = rules(runner, "auto", boundary=False)
    assert isinstance(free.decide(runner.prepare("bash", command="cat src/a.py")), Allow)
    assert isinstance(free.decide(runner.prepare("bash", command="make")), Ask)
    held = replace(free, boundary=True)
    assert isinstance(held.decide(runner.prepare("bash", command="make")), Allow)


def test_a_denied_file_is_kept_from_edit_and_write_and_by_its_other_names(
    runner: ToolRunner,
):
    secret = runner.write_file(".env", "TOKEN=1\n")
    os.link(secret, runner.folder / "notes.txt")
    (runner.folder / "link").symlink_to(secret)
    strict = rules(runner, "auto", deny=["read(**/.env)"])
    for act in ("read", "edit", "write"):
        for path in (secret, runner.folder / "notes.txt"):
            need = PermissionRequest(kind=act, target=path.as_posix(), reason="")
            call = PreparedCall(name=act, subject="", reads_only=False, permission=need)
            assert isinstance(strict.decide(call), Deny), (act, path)
    assert isinstance(strict.decide(runner.prepare("read", path="link")), Deny)
    assert strict.is_hidden(runner.folder / "notes.txt")
    assert not strict.is_hidden(runner.folder / "src/a.py")
    assert strict.denied_files() == (secret,)


def test_files_that_are_only_kept_from_being_changed_may_be_read(runner: ToolRunner):
    strict = rules(runner, deny=["edit(src/**)"])
    assert isinstance(strict.decide(runner.prepare("read", path="src/a.py")), Allow)
    assert isinstance(strict.decide(runner.prepare("write", path="src/n.py", content="")), Deny)
    assert not strict.is_hidden(runner.folder / "src/a.py")


def test_what_is_not_understood_counts_as_denied_and_says_how_to_write_it(
    runner: ToolRunner,
):
    strict = rules(runner, "auto", deny=["bash(rm *)"])
    for line in ("$X y", 'sh -c "$X"', "printf x | sh", "if"):
        decision = strict.decide(runner.prepare("bash", command=line))
        assert isinstance(decision, Deny)
        assert "bash(rm *)" in decision.reason and "Write it plainly" in decision.reason


def test_a_file_that_the_sandbox_hides_is_not_asked_about(runner: ToolRunner):
    runner.write_file(".env", "TOKEN=1\n")
    open_to_all = rules(runner, "auto", deny=["read(**/.env)"])
    call = runner.prepare("bash", command="pytest")
    asked = open_to_all.decide(call)
    assert isinstance(asked, Ask) and asked.need.rules == ()
    assert isinstance(replace(open_to_all, masks=True).decide(call), Allow)
    named = runner.prepare("bash", command="cat .env")
    assert isinstance(replace(open_to_all, masks=True).decide(named), Deny)


def test_the_network_is_asked_for_unless_the_settings_open_it(runner: ToolRunner):
    call = runner.prepare("bash", command="npm install", access="network")
    auto = rules(runner, "auto")
    assert isinstance(auto.decide(call), Ask)
    assert call.permission.rules == ("network(npm install *)",)
    assert isinstance(replace(auto, network=True).decide(call), Allow)
    assert isinstance(replace(rules(runner, "ask"), network=True).decide(call), Ask)
    assert isinstance(rules(runner, "auto", deny=["network(*)"]).decide(call), Deny)


def test_outside_the_sandbox_is_offered_for_exactly_this_command(runner: ToolRunner):
    call = runner.prepare("bash", command="git status", access="outside")
    auto = rules(runner, "auto")
    assert isinstance(auto.decide(call), Ask) and call.permission.rules == ("outside(git status)",)
    after = auto.with_answer(call, "session")
    assert isinstance(after.decide(call), Allow)
    other = runner.prepare("bash", command="git status -s", access="outside")
    assert isinstance(after.decide(other), Ask)


def test_rules_of_the_user_that_allow_more_than_they_seem_to_are_named_once(
    runner: ToolRunner,
):
    sentences: list[str] = []
    allow = ["bash(git status*)", "bash(foo *)", "bash(bar -x)", "bash(*)"]
    PermissionRules.of(runner.folder).with_settings(allow, [], sentences)
    assert len(sentences) == 1
    assert "bash(foo *)" in sentences[0] and "bash(*)" in sentences[0]
    assert "git status" not in sentences[0] and "bar" not in sentences[0]
