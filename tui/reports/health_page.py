"""What the checks found, as lines of a terminal, as a page and as JSON."""

from collections.abc import Iterator, Sequence

from tui.agent.health.health_finding import HealthFinding, is_healthy
from tui.reports.summary_pages import escape_markdown, table_of_markdown

HEALTH_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""


def health_lines(findings: Sequence[HealthFinding]) -> Iterator[str]:
    """A line for each finding, one for its advice, and one for all of them."""
    widest = max((len(each.subject) for each in findings), default=0)
    for each in findings:
        yield f"{each.level:4}  {each.subject:{widest}}  {each.sentence}"
        if each.advice:
            yield f"{'':4}  {'':{widest}}  → {each.advice}"
    yield ""
    yield verdict(findings)


def verdict(findings: Sequence[HealthFinding]) -> str:
    """One sentence about all findings."""
    bad = sum(each.level == "bad" for each in findings)
    warned = sum(each.level == "warn" for each in findings)
    if bad:
        return f"{bad} of {len(findings)} checks failed."
    if warned:
        return f"The program works; {warned} of {len(findings)} checks have a remark."
    return "All is well."


def health_page(findings: Sequence[HealthFinding]) -> str:
    """The findings as a table in Markdown."""
    rows = [
        (
            f"**{each.level}**" if each.level != "ok" else each.level,
            escape_markdown(each.subject),
            escape_markdown(f"{each.sentence}. {each.advice}" if each.advice else each.sentence),
        )
        for each in findings
    ]
    return f"{table_of_markdown(('', 'check', 'found'), rows)}\n\n{verdict(findings)}"


def health_json(findings: Sequence[HealthFinding]) -> dict[str, object]:
    """The findings for a program that reads them."""
    return {
        "version": HEALTH_VERSION,
        "healthy": is_healthy(findings),
        "checks": [
            {
                "subject": each.subject,
                "level": each.level,
                "sentence": each.sentence,
                "advice": each.advice,
            }
            for each in findings
        ],
    }
