"""The log file: what the screen has no room for, without keys, for this user only."""

import logging
import os
from io import TextIOWrapper
from pathlib import Path

from tui.session.private_files import make_private_folder, open_private

LOG_FILE_NAME = "glideslope.log"
MAX_LOG_BYTES = 1_000_000
"""Size at which the file is turned over; one old file is kept."""


def start_log_file(state: Path) -> Path | None:
    """Log warnings and errors to a file in the user's state folder; started again, to it alone.

    Returns:
        The file; None where it cannot be written, which is no reason not to start.
    """
    from logging.handlers import RotatingFileHandler  # imports sockets, and is not always needed

    class PrivateHandler(RotatingFileHandler):
        """Makes the file narrow also when it is turned over."""

        def _open(self) -> TextIOWrapper:
            handle = open_private(Path(self.baseFilename), os.O_APPEND | os.O_WRONLY)
            return TextIOWrapper(os.fdopen(handle, "ab"), encoding="utf-8")

    path = state / LOG_FILE_NAME
    try:
        make_private_folder(state)
        handler = PrivateHandler(path, maxBytes=MAX_LOG_BYTES, backupCount=1, encoding="utf-8")
    except OSError:
        return None
    handler.name = LOG_FILE_NAME
    handler.setFormatter(_RedactingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    for earlier in [each for each in root.handlers if each.name == LOG_FILE_NAME]:
        root.removeHandler(earlier)
        earlier.close()
    root.addHandler(handler)
    # A log that cannot be written, on a full disk for one, is nothing to paint on the screen.
    logging.raiseExceptions = False
    root.setLevel(logging.WARNING)
    return path


class _RedactingFormatter(logging.Formatter):
    """Blacks out keys, whoever quoted them."""

    def format(self, record: logging.LogRecord) -> str:
        from tui.claude.credentials import known_secrets
        from tui.claude.redaction import redact

        return redact(super().format(record), known_secrets())
