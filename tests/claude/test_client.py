"""The client against a real server on this machine, through the official SDK."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.claude.client_requests import KEY, client_for, collect, fault_of, no_sleep, request_of
from tests.claude.loopback_server import (
    DROP,
    END,
    GOOD,
    HOLD,
    STREAM,
    USAGE,
    Answer,
    Drop,
    block,
    chunk,
    error,
    event,
    refusal,
    serve_answers,
    start,
    stop,
    text,
)
from tui.claude.api_client import ClientClock, RequestTimeouts
from tui.claude.error_conversion import api_error
from tui.claude.request_errors import ApiError, ErrorFacts
from tui.claude.response import Response
from tui.claude.retry import NO_RETRY, RetryPolicy
from tui.claude.stream_events import (
    BlockStarted,
    BlockStopped,
    InputDelta,
    KeepAlive,
    MessageStarted,
    OutputCounted,
    Retrying,
    TextDelta,
    ThinkingDelta,
)


async def test_a_good_stream_gives_progress_in_order_and_a_whole_response():
    async with serve_answers(GOOD) as server:
        progress, response = await collect(client_for(server.url))
    started, opened, hel, lo, closed, counted = progress
    assert isinstance(started, MessageStarted)
    assert (started.message, started.model, started.request_id) == (
        "msg_1",
        "claude-opus-5-5",
        "req_011",
    )
    assert started.usage_input.total_input == 112
    assert (opened, closed) == (BlockStarted(0, "text"), BlockStopped(0))
    assert (hel, lo) == (TextDelta(0, "Hel"), TextDelta(0, "lo"))
    assert counted == OutputCounted(20)
    assert response.blocks == ({"type": "text", "text": "Hello"},)
    assert (response.usage.input, response.usage.cache_read, response.usage.output) == (12, 100, 20)
    assert (response.stop_reason, response.request_id) == ("end_turn", "req_011")
    assert response.limits == {"anthropic-ratelimit-requests-remaining": "49"}


async def test_the_request_goes_out_with_key_betas_and_body_as_built():
    async with serve_answers(GOOD) as server:
        request = request_of(budget=None, display="omitted")
        await collect(client_for(server.url), request)
    (got,) = server.received
    assert got.path == "/v1/messages"
    assert got.headers["authorization"] == f"Bearer {KEY}"
    assert got.headers["anthropic-beta"] == "thinking-token-count-2026-05-13"
    assert got.body == {**request.params, "stream": True}


async def test_no_beta_header_is_sent_when_no_beta_is_needed():
    async with serve_answers(GOOD) as server:
        await collect(client_for(server.url))
    assert "anthropic-beta" not in server.received[0].headers


async def test_one_connection_serves_several_requests():
    async with serve_answers(GOOD) as server:
        async with client_for(server.url) as claude:
            for _ in range(3):
                assert [item async for item in claude.send(request_of())]
        assert (len(server.received), server.connections) == (3, 1)


async def test_thinking_tools_and_unknown_blocks_come_back_verbatim():
    odd = {"zeta": [1, {"b": None}], "type": "from_the_future", "alpha": "ß"}
    answer = [
        STREAM,
        start(),
        *block(
            0,
            {"type": "thinking", "thinking": "", "signature": ""},
            {"type": "thinking_delta", "thinking": "hm", "estimated_tokens": 7},
            {"type": "signature_delta", "signature": "c2ln"},
        ),
        *block(1, odd, {"type": "delta_from_the_future", "x": 1}),
        event("event_from_the_future", x=1),
        *block(
            2,
            {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {}},
            {"type": "input_json_delta", "partial_json": ""},
            {"type": "input_json_delta", "partial_json": '{"path": "a'},
            {"type": "input_json_delta", "partial_json": '.py"}'},
        ),
        *stop("tool_use"),
        END,
    ]
    async with serve_answers(answer) as server:
        progress, response = await collect(client_for(server.url))
    assert response.blocks == (
        {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
        odd,
        {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": "a.py"}},
    )
    assert list(response.blocks[1]) == ["zeta", "type", "alpha"]
    assert ThinkingDelta(0, "hm", 7) in progress
    assert BlockStarted(2, "tool_use", "read", "toolu_1") in progress
    assert [item.json for item in progress if isinstance(item, InputDelta)] == [
        '{"path": "a',
        '.py"}',
    ]


@pytest.mark.parametrize("raw", ["{not json", "[1]", '"x"', '{"n": 1e999}', '{"s": "\\ud800"}'])
async def test_arguments_that_are_no_json_object_are_kept_raw_and_marked(raw: str):
    tool = {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": raw}
    answer = [STREAM, start(), *block(0, tool, delta), *stop("tool_use"), END]
    async with serve_answers(answer) as server:
        _, response = await collect(client_for(server.url))
    assert response.blocks == (tool,)
    assert response.invalid_inputs == {"toolu_1": raw}


async def test_a_tool_call_that_starts_without_input_gets_an_empty_one():
    answer = [
        STREAM,
        start(),
        *block(0, {"type": "tool_use", "id": "x", "name": "glob"}),
        *stop(),
        END,
    ]
    async with serve_answers(answer) as server:
        _, response = await collect(client_for(server.url))
    assert response.blocks[0]["input"] == {}
    assert response.invalid_inputs == {}


async def test_a_tool_call_without_an_id_gets_one_so_that_it_can_be_answered():
    tool = {"type": "tool_use", "name": "glob", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": "{oops"}
    answer = [STREAM, start(), *block(0, tool, delta), *block(1, tool), *stop("tool_use"), END]
    async with serve_answers(answer) as server:
        progress, response = await collect(client_for(server.url))
    first, second = (each["id"] for each in response.blocks)
    assert first and second and first != second
    assert response.invalid_inputs == {first: "{oops"}
    assert [item.id for item in progress if isinstance(item, BlockStarted)] == [first, second]


async def test_sloppy_but_complete_streams_are_taken():
    sloppy = [
        STREAM.replace(b"request-id: req_011\r\n", b""),
        event("ping"),
        start(id="chatcmpl-1", usage=None),
        event("content_block_start", index=0, content_block={"type": "text", "text": "early "}),
        chunk(
            b'event: content_block_delta\ndata:  {"type":"content_block_delta","index":0,'
            b'"delta":{"type":"text_delta","text":"late"}}   \n\n'
        ),
        event("content_block_stop", index=0),
        event("message_delta", delta={"stop_reason": "end_turn"}),
        END,
    ]
    async with serve_answers(sloppy) as server:
        _, response = await collect(client_for(server.url))
    assert (response.message, response.request_id) == ("chatcmpl-1", None)
    assert response.blocks == ({"type": "text", "text": "early late"},)
    assert response.usage.reported is False
    assert response.usage.output > 0
    assert response.usage.input > 0


async def test_a_server_that_repeats_its_message_id_still_gives_two_messages():
    async with serve_answers(GOOD) as server, client_for(server.url) as claude:
        ids = {[item async for item in claude.send(request_of())][-1].message for _ in range(2)}
    assert len(ids) == 2


async def test_a_connection_cut_after_the_last_word_has_harmed_nothing():
    async with serve_answers([*GOOD[:-2], DROP]) as server:
        _, response = await collect(client_for(server.url, retry_policy=NO_RETRY))
    assert response.blocks == ({"type": "text", "text": "Hello"},)
    assert response.stop_reason == "end_turn"


async def test_a_finished_stream_that_is_never_closed_does_not_hang():
    async with serve_answers([*GOOD[:-1], HOLD]) as server:
        _, response = await collect(client_for(server.url))
    assert response.stop_reason == "end_turn"


async def test_what_the_api_dropped_from_the_input_is_told():
    dropped = {"type": "thinking_dropped", "path": "messages.1.content.0", "reason": "x"}
    allowed = {"type": "thinking_mismatch_allowed", "path": "messages.1.content.0", "reason": "x"}
    for listed, transformed in (([dropped], True), ([allowed], False), ([], False)):
        answer = [STREAM, start(input_transformations=listed), *text(0, "a"), *stop(), END]
        async with serve_answers(answer) as server:
            _, response = await collect(client_for(server.url))
        assert response.transformed is transformed


BROKEN = {
    "dropped in the middle": ([STREAM, start(), *text(0, "Hel")[:-1], DROP], "broken_stream"),
    "ended early but cleanly": ([STREAM, start(), *text(0, "Hel"), END], "broken_stream"),
    "ended with an open block": ([STREAM, start(), *text(0, "Hel")[:-1], END], "broken_stream"),
    "a line that is not JSON": (
        [STREAM, start(), chunk(b"event: content_block_start\ndata: {oops\n\n"), END],
        "broken_stream",
    ),
    "bytes that are not UTF-8": (
        [STREAM, start(), chunk(b"event: content_block_start\ndata: \xff\xfe\n\n"), END],
        "broken_stream",
    ),
    "no message_start": ([STREAM, *text(0, "Hel"), *stop(), END], "broken_stream"),
    "nothing at all": ([STREAM, END], "broken_stream"),
    "two answers in one": ([STREAM, start(), start(id="msg_2"), *stop(), END], "broken_stream"),
    "an answer that begins again": (
        [STREAM, start(), *text(0, "Hel"), start(), *text(0, "Hello"), *stop(), END],
        "broken_stream",
    ),
    "a delta without its block": (
        [STREAM, start(), text(0, "Hel")[1], *stop(), END],
        "broken_stream",
    ),
    "a delta after its block": (
        [STREAM, start(), *text(0, "a"), text(0, "b")[1], *stop(), END],
        "broken_stream",
    ),
    "a part begun twice": (
        [STREAM, start(), *text(0, "a"), *text(0, "b"), *stop(), END],
        "broken_stream",
    ),
    "a stop reason before the end of a part": (
        [STREAM, start(), *text(0, "Hel")[:-1], stop()[0], DROP],
        "broken_stream",
    ),
    "an error that is not named one": (
        [
            STREAM,
            start(),
            chunk(b'event: x\ndata: {"type": "error", "error": {"message": "m"}}\n\n'),
        ],
        "broken_stream",
    ),
    "an overloaded error inside": (
        [
            STREAM,
            start(),
            *text(0, "Hel"),
            event("error", error={"type": "overloaded_error", "message": "Overloaded"}),
            END,
        ],
        "overloaded",
    ),
    "a JSON body": (refusal(200, {"id": "msg_1", "type": "message"}), "not_a_stream"),
    "an HTML page": (
        refusal(200, b"<html>Sign in</html>", content_type="text/html"),
        "not_a_stream",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_bad_stream_is_a_typed_fault(name: str):
    answer, kind = BROKEN[name]
    fault = await fault_of(answer)
    assert fault.kind == kind
    assert fault.__cause__ is None


@pytest.mark.parametrize("id", ["msg_1", None])
async def test_a_start_that_is_repeated_before_any_part_costs_nothing(id: str | None):
    twice = [STREAM, start(id=id), start(id=id), *text(0, "Hel", "lo"), *stop(), END]
    async with serve_answers(twice) as server:
        _, response = await collect(client_for(server.url))
    assert len(server.received) == 1
    assert [block["text"] for block in response.blocks] == ["Hello"]


def test_a_second_answer_in_the_first_is_asked_for_once_more():
    cause = ErrorFacts(kind="broken_stream", should_retry=True, attempts=2)
    pauses = [
        RetryPolicy(attempts=6).pause_before_retry(attempt, api_error(cause), lambda: 0.0)
        for attempt in (1, 2)
    ]
    assert [pause is not None for pause in pauses] == [True, False]


async def test_a_second_answer_in_the_first_says_so():
    got = await fault_of([STREAM, start(), start(id="msg_2"), *stop(), END])
    assert (got.retryable, got.facts.attempts) == (True, 2)


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n"])
async def test_a_tool_call_cut_by_its_limit_is_whole_without_the_last_empty_line(
    end: bytes,
):
    call = block(0, {"type": "tool_use", "id": "toolu_1", "name": "x", "input": {}})[0]
    piece = event(
        "content_block_delta",
        index=0,
        delta={"type": "input_json_delta", "partial_json": '{"a'},
    )
    last = chunk(b'event: message_stop\ndata: {"type": "message_stop"}' + end)
    async with serve_answers(
        [STREAM, start(), call, piece, stop("max_tokens")[0], last, END]
    ) as server:
        _, response = await collect(client_for(server.url))
    assert (len(server.received), response.stop_reason) == (1, "max_tokens")


async def test_a_stop_reason_without_its_last_empty_line_is_the_end_of_the_answer():
    fields = b'{"type": "message_delta", "delta": {"stop_reason": "end_turn"}}'
    delta = b"event: message_delta\ndata: " + fields
    async with serve_answers([STREAM, start(), *text(0, "Hello"), chunk(delta), END]) as server:
        _, response = await collect(client_for(server.url))
    assert (len(server.received), response.stop_reason) == (1, "end_turn")


async def test_a_stalled_stream_is_a_fault_after_the_set_time():
    fault = await fault_of(
        [STREAM, start(), *text(0, "Hel")[:-1], HOLD], timeouts=RequestTimeouts(stall=0.2)
    )
    assert (fault.kind, fault.partial.blocks[0]["text"]) == ("stalled", "Hel")


async def test_a_server_that_never_begins_to_answer_is_a_timeout():
    assert (await fault_of([b"", HOLD], timeouts=RequestTimeouts(stall=0.2))).kind == "timeout"


async def test_a_broken_stream_tells_what_had_arrived():
    fault = await fault_of([STREAM, start(), *text(0, "one"), *text(1, "two")[:-1], DROP])
    partial = fault.partial
    assert [each["text"] for each in partial.blocks] == ["one", "two"]
    assert (partial.message, partial.complete_blocks, partial.characters) == ("msg_1", 1, 6)
    assert partial.output_tokens == 2
    assert partial.usage is not None and partial.usage.total_input == 112
    assert fault.request_id == "req_011"


async def test_output_reported_before_the_break_is_believed_over_an_estimate():
    counted = event("message_delta", delta={}, usage={"output_tokens": 900})
    fault = await fault_of([STREAM, start(), *text(0, "one"), counted, DROP])
    assert fault.partial.output_tokens == 900


@pytest.mark.parametrize(
    ("began", "ended", "output", "doubt"),
    [
        (500, 3, 500, "counted 500 output tokens, and then 3"),
        (1_000, 999, 1_000, "counted 1,000 output tokens, and then 999"),
        (500, 500, 500, ""),
        (3, 20, 20, ""),
        (8, 1, 1, ""),  # the start of the API's own streams reports a few before it generates
    ],
)
async def test_a_count_that_falls_from_the_start_of_the_stream_to_its_end_is_noticed(
    began: int, ended: int, output: int, doubt: str
):
    first = start(usage={**USAGE, "output_tokens": began})
    answer = [STREAM, first, *text(0, "Hel", "lo"), *stop(output_tokens=ended), END]
    async with serve_answers(answer) as server:
        _, response = await collect(client_for(server.url))
    assert (response.usage.output, response.estimate_reason) == (output, doubt)
    assert response.usage.reported is not bool(doubt)


async def test_characters_split_over_two_pieces_are_joined():
    answer = [STREAM, start(), *text(0, "a\ud83d", "\ude00b", "\ud83d"), *stop(), END]
    async with serve_answers(answer) as server:
        _, response = await collect(client_for(server.url))
    assert response.blocks == ({"type": "text", "text": "a\U0001f600b\ufffd"},)


async def test_nothing_is_sent_again_once_an_answer_has_begun():
    async with serve_answers([STREAM, start(), *text(0, "Hel"), DROP], GOOD) as server:
        with pytest.raises(ApiError) as caught:
            await collect(client_for(server.url))
    assert caught.value.retryable
    assert len(server.received) == 1


async def test_a_refused_request_is_sent_again_and_every_retry_is_seen():
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    busy = refusal(529, error("overloaded_error", "Overloaded"))
    limited = refusal(429, error("rate_limit_error", "slow down"), retry_after="3")
    clock = ClientClock(sleep=sleep, random=lambda: 0.0)
    async with serve_answers(busy, limited, [DROP], [STREAM, DROP], GOOD) as server:
        progress, _ = await collect(client_for(server.url, clock=clock))
    retries = [item for item in progress if isinstance(item, Retrying)]
    assert [(each.attempt, each.error.kind) for each in retries] == [
        (2, "overloaded"),
        (3, "rate_limited"),
        (4, "network"),
        (5, "broken_stream"),
    ]
    assert slept == [each.seconds for each in retries] == [0.5, 3.0, 2.0, 4.0]
    assert len(server.received) == 5


async def test_a_keep_alive_connection_closed_between_requests_is_only_a_retry():
    async with serve_answers(GOOD, [DROP], GOOD) as server, client_for(server.url) as claude:
        assert [item async for item in claude.send(request_of())]
        items = [item async for item in claude.send(request_of())]
    assert [type(item) for item in items if isinstance(item, Retrying)] == [Retrying]
    assert isinstance(items[-1], Response)


async def test_an_interrupted_request_still_tells_what_had_arrived():
    answer: Answer = [STREAM, start(), *text(0, "Hello wor")[:-1], HOLD]
    async with serve_answers(answer) as server, client_for(server.url) as claude:
        sending = claude.send(request_of())
        async for item in sending:
            if isinstance(item, TextDelta):
                break
        await sending.aclose()
    assert sending.partial.blocks == ({"type": "text", "text": "Hello wor"},)
    assert sending.partial.message == "msg_1"


async def test_cancelling_in_the_middle_leaves_by_cancellation_and_keeps_the_partial():
    seen = asyncio.Event()

    async def consume(sending: AsyncIterator[object]) -> None:
        async for item in sending:
            if isinstance(item, TextDelta):
                seen.set()

    answer: Answer = [STREAM, start(), *text(0, "Hel")[:-1], HOLD]
    async with serve_answers(answer) as server, client_for(server.url) as claude:
        sending = claude.send(request_of())
        task = asyncio.create_task(consume(sending))
        await seen.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert sending.partial.blocks[0]["text"] == "Hel"


async def test_tokens_are_counted_by_the_server_where_it_can():
    async with (
        serve_answers(refusal(200, {"input_tokens": 321})) as server,
        client_for(server.url) as claude,
    ):
        assert await claude.count_tokens(request_of()) == 321
    (got,) = server.received
    assert got.path == "/v1/messages/count_tokens"
    assert "max_tokens" not in got.body


@pytest.mark.parametrize("answer", [refusal(404, b"nope"), refusal(200, {"x": 1}), [DROP]])
async def test_counting_where_the_server_cannot_gives_none(answer: list[bytes | Drop]):
    async with serve_answers(answer) as server, client_for(server.url) as claude:
        assert await claude.count_tokens(request_of()) is None


async def test_a_proxy_of_the_environment_does_not_stand_before_this_machine(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with serve_answers(GOOD) as server:
        _, response = await collect(client_for(server.url))
    assert response.stop_reason == "end_turn"


async def test_pings_are_told_as_signs_of_life_once_a_second_at_most():
    now = iter(range(1_000))
    pings = [chunk(b'event: ping\ndata: {"type": "ping"}\n\n')] * 3
    async with serve_answers([STREAM, start(), *pings, *text(0, "Hello"), *stop(), END]) as server:
        clock = ClientClock(sleep=no_sleep, random=lambda: 0.0, monotonic=lambda: float(next(now)))
        progress, _ = await collect(client_for(server.url, clock=clock))
    assert KeepAlive() in progress
    async with serve_answers([STREAM, start(), *pings, *text(0, "Hello"), *stop(), END]) as server:
        clock = ClientClock(sleep=no_sleep, random=lambda: 0.0, monotonic=lambda: 0.0)
        progress, _ = await collect(client_for(server.url, clock=clock))
    assert KeepAlive() not in progress
