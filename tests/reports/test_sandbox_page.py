"""`/sandbox` says what is enforced, and no more."""

from tui.agent.sandbox.enforcement import Access, Enforcement
from tui.agent.sandbox.policy import SandboxPolicy
from tui.agent.sandbox.unsandboxed import NoSandbox
from tui.reports.sandbox_page import MOST_PATHS, sandbox_page

HELD = Enforcement(
    backend="landlock", files=True, network="all", processes=True, detail="Landlock ABI 7"
)


class Held(NoSandbox):
    """A sandbox that held a command with this policy."""

    def __init__(self, policy: SandboxPolicy | None) -> None:
        super().__init__(HELD)
        self.policy = policy

    def policy_for(self, access: Access) -> SandboxPolicy | None:
        return self.policy if access == "inside" else None


def test_without_a_sandbox_it_says_so_and_why():
    page = sandbox_page(NoSandbox(Enforcement(why="The kernel has no Landlock.")))
    assert page.startswith("What holds commands: **off**\n")
    assert "Commands run without a sandbox" in page and "The kernel has no Landlock" in page
    assert "| path |" not in page


def test_the_sentences_are_those_of_the_enforcement_and_the_paths_those_of_the_policy():
    policy = SandboxPolicy(
        private="/run/x",
        read=("/usr", "/work/p", "/a|b"),
        write=("/work/p",),
        hidden=("/home/me",),
    )
    page = sandbox_page(Held(policy))
    assert page.startswith("What holds commands: **files, network**\n")
    for sentence in HELD.sentences:
        assert sentence.split(".")[0].split("(")[0].split("`")[0][:20] in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert rows[2:] == [
        "| reads and changes | /work/p |",
        "| only reads | /a\\|b |",
        "|  | /usr |",
        "| never reaches | /home/me |",
    ]


def test_many_paths_are_counted_and_none_are_promised_for_later():
    policy = SandboxPolicy(
        private="/x", read=tuple(f"/p/{n}" for n in range(MOST_PATHS + 3)), write=()
    )
    assert "and 3 more" in sandbox_page(Held(policy))
    assert "after the first command" in sandbox_page(Held(None))
