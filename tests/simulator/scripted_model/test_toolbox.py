"""Calls of the client's tools: valid by their schemas, and read back from the history."""

import pytest

from tests.simulator.scripted_model.folder_client import OUR_TOOLS
from tui.simulator.scripted_model import tool_actions as actions
from tui.simulator.scripted_model.toolbox import Toolbox, decode_call


@pytest.mark.parametrize(
    "act",
    [
        actions.ReadAction("a/[b].py", 5, 10),
        actions.ReadAction("a"),
        actions.EditAction("a", "old\n", "new"),
        actions.WriteAction("a", "x"),
        actions.GlobAction("**/*.py"),
        actions.GrepAction(r"it's \w+|b", "*.py"),
        actions.CountLinesAction(("a.py",)),
        actions.CountLinesAction(("a.py", "b/c.py")),
        actions.ShellAction("ls", "Look"),
        actions.ChecklistAction(({"id": "one", "state": "done"},)),
        actions.WrapUpAction({"next_step": "none"}),
    ],
)
def test_a_call_fits_its_schema_and_is_understood_again_from_the_history(act: actions.ToolAction):
    use = Toolbox.of(OUR_TOOLS).use(act)
    schema = next(tool["input_schema"] for tool in OUR_TOOLS if tool["name"] == use.name)
    assert set(schema["required"]) <= set(use.input) <= set(schema["properties"])
    assert decode_call(use.name, use.input) == act
