"""Where a mistake stands in a TOML file, by the dotted path of what is wrong."""

import pytest

from tui.settings.document import Document, read_document

TEXT = """\
theme = "dusk"

[catalogue.models."claude-opus-5-5"]
max_output = 9_000
contxt = 5

[catalogue.models."llama3.1"]
rates = [
  { since = 2026-01-01, input = 1 },
]

[[catalogue.models.own.rates]]
since = 2026-01-01
inptu = 1
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("theme", 1),
        ("catalogue.models.claude-opus-5-5", 3),
        ("catalogue.models.claude-opus-5-5.contxt", 5),
        ("catalogue.models.claude-opus-5-5.contx", 3),
        ("catalogue.models.llama3.1.rates[0].input", 8),
        ("catalogue.models.llama3.1.zork", 7),
        ("catalogue.models.own.rates[0].inptu", 14),
        ("catalogue.modls", None),
        ("", None),
    ],
)
def test_a_path_leads_to_its_line_or_to_that_of_the_table_around_it(tmp_path, path, line):
    file = tmp_path / "settings.toml"
    file.write_text(TEXT)
    document = read_document(file)
    assert isinstance(document, Document)
    assert document.line_of(path) == line
