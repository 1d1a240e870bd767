"""`/jobs` and `/sandbox` in the running program, with a real command left behind."""

from tests.support.app_driver import AppDriver, StartApp


async def alone(driver: AppDriver) -> tuple[int, ...]:
    """Leave a process running, as a command of the model's does."""
    world = driver.chat.session.runner.ctx.services.environment
    tool = driver.chat.session.runner.ctx.services.tools["bash"]
    line = "mkfifo gate; (echo listening; read line <gate) & while ! [ -p gate ]; do :; done"
    await tool.run(tool.prepare({"command": line}, world), world, lambda text: None)
    (job,) = world.jobs.statuses()
    return job.processes


async def test_jobs_are_listed_with_their_last_line_and_stopped_by_enter(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.submit("/jobs")
        assert driver.notices()[-1] == "No command left anything running."
        await alone(driver)
        await driver.submit("/jobs")
        await driver.until(lambda: driver.choosing)
        assert "mkfifo gate" in driver.text() and "running for" in driver.text()
        await driver.press("enter")
        await driver.until(lambda: driver.notices()[-1] == "Stopped job 1.")
        jobs = driver.chat.session.runner.ctx.services.environment.jobs
        assert not jobs.status(1).running
        await driver.submit("/jobs stop 1")
        await driver.until(lambda: driver.notices()[-1] == "Job 1 had ended already.")
        await driver.submit("/jobs stop 7")
        await driver.until(lambda: "There is no job 7" in driver.sentences()[-1])
        await driver.submit("/jobs kill")
        assert driver.sentences()[-1] == "/jobs lists them, /jobs stop NUMBER stops one."


async def test_sandbox_says_what_holds_here(running_app: StartApp):
    async with running_app(size=(160, 45)) as driver:
        held = driver.chat.session.runner.ctx.services.environment.sandbox.enforcement
        await driver.submit("/sandbox")
        assert driver.page().startswith(f"What holds commands: **{held.summary}**\n")
        assert f"sandbox: {held.summary}" in driver.rows()[-1]
