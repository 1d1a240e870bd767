"""What the first frame imports: Textual and these widgets, nothing heavy."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIRST_FRAME = [
    "budget_gauge",
    "checklist_panel",
    "composer",
    "effort_selector",
    "live_pane",
    "question_prompt",
    "status_line",
]
HEAVY = [
    "anthropic",
    "httpx2",
    "markdown_it",
    "pydantic",
    "pygments",
    "rapidfuzz",
    "sqlite3",
    "starlette",
    "textual.widgets._markdown",
    "tomlkit",
    "tree_sitter",
    "uvicorn",
]


def test_the_widgets_of_the_first_frame_import_nothing_heavy():
    imports = "\n".join(f"import tui.widgets.{name}" for name in FIRST_FRAME)
    script = f"import sys\n{imports}\nprint([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
