"""What leaves the program as a file: the handoff of a wrap-up report, the whole session."""

from test_offers import landed


async def test_a_handoff_is_private_and_never_written_over_an_earlier_one(fly):
    async with fly(mode="auto") as cockpit:
        await landed(cockpit, grant=90_000, spent=24_000)
        for name in ("", "-2"):
            cockpit.app.run_act("report.handoff")
            path = cockpit.folder / f"HANDOFF-{cockpit.state.session}{name}.md"
            await cockpit.until(path.exists)
            assert path.stat().st_mode & 0o777 == 0o600
            text = path.read_text()
            assert "## Done\n\n- a\n- b\n- c" in text
            # 24k for three subtasks of 20k: the open 8k will take 1.2 times as much.
            assert "Estimate to finish: ≈ 9.6k tokens." in text
            await cockpit.until(lambda path=path: f"Saved {path.name}." in cockpit.notices())


async def test_a_new_session_begins_with_the_report(fly):
    async with fly(mode="auto", budget="60k") as cockpit:
        await landed(cockpit, grant=90_000, spent=24_000)
        before = cockpit.state.session
        cockpit.app.run_act("report.restart")
        await cockpit.until(lambda: cockpit.chat.opened and cockpit.state.session != before)
        await cockpit.until(lambda: cockpit.state.turn == 1)
        assert "Go on from this handoff:" in cockpit.state.prompts[0]
        assert "## Not started\n\n- d\n- e" in cockpit.state.prompts[0]
        await cockpit.until(lambda: not cockpit.chat.running)


async def test_the_session_is_exported_with_all_that_was_said_and_paid(fly):
    async with fly(mode="auto", budget="60k") as cockpit:
        await cockpit.say("/export")
        await cockpit.until(lambda: "There is nothing to export yet." in cockpit.notices())
        await cockpit.turn()
        await cockpit.say("/export")
        path = cockpit.folder / f"glideslope-{cockpit.state.session}.md"
        await cockpit.until(lambda: f"Exported to {path}." in cockpit.notices())
        text = path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600
        assert "> Add the missing return annotations." in text
        assert f"${cockpit.state.bill.dollars:,.4f} |" in text
        await cockpit.say("/export paper.md")
        await cockpit.until((cockpit.folder / "paper.md").exists)
        await cockpit.say("/export paper.md")
        await cockpit.until(lambda: "is there already" in cockpit.notices()[-1])
        assert (cockpit.folder / "paper.md").read_text() == text
