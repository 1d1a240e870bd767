"""`/jobs` and `/sandbox` in the running program, with a real command left behind."""


async def alone(cockpit) -> tuple[int, ...]:
    """Leave a process running, as a command of the model's does."""
    world = cockpit.chat.opened.driver.means.world
    tool = cockpit.chat.opened.driver.means.tools["bash"]
    line = "mkfifo gate; (echo listening; read line <gate) & while ! [ -p gate ]; do :; done"
    await tool.run(tool.prepare({"command": line}, world), world, lambda text: None)
    (job,) = world.jobs.listing()
    return job.processes


async def test_jobs_are_listed_with_their_last_line_and_stopped_by_enter(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.say("/jobs")
        assert cockpit.notices()[-1] == "No command left anything running."
        await alone(cockpit)
        await cockpit.say("/jobs")
        await cockpit.until(lambda: cockpit.asked)
        assert "mkfifo gate" in cockpit.text() and "running for" in cockpit.text()
        await cockpit.press("enter")
        await cockpit.until(lambda: cockpit.notices()[-1] == "Stopped job 1.")
        jobs = cockpit.chat.opened.driver.means.world.jobs
        assert not jobs.status(1).running
        await cockpit.say("/jobs stop 1")
        await cockpit.until(lambda: cockpit.notices()[-1] == "Job 1 had ended already.")
        await cockpit.say("/jobs stop 7")
        await cockpit.until(lambda: "There is no job 7" in cockpit.notices()[-1])
        await cockpit.say("/jobs kill")
        assert cockpit.notices()[-1] == "/jobs lists them, /jobs stop NUMBER stops one."


async def test_sandbox_says_what_holds_here(fly):
    async with fly() as cockpit:
        held = cockpit.chat.opened.driver.means.world.sandbox.enforcement
        await cockpit.say("/sandbox")
        page = cockpit.items()[-1].markdown
        assert page.startswith(f"**Sandbox** · {held.words}\n")
        assert f"sandbox: {held.words}" in cockpit.rows()[-1]
