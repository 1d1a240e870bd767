"""The write-ahead log beside a session file: whether all of it can still be read.

SQLite reads it up to the first frame that is not whole and then forgets the rest, which is
right for the last commit before a power cut and silent about everything else. So before a
session is written, commits are counted here: one that cannot be read is what a sudden end
leaves behind, more are damage. (Format: sqlite.org/walformat.html.)
"""

from contextlib import closing
from pathlib import Path
from struct import Struct
from sys import byteorder

from tui.session.database import connect_to_read
from tui.session.session_paths import sibling_path

_HEADER = Struct(">I4xI4xII8x")
"""Magic · page size · two salts that every frame of this generation repeats."""
_FRAME = Struct(">4xIII8x")
"""Pages of the database after this commit, 0 within one · the two salts."""
_MAGIC = frozenset({0x377F0682, 0x377F0683})
_LAST_READABLE = slice(16, 20)
"""In the header of `-shm`, in the machine's byte order: the last frame SQLite will read."""


def is_torn(session: Path) -> bool:
    """Whether commits other than the very last one cannot be read.

    Raises:
        OSError, sqlite3.Error: the files could not be opened at all.
    """
    ends = _commits(sibling_path(session, "-wal"))
    if not ends:
        return False
    readable = _readable(session)
    return sum(end > readable for end in ends) > 1


def _commits(wal: Path) -> list[int]:
    """Numbers of the frames that end a commit, whether or not they are whole inside."""
    if not wal.exists():
        return []
    ends = []
    with wal.open("rb") as file:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return []
        magic, page, *salts = _HEADER.unpack(header)
        step = _FRAME.size + page
        frames = (wal.stat().st_size - _HEADER.size) // step if magic in _MAGIC else 0
        for number in range(frames):
            file.seek(_HEADER.size + number * step)
            pages, *own = _FRAME.unpack(file.read(_FRAME.size))
            if pages and own == salts:
                ends.append(number + 1)
    return ends


def _readable(session: Path) -> int:
    """How many frames SQLite finds whole."""
    with closing(connect_to_read(session)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        header = sibling_path(session, "-shm").read_bytes()[: _LAST_READABLE.stop]
    return int.from_bytes(header[_LAST_READABLE], byteorder)
