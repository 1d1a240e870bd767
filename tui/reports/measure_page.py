"""What a measurement found: a table, the advice and its picture, or JSON."""

from decimal import Decimal

from tui.budget.budget_advice import PERCENTILES, budget_advice
from tui.budget.spend_distribution import SpendDistribution
from tui.budget.task_kinds import TYPICAL
from tui.measuring.measurement import MEASURE_VERSION, MIN_PROMPTS, Measurement
from tui.number_format import count_with_noun, format_dollars, format_tokens
from tui.reports.advice_page import advice_sentence, interval_words
from tui.reports.advice_plots import completion_curve

MAX_PROMPT_CELLS = 60
CURVE_CELLS, CURVE_ROWS = 76, 8


def measure_json(measurement: Measurement) -> dict[str, object]:
    """All runs, and the budget that they advise."""
    distribution = _distribution(measurement)
    advice = budget_advice(distribution)
    return {
        "type": "measure",
        "version": MEASURE_VERSION,
        "id": measurement.path.stem,
        "kind": measurement.plan.kind,
        "prompts": [*measurement.plan.prompts],
        "runs": [
            {
                "prompt": task.prompt,
                "n": task.n,
                "spend": task.spend,
                "finished": task.finished,
                "end": task.end,
                "dollars": str(task.dollars),
                "seconds": task.seconds,
                "check": task.check,
            }
            for task in measurement.done
        ],
        "stopped": [
            {"prompt": run.prompt, "n": run.n, "spend": run.spend, "dollars": str(run.dollars)}
            for run in measurement.stopped
        ],
        "missing": len(measurement.missing()),
        "dollars": str(measurement.dollars),
        "advice": {
            **{f"p{p * 100:.0f}": round(distribution.quantile(p)) for p in PERCENTILES},
            "of": "kind" if len(measurement.plan.prompts) >= MIN_PROMPTS else "prompts",
            "interval": [
                None if end is None else round(end)
                for end in (advice.interval.low, advice.interval.high)
            ],
            "n": advice.runs,
            "cut": advice.cut,
            "headroom": advice.headroom,
            "budget": advice.budget,
        },
    }


def measure_lines(measurement: Measurement) -> list[str]:
    """A row for each prompt, the advice and its picture."""
    if not measurement.done:
        return ["No run was made."]
    if not any(task.spend for task in measurement.done):
        return ["No run used a token, so nothing was measured."]
    lines = ["", "   runs     p50     most  finished  prompt"]
    for at, prompt in enumerate(measurement.plan.prompts):
        tasks = sorted(
            (task for task in measurement.done if task.prompt == at), key=lambda task: task.spend
        )
        if tasks:
            middle, most = tasks[(len(tasks) - 1) // 2].spend, tasks[-1].spend
            finished = f"{sum(task.finished for task in tasks)} of {len(tasks)}"
            title = " ".join(prompt.split())[:MAX_PROMPT_CELLS]
            lines.append(
                f"{len(tasks):>7} {format_tokens(middle):>7} {format_tokens(most):>8}"
                f"  {finished:>8}  {title}"
            )
    if measurement.stopped:
        lines += ["", stopped_sentence(measurement)]
    distribution = _distribution(measurement)
    advice = budget_advice(distribution)
    many = len(measurement.plan.prompts) >= MIN_PROMPTS
    of = f"tasks of this kind ({measurement.plan.kind})" if many else "this very prompt"
    curve = completion_curve(distribution, advice.budget, width=CURVE_CELLS, height=CURVE_ROWS)
    return [
        *lines,
        "",
        f"For {of}: {advice_sentence(advice)}",
        f"8 in 10 of its p90 lie in {interval_words(advice.interval)}.",
        "",
        *curve,
    ]


def stopped_sentence(measurement: Measurement) -> str:
    """What runs used that were stopped."""
    stopped = measurement.stopped
    dollars = sum((run.dollars for run in stopped), Decimal(0))
    return (
        f"{count_with_noun(len(stopped), 'run')} stopped before the end used "
        f"{format_tokens(sum(run.spend for run in stopped))} tokens and {format_dollars(dollars)}:"
        " the dollars count, the tokens do not."
    )


def _distribution(measurement: Measurement) -> SpendDistribution:
    return SpendDistribution(measurement.measured_runs(), TYPICAL[measurement.plan.kind])
