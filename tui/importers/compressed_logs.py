"""Opens logs that are compressed with Zstandard.

Python can unpack them from 3.14 on; before that the package `zstandard` can, if it is there.
"""

import io
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, cast

SUFFIX = ".zst"
_CHUNK = 1 << 16


class DamagedArchive(OSError):
    """A compressed file cannot be unpacked to its end."""


def is_compressed(path: Path) -> bool:
    """Whether a log is compressed."""
    return path.suffix == SUFFIX


def can_unpack() -> bool:
    """Whether compressed logs can be read here."""
    return _unpacker() is not None


def open_log(path: Path) -> BinaryIO:
    """Open a log to read it, compressed or not.

    Raises:
        OSError: it cannot be opened, or nothing here can unpack it.
    """
    if not is_compressed(path):
        return path.open("rb")
    unpacker = _unpacker()
    if unpacker is None:
        raise OSError(0, "nothing here can unpack it")
    return cast(BinaryIO, io.BufferedReader(_Unpacked(path.open("rb"), unpacker)))


class _Unpacked(io.RawIOBase):
    """What is in a compressed file, frame after frame."""

    def __init__(self, file: BinaryIO, unpacker: Callable[[], Any]) -> None:
        self._file, self._make = file, unpacker
        self._frame = unpacker()
        self._is_begun = False
        """Whether the present frame has had any bytes."""
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and (packed := self._frame.unused_data or self._file.read(_CHUNK)):
            if self._frame.eof:
                self._frame = self._make()
            self._is_begun = True
            try:
                self._ready = self._frame.decompress(packed)
            except Exception as error:  # each library has an error of its own
                raise DamagedArchive(0, f"it cannot be unpacked: {error}") from error
        if not self._ready and self._is_begun and not self._frame.eof:
            raise DamagedArchive(0, "it is cut off")
        found, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self._file.close()
        super().close()


@cache
def _unpacker() -> Callable[[], Any] | None:
    """What unpacks one frame; None where nothing can. Both libraries share the interface."""
    try:
        return cast(Callable[[], Any], import_module("compression.zstd").ZstdDecompressor)
    except ImportError:
        pass
    try:
        package = import_module("zstandard")
    except ImportError:
        return None
    return lambda: package.ZstdDecompressor().decompressobj()
