from tui.widgets.transcript.items import Answer


async def test_x(fly):
    async with fly(mode="auto", budget="200k") as c:

        def last():
            return [i for i in c.items() if isinstance(i, Answer)][-1].markdown

        def show(t):
            print("=====", t)

        await c.turn("hello")
        for cmd in [
            "/cost",
            "/usage",
            "/context",
            "/wire",
            "/stats",
            "/permissions",
            "/budget",
            "/config task_budget",
            "/config",
            "/help budget",
            "/help nonsense",
            "/help",
            "/keys",
            "/copy",
            "/rename",
            "/rename a  b",
            "/effort nonsense",
            "/effort high",
            "/model nonsense",
            "/model sonnet",
            "/model",
            "/config bogus 3",
            "/config task_budget 50000",
            "/config task_budget 0",
            "/config task_budget 10000",
            "/config theme nope",
            "/config effort nope",
            "/config model nope",
            "/config model",
            "/config effort",
            "/config theme",
            "/config permissions.mode wild",
            "/config tools.bash_timeout 5",
            "/config tools.bash_timeout",
            "/config task_budget 60000 --save nowhere",
            "/config task_budget --save user",
            "/mode wild",
            "/mode plan",
            "/compact keep x",
            "/find hello",
            "/theme nope",
            "/quit now",
            "/nope",
            "/",
        ]:
            n = len(c.notices())
            a = len(c.items())
            await c.say(cmd)
            await c.pilot.pause(0.2)
            show(cmd)
            print(
                "   notices:",
                c.notices()[n:],
                "items",
                [type(i).__name__ for i in c.items()[a:]],
                "screen",
                type(c.app.screen).__name__,
                "draft",
                repr(c.chat.composer.text),
            )
            if cmd in ("/cost", "/usage", "/context", "/permissions", "/help budget", "/wire"):
                print(last())
            if type(c.app.screen).__name__ != "ChatScreen":
                print("\n".join(r for r in c.rows() if "│" in r)[:1500])
                await c.press("escape")
            c.chat.composer.put("")
            if c.chat.find_bar.finding:
                await c.press("escape")
