"""Secrets in results: neither logged, nor sent, nor written back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.agent.tool_runner import ToolRunner
from tests.support.context import change_context
from tests.support.run_session import run_session
from tui.agent.turn_items import ToolOutput
from tui.claude.redaction import Redactor
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

KEY = "an-odd-key-of-a-proxy-0123456789"
LOOKS = "ghp_" + "a1B2" * 9
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ"
PEM = f"-----BEGIN PRIVATE KEY-----\n{(BODY + chr(10)) * 30}-----END PRIVATE KEY-----\n"


async def test_a_secret_never_reaches_the_log_or_the_server(tmp_path: Path):
    calls = (
        ScriptedToolUse(
            "bash", {"command": f"cat .env; cat .env | base64; sleep 0.2; echo {KEY[::-1]} | rev"}
        ),
        ScriptedToolUse("read", {"path": ".env"}),
        ScriptedToolUse("grep", {"pattern": "TOKEN|KEY", "path": ".env"}),
        ScriptedToolUse("edit", {"path": ".env", "old_string": "A=1", "new_string": "A=2"}),
        ScriptedToolUse("read", {"path": f"{KEY}.txt"}),
    )
    async with run_session(tmp_path, calls, (ScriptedText("ok"),), mode="auto") as run:
        world = run.ctx.services.environment
        world.redactor = Redactor({KEY: "OUR_KEY"})
        change_context(run.ctx, rules=replace(run.ctx.run.rules, boundary=True))
        text = f"TOKEN={LOOKS}\nKEY={KEY}\nA=1\n"
        (run.folder / ".env").write_text(text)
        await run.driver.run_turn("go")
        results = run.events(ev.ToolFinished)
        assert [each.outcome for each in results[:4]] == ["done"] * 4
        output = [item for item in run.published if isinstance(item, ToolOutput)]
        assert output
        shown = json.dumps([each.content for each in results] + [each.text for each in output])
        shown += json.dumps([change.diff for each in results for change in each.changes])
        sent = json.dumps([told.messages[2:] for told in run.server.script.inputs])
        for secret in (LOOKS, LOOKS[:20]):
            assert secret not in shown + sent
        assert KEY not in shown
        assert "[removed: looks like a GitHub token]" in sent
        assert "[removed: the value of OUR_KEY]" in sent
        assert (run.folder / ".env").read_text() == text.replace("A=1", "A=2")
        notices = [each.sentence for each in run.events(ev.NoticeShown)]
        assert sum("blacked out" in sentence for sentence in notices) == 1


@pytest.fixture
def runner(tmp_path: Path) -> ToolRunner:
    return ToolRunner(tmp_path)


async def test_a_mark_is_never_written_into_a_file(runner: ToolRunner):
    text = f"TOKEN={LOOKS}\nA=1\n"
    file = runner.write_file(".env", text)
    shown = (await runner.use("read", path=".env")).content
    line = shown.split("\n")[0].partition("\t")[2]
    assert line == "TOKEN=[removed: looks like a GitHub token]"
    for old, new in ((line, "TOKEN="), ("A=1", line)):
        sentence = await runner.refusal_of("edit", path=".env", old_string=old, new_string=new)
        assert "stands for a secret" in sentence
    # Replacing the file would lose the key: its line was not seen.
    assert "1 line that" in await runner.refusal_of("write", path=".env", content="A=1\n")
    assert "stands for a secret" in await runner.refusal_of("write", path="new.env", content=line)
    assert file.read_text() == text
    await runner.use("edit", path=".env", old_string="A=1", new_string="A=2")
    assert file.read_text() == text.replace("A=1", "A=2")


async def test_a_mark_that_is_only_text_can_be_edited(runner: ToolRunner):
    file = runner.write_file("doc.md", "It says [removed: looks like a GitHub token] then.\n")
    old, new = (
        "It says [removed: looks like a GitHub token]",
        "We say [removed: looks like a GitHub token]",
    )
    await runner.use("edit", path="doc.md", old_string=old, new_string=new)
    assert file.read_text().startswith("We say [removed")


async def test_a_page_that_begins_inside_a_private_key_shows_nothing_of_it(
    runner: ToolRunner,
):
    runner.write_file("id_rsa", PEM)
    for offset in (1, 5, 20):
        assert "MIIEv" not in (await runner.use("read", path="id_rsa", offset=offset)).content
    whole = await runner.use("read", path="id_rsa")
    assert len(whole.content.split("\n")) == 32


async def test_saved_output_holds_no_secret(tmp_path: Path):
    tool_runner = ToolRunner(tmp_path, output_characters=2_000)
    tool_runner.write_file("id_rsa", PEM)
    outcome = await tool_runner.use(
        "bash", command=f"cat id_rsa; seq 3000; echo {LOOKS}; cat id_rsa"
    )
    (saved,) = tool_runner.scratch.glob("output-*.txt")
    for text in (outcome.content, saved.read_text()):
        assert LOOKS not in text and "MIIEv" not in text
    assert "[removed: looks like a private key]" in saved.read_text()
