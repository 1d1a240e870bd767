"""Reads a command line with the grammar of bash into a flat tree of simple commands.

`parse_line` gives every simple command of a line, also those in substitutions, functions
and loops, in the order in which they are written. What the grammar does not understand, or
understands differently from the reader of words, makes the whole line *not understood*:
`Line.problem` says why, and the rules treat the line with the greatest care.
"""

import os
import re
import subprocess
import sys
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from tui.agent.shell.shell_words import Word, WordPiece, literal_word, word_set
from tui.agent.shell.word_lexer import UnsupportedSyntax, read_word
from tui.child_environment import without_credentials

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

LONGEST = 60_000
"""Characters of a line that is read."""
_SAFE_LINE_BYTES = 8_000
"""Characters of a line that the grammar reads here without being tried in a process first.

It takes time and memory by the square of what it cannot make sense of, such as `$[` again and
again: half a second for so much, gigabytes for ten times as much."""
_TRIAL_PROGRAM = """
import resource, sys, time
resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
import tree_sitter, tree_sitter_bash
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
began = time.process_time()
parser.parse(sys.stdin.buffer.read())
sys.exit(time.process_time() - began > 0.3)
"""
_TRIAL_SECONDS = 10.0
_MAX_COMMANDS = 600
_MAX_DEPTH = 60
"""Levels of nesting that are followed."""

Words = tuple[str, ...]
"""One simple command: its name and its arguments, quotes resolved."""


@dataclass(frozen=True, slots=True)
class VariableAssignment:
    """`NAME=value`."""

    name: str
    value: Word
    exported: bool = False
    """Whether `export` or a like word sets it."""


@dataclass(frozen=True, slots=True)
class Redirection:
    """`> file`, `< file`; copies of descriptors such as `2>&1` are left out."""

    operator: str
    target: Word

    @property
    def writes(self) -> bool:
        """Whether it writes its target."""
        return ">" in self.operator


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """A simple command. One without words holds the files or values of a larger form."""

    words: tuple[Word, ...] = ()
    assignments: tuple[VariableAssignment, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    stdin_text: Word | None = None
    """The text of a here-document or here-string on its standard input."""
    pipe_source: tuple[int, int] | None = None
    """Which commands of the line write its standard input: the first, and the one behind."""
    function: str = ""
    """The function in whose body it is."""


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """A command line as the parser understood it."""

    source: str
    commands: tuple[SimpleCommand, ...] = ()
    problem: str = ""
    """Why the line is not understood; empty where it is."""
    is_plain: bool = False
    """Whether nothing but simple commands with known words and wildcards is in it."""
    functions: frozenset[str] = field(default_factory=frozenset)
    """Names that the line itself gives a meaning."""
    has_arithmetic: bool = False
    """Whether it does arithmetic with variables, whose values may hold a subscript that runs."""

    @property
    def plain_words(self) -> tuple[Words, ...] | None:
        """The words of each command as rules see them; None for a line that is not plain."""
        if not self.is_plain:
            return None
        return tuple(tuple(word.written for word in command.words) for command in self.commands)


def plain_command_words(line: str, *, windows: bool = os.name == "nt") -> tuple[Words, ...] | None:
    """The words of each command of a plain shell line; None for any other line."""
    return parse_line(line, windows=windows).plain_words


@lru_cache(maxsize=64)
def parse_line(line: str, *, windows: bool = os.name == "nt") -> ParsedLine:
    """What a command line says.

    Args:
        line: The line, or lines, as the shell gets them.
        windows: Whether `cmd.exe` reads the line, whose language is not known here.
    """
    if windows:
        return _windows_line(line)
    if len(line) > LONGEST:
        return ParsedLine(line, problem="it is too long to be looked at")
    try:
        return _TreeWalker(line).line()
    except UnsupportedSyntax as error:
        return ParsedLine(line, problem=error.problem)


_WINDOWS = re.compile(r"[&|<>^%!()\r\n\"'`$;]")


def _windows_line(line: str) -> ParsedLine:
    if _WINDOWS.search(line) or not line.split():
        return ParsedLine(line, problem="only plain words are understood on Windows")
    return ParsedLine(line, (SimpleCommand(tuple(map(literal_word, line.split()))),), is_plain=True)


@lru_cache(maxsize=1)
def _parser() -> "Parser":
    # Loaded here: the first frame of the program has no use for a grammar.
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


def _tree(source: bytes) -> "Node":
    """The tree of a line.

    Raises:
        UnsupportedSyntax: the grammar takes too long, or too much memory.
    """
    if len(source) > _SAFE_LINE_BYTES and not _passes_the_trial(source):
        raise UnsupportedSyntax("it is too long for what it is")
    return _parser().parse(source).root_node


def _passes_the_trial(source: bytes) -> bool:
    """Whether a process that is held to a second and a gigabyte can read a line."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _TRIAL_PROGRAM],
            input=source,
            env=without_credentials(os.environ),
            capture_output=True,
            timeout=_TRIAL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


_EXPANSIONS = word_set(
    "simple_expansion expansion command_substitution process_substitution arithmetic_expansion"
)
_WORDS = _EXPANSIONS | word_set(
    "word string raw_string ansi_c_string translated_string concatenation number "
    "brace_expression variable_name special_variable_name extglob_pattern regex "
    "test_operator string_content"
)
_REDIRECTIONS = frozenset(("file_redirect", "herestring_redirect", "heredoc_redirect"))
_GROUPS = word_set(
    "subshell compound_statement do_group if_statement elif_clause else_clause while_statement "
    "c_style_for_statement case_statement case_item negated_command"
)
_TESTS = frozenset(("binary_expression", "unary_expression", "parenthesized_expression"))
_ARITHMETIC = word_set(
    "binary_expression unary_expression postfix_expression ternary_expression subscript "
    "parenthesized_expression variable_assignment"
)
_SEPARATORS = frozenset((";", "&&", "||", "|", "|&", "&", "\n"))
_KEYWORDS = word_set(
    "if then elif else fi for while until do done case esac select function time coproc in "
    "[[ ]] [ ! { } eval exec source . alias trap"
)
_NOTHING = re.compile(r"(?:[ \t\n]|\\\n)*")
_COPIED = re.compile(r"\d+-?|-")
_DELIMITER = re.compile(r"\\?([\w.-]+)|'([\w.-]+)'|\"([\w.-]+)\"")
_EVALUATED_LATER = re.compile(r"\[\s*(?:\$\(|`)")
"""A subscript with a substitution: arithmetic runs it even inside quotes."""
_EVALUATING = word_set(
    "test [ [[ let declare typeset local export readonly read unset printf wait mapfile readarray "
    "getopts set"
)
"""Builtins that take a name with a subscript, or a number, and evaluate what is in it."""
_HIDDEN_CODE = re.compile(r"\$\(|`|\$\{")
_DESCRIPTOR = re.compile(r"\{\w+(?:\[.*\])?\}\Z")
"""What makes `{name}>file` a redirection and no word."""
_NAMED = re.compile(r"[A-Za-z_]|\$")
_COMPUTED = re.compile(r"\$\{#?\w+(?:\[[^@*\]]*[A-Za-z_$]|:\s*[A-Za-z_$(])")


@dataclass(frozen=True, slots=True)
class _Enclosing:
    """What a command inherits from the forms around it."""

    pipe_source: tuple[int, int] | None = None
    stdin_text: Word | None = None
    function: str = ""
    depth: int = 0


class _TreeWalker:
    """Goes through the nodes of one line."""

    def __init__(self, line: str) -> None:
        self._line = line
        try:
            self._bytes = line.encode()
        except UnicodeEncodeError as error:
            raise UnsupportedSyntax("it holds characters that are not text") from error
        self._commands: list[SimpleCommand] = []
        self._functions: set[str] = set()
        self._plain = True
        self._computes = False

    def line(self) -> ParsedLine:
        root = _tree(self._bytes)
        if root.has_error:
            raise UnsupportedSyntax("the shell grammar does not fit it")
        self._statements(root, _Enclosing())
        if not self._commands:
            raise UnsupportedSyntax("it holds no command")
        if any(_may_evaluate(command, self._functions) for command in self._commands):
            raise UnsupportedSyntax("bash may run a text in it")
        plain = self._plain and all(map(_is_plain, self._commands))
        return ParsedLine(
            self._line,
            tuple(self._commands),
            is_plain=plain,
            functions=frozenset(self._functions),
            has_arithmetic=self._computes,
        )

    # Forms -----------------------------------------------------------------------

    def _statements(self, node: "Node", enclosing: _Enclosing) -> None:
        """Everything in `node`, one after the other."""
        if enclosing.depth > _MAX_DEPTH:
            raise UnsupportedSyntax("it is nested too deeply")
        enclosing = replace(enclosing, depth=enclosing.depth + 1)
        words: list[Node] = []
        for child in self._children(node):
            if child.type in _WORDS and node.type != "case_item":
                words.append(child)
                continue
            self._values(words)
            words = []
            if child.type in _WORDS:
                self._substitutions(child)
            elif child.is_named:
                self._statement(child, enclosing)
            elif child.type not in _SEPARATORS:
                self._plain = False
        self._values(words)

    def _values(self, nodes: Sequence["Node"]) -> None:
        """Words of a larger form: the list of a loop, the value of a case."""
        if nodes:
            self._plain = False
            self._add(
                SimpleCommand(
                    assignments=tuple(VariableAssignment("", w) for w in self._words(nodes))
                )
            )

    def _statement(self, node: "Node", enclosing: _Enclosing) -> None:
        match node.type:
            case "command":
                self._command(node, enclosing)
            case "redirected_statement":
                self._redirected_statement(node, enclosing)
            case "pipeline":
                self._pipeline(node, enclosing)
            case "list" | "program":
                self._statements(node, enclosing)
            case "declaration_command" | "unset_command":
                self._declaration(node)
            case "variable_assignment" | "variable_assignments":
                self._plain = False
                self._add(SimpleCommand(assignments=tuple(self._assignments(node))))
            case "test_command":
                self._test(node)
            case "function_definition":
                self._function(node, enclosing)
            case "for_statement":
                self._loop(node, enclosing)
            case "comment":
                self._plain = False
            case kind if kind in _GROUPS:
                self._plain = False
                if kind == "negated_command" and re.match(r"![^\s(]", self._text(node)):
                    raise UnsupportedSyntax("a ! is part of a word")
                if self._text(node).startswith("(("):
                    self._arithmetic(node)
                self._statements(node, enclosing)
            case kind if kind in _REDIRECTIONS:
                command = self._redirections([node], enclosing)
                self._add(replace(command, pipe_source=None))
            case kind if kind in _ARITHMETIC:
                self._plain = False
                self._arithmetic(node)
            case kind:
                raise UnsupportedSyntax(f"it holds a form that is not known ({kind})")

    def _pipeline(self, node: "Node", enclosing: _Enclosing) -> None:
        start = len(self._commands)
        for child in self._children(node):
            if not child.is_named:
                continue
            behind = len(self._commands)
            fed = (
                replace(enclosing, pipe_source=(start, behind), stdin_text=None)
                if behind > start
                else enclosing
            )
            self._statement(child, replace(fed, depth=enclosing.depth + 1))

    def _loop(self, node: "Node", enclosing: _Enclosing) -> None:
        self._plain = False
        variable = node.child_by_field_name("variable")
        name = self._text(variable) if variable else ""
        values = [n for n in node.children_by_field_name("value") if n.type in _WORDS]
        words = self._words(values)
        self._add(
            SimpleCommand(assignments=tuple(VariableAssignment(name, word) for word in words))
        )
        for child in self._children(node):
            if child.is_named and child.type not in _WORDS:
                self._statement(child, replace(enclosing, depth=enclosing.depth + 1))

    def _function(self, node: "Node", enclosing: _Enclosing) -> None:
        self._plain = False
        name = node.child_by_field_name("name")
        said = self._text(name) if name else ""
        self._functions.add(said)
        inside = replace(enclosing, function=said, depth=enclosing.depth + 1)
        for child in self._children(node):
            if child.is_named and child != name:
                self._statement(child, inside)

    def _redirected_statement(self, node: "Node", enclosing: _Enclosing) -> None:
        dash = self._recovered_dash(node)
        children = node.children if dash else self._children(node)
        body = next((n for n in children if n.type not in _REDIRECTIONS and n.is_named), None)
        redirections = [n for n in children if n.type in _REDIRECTIONS]
        start = len(self._commands)
        if (
            body is not None
            and body.type in ("list", "pipeline")
            and _ends_with_simple_command(body)
        ):
            # The grammar gives the redirection to the whole list, the shell to its last command.
            self._statement(body, enclosing)
            last = len(self._commands) - 1
            before = self._commands[last]
            extra = self._redirections(
                redirections, replace(enclosing, stdin_text=before.stdin_text)
            )
            self._commands[last] = replace(
                before,
                words=(*before.words, *extra.words),
                redirections=(*before.redirections, *extra.redirections),
                stdin_text=extra.stdin_text,
            )
            start = last
        elif body is not None and body.type in ("command", "variable_assignment"):
            if body.type == "command":
                self._command(body, enclosing, redirections, dash)
            else:
                self._plain = False
                extra = self._redirections(redirections, enclosing)
                self._add(replace(extra, assignments=tuple(self._assignments(body))))
        else:
            extra = self._redirections(redirections, enclosing)
            if extra.words:
                raise UnsupportedSyntax("words follow a redirection of a group")
            self._plain = False
            self._add(extra)
            if body is not None:
                given = replace(enclosing, stdin_text=extra.stdin_text, depth=enclosing.depth + 1)
                self._statement(
                    body,
                    given if extra.stdin_text else replace(given, stdin_text=enclosing.stdin_text),
                )
        self._commands_after_heredocs(redirections, enclosing, start)

    def _recovered_dash(self, node: "Node") -> tuple[Word, ...]:
        """The `-` of `python - <<EOF`, which the grammar passes over."""
        if len(node.children) == 2 and node.children[0].type == "command":
            body, document = node.children
            if document.type == "heredoc_redirect":
                between = self._bytes[body.end_byte : document.start_byte]
                if between.strip(b" \t") == b"-" and between[:1] in (b" ", b"\t"):
                    return (literal_word("-"),)
        return ()

    def _command(
        self,
        node: "Node",
        enclosing: _Enclosing,
        redirections: Sequence["Node"] = (),
        dash: tuple[Word, ...] = (),
    ) -> None:
        words: list[Node] = []
        assignments: list[VariableAssignment] = []
        own: list[Node] = []
        for child in self._children(node):
            if child.type == "command_name":
                words += self._children(child)
            elif child.type == "variable_assignment":
                assignments += self._assignments(child)
            elif child.type in _REDIRECTIONS:
                own.append(child)
            elif child.type in _WORDS or child.type == "$":
                words.append(child)
            else:
                raise UnsupportedSyntax(f"a command holds a form that is not known ({child.type})")
        extra = self._redirections([*own, *redirections], enclosing)
        starts = {each.start_byte for each in (*own, *redirections)}
        if any(w.end_byte in starts and _DESCRIPTOR.search(self._text(w)) for w in words):
            raise UnsupportedSyntax("a variable gets the number of a redirection")
        command = replace(
            extra,
            words=(*self._words(words), *dash, *extra.words),
            assignments=tuple(assignments),
            pipe_source=enclosing.pipe_source,
            function=enclosing.function,
        )
        self._add(command)
        if own:
            self._commands_after_heredocs(own, enclosing, len(self._commands) - 1)

    def _declaration(self, node: "Node") -> None:
        self._plain = False
        first, *rest = self._children(node)
        name = self._text(first)
        words: list[Word] = [literal_word(name)]
        assignments: list[VariableAssignment] = []
        for child in rest:
            if child.type == "variable_assignment":
                assignments += [replace(a, exported=True) for a in self._assignments(child)]
            else:
                words += self._words([child])
        self._add(SimpleCommand(tuple(words), tuple(assignments)))

    def _assignments(self, node: "Node") -> Iterator[VariableAssignment]:
        if node.type == "variable_assignments":
            for child in self._children(node):
                yield from self._assignments(child)
            return
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        said = self._text(name).partition("[")[0] if name else ""
        if said and not (said.isascii() and said.isidentifier()):
            # The grammar takes other letters in a name; bash takes the word for a command.
            raise UnsupportedSyntax("a variable has letters in its name that bash does not know")
        if name is not None and name.type == "subscript":
            self._arithmetic(name)
        if value is None:
            yield VariableAssignment(said, literal_word(""))
        elif value.type == "array":
            for word in self._words([c for c in self._children(value) if c.type in _WORDS]):
                yield VariableAssignment(said, Word((*word.pieces, WordPiece("unknown", ""))))
        else:
            for word in self._words([c for c in node.children if c.start_byte >= value.start_byte]):
                yield VariableAssignment(said, word)

    def _test(self, node: "Node") -> None:
        self._plain = False
        program = self._text(node.children[0]).strip()
        if program == "((":
            self._arithmetic(node)
            return
        if not re.fullmatch(r"(\[\[?)\s.*\s\]\]?", self._text(node), re.DOTALL):
            # `[a]` is a word with a wildcard, not a test.
            raise UnsupportedSyntax("a test in it has no blanks around its brackets")
        words: list[Node] = []
        waiting = [node]
        while waiting:
            current = waiting.pop()
            for child in self._children(current):
                if child.type in _WORDS:
                    words.append(child)
                elif child.is_named and child.type in _TESTS:
                    waiting.append(child)
                elif child.is_named:
                    raise UnsupportedSyntax(f"a test holds a form that is not known ({child.type})")
        words.sort(key=lambda each: each.start_byte)
        found = [word for each in words for word in self._test_operands(each)]
        self._add(SimpleCommand((literal_word(program), *found)))

    def _test_operands(self, node: "Node") -> tuple[Word, ...]:
        # What may be a pattern or a regular expression is not read as a word.
        if node.type in ("regex", "extglob_pattern", "test_operator"):
            self._substitutions(node)
            return ()
        return tuple(self._words([node]))

    def _arithmetic(self, node: "Node") -> None:
        self._check_arithmetic(self._text(node))
        self._substitutions(node)

    def _check_arithmetic(self, text: str) -> None:
        self._computes = self._computes or _NAMED.search(text) is not None
        if _EVALUATED_LATER.search(self._line):
            raise UnsupportedSyntax("its arithmetic may run a command")

    # Redirections ----------------------------------------------------------------

    def _check_descriptors(self, redirection: "Node") -> None:
        """The grammar takes `-x2` before a `>` for a descriptor; bash takes it for a word."""
        for child in redirection.children:
            text = self._text(child).strip()
            if child.type == "file_descriptor" and text[:1] == "-":
                raise UnsupportedSyntax("a redirection begins with something odd")

    def _redirections(self, nodes: Sequence["Node"], enclosing: _Enclosing) -> SimpleCommand:
        """A command that holds what the redirections say, and words that follow them."""
        found: list[Redirection] = []
        words: list[Word] = []
        given = enclosing.stdin_text
        for node in nodes:
            children = self._children(node)
            operator = next((self._text(c).strip() for c in children if not c.is_named), "")
            self._check_descriptors(node)
            if node.type == "heredoc_redirect":
                given = self._heredoc(node)
                files = [c for c in children if c.type in _REDIRECTIONS]
                inner = self._redirections(files, enclosing)
                found += inner.redirections
                words += inner.words
                words += self._words([c for c in children if c.type in _WORDS])
                continue
            targets = self._words(
                [c for c in children if c.type in _WORDS or (c.type == "$" and not c.is_named)]
            )
            if node.type == "herestring_redirect":
                if len(targets) != 1:
                    raise UnsupportedSyntax("a here-string is not one word")
                given = targets[0]
                self._plain = False
                continue
            if not targets:
                if not operator.endswith("-"):
                    raise UnsupportedSyntax("a redirection names no file")
                continue
            target, *more = targets
            words += more
            copied = operator.endswith("&") and target.text and _COPIED.fullmatch(target.text)
            if not copied:
                found.append(Redirection(operator, target))
                if not (">" in operator and target.text == "/dev/null" and not target.quoted):
                    self._plain = False
            elif "<" in operator or target.text not in ("1", "2"):
                self._plain = False
        return SimpleCommand(
            tuple(words),
            redirections=tuple(found),
            stdin_text=given,
            pipe_source=enclosing.pipe_source,
        )

    def _commands_after_heredocs(
        self, redirections: Sequence["Node"], enclosing: _Enclosing, start: int
    ) -> None:
        """The commands that stand behind `<<EOF` on its line."""
        for node in redirections:
            if node.type != "heredoc_redirect":
                continue
            for child in self._children(node):
                known = child.type in _REDIRECTIONS or child.type in _WORDS
                if not child.is_named or known or child.type.startswith("heredoc_"):
                    continue
                first = child.children[0] if child.children else child
                piped = child.type == "pipeline" and not first.is_named
                inherited = replace(enclosing, depth=enclosing.depth + 1)
                if piped:
                    inherited = replace(
                        inherited, pipe_source=(start, len(self._commands)), stdin_text=None
                    )
                self._statement(child, inherited)

    def _heredoc(self, node: "Node") -> Word:
        """The text of a here-document, after a check that it ends where the shell ends it."""
        self._plain = False
        start, body, end = (
            next((c for c in node.children if c.type == f"heredoc_{part}"), None)
            for part in ("start", "body", "end")
        )
        found = _DELIMITER.fullmatch(self._text(start)) if start else None
        if start is None or end is None or found is None:
            raise UnsupportedSyntax("a here-document has no plain end")
        delimiter = found[1] or found[2] or found[3]
        strips = any(c.type == "<<-" for c in node.children)
        line_end = self._bytes.find(b"\n", start.end_byte)
        at = line_end + 1
        while line_end >= 0 and at < len(self._bytes):
            stop = self._bytes.find(b"\n", at)
            stop = len(self._bytes) if stop < 0 else stop
            said = self._bytes[at:stop]
            bare = said.lstrip(b"\t") if strips else said
            if bare == delimiter.encode():
                break
            at = stop + 1
        else:
            raise UnsupportedSyntax("a here-document has no end")
        if end.start_byte != at + len(said) - len(bare):
            raise UnsupportedSyntax("a here-document ends elsewhere than it seems")
        text = self._bytes[line_end + 1 : at].decode()
        if self._text(start) != delimiter:
            return literal_word(text)
        if body is not None:
            self._substitutions(body)
        # Without quotes around the delimiter the text is expanded.
        opened = re.search(r"(?<!\\)[$`]", text)
        return Word((WordPiece("unknown", text, quoted=True),)) if opened else literal_word(text)

    # Words -----------------------------------------------------------------------

    def _words(self, nodes: Sequence["Node"]) -> list[Word]:
        """The words of `nodes`; those that touch each other are one."""
        words: list[Word] = []
        for group in _group_adjacent(nodes):
            start, end = _node_start(group[0], self._bytes), group[-1].end_byte
            expansions: dict[int, int] = {}
            for node in group:
                for found in self._substitutions(node):
                    first = _node_start(found, self._bytes)
                    expansions[self._character_count(start, first)] = self._character_count(
                        start, found.end_byte
                    )
            found_words, braces = read_word(self._bytes[start:end].decode(), expansions)
            words += found_words
            self._plain = self._plain and not braces
        return words

    def _character_count(self, start: int, end: int) -> int:
        """Characters between two bytes."""
        return len(self._bytes[start:end].decode())

    def _substitutions(self, node: "Node") -> list["Node"]:
        """The outermost expansions in `node`; the commands in them are read as well."""
        found: list[Node] = []
        waiting = [node]
        while waiting:
            current = waiting.pop()
            if current.type in _EXPANSIONS:
                found.append(current)
                self._walk_expansion(current)
            else:
                waiting += current.children
        return found

    def _walk_expansion(self, node: "Node") -> None:
        """The commands that an expansion runs."""
        if node.type == "simple_expansion":
            return
        self._plain = False
        said = self._text(node)
        if node.type in ("command_substitution", "process_substitution"):
            if said.startswith("`") and "\\" in said:
                raise UnsupportedSyntax("it has backslashes in backquotes")
            self._depth += 1
            self._statements(node, _Enclosing(depth=self._depth))
            self._depth -= 1
            return
        if node.type == "arithmetic_expansion":
            self._check_arithmetic(said)
        elif _COMPUTED.match(said):
            # The subscript of an array, and the start of a part, are arithmetic.
            self._computes = True
        if re.search(r"@[PAE]\}\Z|\A\$\{!", said):
            raise UnsupportedSyntax("it expands a variable whose name or text is not known")
        for child in node.children:
            self._substitutions(child)

    _depth = 0

    def _text(self, node: "Node") -> str:
        return self._bytes[node.start_byte : node.end_byte].decode()

    def _children(self, node: "Node") -> list["Node"]:
        """The children of `node`, after a check that nothing else is between them."""
        children = node.children
        top = node.parent is None
        at = 0 if top else node.start_byte
        for child in children:
            if at < child.start_byte:
                self._require_blank_between(at, child.start_byte)
            at = child.end_byte
        end = len(self._bytes) if top else node.end_byte
        if children and at < end:
            self._require_blank_between(at, end)
        return children

    def _require_blank_between(self, start: int, end: int) -> None:
        between = self._bytes[start:end].decode()
        if not _NOTHING.fullmatch(between):
            raise UnsupportedSyntax("it holds something that the grammar passes over")
        if "\\" in between:
            self._plain = False

    def _add(self, command: SimpleCommand) -> None:
        self._commands.append(command)
        if len(self._commands) > _MAX_COMMANDS:
            raise UnsupportedSyntax("it holds too many commands")


def _ends_with_simple_command(node: "Node") -> bool:
    """Whether the last part of a list is a simple command."""
    last = node.named_children[-1]
    if last.type in ("list", "pipeline"):
        return _ends_with_simple_command(last)
    return last.type == "command"


def _group_adjacent(nodes: Sequence["Node"]) -> list[list["Node"]]:
    groups: list[list[Node]] = []
    for node in nodes:
        if groups and groups[-1][-1].end_byte == node.start_byte:
            groups[-1].append(node)
        else:
            groups.append([node])
    return groups


def _node_start(node: "Node", source: bytes) -> int:
    """Where a node begins; the grammar counts blanks in quotes to the expansion behind."""
    start = node.start_byte
    if node.type in _EXPANSIONS:
        while source[start : start + 1] in (b" ", b"\t", b"\n"):
            start += 1
    return start


def _may_evaluate(command: SimpleCommand, functions: Container[str]) -> bool:
    """Whether bash may take a text of a command, kept in quotes, for a subscript, and run it."""
    hidden = any(map(_may_hold_code, (assignment.value for assignment in command.assignments)))
    name = command.words[0].text if command.words else None
    if name == "printf":
        given = command.words[2:3] if "-v" in (w.text for w in command.words[1:2]) else ()
        return hidden or any(map(_may_hold_code, given))
    if name is None or (name not in _EVALUATING and name not in functions):
        return hidden
    return hidden or any(
        map(_may_hold_code, (*command.words[1:], command.stdin_text or literal_word("")))
    )


def _may_hold_code(word: Word) -> bool:
    said = "".join(piece.text for piece in word.pieces if piece.kind == "text")
    return _HIDDEN_CODE.search(said) is not None


def _is_plain(command: SimpleCommand) -> bool:
    """Whether all that the command runs and gets is in its words."""
    if not command.words or command.assignments:
        return False
    name = command.words[0]
    if not name.text or "~" in name.text or "$?" in name.text or name.text in _KEYWORDS:
        return False
    return not any(word.has_unknown_part for word in command.words)
