"""Caps of an organisation, out of a file like its own."""

from pathlib import Path

from tui.settings.managed import Caps, read_managed
from tui.settings.problems import Layer
from tui.settings.toml_document import TomlDocument, read_toml_document


def read_managed_caps(folder: Path, **most: int | str) -> Caps:
    """The caps of a Platform team, by key with `__` for dots; they reset on Mondays."""
    path = folder / "managed.toml"
    rows = [f"{key.replace('__', '.')} = {value}" for key, value in most.items()]
    head = ['owner = "Platform team"', 'resets = "on Mondays"', "[cap]"]
    path.write_text("\n".join([*head, *rows]))
    document = read_toml_document(path, Layer.MANAGED)
    assert isinstance(document, TomlDocument)
    managed = read_managed(document)
    assert not managed.problems
    return {cap.entry.setting.key: cap for cap in managed.caps}
