"""Messages over a pipe between processes of ours: names, numbers, texts and bytes, each message with its length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

from autograder.sandbox.wire import decode_message, encode_frame

_LENGTH_BYTES = 8


def write_message(stream: BinaryIO, message: Mapping[str, Any]) -> None:
    """Send a message. Raises OSError where nobody reads any more."""
    _, header, *parts = encode_frame("", message)
    body = b"".join(parts)
    stream.write(len(header).to_bytes(_LENGTH_BYTES, "big") + len(body).to_bytes(_LENGTH_BYTES, "big") + header + body)
    stream.flush()


def read_message(stream: BinaryIO) -> dict[str, Any] | None:
    """Return the next message, None where the stream has ended, in the middle of one or not."""
    lengths = _read(stream, 2 * _LENGTH_BYTES)
    if lengths is None:
        return None
    header = _read(stream, int.from_bytes(lengths[:_LENGTH_BYTES], "big"))
    body = _read(stream, int.from_bytes(lengths[_LENGTH_BYTES:], "big"))
    return None if header is None or body is None else decode_message(header, body)


def _read(stream: BinaryIO, count: int) -> bytes | None:
    try:
        data = stream.read(count)
    except (OSError, ValueError):  # ValueError: closed from another thread
        return None
    return data if len(data) == count else None
