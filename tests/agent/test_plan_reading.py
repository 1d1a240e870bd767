"""Plans as models write them: the program understands what is nearly right, or refuses it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agent.tool_runner import ToolRunner
from tui.agent.plan_reading import PlanRefused, read_estimate, read_plan


@pytest.mark.parametrize(
    ("given", "tokens"),
    [
        (5_000, 5_000),
        (5_000.4, 5_000),
        ("5000", 5_000),
        ("about 5k", 5_000),
        ("≈ 5.5k tokens", 5_500),
        ("~12,500", 12_500),
        ("3k-5k", 4_000),
        ("3-5k", 4_000),
        ("3,000–5,000 tokens", 4_000),
        ("1.2M", 1_200_000),
        ("5 k", 5_000),
        (0, None),
        (-3_000, None),
        ("-3k", None),
        ("a lot", None),
        ("2h of work", None),
        ("", None),
        (None, None),
        (True, None),
        (float("nan"), None),
        (10**12, None),
        ([5_000], None),
        ("1, or 2, or 3", None),
    ],
)
def test_an_estimate_means_a_number_of_tokens_or_nothing(given: Any, tokens: int | None):
    assert read_estimate(given) == tokens


def test_items_may_be_titles_and_get_ids_of_their_own():
    plan = read_plan(["Read", {"title": "Write", "id": "w"}, {"title": "Again", "id": "w"}]).plan
    assert [(item.id, item.title) for item in plan.items] == [
        ("item1", "Read"),
        ("w", "Write"),
        ("w-2", "Again"),
    ]


def test_an_item_without_a_title_is_called_by_its_first_file_and_that_is_told():
    read = read_plan([{"files": ["src/a.py"], "estimate": "lots"}, {"estimate": 5}, {}])
    assert [item.title for item in read.plan.items] == ["src/a.py", "Item 2"]
    assert read.remarks == [
        "item 1 has no title: it is called 'src/a.py'",
        "the estimate 'lots' of 'src/a.py' is no number of tokens",
        "item 2 has no title: it is called 'Item 2'",
    ]


def test_two_hundred_items_are_a_plan_and_more_are_refused_in_one_sentence():
    assert len(read_plan([f"step {n}" for n in range(200)]).plan.items) == 200
    with pytest.raises(PlanRefused, match=r"^A plan has at most 200 items, this one has 201: join"):
        read_plan(["step"] * 201)
    nothing: Any
    for nothing in ([], None, "", [None, {}]):
        with pytest.raises(PlanRefused, match=r"^File at least one item, each with a title\.$"):
            read_plan(nothing)


def test_long_and_many_lines_become_one_short_line():
    plan = read_plan([{"title": "a\n\tb " + "c" * 500, "files": ["x\ny"] * 50}], "do\nit").plan
    (item,) = plan.items
    assert item.title.startswith("a b ccc")
    assert len(item.title) == 200
    assert item.files == ("x y",) * 20
    assert plan.goal == "do it"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
ITEM = st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "title", "estimate", "files"), JSON))


@settings(max_examples=60)
@given(items=st.lists(ITEM | JSON, max_size=8))
def test_whatever_comes_is_a_plan_or_one_sentence(items: list[Any]):
    try:
        plan = read_plan(items).plan
    except PlanRefused as refused:
        assert str(refused).count(". ") == 0
        return
    ids = [item.id for item in plan.items]
    assert len(set(ids)) == len(ids)
    assert all(item.title and "\n" not in item.title for item in plan.items)
    assert all(item.estimate is None or item.estimate > 0 for item in plan.items)


async def test_the_tool_understands_other_names_and_says_so(tmp_path: Any):
    runner = ToolRunner(tmp_path)
    call = runner.prepare(
        "file_plan", steps=[{"name": "parse.py", "tokens": "about 4k"}, "lexer.py"]
    )
    outcome = await runner.run(call)
    assert outcome.plan is not None
    assert [(i.title, i.estimate) for i in outcome.plan.items] == [
        ("parse.py", 4_000),
        ("lexer.py", None),
    ]
    assert "`steps` as `items`" in outcome.content
    assert "'about 4k' as 4,000 tokens" in outcome.content
