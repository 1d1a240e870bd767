"""Offers in the running program: a bigger budget, room to continue, a lower effort."""

from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.wrapup import WrapUp
from tui.widgets.offer_prompt import OfferPrompt

LARGE = "\n\n\n".join(f"def f{n}(a):\n    a()\n    x = {n}\n    return 'text'" for n in range(40))


async def offered(cockpit) -> OfferPrompt:
    """Wait till an offer takes keys."""
    pane = cockpit.chat.live_pane
    await cockpit.until(lambda: pane.prompt is not None and pane.prompt.listening)
    assert isinstance(pane.prompt, OfferPrompt)
    return pane.prompt


async def landed(cockpit, *, grant: int | None, spent: int, scope: str = "session") -> None:
    """A turn that landed with three of five subtasks done; the first took all."""
    from test_budget_commands import spend

    record = cockpit.chat.record
    await record(ev.BudgetGranted(total=grant, scope=scope))
    names = ("a", "b", "c", "d", "e")
    first = [SubtaskUpdate(id=name, title=f"Do {name}", estimate=4_000) for name in names]
    first.append(SubtaskUpdate(id="a", estimate=12_000))
    await record(ev.ChecklistChanged(updates=tuple(first)))
    await record(ev.ChecklistChanged(updates=(SubtaskUpdate(id="a", state="in_progress"),)))
    await spend(cockpit, spent, subtask="a")
    done = [SubtaskUpdate(id=name, state="done") for name in names[:3]]
    await record(ev.ChecklistChanged(updates=tuple(done)))
    report = WrapUp(done=("a", "b", "c"), not_started=("d", "e"), estimate_to_finish=8_000)
    await record(ev.WrappedUp(turn=1, report=report))
    await cockpit.pilot.pause()


async def test_a_budget_that_was_declined_is_answered_with_a_bigger_one_at_one_key(fly, project):
    for n in range(60):
        (project / "src" / f"more{n}.py").write_text(LARGE)
    async with fly(mode="auto", budget="20k") as cockpit:
        await cockpit.say("Add the missing return annotations.")
        await offered(cockpit)
        assert cockpit.state.last_end.reason == "declined"
        bigger = cockpit.state.last_end.budget
        assert bigger > 20_000
        assert f"y give {bigger // 1_000}k and ask again" in cockpit.text()
        await cockpit.press("y")
        await cockpit.until(lambda: cockpit.state.turn == 2 and cockpit.state.request > 1)
        assert cockpit.state.grant == bigger
        assert cockpit.state.prompts[-1] == "Add the missing return annotations."
        assert cockpit.chat.live_pane.prompt is None


async def test_an_offer_is_declined_or_forgotten_with_the_next_prompt(fly, project):
    for n in range(60):
        (project / "src" / f"more{n}.py").write_text(LARGE)
    async with fly(mode="auto", budget="20k") as cockpit:
        await cockpit.say("Add the missing return annotations.")
        await offered(cockpit)
        await cockpit.press("n")
        assert cockpit.chat.live_pane.prompt is None
        assert cockpit.chat.composer.has_focus_within
        assert cockpit.state.grant == 20_000
        await cockpit.say("Add the missing return annotations.")
        await offered(cockpit)
        await cockpit.turn("hello")
        assert cockpit.chat.live_pane.prompt is None


async def test_work_that_stopped_for_its_budget_goes_on_with_a_bigger_one_at_one_key(fly):
    async with fly(mode="auto", budget="60k") as cockpit:
        await cockpit.turn("hello")
        end = ev.TurnEnded(turn=1, reason="landed", sentence="It needs more.", budget=100_000)
        await cockpit.chat.record(end)
        await offered(cockpit)
        assert "The model says that the rest needs more" in cockpit.text()
        assert "y give 100k and continue" in cockpit.text()
        await cockpit.press("y")
        await cockpit.until(lambda: cockpit.state.turn == 2 and not cockpit.chat.running)
        assert cockpit.state.grant == 100_000
        assert cockpit.state.prompts[-1] == "Continue with what is left in the wrap-up report."


async def test_continuing_offers_the_extension_first_where_too_little_is_left(fly):
    """2 × 4,000 estimated, 24,000 taken where 20,000 were estimated: ≈ 9,600 to finish.

    30,000 less 24,000 are 6,000. 9,600 and the reserve of 36,000 (2,880) less 6,000 are
    6,480: 10,000 in steps of 5,000.
    """
    async with fly(mode="auto") as cockpit:
        await landed(cockpit, grant=30_000, spent=24_000)
        assert "3 of 5 subtasks complete · ≈ 9.6k tokens to finish" in cockpit.text()
        cockpit.app.run_act("report.continue")
        await offered(cockpit)
        assert "≈ 9.6k tokens to finish" in cockpit.text()
        assert "6k left of 30k is too little" in cockpit.text()
        assert "y add 10k and continue  40k in all" in cockpit.text()
        await cockpit.press("y")
        await cockpit.until(lambda: cockpit.state.turn == 2 and not cockpit.chat.running)
        assert cockpit.state.grant == 40_000
        assert cockpit.state.prompts[-1].startswith("Continue with what is left")


async def test_continuing_goes_on_at_once_where_there_is_room_or_no_budget(fly):
    async with fly(mode="auto") as cockpit:
        await landed(cockpit, grant=90_000, spent=24_000)
        cockpit.app.run_act("report.continue")
        await cockpit.until(lambda: cockpit.state.turn == 2 and not cockpit.chat.running)
        assert cockpit.state.grant == 90_000
    async with fly(mode="auto") as cockpit:
        await landed(cockpit, grant=None, spent=24_000)
        cockpit.app.run_act("report.continue")
        await cockpit.until(lambda: cockpit.state.turn == 2 and not cockpit.chat.running)


async def test_with_a_budget_for_each_prompt_each_gets_what_the_rest_needs(fly):
    """20,000 for a prompt, and 90,000 taken where 20,000 were estimated.

    36,000 to finish and 3,040 of reserve: 19,040 are missing, so 40,000 for each prompt.
    """
    async with fly(mode="auto") as cockpit:
        await landed(cockpit, grant=20_000, spent=90_000, scope="turn")
        cockpit.app.run_act("report.continue")
        await offered(cockpit)
        assert "≈ 36k tokens to finish" in cockpit.text()
        assert "y add 20k and continue  for each prompt" in cockpit.text()
        await cockpit.press("y")
        await cockpit.until(lambda: cockpit.state.turn == 2 and not cockpit.chat.running)
        assert (cockpit.state.envelope.base, cockpit.state.envelope.scope) == (40_000, "turn")


async def test_a_cap_leaves_what_it_leaves(fly, monkeypatch, tmp_path):
    from test_budget_commands import cap

    cap(monkeypatch, tmp_path, "task_budget = 30_000")
    async with fly(mode="auto", budget="30k") as cockpit:
        await landed(cockpit, grant=30_000, spent=24_000)
        cockpit.app.run_act("report.continue")
        await cockpit.until(lambda: cockpit.notices())
        assert cockpit.notices()[-1] == (
            "≈ 9.6k tokens to finish, and the wrap-up: 6k left. "
            "The cap of Platform team is 30,000 tokens."
        )
        assert cockpit.state.turn == 1


async def test_a_lower_effort_is_offered_once_at_the_approach(fly):
    async with fly(effort="high") as cockpit:
        await cockpit.chat.record(ev.BudgetGranted(total=100_000))
        await cockpit.chat.record(ev.StageCrossed(stage="approach", charged=86_000, grant=100_000))
        await cockpit.pilot.pause()
        (said,) = [each for each in cockpit.notices() if "lower effort" in each]
        assert said.startswith("At a lower effort the rest takes fewer tokens: alt+")
        assert said.endswith("lowers it from high to medium, from the next prompt on.")
        await cockpit.press("alt+down")
        await cockpit.until(lambda: cockpit.state.effort == "medium")


async def test_at_the_lowest_effort_nothing_lower_is_offered(fly):
    async with fly(effort="low", budget="100k") as cockpit:
        await cockpit.chat.record(ev.StageCrossed(stage="approach", charged=86_000, grant=100_000))
        await cockpit.pilot.pause()
        assert not [each for each in cockpit.notices() if "lower effort" in each]
