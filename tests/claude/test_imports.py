"""What an import of this package costs before the first frame."""

import subprocess
import sys

HEAVY = ("anthropic", "httpx2", "httpx", "pydantic", "textual", "starlette", "sqlite3", "tomlkit")


def loaded_by(statement: str) -> set[str]:
    script = f"import sys\n{statement}\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_client_package_imports_nothing_heavy():
    names = (
        "api_client, request, request_errors, error_mapping, error_messages, catalogue, pricing,"
        " credentials, response_assembler"
    )
    loaded = loaded_by(f"from tui.claude import {names}")
    assert "tui.claude.api_client" in loaded
    assert not loaded & set(HEAVY)


def test_reading_the_catalogue_and_building_a_request_imports_nothing_heavy():
    loaded = loaded_by(
        "from tui.claude.catalogue import load_catalogue\n"
        "from tui.claude.request import build_request, Preamble\n"
        "from tui.claude.credentials import credentials_found\n"
        "credentials_found()\n"
        "model = load_catalogue().model('claude-opus-5-5')\n"
        "build_request(model, Preamble(), [{'role': 'user', 'content': 'x'}])"
    )
    assert not loaded & set(HEAVY)


def test_preloading_imports_what_a_request_needs():
    loaded = loaded_by(
        "from tui.claude.api_client import preload_sdk\npreload_sdk()\npreload_sdk()"
    )
    assert "anthropic.resources.beta.messages.messages" in loaded
