"""A plan as text for the editor: what the user leaves as it was comes back as it was."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tui.agent.plan_reading import MAX_ESTIMATE
from tui.reports.plan_text import plan_text, read_plan_text
from tui.session.filed_plan import FiledPlan, PlanItem

PLAN = FiledPlan(
    goal="Annotate",
    items=(
        PlanItem(id="a", title="parse.py", estimate=4_000, files=("parse.py",), checks=("mypy",)),
        PlanItem(id="b", title="either | or"),
    ),
)
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1)
ITEMS = st.lists(
    st.builds(
        PlanItem,
        id=st.just("x"),
        title=WORDS.filter(lambda title: not title.startswith("#")),
        estimate=st.none() | st.integers(1, MAX_ESTIMATE),
    ),
    min_size=1,
    max_size=6,
)


def test_the_text_has_one_line_for_each_item():
    lines = [line for line in plan_text(PLAN).splitlines() if not line.startswith("#")]
    assert lines == ["goal: Annotate", "parse.py | 4000 | parse.py | mypy", "either ¦ or"]
    again = read_plan_text(plan_text(PLAN), PLAN).plan
    assert again.items[0] == PLAN.items[0]
    assert (again.items[1].id, again.items[1].title) == ("b", "either ¦ or")


def test_lines_may_be_deleted_added_and_changed():
    text = "goal: Less\n\nparse.py | about 5k\nNew work | 3-5k | a.py, b.py\n# not this | 1"
    read = read_plan_text(text, PLAN)
    assert read.plan.goal == "Less"
    assert [(i.id, i.title, i.estimate) for i in read.plan.items] == [
        ("a", "parse.py", 5_000),
        ("item2", "New work", 4_000),
    ]
    assert read.plan.items[1].files == ("a.py", "b.py")


@settings(max_examples=40)
@given(items=ITEMS)
def test_titles_and_estimates_survive_the_editor(items: list[PlanItem]):
    plan = FiledPlan(items=tuple(items))
    again = read_plan_text(plan_text(plan), plan).plan
    assert [item.estimate for item in again.items] == [item.estimate for item in items]
