"""What several tests of this folder share."""

from pathlib import Path


def swell(folder: Path) -> None:
    """Files of which reading two crosses half of a budget of 20,000, and which are planned."""
    for name in ("parse", "lexer", "emit"):
        rows = [f"{name.upper()}_{n} = 'words to be read'\n" for n in range(270)]
        function = f"def {name}(text: str):\n    return text.split()\n"
        (folder / "src" / f"{name}.py").write_text("".join([function, *rows]))
