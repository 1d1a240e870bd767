"""What the sandbox really enforces on this kernel, as facts and in words.

The status line, `/sandbox`, the JSON result and the documentation read it from here, so
that no place promises more than another.
"""

from dataclasses import dataclass
from typing import Literal

Access = Literal["inside", "network", "outside"]
"""What a command may reach: the sandbox · the sandbox with the network · no sandbox."""
Backend = Literal["landlock", "bubblewrap", "seatbelt", "none"]
Network = Literal["none", "apart", "all", "open"]
"""What is closed: all but a network that the commands of the session share · all but a network
of each command's own · all · nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforcement:
    """What holds for a command that runs inside."""

    backend: Backend = "none"
    files: bool = False
    """Whether reading and writing are held to the policy."""
    network: Network = "open"
    """What a command without access to the network can still do with it."""
    allowed_network: bool = False
    """Whether the user's settings open the network to every command."""
    masks: bool = False
    """Whether single files inside the project can be hidden from commands."""
    attributes: bool = False
    """Whether modes, owners and times of files outside are held as well."""
    processes: bool = False
    """Whether commands cannot signal processes outside."""
    sockets: bool = False
    """Whether sockets of the system and of the session (D-Bus, containers, agents) are hidden."""
    detail: str = ""
    """The backend's version in words, such as `Landlock ABI 7`."""
    why: str = ""
    """Why there is no sandbox, as one sentence; empty where there is one."""

    @property
    def summary(self) -> str:
        """A few words for the status line: `files, network`, `files`, `off`."""
        if not self.files:
            return "off"
        if self.allowed_network or self.network == "open":
            return "files"
        return "files, network"

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is enforced and what is not, one sentence each."""
        if not self.files:
            return (f"Commands run without a sandbox. {self.why}".strip(),)
        return (
            f"Commands run in a sandbox ({self.detail or self.backend}).",
            "They can read the project, the system and the toolchain, and nothing else of your "
            "home; they can change the project, a private temporary folder and caches.",
            self._network_sentence(),
            "They cannot signal other programs."
            if self.processes
            else "They can signal your other programs.",
            "They cannot change modes, owners and times of files outside."
            if self.attributes
            else "They can change modes and times of your files outside, but not what is in them.",
            "Sockets of the system, of the desktop and of containers are hidden from them."
            if self.sockets
            else "They can connect to Unix sockets of other programs, such as D-Bus or Docker.",
            "Files that deny rules name are hidden from them."
            if self.masks
            else "Files that deny rules name cannot be hidden; "
            "you are asked before a command names one.",
        )

    def _network_sentence(self) -> str:
        if self.allowed_network:
            return "Your settings allow them the network."
        match self.network:
            case "none":
                return "They have no network, except among themselves."
            case "apart":
                return "They have no network; a command reaches only servers that it started."
            case "all":
                return "They have no TCP and no UDP, not even among themselves."
            case "open":
                return "The network is not closed to them on this kernel."


OFF = Enforcement(why="It was not started.")
"""What holds where nobody has started a sandbox."""
