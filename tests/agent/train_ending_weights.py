"""Computes the weights of words in `tui/agent/ending_words/weights.tsv` from the labelled endings.

Logistic regression by gradient descent, over the endings that were looked at while tuning; those
that were held out take no part. Endings whose reason is not in their words (open subtasks of the
checklist, the budget) take no part either: an answer about budgets is no work that is left. Run
this file after a change of those endings; it takes half a minute and always gives the same.
"""

import math
import random
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tui.agent import word_weights
from tui.agent.message_text import parse_message
from tui.agent.word_weights import features

ENDINGS = Path(__file__).parent / "endings"
WEIGHTS = Path(word_weights.__file__).parent / "ending_words" / "weights.tsv"
ROUNDS = 30
STEP = 0.1
SHRINK = 1e-3
"""Part of a weight that each step takes away, so that no rare word weighs much."""
LEAST = 0.05
"""Weights below it are left out."""

Sample = tuple[list[str], bool]


def samples() -> list[Sample]:
    """The features of each ending, and whether work is left; features of one ending left out."""
    told = [(_features(text), left) for text, left in _endings()]
    counted = Counter(feature for found, _ in told for feature in found)
    return [(sorted(each for each in found if counted[each] > 1), left) for found, left in told]


def _endings() -> Iterable[tuple[str, bool]]:
    for path in sorted(ENDINGS.glob("??.toml")):
        for ending in tomllib.loads(path.read_text("utf-8"))["ending"]:
            if ending["expect"] in ("completed", "wrapped_up") and not ending.get("open"):
                yield ending["text"], ending["expect"] == "wrapped_up"


def _features(text: str) -> set[str]:
    return {each for clause in parse_message(text).clauses for each in features(clause.text)}


def trained(told: list[Sample]) -> Mapping[str, float]:
    """The weight of each feature; under no name that of every message."""
    weights: dict[str, float] = defaultdict(float)
    chance = random.Random(1)
    for number in range(ROUNDS):
        chance.shuffle(told)
        step = STEP / (1 + number * STEP)
        for found, left in told:
            score = weights[""] + sum(weights[each] for each in found)
            gain = (left - 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))) * step
            weights[""] += gain * STEP
            for each in found:
                weights[each] += gain - SHRINK * weights[each]
    return weights


if __name__ == "__main__":
    result = trained(samples())
    kept = {name: weight for name, weight in result.items() if abs(weight) >= LEAST or not name}
    lines = sorted(f"{weight:.2f}\t{name}\n" for name, weight in kept.items())
    WEIGHTS.write_text("".join(lines), "utf-8")
    print(f"{len(kept)} weights of {len(result)}")
