"""Frames: what goes in comes out, and nothing else ever does."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.sandbox.wire import (
    DTYPES,
    Deadline,
    FrameReader,
    WireError,
    clean_output,
    clean_text,
    decode_message,
    encode_frame,
    receive_available,
    send_frame,
)

ID = "0123456789abcdef" * 2
OTHER_ID = "f" * 32

arrays = st.sampled_from(sorted(DTYPES)).flatmap(
    lambda name: hnp.arrays(np.dtype(name), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | arrays
trees = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12)


def frame(message: dict[str, Any], frame_id: str = ID) -> bytes:
    return b"".join(encode_frame(frame_id, message))


def read(data: bytes, **settings: int) -> dict[str, Any] | None:
    reader = FrameReader(settings.pop("max_body_bytes", 1 << 20), **settings)
    reader.feed(data)
    return reader.take(ID)


def assert_same(left: Any, right: Any) -> None:
    assert type(left) is type(right)
    if isinstance(left, np.ndarray):
        assert left.dtype.newbyteorder("<") == right.dtype.newbyteorder("<")
        assert left.shape == right.shape
        assert left.tobytes() == right.tobytes()
    elif isinstance(left, (list, tuple)):
        assert len(left) == len(right)
        for a, b in zip(left, right, strict=True):
            assert_same(a, b)
    elif isinstance(left, dict):
        assert left.keys() == right.keys()
        for key, value in left.items():
            assert_same(value, right[key])
    elif isinstance(left, float):
        assert np.array_equal(left, right, equal_nan=True)
    else:
        assert left == right


@settings(deadline=None)
@given(trees)
def test_a_message_survives_the_way(value: Any) -> None:
    if isinstance(value, int) and abs(value) > 10**100:
        value = 10**100
    received = read(frame({"value": value}))
    assert received is not None
    assert_same(value, received["value"])


@pytest.mark.parametrize("array", [
    np.arange(6.0).reshape(2, 3).T, np.arange(10)[::-2], np.array(3.5), np.arange(4, dtype=">f8"), np.zeros((0, 3)),
    np.broadcast_to(1.5, (2, 2)), np.array(True),
], ids=["transposed", "strided", "0-d", "big endian", "empty", "broadcast", "bool"])  # fmt: skip
def test_arrays_arrive_with_their_values_and_own_their_memory(array: Any) -> None:
    received = read(frame({"a": array}))
    assert received is not None
    np.testing.assert_array_equal(received["a"], array)
    assert received["a"].shape == np.shape(array)
    assert received["a"].flags.writeable
    assert received["a"].dtype.isnative


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(1, 7))
def test_stray_bytes_before_a_frame_do_not_matter_nor_does_its_pace(noise: bytes, step: int) -> None:
    reader = FrameReader(1 << 20)
    data = noise + frame({"old": 1}, OTHER_ID) + b"\n" + noise + frame({"n": 2})
    received = None
    for start in range(0, len(data), step):
        assert received is None
        reader.feed(data[start : start + step])
        received = reader.take(ID)
    assert received == {"n": 2}


@pytest.mark.parametrize(("number", "plain"), [(np.float64(2.5), 2.5), (np.float32(0.5), 0.5), (np.int64(3), 3), (np.bool_(True), True)])
def test_numpy_numbers_arrive_as_numbers(number: Any, plain: Any) -> None:
    received = read(frame({"n": number}))
    assert received is not None
    assert_same(received["n"], plain)


def test_a_frame_for_another_request_is_dropped() -> None:
    assert read(frame({"n": 1}, OTHER_ID)) is None


HEADERS = {
    "not JSON": b"nonsense",
    "a list": b"[1]",
    "no mapping": b'{"l":[]}',
    "NaN": b'{"d":{"a":NaN}}',
    "a float out of range": b'{"d":{"a":1e999}}',
    "a huge integer": b'{"d":{"a":' + b"9" * 5000 + b"}}",
    "nested deeply": b'{"l":[' * 2000 + b"]}" * 2000,
    "nested for the parser": b"[" * 100_000 + b"]" * 100_000,
    "an unknown tag": b'{"x":[]}',
    "an object dtype": b'{"d":{"a":{"a":["|O",[1],0]}}}',
    "a structured dtype": b'{"d":{"a":{"a":["<f8,<f8",[1],0]}}}',
    "a negative dimension": b'{"d":{"a":{"a":["<f8",[-1],0]}}}',
    "a boolean dimension": b'{"d":{"a":{"a":["|b1",[true],0]}}}',
    "too many dimensions": b'{"d":{"a":{"a":["<f8",[' + b",".join([b"1"] * 40) + b"],0]}}}",
    "a huge shape": b'{"d":{"a":{"a":["<f8",[1099511627776,1099511627776],0]}}}',
    "an impossible empty shape": b'{"d":{"a":{"a":["<f8",[0,1099511627776,1099511627776],0]}}}',
    "bytes taken twice": b'{"d":{"a":{"b":[0,4]},"c":{"b":[0,4]}}}',
    "an array over bytes already taken": b'{"d":{"a":{"l":[{"a":["|b1",[8],0]},{"a":["|b1",[8],0]}]}}}',
    "data beyond the body": b'{"d":{"a":{"a":["<f8",[2],0]}}}',
    "an offset beyond the body": b'{"d":{"a":{"b":[9,1]}}}',
    "a float as offset": b'{"d":{"a":{"b":[0.0,1]}}}',
    "a text for a number": b'{"d":{"a":{"f":"1.0"}}}',
    "not ASCII": '{"d":{"a":"\xe9"}}'.encode(),
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_what_no_worker_of_ours_would_send_is_refused(header: bytes) -> None:
    with pytest.raises(WireError):
        decode_message(header, b"12345678")


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_in_a_frame_are_a_message_or_refused(content: bytes) -> None:
    data = f"\n{ID} {len(content):08x} {0:010x}\n".encode() + content
    with suppress(WireError):
        assert isinstance(read(data), dict)


@settings(deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3), lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "d", "f", "i", "l", "t", "z"]), x, max_size=2), max_leaves=10))
def test_any_tree_is_a_message_or_refused(tree: Any) -> None:
    with suppress(WireError):
        assert isinstance(decode_message(json.dumps(tree).encode(), b"0" * 64), dict)


@pytest.mark.parametrize("prefix", [
    f"\n{ID} ffffffff 0000000000\n", f"\n{ID} 00000010 ffffffffff\n", f"\n{ID} -0000010 0000000000\n",
    f"\n{ID} 0x000010 0000000000\n", f"\n{ID} 00000010 00000000000", f"\n{ID} 0000_010 0000000000\n",
])  # fmt: skip
def test_forged_lengths_are_refused_at_once(prefix: str) -> None:
    with pytest.raises(WireError):
        read(prefix.encode().ljust(60, b"0"))


def test_a_flood_is_refused_and_a_new_request_starts_a_new_account() -> None:
    reader = FrameReader(1 << 20, max_noise_bytes=1000)
    reader.feed(b"\n" * 900)
    assert reader.take(ID) is None
    reader.forgive_noise(1000)
    reader.feed(b"\n" * 900)
    assert reader.take(ID) is None
    reader.feed(b"\n" * 900)
    with pytest.raises(WireError, match="flood"):
        reader.take(ID)


@pytest.mark.parametrize("value", [object(), {1: 2}, np.array([object()]), np.array(["a"]), {1, 2}, np.ones(2, np.longdouble)])
def test_what_cannot_be_sent_is_refused_by_the_sender(value: Any) -> None:
    with pytest.raises(WireError):
        encode_frame(ID, {"value": value})


def test_a_value_nested_too_deeply_is_refused_by_the_sender() -> None:
    value: list[Any] = []
    for _ in range(100):
        value = [value]
    with pytest.raises(WireError, match="deeply"):
        encode_frame(ID, {"value": value})


def test_sending_to_somebody_who_does_not_read_ends_at_the_deadline() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs, pytest.raises(TimeoutError):
        send_frame(ours, ID, {"data": bytes(10 << 20)}, Deadline(0.05))


def test_a_large_frame_goes_through_a_small_pipe() -> None:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    array = np.arange(500_000.0)
    sender = threading.Thread(target=send_frame, args=(ours, ID, {"a": array}, Deadline(20)))
    reader, received = FrameReader(1 << 24), None
    with ours, theirs:
        sender.start()
        while received is None:
            reader.feed(receive_available(theirs) or b"")
            received = reader.take(ID)
        sender.join()
        ours.close()
        assert receive_available(theirs) is None
    np.testing.assert_array_equal(received["a"], array)


@pytest.mark.parametrize(("text", "clean"), [
    ("plain", "plain"), ("two\nlines\tand  spaces", "two lines and spaces"), ("\x1b[31mred\x00", "[31mred"),
    ("a\u202eb\u200bc", "abc"), ("\udc80x", "?x"), ("e\u0301", "e\u0301"), (7, ""), ("x" * 40, "x" * 9 + "…"),
])  # fmt: skip
def test_texts_are_cleaned(text: object, clean: str) -> None:
    assert clean_text(text, 10 if clean.endswith("…") else 40) == clean


def test_output_keeps_its_lines() -> None:
    assert clean_output(b"a\r\nb\x1b[0m\tc\xff\x00", 100) == "a\nb[0m\tc\ufffd"
