"""What a server answers to a question that costs nothing: its list of models."""

from typing import NamedTuple


class ServerProbe(NamedTuple):
    """One answer."""

    status: int
    """Of HTTP; 0 where no answer came."""
    seconds: float
    """Until the answer."""
    date: str = ""
    """The server's clock as it wrote it; empty where it did not."""
    problem: str = ""
    """Why no answer came, as a sentence."""
