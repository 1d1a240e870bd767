"""Two running sessions: the question of the first is answered from the list of the second."""

from pathlib import Path

from tests.terminal.steps import DONE_MARK, GRACE_SECONDS, added_line, quit_program
from tests.terminal.terminal import Start

ANNOTATED = "-> list[str]:"


def test_the_list_of_one_session_answers_the_question_of_another_and_opens_a_third(
    start: Start, start_offline: Start, project: Path, tmp_path: Path
):
    first = start_offline("Add the missing return annotations.")
    first.wait_for("┃ edit src/").wait_for(added_line("def")).listen(GRACE_SECONDS)
    folder = tmp_path / "other"
    folder.mkdir()
    second = start_offline(folder=folder, size=(80, 24))
    second.say("/fleet").wait_for("1 waits for you").wait_for("┃ edit src/").wait_for("permission")
    assert ANNOTATED not in "".join(file.read_text() for file in (project / "src").iterdir())
    second.press("tab").wait_until_gone("tab to answer").press("a")
    first.wait_for("Allowed for this session: answered from process").wait_for("edits ·")
    # Commands still ask in this mode.
    second.wait_for("┃ bash").press("tab").wait_until_gone("tab to answer").press("y")
    first.wait_for(DONE_MARK)
    second.wait_for("0 wait for you")
    second.press("escape").wait_until_gone("Sessions on this machine")
    quit_program(second)
    quit_program(first)
    assert all(ANNOTATED in file.read_text() for file in (project / "src").iterdir())
    third = start("fleet", folder=folder, size=(80, 24))
    third.wait_for("closed").wait_for("Add the missing return").press("q").wait_for_exit()
