"""The profile for `sandbox-exec`: text only, since no test machine runs macOS.

Rules of the language: the last rule that fits decides, `subpath` covers what is below a folder,
strings are quoted as in Scheme (the profiles that macOS itself has in /System/Library/Sandbox).
"""

from pathlib import Path

from tui.agent.sandbox.policy import SandboxPolicy
from tui.agent.sandbox.seatbelt import seatbelt_arguments, seatbelt_profile


def policy(root: Path) -> SandboxPolicy:
    (root / "file").write_text("")
    return SandboxPolicy(
        private="/private/tmp/x",
        read=("/usr", str(root / "file")),
        write=("/work/p", '/odd "name" \\ here'),
        hidden=("/home/me/.ssh",),
        masks=(str(root / "file"),),
    )


def test_everything_is_denied_that_is_not_named(tmp_path: Path):
    lines = seatbelt_profile(policy(tmp_path)).splitlines()
    assert lines[:2] == ["(version 1)", "(deny default)"]
    assert not any("network" in line for line in lines)


def test_paths_are_opened_by_kind_quoted_and_closed_last(tmp_path: Path):
    text = seatbelt_profile(policy(tmp_path))
    reads, writes = text.index("(allow file-read*\n"), text.index("(allow file-write*\n")
    closed = text.index("(deny file-read* file-write*\n")
    assert reads < writes < closed
    assert f'(literal "{tmp_path}/file")' in text[reads:writes]
    assert '(subpath "/usr")' in text[reads:writes]
    assert '(subpath "/usr")' not in text[writes:closed]
    assert '(subpath "/odd \\"name\\" \\\\ here")' in text[writes:closed]
    assert '(subpath "/home/me/.ssh")' in text[closed:]
    assert f'(literal "{tmp_path}/file")' in text[closed:]
    assert text.count("(") == text.count(")")


def test_the_network_is_open_only_where_the_policy_says_so(tmp_path: Path):
    held = policy(tmp_path)
    assert "(allow network*)" in seatbelt_profile(held._replace(network=True))
    program, option, profile = seatbelt_arguments(held)
    assert (program, option) == ("/usr/bin/sandbox-exec", "-p")
    assert profile == seatbelt_profile(held)
