"""Markdown like a coding agent's answers, the same every time."""

import random

WORDS = (
    "the agent reads a file then edits the smallest part that makes the test pass "
    "because a narrow change is easy to review and easy to revert when it is wrong "
    "layout cache widget stream token budget session resume theme effort report"
).split()

CODE = '''def merge(left: list[int], right: list[int]) -> list[int]:
    """Merge two sorted lists."""
    result: list[int] = []
    while left and right:
        source = left if left[0] <= right[0] else right
        result.append(source.pop(0))
    return [*result, *left, *right]
'''


def sentence(rng: random.Random, words: int) -> str:
    """One sentence, with some emphasis and code in it."""
    chosen = [rng.choice(WORDS) for _ in range(words)]
    if rng.random() < 0.5:
        chosen[words // 2] = f"**{chosen[words // 2]}**"
    if rng.random() < 0.5:
        chosen[words // 3] = f"`{chosen[words // 3]}()`"
    return " ".join(chosen).capitalize() + "."


def paragraph(rng: random.Random) -> str:
    """Three sentences and an empty line."""
    return " ".join(sentence(rng, rng.randint(8, 18)) for _ in range(3)) + "\n\n"


def mixed(chars: int, seed: int = 7) -> str:
    """Headings, prose, lists, fences and tables."""
    rng = random.Random(seed)
    text, section = "", 0
    while len(text) < chars:
        section += 1
        text += f"## Step {section}: {rng.choice(WORDS)} {rng.choice(WORDS)}\n\n"
        text += paragraph(rng) + paragraph(rng)
        text += "".join(f"- {sentence(rng, 9)}\n" for _ in range(rng.randint(3, 6))) + "\n"
        text += f"```python\n{CODE * rng.randint(1, 3)}```\n\n"
        if section % 3 == 0:
            text += "| file | lines | status |\n| --- | --- | --- |\n"
            text += "".join(
                f"| src/{rng.choice(WORDS)}.py | {rng.randint(1, 900)} | ok |\n" for _ in range(5)
            )
            text += "\n"
        text += paragraph(rng)
    return text[:chars]


def long_list(chars: int, seed: int = 7) -> str:
    """One list."""
    rng = random.Random(seed)
    text = ""
    while len(text) < chars:
        text += f"- {sentence(rng, 12)}\n"
    return text[:chars]


def nested_list(chars: int, seed: int = 7) -> str:
    """One list item, with everything else inside it."""
    rng = random.Random(seed)
    text = f"- {sentence(rng, 12)}\n"
    while len(text) < chars:
        text += f"  - {sentence(rng, 9)}\n    - {sentence(rng, 6)}\n"
    return text[:chars]


def long_fence(chars: int) -> str:
    """One block of code."""
    return "```python\n" + (CODE * (chars // len(CODE) + 1))[: chars - 14] + "\n```\n"


def long_table(chars: int, seed: int = 7) -> str:
    """One table."""
    rng = random.Random(seed)
    text = "| file | lines | note |\n| --- | --- | --- |\n"
    while len(text) < chars:
        text += f"| src/{rng.choice(WORDS)}.py | {rng.randint(1, 999)} | {sentence(rng, 5)} |\n"
    return text[:chars]


def long_paragraph(chars: int, seed: int = 7) -> str:
    """One paragraph on one line."""
    rng = random.Random(seed)
    text = ""
    while len(text) < chars:
        text += sentence(rng, 12) + " "
    return text[:chars].rstrip()


def pieces(text: str, count: int, seed: int = 11) -> list[str]:
    """`text` in uneven pieces, as server-sent events bring it."""
    rng = random.Random(seed)
    cuts = sorted(rng.sample(range(1, len(text)), count - 1))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def message(index: int) -> str:
    """One message of a long session: short prompts and longer answers, by turns."""
    rng = random.Random(index)
    if index % 2 == 0:
        return sentence(rng, 12)
    points = "".join(f"- {sentence(rng, 8)}\n" for _ in range(3))
    return f"{paragraph(rng)}{points}\n```python\n{CODE}```\n"
