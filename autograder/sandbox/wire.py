"""Frames over a stream socket, as both sides of the wall read and write them.

    newline, 32 hex digits (id), space, 8 hex digits (header length), space, 10 hex digits (body length), newline,
    header: the message's tree in ASCII JSON,  body: the raw bytes of its arrays and byte strings

The id is random and known to one request only, so a frame that answers something else, a frame sent too
early and stray bytes are all the same thing: noise before the id. Noise is dropped, and bounded.
"""

from __future__ import annotations

import json
import math
import select
import socket
import time
import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np

# Student code may replace attributes of numpy, json or time in its own process. What the worker's own side
# needs is therefore bound here, once, before any student code exists.
_ndarray, _dtype, _frombuffer, _empty, _uint8 = np.ndarray, np.dtype, np.frombuffer, np.empty, np.uint8
_monotonic = time.monotonic
_encode_json = json.JSONEncoder(allow_nan=False, separators=(",", ":"), check_circular=False).encode

ID_DIGITS = 32
MAX_HEADER_BYTES = 1 << 20
MAX_NOISE_BYTES = 16 << 20
MAX_DEPTH = 40
MAX_DIMENSIONS = 16
_PREFIX_BYTES = 1 + ID_DIGITS + 1 + 8 + 1 + 10 + 1
_CHUNK_BYTES = 1 << 18
_SAFE_INTEGER = 2**53
_HEX = frozenset(b"0123456789abcdef")
DTYPES = frozenset("|b1 |i1 <i2 <i4 <i8 |u1 <u2 <u4 <u8 <f2 <f4 <f8 <c8 <c16".split())


class WireError(Exception):
    """Something other than a well-formed frame came over the wire."""


class Deadline:
    """An absolute moment on this process's monotonic clock."""

    __slots__ = ("_end",)

    def __init__(self, seconds: float) -> None:
        self._end = _monotonic() + seconds

    def remaining_seconds(self) -> float:
        return max(0.0, self._end - _monotonic())

    def has_passed(self) -> bool:
        return _monotonic() >= self._end


def clean_text(text: object, limit: int) -> str:
    """Return `text` on one line, without control or unprintable characters, cut to `limit` characters."""
    if not isinstance(text, str):
        return ""
    shown = str.__str__(text)[: 4 * limit]
    if not shown.isprintable():
        shown = shown.encode("utf-8", "replace").decode("utf-8")
        shown = "".join(" " if c.isspace() else c for c in shown if c.isspace() or not _is_control(c))
    kept = " ".join(shown.split())
    return kept if len(kept) <= limit else kept[: max(0, limit - 1)] + "…"


def clean_output(data: bytes, limit: int) -> str:
    """Return captured output as text: lines and tabs stay, other control characters go, cut to `limit`."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text[:limit] if c in "\n\t" or not _is_control(c))


def _is_control(character: str) -> bool:
    # Cc control, Cf format (bidirectional overrides, zero width), Cs surrogate, Co private use.
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co")


def _refuse_constant(name: str) -> float:
    raise WireError(f"{name} in a header")


def _parse_integer(digits: str) -> int:
    if len(digits) > 17:
        raise WireError("an over-long integer in a header")
    return int(digits)


_decode_json = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_parse_integer).decode


# --- messages -> bytes ---------------------------------------------------------------------------------------


def encode_frame(frame_id: str, message: Mapping[str, Any]) -> list[bytes]:
    """Return the buffers of one frame.

    A message is made of None, bool, int, float, str, bytes, numpy arrays, lists, tuples and dicts with str keys.
    Raises WireError for anything else.
    """
    body = _Body()
    tree = _pack(dict(message), body, 0)
    header = _encode_json(tree).encode("ascii")
    if len(header) > MAX_HEADER_BYTES:
        raise WireError("the message's header is too large")
    return [f"\n{frame_id} {len(header):08x} {body.size:010x}\n".encode("ascii"), header, *body.parts]


class _Body:
    """The raw bytes of a frame under construction."""

    __slots__ = ("parts", "size")

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def append(self, data: bytes) -> int:
        """Add `data` and return its offset."""
        offset = self.size
        self.parts.append(data)
        self.size += len(data)
        return offset


def _pack(value: Any, body: _Body, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise WireError("the message is nested too deeply")
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (np.integer, np.floating, np.bool_)):
        value = value.item()  # a function that is given a number should not find an array
    if isinstance(value, int):
        return value if -_SAFE_INTEGER < value < _SAFE_INTEGER else {"i": hex(value)}
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"f": repr(float(value))}
    if isinstance(value, (bytes, bytearray)):
        return {"b": [body.append(bytes(value)), len(value)]}
    if isinstance(value, (_ndarray, np.generic)):
        return {"a": _pack_array(value, body)}
    if isinstance(value, (list, tuple)):
        return {"t" if isinstance(value, tuple) else "l": [_pack(v, body, depth + 1) for v in value]}
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise WireError("only text may be the key of a dict")
        return {"d": {key: _pack(v, body, depth + 1) for key, v in value.items()}}
    raise WireError(f"a {type(value).__name__} cannot be sent")


def _pack_array(array: Any, body: _Body) -> list[Any]:
    little = array.dtype.newbyteorder("<")
    if little.str not in DTYPES:
        raise WireError(f"an array of {array.dtype} cannot be sent")
    data = array.astype(little).tobytes()  # C order, whatever the strides were
    return [little.str, list(array.shape), body.append(data)]


# --- bytes -> messages, trusting nothing -----------------------------------------------------------------------


def decode_message(header: bytes, body: bytes) -> dict[str, Any]:
    """Return the message of a frame. Raises WireError on anything that `encode_frame` could not have made."""
    try:
        tree = _decode_json(header.decode("ascii"))
        message = _unpack(tree, _Rest(body), 0)
    except (ValueError, RecursionError, MemoryError) as error:
        raise WireError(f"unreadable header: {clean_text(str(error), 80)}") from None
    if not isinstance(message, dict):
        raise WireError("the message is not a mapping")
    return message


class _Rest:
    """What is left of a frame's body. Each byte is taken once, in order: no frame unpacks to more than was sent."""

    __slots__ = ("_body", "_taken")

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._taken = 0

    def take(self, offset: Any, size: Any) -> bytes:
        if not _is_count(offset) or not _is_count(size) or offset + size > len(self._body):
            raise WireError("bytes that the body does not hold")
        if offset != self._taken:
            raise WireError("bytes out of their order")
        self._taken += size
        return self._body[offset : offset + size]


def _unpack(node: Any, body: _Rest, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise WireError("the message is nested too deeply")
    if node is None or isinstance(node, (bool, int, str)):
        return node
    if isinstance(node, float):
        if not math.isfinite(node):
            raise WireError("a number out of range in a header")
        return node
    if not isinstance(node, dict) or len(node) != 1:
        raise WireError("an unknown node in a header")
    ((tag, content),) = node.items()
    if tag in ("l", "t") and isinstance(content, list):
        items = [_unpack(child, body, depth + 1) for child in content]
        return items if tag == "l" else tuple(items)
    if tag == "d" and isinstance(content, dict):
        return {key: _unpack(child, body, depth + 1) for key, child in content.items()}
    if tag == "f" and content in ("nan", "inf", "-inf"):
        return float(content)
    if tag == "i" and isinstance(content, str) and len(content) <= 200:
        return int(content, 16)
    if tag == "b" and isinstance(content, list) and len(content) == 2:
        return body.take(*content)
    if tag == "a" and isinstance(content, list) and len(content) == 3:
        return _unpack_array(content, body)
    raise WireError("an unknown node in a header")


def _unpack_array(content: list[Any], body: _Rest) -> np.ndarray[Any, Any]:
    name, shape, offset = content
    if not isinstance(name, str) or name not in DTYPES or not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
        raise WireError("an array of an unknown kind")
    if not all(_is_count(n) for n in shape):
        raise WireError("an array of an impossible shape")
    kind = _dtype(name)
    count = math.prod(shape)
    data = body.take(offset, count * kind.itemsize)
    if count == 0:
        return _empty(shape, kind)  # ValueError where the other dimensions overflow
    if kind.kind == "b":
        return _frombuffer(data, _uint8).reshape(shape).astype(_dtype("?"))
    return _frombuffer(data, kind).reshape(shape).copy()


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 1 << 40


# --- a stream of bytes -> frames ------------------------------------------------------------------------------


class FrameReader:
    """Collects bytes and finds frames in them."""

    def __init__(self, max_body_bytes: int, max_noise_bytes: int = MAX_NOISE_BYTES) -> None:
        self._buffer = bytearray()
        self._max_body_bytes = max_body_bytes
        self._noise_left = max_noise_bytes

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def forgive_noise(self, max_noise_bytes: int = MAX_NOISE_BYTES) -> None:
        """Start a new account of noise, for a new request."""
        self._noise_left = max_noise_bytes

    def take(self, frame_id: str) -> dict[str, Any] | None:
        """Return the message of the frame `frame_id` once it is complete, None before; drop everything else.

        Raises WireError for too much noise or a frame with impossible lengths or contents.
        """
        marker = f"\n{frame_id} ".encode("ascii")
        at = self._buffer.find(marker)
        self._drop(at if at >= 0 else max(0, len(self._buffer) - len(marker) + 1))
        if at < 0 or len(self._buffer) < _PREFIX_BYTES:
            return None
        header_bytes, body_bytes = self._lengths()
        end = _PREFIX_BYTES + header_bytes + body_bytes
        if len(self._buffer) < end:
            return None
        header = bytes(self._buffer[_PREFIX_BYTES : _PREFIX_BYTES + header_bytes])
        body = bytes(self._buffer[_PREFIX_BYTES + header_bytes : end])
        del self._buffer[:end]
        return decode_message(header, body)

    def next_id(self) -> str | None:
        """Return the id of the first frame in the buffer. For the worker, whose requests come from a trusted side."""
        if len(self._buffer) < 1 + ID_DIGITS:
            return None
        return self._buffer[1 : 1 + ID_DIGITS].decode("ascii", "replace")

    def _drop(self, count: int) -> None:
        self._noise_left -= count
        if self._noise_left < 0:
            raise WireError("a flood of bytes that are no reply")
        del self._buffer[:count]

    def _lengths(self) -> tuple[int, int]:
        header_digits = self._buffer[2 + ID_DIGITS : 10 + ID_DIGITS]
        body_digits = self._buffer[11 + ID_DIGITS : 21 + ID_DIGITS]
        if not _HEX.issuperset(header_digits + body_digits) or self._buffer[_PREFIX_BYTES - 1] != 10:
            raise WireError("a broken frame")
        header_bytes, body_bytes = int(header_digits, 16), int(body_digits, 16)
        if header_bytes > MAX_HEADER_BYTES or body_bytes > self._max_body_bytes:
            raise WireError("a frame larger than allowed")
        return header_bytes, body_bytes


def gather(buffers: list[bytes]) -> list[bytes]:
    """Return the buffers of a frame, all in one where they are small: the other side is then woken once."""
    return [b"".join(buffers)] if sum(map(len, buffers)) <= _CHUNK_BYTES else buffers


def send_frame(sock: socket.socket, frame_id: str, message: Mapping[str, Any], deadline: Deadline | None) -> None:
    """Send one frame on a non-blocking or blocking socket.

    Raises TimeoutError when the deadline passes first, OSError when the other side is gone.
    """
    for buffer in gather(encode_frame(frame_id, message)):
        rest = memoryview(buffer)
        while rest:
            try:
                rest = rest[sock.send(rest[:_CHUNK_BYTES]) :]
            except BlockingIOError:
                if deadline is not None and not _is_writable(sock, deadline.remaining_seconds()):
                    raise TimeoutError("the other side does not read") from None


def _is_writable(sock: socket.socket, wait_seconds: float) -> bool:
    if not hasattr(select, "poll"):
        return bool(select.select([], [sock], [], wait_seconds)[1])
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    return bool(poll.poll(wait_seconds * 1000))


def receive_available(sock: socket.socket) -> bytes | None:
    """Return what can be read now from a non-blocking socket: b'' when nothing can, None at its end."""
    try:
        return sock.recv(_CHUNK_BYTES) or None
    except BlockingIOError:
        return b""
    except OSError:
        return None
