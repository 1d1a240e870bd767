"""The lines of git's own files that execute something or lead git somewhere else.

`git remote add`, `git branch -u`, `git clone` and many others write configuration that only
describes a repository. Two versions of a file differ in what matters only if they differ in
what is listed here. The list names what is harmless; every other key counts, so that a key
of a newer git counts until it is known. A file that is not written as plainly as git itself
writes it counts as a whole.
"""

import re
from collections.abc import Iterator
from hashlib import blake2b

_HARMLESS_KEYS: dict[str, str] = {
    "core": (
        "repositoryformatversion filemode bare logallrefupdates ignorecase precomposeunicode "
        "symlinks autocrlf eol safecrlf quotepath abbrev compression loosecompression "
        "bigfilethreshold sparsecheckout sparsecheckoutcone untrackedcache preloadindex "
        "splitindex commitgraph multipackindex longpaths checkstat trustctime whitespace "
        "sharedrepository commentchar commentstring notesref fscache deltabasecachelimit "
        "packedgitlimit packedgitwindowsize createobject fsync fsyncmethod checkroundtripencoding "
        "warnambiguousrefs filesreflocktimeout packedrefstimeout maxtreedepth"
    ),
    "user": "name email signingkey useconfigonly",
    "author": "name email",
    "committer": "name email",
    "init": "defaultbranch defaultobjectformat defaultrefformat",
    "push": "default followtags autosetupremote gpgsign recursesubmodules negotiate "
    "useforceifincludes",
    "pull": "rebase ff octopus twohead",
    "fetch": "prune prunetags all parallel recursesubmodules writecommitgraph "
    "showforcedupdates output",
    "merge": "ff conflictstyle renamelimit renames directoryrenames renormalize stat log "
    "autostash verbosity suppressdest branchdesc defaulttoupstream guitool tool",
    "rebase": "autosquash autostash stat updaterefs missingcommitscheck abbreviatecommands "
    "reschedulefailedexec forkpoint rebasemerges backend",
    "diff": "algorithm colormoved colormovedws context interhunkcontext renames renamelimit "
    "mnemonicprefix noprefix submodule statgraphwidth wserrorhighlight indentheuristic "
    "suppressblankempty relative autorefreshindex dirstat ignoresubmodules wordregex orderfile "
    "tool guitool",
    "commit": "gpgsign verbose cleanup status",
    "tag": "gpgsign sort forcesignannotated",
    "log": "date decorate abbrevcommit follow showroot showsignature mailmap graphcolors",
    "status": "short branch showuntrackedfiles submodulesummary relativepaths showstash "
    "aheadbehind renames renamelimit displaycommentprefix",
    "gc": "auto autodetach autopacklimit pruneexpire reflogexpire reflogexpireunreachable "
    "worktreepruneexpire aggressivedepth aggressivewindow writecommitgraph packrefs",
    "pack": "threads window depth windowmemory compression packsizelimit writebitmaphashcache "
    "usesparse deltacachesize deltacachelimit indexversion writereverseindex",
    "index": "threads version sparse recordendofindexentries recordoffsettable skiphash",
    "feature": "manyfiles experimental",
    "extensions": "objectformat worktreeconfig partialclone preciousobjects noop refstorage "
    "compatobjectformat relativeworktrees",
    "rerere": "enabled autoupdate",
    "stash": "showpatch showstat showincludeuntracked",
    "apply": "whitespace ignorewhitespace",
    "checkout": "defaultremote guess workers thresholdforparallelism",
    "clone": "defaultremotename rejectshallow filtersubmodules",
    "worktree": "guessremote userelativepaths",
    "blame": "date showemail showroot blankboundary coloring ignorerevsfile markignoredlines "
    "markunblamablelines",
    "grep": "linenumber column patterntype extendedregexp fullname threads",
    "branch": "autosetupmerge autosetuprebase sort",
    "submodule": "recurse fetchjobs active propagatebranches alternateerrorstrategy "
    "alternatelocation",
    "i18n": "commitencoding logoutputencoding",
    "maintenance": "auto strategy",
    "versionsort": "suffix prereleasesuffix",
    "format": "pretty numbered signoff",
    "notes": "displayref rewriteref rewritemode mergestrategy",
    "receive": "denycurrentbranch denydeletes denynonfastforwards denydeletecurrent autogc "
    "updateserverinfo maxinputsize",
    "transfer": "hiderefs unpacklimit",
    "lfs": "repositoryformatversion",
    "http": "postbuffer lowspeedlimit lowspeedtime version maxrequests",
}
"""Keys of sections without a name of their own that execute nothing, by section."""

_HARMLESS_SECTIONS = frozenset(("color", "column", "advice", "showbranch", "gitflow"))
"""Sections, named or not, in which no key executes anything."""

_HARMLESS_NAMED: dict[str, str] = {
    "branch": "remote merge rebase description pushremote mergeoptions vscode-merge-base "
    "gh-merge-base github-pr-owner-number autosetupmerge",
    "remote": "url pushurl fetch push tagopt prune prunetags mirror skipdefaultupdate "
    "skipfetchall promisor partialclonefilter gh-resolved followremotehead",
    "submodule": "url active branch path update ignore shallow fetchrecursesubmodules",
    "notes": "mergestrategy",
    "lfs": "access locksverify",
    "maintenance": "enabled schedule",
}
"""Keys of named sections that execute nothing, if their value does not."""


def word_set(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


_SECTION = re.compile(r'\s*\[([A-Za-z0-9-]+)(?:[ \t]+"((?:[^"\\]|\\["\\])*)")?\]\s*(?:[#;].*)?')
_ENTRY = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)[ \t]*(?:=[ \t]*(.*?))?\s*")
_EMPTY = re.compile(r"\s*(?:[#;].*)?")
_EXECUTING = re.compile(r"\s*(?:!|-|[A-Za-z0-9+.-]+::)")
"""Values that git hands to a shell, takes for an option or for a helper program."""
_CHOOSING = re.compile(r"(?:filter|diff|merge)(?:=(.*))?")
"""Attributes that choose a program of the configuration, or a way of git's own."""
_BUILT_IN_DRIVERS = word_set(
    "ada bash bibtex cpp csharp css dts elixir fortran fountain golang html ini java kotlin "
    "markdown matlab objc pascal perl php python ruby rust scheme tex text binary union"
)
"""Ways to compare and merge that are built into git."""

GitFacts = frozenset[str]
"""What of a file counts, one text each: two versions with equal facts are alike."""


def config_facts(content: bytes) -> GitFacts:
    """What of a git configuration, or of .gitmodules, executes something or leads elsewhere."""
    try:
        return frozenset(
            f"{section}{'' if name is None else f'.{name}'}.{key}={value}"
            for section, name, key, value in _config_entries(content.decode())
            if not _is_harmless_entry(section, name, key, value)
        )
    except ValueError:
        return every_byte(content)


def _config_entries(text: str) -> Iterator[tuple[str, str | None, str, str]]:
    """Section, its own name, key and value of each entry, as git would read them.

    Raises:
        ValueError: a line is not as plain as those that git writes.
    """
    section: str | None = None
    name: str | None = None
    for raw in text.split("\n"):
        line = raw.removesuffix("\r")
        if _EMPTY.fullmatch(line):
            continue
        if found := _SECTION.fullmatch(line):
            section, name = found[1].casefold(), found[2]
            continue
        entry = _ENTRY.fullmatch(line)
        if entry is None or section is None or line.endswith("\\") or "\0" in line:
            raise ValueError(line)
        yield section, name, entry[1].casefold(), entry[2] if entry[2] is not None else "true"


def _is_harmless_entry(section: str, name: str | None, key: str, value: str) -> bool:
    if _EXECUTING.match(value.replace('"', "")):
        return False
    if section in _HARMLESS_SECTIONS:
        return True
    table = _HARMLESS_KEYS if name is None else _HARMLESS_NAMED
    return key in table.get(section, "").split()


def attributes_facts(content: bytes) -> GitFacts:
    """The lines of an attributes file that choose a program to run on files."""
    lines = content.decode("utf-8", "surrogateescape").splitlines()
    words = (line.split() for line in lines if not line.lstrip().startswith("#"))
    return frozenset(" ".join(line) for line in words if any(map(_chooses_program, line[1:])))


def _chooses_program(attribute: str) -> bool:
    found = _CHOOSING.fullmatch(attribute)
    return found is not None and found[1] is not None and found[1] not in _BUILT_IN_DRIVERS


def every_byte(content: bytes) -> GitFacts:
    """Every byte counts."""
    return frozenset((blake2b(content, digest_size=16).hexdigest(),))
