"""Kinds of agents: what their files say, who may say it, and what is wrong with them."""

from pathlib import Path

import pytest

from tui.agent.folder_trust import FolderTrust
from tui.agent.team.agent_kinds import AgentKindError, built_in_kinds, parse_agent_kind
from tui.agent.team.kind_files import read_agent_kinds
from tui.settings.user_folders import user_folders

FILE = "---\nname: scout\ndescription: looks\ntools: [read, grep]\nbudget: 9k\n---\nLook well.\n"


def test_a_file_says_what_a_kind_is_and_may_do():
    kind = parse_agent_kind(FILE, "x")
    assert (kind.name, kind.description, kind.instructions) == ("scout", "looks", "Look well.")
    assert (kind.budget, kind.only_reads, kind.pool) == (9_000, True, 0)
    assert kind.permitted_tools == {"read", "grep", "checklist", "wrap_up"}


def test_the_built_in_kinds_are_there_and_only_those_that_write_may_write():
    kinds = built_in_kinds()
    assert list(kinds) == ["explore", "review", "test", "write"]
    assert [kind.only_reads for kind in kinds.values()] == [True, True, False, False]
    assert kinds["write"].permitted_tools is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Look well.", "does not begin with a line ---"),
        ("---\nname: x\nLook well.", "do not end"),
        (FILE.replace("scout", "../up"), "is no name"),
        (FILE.replace("looks", ""), "no description"),
        (FILE.replace("Look well.\n", ""), "no text"),
        (FILE.replace("9k", "7k"), "8,000 tokens or more"),
        (FILE.replace("9k", "$5"), "no number of tokens"),
        (FILE.replace("budget: 9k", "budget: 20k\npool: 15k"), "leaves too little"),
        (FILE.replace("tools:", "hooks:"), "is no field"),
    ],
)
def test_a_file_that_describes_no_kind_says_why(text: str, why: str):
    with pytest.raises(AgentKindError, match=why):
        parse_agent_kind(text, "x")


def test_the_users_files_win_and_a_projects_choose_no_model(tmp_path: Path):
    user, project = tmp_path / "config", tmp_path / "project"
    (user / "agents").mkdir(parents=True)
    (project / ".glideslope" / "agents").mkdir(parents=True)
    theirs = project / ".glideslope" / "agents"
    (theirs / "scout.md").write_text(FILE.replace("---\nname", "---\nmodel: dear\nname"))
    (theirs / "explore.md").write_text(FILE.replace("scout", "explore").replace("looks", "theirs"))
    (theirs / "link.md").symlink_to(tmp_path / "secret.md")
    (tmp_path / "secret.md").write_text(FILE)
    (user / "agents" / "explore.md").write_text(
        FILE.replace("scout", "explore").replace("looks", "mine")
    )
    found = read_agent_kinds(user, project)
    assert found.kinds["explore"].description == "mine"
    assert found.kinds["scout"].model is None
    said = " ".join(found.remarks)
    assert "may not choose a model" in said and "link.md" in said
    assert read_agent_kinds(user, None).kinds.keys() == built_in_kinds().keys()


@pytest.mark.parametrize(
    ("files", "left_out"),
    [(50, ""), (51, '1 file from "kind50.md"'), (53, '3 files from "kind50.md"')],
)
def test_files_beyond_the_fiftieth_are_named_and_not_read(
    tmp_path: Path, files: int, left_out: str
):
    (tmp_path / "agents").mkdir()
    for number in range(files):
        text = FILE.replace("scout", f"kind{number:02}")
        (tmp_path / "agents" / f"kind{number:02}.md").write_text(text)
    found = read_agent_kinds(tmp_path, None)
    assert "kind49" in found.kinds and "kind50" not in found.kinds
    assert (left_out in " ".join(found.remarks)) and len(found.remarks) == bool(left_out)


def test_the_question_whether_a_folder_is_trusted_names_its_kinds(tmp_path: Path):
    theirs = tmp_path / ".glideslope" / "agents"
    theirs.mkdir(parents=True)
    (theirs / "scout.md").write_text(FILE)
    trust = FolderTrust(tmp_path, user_folders({"GLIDESLOPE_HOME": str(tmp_path / "home")}))
    assert trust.used_file_names() == [".glideslope/agents/scout.md"]
    assert trust.used_file_names(memory=False) == []
