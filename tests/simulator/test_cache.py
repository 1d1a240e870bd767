"""The prompt cache by itself, against sums done by hand."""

from collections.abc import Callable
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from tui.simulator.simulated_cache import PrefixPiece, SimulatedCache

MINIMUM = 512


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def row(*pieces: str) -> list[PrefixPiece]:
    """Pieces as `name:tokens[:ttl]`; the fingerprint is the path to a piece."""
    parts = [piece.split(":") for piece in pieces]
    paths = accumulate((part[0] for part in parts), lambda a, b: f"{a}/{b}")
    return [
        PrefixPiece(path.encode(), int(part[1]), part[2] if len(part) > 2 else None)
        for path, part in zip(paths, parts, strict=True)
    ]


def send(
    cache: SimulatedCache, time: Callable[[], float], pieces: list[PrefixPiece], tail: int = 0
) -> tuple[int, int, int, int]:
    use = cache.find_prefix(pieces, MINIMUM, tail)
    cache.store_prefix(use, time())
    return use.read, use.written_5m, use.written_1h, use.uncached


def test_the_second_request_reads_what_the_first_wrote_and_writes_the_rest():
    time = Time()
    cache = SimulatedCache(time)
    assert send(cache, time, row("system:1000", "a:50:5m"), tail=3) == (0, 1050, 0, 3)
    longer = row("system:1000", "a:50", "b:70", "c:30:5m")
    assert send(cache, time, longer, tail=3) == (1050, 100, 0, 3)


def test_what_follows_the_last_breakpoint_is_never_cached():
    time = Time()
    cache = SimulatedCache(time)
    pieces = row("system:1000:5m", "a:50")
    assert send(cache, time, pieces) == (0, 1000, 0, 50)
    assert send(cache, time, pieces) == (1000, 0, 0, 50)


def test_a_prefix_below_the_minimum_is_silently_not_cached():
    time = Time()
    cache = SimulatedCache(time)
    assert send(cache, time, row("system:511:5m")) == (0, 0, 0, 511)
    assert send(cache, time, row("system:512:5m")) == (0, 512, 0, 0)


def test_entries_die_after_five_minutes_and_a_read_renews_them():
    time = Time()
    cache = SimulatedCache(time)
    pieces = row("system:1000:5m")
    send(cache, time, pieces)
    time.now += 299
    assert send(cache, time, pieces) == (1000, 0, 0, 0)
    time.now += 299
    assert send(cache, time, pieces) == (1000, 0, 0, 0)
    time.now += 300
    assert send(cache, time, pieces) == (0, 1000, 0, 0)


def test_an_hour_long_entry_outlives_the_short_one_behind_it():
    time = Time()
    cache = SimulatedCache(time)
    pieces = row("system:1000:1h", "a:50:5m")
    assert send(cache, time, pieces) == (0, 50, 1000, 0)
    time.now += 3000
    assert send(cache, time, pieces) == (1000, 50, 0, 0)


def test_a_breakpoint_looks_back_twenty_places_and_no_further():
    for steps, read in [(20, 1000), (21, 0)]:
        time = Time()
        cache = SimulatedCache(time)
        send(cache, time, row("system:1000:5m"))
        added = [f"b{n}:10" for n in range(steps)]
        use = send(cache, time, row("system:1000", *added[:-1], added[-1] + ":5m"))
        assert use[0] == read, steps


def test_an_entry_can_be_read_only_once_its_response_has_begun():
    time = Time()
    cache = SimulatedCache(time)
    pieces = row("system:1000:5m")
    first = cache.find_prefix(pieces, MINIMUM)
    assert cache.find_prefix(pieces, MINIMUM).read == 0
    cache.store_prefix(first, time())
    assert cache.find_prefix(pieces, MINIMUM).read == 1000


def test_another_beginning_is_another_prefix():
    time = Time()
    cache = SimulatedCache(time)
    send(cache, time, row("system:1000", "a:50:5m"))
    assert send(cache, time, row("other:1000", "a:50:5m")) == (0, 1050, 0, 0)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 900), st.sampled_from(["", ":5m", ":1h"])),
        min_size=1,
        max_size=30,
    ),
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 400)), max_size=8),
)
def test_the_classes_of_input_always_sum_to_the_whole_prompt(
    specs: list[tuple[int, int, str]], requests: list[tuple[int, int]]
):
    time = Time()
    cache = SimulatedCache(time)
    pieces = row(*(f"{name}:{tokens}{ttl}" for name, tokens, ttl in specs))
    for length, seconds in requests:
        sent = pieces[:length]
        read, short, long, rest = send(cache, time, sent, tail=5)
        assert min(read, short, long, rest) >= 0
        assert read + short + long + rest == sum(piece.tokens for piece in sent) + 5
        time.now += seconds
