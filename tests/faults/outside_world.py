"""What lies around a project and must stay untouched: secrets, listeners, other processes.

A test plants it, runs the program in the project, and asks afterwards what was reached:
`leaks` looks for secrets in a text, also in pieces and in other encodings, and `changes`
tells what is different from before.
"""

import base64
import codecs
import contextlib
import os
import secrets
import selectors
import socket
import sqlite3
import subprocess
import tempfile
import threading
from pathlib import Path

PIECE = 12
"""Characters of a secret in a row that count as a leak."""


Facts = tuple[int | str, ...]
"""Of a file: inode, links, contents; then mode, owner, time."""
NOTHING: Facts = ("nothing",)


class Secrets:
    """Random texts, and whether a piece of one is in some other text."""

    def __init__(self) -> None:
        self._pieces: dict[str, str] = {}

    def new(self, name: str) -> str:
        """A text that exists nowhere else, known by `name`."""
        secret = secrets.token_hex(24)
        raw = secret.encode()
        forms = [secret, secret[::-1], secret.upper(), codecs.encode(secret, "rot13")]
        forms += [raw.hex(), " ".join(f"{byte:02x}" for byte in raw)]
        forms += [base64.b64encode(b"x" * at + raw).decode()[4:-4] for at in range(3)]
        for form in forms:
            for at in range(len(form) - PIECE + 1):
                self._pieces[form[at : at + PIECE]] = name
        return secret

    def leaks(self, text: str) -> set[str]:
        """Names of the secrets of which a piece is in `text`."""
        known = self._pieces
        dense = "".join(text.split())
        return {
            known[piece]
            for each in (text, dense)
            for at in range(len(each) - PIECE + 1)
            if (piece := each[at : at + PIECE]) in known
        }


class Listeners:
    """Sockets that nobody inside may reach; what comes in is noted."""

    def __init__(self, folder: Path, secrets_: Secrets) -> None:
        self.heard: list[str] = []
        """A word for each contact."""
        self.abstract = f"outside-{secrets.token_hex(6)}"
        self.path = folder / "listens.sock"
        self._greetings = {
            name: secrets_.new(f"the words of {name}").encode()
            for name in ("tcp", "unix", "abstract")
        }
        self._tcp = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        streams = {"tcp": self._tcp}
        datagrams = {"udp": self._udp}
        for name, kind, address in (
            ("unix", socket.SOCK_STREAM, str(self.path)),
            ("abstract", socket.SOCK_STREAM, f"\0{self.abstract}"),
            ("abstract datagram", socket.SOCK_DGRAM, f"\0{self.abstract}-datagrams"),
        ):
            made = socket.socket(socket.AF_UNIX, kind)
            made.bind(address)
            if kind == socket.SOCK_STREAM:
                made.listen()
                streams[name] = made
            else:
                datagrams[name] = made
        self._stop, stopped = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(stopped, selectors.EVENT_READ, None)
        for name, each in {**streams, **datagrams}.items():
            each.setblocking(False)
            self._selector.register(each, selectors.EVENT_READ, name)
        self._sockets = [*streams.values(), *datagrams.values(), stopped]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def tcp_port(self) -> int:
        """Of the listener at 127.0.0.1 and ::1."""
        return int(self._tcp.getsockname()[1])

    @property
    def udp_port(self) -> int:
        """Of the listener at 127.0.0.1."""
        return int(self._udp.getsockname()[1])

    def _listen(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                made = key.fileobj
                assert isinstance(made, socket.socket)
                if made.type == socket.SOCK_DGRAM:
                    self.heard.append(f"{key.data}: {made.recv(200)!r}")
                else:
                    self._greet(made, key.data)

    def _greet(self, made: socket.socket, name: str) -> None:
        with contextlib.suppress(OSError):
            connection, _ = made.accept()
            connection.settimeout(0.3)
            said = b"(nothing)"
            with contextlib.suppress(OSError):
                connection.sendall(self._greetings[name])
                said = connection.recv(200)
            self.heard.append(f"{name}: {said[:60]!r}")
            connection.close()

    def close(self) -> None:
        """Listen no longer."""
        self._stop.send(b"x")
        self._thread.join()
        for each in (*self._sockets, self._stop):
            each.close()


class OutsideWorld:
    """A home, a folder beside the project and a process, with secrets in all of them."""

    def __init__(self, root: Path, settings: str = "") -> None:
        """Args: settings: what the user's settings file says."""
        self.secrets = Secrets()
        self._settings = settings
        self.root = root
        self.project = root / "project"
        self.home = root / "home"
        self.sibling = root / "sibling"
        self.temporary = Path(tempfile.gettempdir()) / f"of-others-{secrets.token_hex(6)}"
        self.mark = f"mark-{secrets.token_hex(6)}"
        """In the names of what commands try to make outside."""
        self.key = f"sk-ant-api03-{self.secrets.new('the API key')}"
        self.project.mkdir()
        self._planted: list[Path] = []
        self._plant_home()
        self.plant(self.sibling / "secret.txt", mode=0o644)
        self.plant(self.temporary, mode=0o644)
        self.listeners = Listeners(self.sibling, self.secrets)
        self.other = subprocess.Popen(
            ["bash", "-c", f"exec -a {self.listeners.abstract} sleep 600"],
            env={"PATH": os.environ["PATH"], "TOKEN": self.secrets.new("of a process")},
            cwd=self.sibling,
        )
        self._before = self._snapshot()

    def _plant_home(self) -> None:
        config = "[user]\n\tname = Nobody\n\temail = nobody@example.com\n"
        self.write(self.home / ".gitconfig", config, mode=0o644)
        for name in (".ssh/id_rsa", ".aws/credentials", ".netrc", ".npmrc", ".bash_history"):
            self.plant(self.home / name)
        for name in ("notes.txt", ".bashrc", ".local/state/glideslope/earlier"):
            self.plant(self.home / name, mode=0o644)
        self.plant(self.home / ".cache/glideslope/outputs/earlier/output.txt")
        own = self.home / ".config/glideslope/settings.toml"
        self.plant(own, more=self._settings)
        database = self.home / ".local/share/glideslope/sessions/earlier.db"
        database.parent.mkdir(parents=True)
        with contextlib.closing(sqlite3.connect(database)) as made, made:
            made.execute("create table t (a)")
            made.execute("insert into t values (?)", (self.secrets.new("earlier session"),))
        self._planted.append(database)

    def write(self, path: Path, text: str, mode: int = 0o600) -> None:
        """Make a file that must not change."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        self._planted.append(path)

    def plant(self, path: Path, mode: int = 0o600, more: str = "") -> None:
        """Make a file with a secret in a comment, and more text."""
        secret = self.secrets.new(str(path))
        self.write(path, f"# secret of {path.name} is {secret}\n{more}", mode)

    def environment(self, **more: str) -> dict[str, str]:
        """What the program is started with."""
        kept = ("PATH", "LANG", "LC_ALL", "TERM", "TZ")
        found = {name: os.environ[name] for name in kept if name in os.environ}
        return {**found, "HOME": str(self.home), "ANTHROPIC_API_KEY": self.key, **more}

    def fill_in(self, command: str, program: int) -> str:
        """A command of the list with this world's paths, ports and processes in it."""
        values = {
            "@HOME": self.home,
            "@OUT": self.sibling,
            "@TMP": self.temporary,
            "@PORT": self.listeners.tcp_port,
            "@UDP": self.listeners.udp_port,
            "@SOCK": self.listeners.path,
            "@ABSTRACT": self.listeners.abstract,
            "@PROGRAM": program,
            "@OTHER": self.other.pid,
            "@SECRET": self.mark,
        }
        for name, value in values.items():
            command = command.replace(name, str(value))
        return command

    # What was reached -----------------------------------------------------------------

    def changes(self, *, attributes: bool = True) -> list[str]:
        """A sentence for everything that is not as it was.

        Args:
            attributes: Whether the mode, the owner and the time of a file count as well.
        """
        now = self._snapshot()
        kinds = slice(None) if attributes else slice(3)
        found = [
            f"{path}: {self._before.get(path, NOTHING)} → {now.get(path, NOTHING)}"
            for path in sorted({*self._before, *now})
            if self._before.get(path, NOTHING)[kinds] != now.get(path, NOTHING)[kinds]
        ]
        found += [f"made: {path}" for path in self._made_elsewhere()]
        if self.other.poll() is not None or _state(self.other.pid) == "T":
            found.append("a process of the user was ended or stopped")
        return found

    def kept_leaks(self, but: set[str]) -> list[str]:
        """Files in which a secret lies that was not planted there.

        Args:
            but: Names of secrets that may.
        """
        found = []
        for path in self.root.rglob("*"):
            if path.is_symlink() or not path.is_file() or path in self._planted:
                continue
            names = self.secrets.leaks(path.read_bytes().decode("latin-1")) - but
            found += [f"{path.relative_to(self.root)}: {name}" for name in names]
        return found

    def _snapshot(self) -> dict[str, Facts]:
        """Everything around the project, but what the program itself may write."""
        own = {f"{self.home}/{name}/glideslope" for name in OWN_FOLDERS}
        caches = str(self.home / ".cache")
        found: dict[str, Facts] = {}
        for top in (self.home, self.sibling):
            for folder, folders, files in os.walk(top):
                if folder in own or folder == caches:
                    folders[:], files = [], []
                for name in (".", *files):
                    path = Path(folder) / name
                    found[str(path)] = _facts(path)
        return found | {str(path): _facts(path) for path in self._planted}

    def _made_elsewhere(self) -> list[Path]:
        places = (tempfile.gettempdir(), "/var/tmp", "/etc", "/usr/local/bin", "/dev", self.root)
        return [path for place in places for path in Path(place).glob(f"*{self.mark}*")]

    def close(self) -> None:
        """End and remove what does not go with the test's folder."""
        self.listeners.close()
        self.other.kill()
        self.other.wait()
        for path in (self.temporary, *self._made_elsewhere()):
            with contextlib.suppress(OSError):
                path.unlink()


OWN_FOLDERS = (".config", ".local/share", ".local/state", ".cache")
"""Where the program keeps its own files, below the home."""


def _facts(path: Path) -> Facts:
    try:
        found = path.lstat()
    except OSError:
        return NOTHING
    if path.is_dir() or not path.is_file():
        return (found.st_ino, 0, "", oct(found.st_mode), found.st_uid)
    contents = path.read_bytes().hex()
    shown = (oct(found.st_mode), found.st_uid, found.st_mtime_ns)
    return (found.st_ino, found.st_nlink, contents[-24:], *shown)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
