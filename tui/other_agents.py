"""Names of other coding agents that people type here, and what there is instead: commands and
options of the command line, and slash names.
"""

COMMANDS_ELSEWHERE: dict[str, str] = {
    "agent": "",
    "agents": "agents of your own are not there yet",
    "api": "",
    "app-server": "",
    "apply": "",
    "attach": "",
    "auth": "it reads the key from ANTHROPIC_API_KEY; /login in a session takes one",
    "chat": "glideslope alone opens a session",
    "cloud": "",
    "completion": "",
    "cost": "glideslope report shows it; /cost in a session shows that session",
    "debug": "glideslope doctor checks what the program needs",
    "exec": "glideslope -p PROMPT runs without a screen",
    "export": "glideslope sessions export ID does that",
    "features": "",
    "fork": "glideslope -c --fork goes on in a copy",
    "github": "",
    "hooks": "hooks are not there yet",
    "init": "/init in a session has the model write AGENTS.md",
    "install": "",
    "list": "glideslope sessions list lists the sessions",
    "login": "it reads the key from ANTHROPIC_API_KEY; /login in a session takes one",
    "logout": "it reads the key from ANTHROPIC_API_KEY and stores none",
    "ls": "glideslope sessions list lists the sessions",
    "mcp": "MCP servers are not there yet",
    "mcp-server": "MCP servers are not there yet",
    "memory": "/memory in a session lists the memory files",
    "model": "--model ID chooses the model",
    "models": "/model in a session lists them",
    "plugin": "skills and plugins are not there yet",
    "plugins": "skills and plugins are not there yet",
    "pr": "",
    "print": "glideslope -p PROMPT runs without a screen",
    "remote-control": "",
    "review": 'glideslope -p "review my changes" asks for one',
    "run": "glideslope -p PROMPT runs without a screen",
    "sandbox": "/sandbox in a session shows it",
    "serve": "",
    "session": "glideslope sessions list lists the sessions",
    "settings": "glideslope config shows them",
    "setup": "",
    "setup-token": "it reads the key from ANTHROPIC_API_KEY",
    "skills": "skills and plugins are not there yet",
    "start": "glideslope alone opens a session",
    "stats": "glideslope report shows what was used",
    "status": "/status in a session shows it",
    "theme": "--theme NAME chooses the colours",
    "uninstall": "pip uninstall glideslope does that",
    "update": "pip install --upgrade glideslope does that",
    "upgrade": "pip install --upgrade glideslope does that",
    "usage": "glideslope report shows what was used; /usage in a session shows that session",
    "version": "--version prints it",
    "web": "",
}
"""First words that are commands elsewhere, with what does the same here; empty: nothing does."""

MODES_ELSEWHERE: dict[str, str] = {
    "acceptEdits": "edits",
    "accept-edits": "edits",
    "default": "ask",
    "manual": "ask",
    "read-only": "plan",
}
"""Permission modes of other agents, and which of ours does the same."""
UNASKED_MODES_ELSEWHERE = ("bypassPermissions", "dangerously-skip-permissions", "yolo")
"""Permission modes of other agents that switch every check off; ours goes as far as *auto*."""
AUTO_REMARK = (
    "{} is mode auto here: the model changes files and runs commands without asking. Deny rules, "
    "the sandbox and the questions about protected files hold as before."
)
"""The answer to options that ask for less protection than the program gives up."""

_RULES = "The settings permissions.allow and permissions.deny hold rules: glideslope config."
_NOTES_FOR_THE_MODEL = "Write it into AGENTS.md: its text goes with every request."
_NO_SERVERS = "MCP servers are not there yet."
_CHANGE_FOLDER = "Change the folder first: cd DIR && glideslope."
_RESUME_BY_NAME = "glideslope -r ID resumes a session by its id or name."
_EVERY_STEP = (
    "-p with --output-format stream-json prints every step; ctrl+o shows it on the screen."
)

OPTIONS_ELSEWHERE: dict[str, str] = {
    "-C": _CHANGE_FOLDER,
    "-a": "--permission-mode says what needs your permission.",
    "-d": _EVERY_STEP,
    "-i": "Name a picture in the prompt: @FILE.",
    "-s": "The setting sandbox.mode switches the sandbox: glideslope config.",
    "-w": "Make the worktree with git, and start in it.",
    "--add-dir": "The settings sandbox.read and sandbox.write open folders: glideslope config.",
    "--agent": "Agents of your own are not there yet.",
    "--agents": "Agents of your own are not there yet.",
    "--allowed-tools": _RULES,
    "--allowedTools": _RULES,
    "--append-system-prompt": _NOTES_FOR_THE_MODEL,
    "--ask-for-approval": "--permission-mode says what needs your permission.",
    "--cd": _CHANGE_FOLDER,
    "--cwd": _CHANGE_FOLDER,
    "--debug": _EVERY_STEP,
    "--disallowed-tools": _RULES,
    "--disallowedTools": _RULES,
    "--fallback-model": "--model chooses the one model that answers.",
    "--format": "--output-format json or stream-json is the format that -p prints.",
    "--ide": "Editors cannot be connected yet; /editor writes the prompt in yours.",
    "--image": "Name a picture in the prompt: @FILE.",
    "--input-format": "-p reads text: the prompt from the line, and more from standard input.",
    "--json": "--output-format json prints one object; stream-json prints one for each step.",
    "--mcp-config": _NO_SERVERS,
    "--no-color": "Set NO_COLOR=1 for a screen without colours.",
    "--profile": "The settings of a folder are in its .glideslope folder: glideslope config.",
    "--prompt": "The prompt needs no option: glideslope PROMPT, or glideslope -p PROMPT.",
    "--sandbox": "The setting sandbox.mode switches the sandbox: glideslope config.",
    "--session": _RESUME_BY_NAME,
    "--session-id": _RESUME_BY_NAME,
    "--settings": "glideslope config lists every setting and which file set it.",
    "--strict-mcp-config": _NO_SERVERS,
    "--system-prompt": _NOTES_FOR_THE_MODEL,
    "--tools": _RULES,
    "--verbose": _EVERY_STEP,
    "--worktree": "Make the worktree with git, and start in it.",
}
"""Options of other agents that are none here, with one sentence each: what there is instead."""

_NO_SKILLS = "Skills and plugins are not there yet; AGENTS.md can tell the model how you work."
_NO_REVIEW = "Reviews are no command here: ask for one in a prompt."
_NO_SHARING = "Sessions cannot be shared from here; /export writes one as a Markdown file."
_NO_MEMORY_SEARCH = "The model has no memory beside the memory files: /memory lists them."
_AUTOMATIC_MODE = "/mode auto lets the model work without asking; nothing else is switched off."
_UPDATE = "To update, run pip install --upgrade glideslope in your shell."
_FEEDBACK = "There is no feedback command; /doctor shows what a report of a mistake needs."
_ONE_QUESTION = "Questions beside the conversation are not there yet; /fork asks one in a copy."

SLASH_NAMES_ELSEWHERE: dict[str, str] = {
    "add-dir": "More folders are opened in the settings: sandbox.read and sandbox.write.",
    "archive": "Sessions are kept until you delete their files; /sessions lists them.",
    "auto": _AUTOMATIC_MODE,
    "autocompact": "/config compaction.automatic says whether a full conversation is shortened.",
    "btw": _ONE_QUESTION,
    "bug": _FEEDBACK,
    "cd": "One run works in one folder: quit, change the folder, and start again.",
    "color": "/theme chooses the colours.",
    "colour": "/theme chooses the colours.",
    "delete": "Sessions cannot be deleted from here yet; /status names the file of this one.",
    "experimental": "There are no experiments to switch on; /config lists all settings.",
    "fast": "There is no fast mode; /effort low makes answers quick.",
    "feedback": _FEEDBACK,
    "goal": "Say the goal in your prompt; /budget sets how much may be used for it.",
    "hooks": "Hooks are not there yet: no command runs before or after a tool.",
    "ide": "Editors cannot be connected yet; /editor writes the prompt in yours.",
    "import": "In the shell, glideslope import takes the history of other agents.",
    "insights": "/report shows what all sessions used.",
    "logout": "Nothing is stored that you could log out of; /login says where the key is from.",
    "mcp": "MCP servers are not there yet: the model has the tools of the program.",
    "mention": "Type @ to name a file in your prompt.",
    "output-style": "Styles are not there yet; AGENTS.md can tell the model how to answer.",
    "personality": "Styles are not there yet; AGENTS.md can tell the model how to answer.",
    "plugin": _NO_SKILLS,
    "plugins": _NO_SKILLS,
    "pr-comments": _NO_REVIEW,
    "recap": "/wrapup has the model report what is done and what is left.",
    "redo": "A rewind cannot be undone; /fork before it keeps both ways.",
    "release-notes": "CHANGELOG.md of the project says what is new; /version says what runs here.",
    "remember": _NO_MEMORY_SEARCH,
    "remote-control": "The program cannot be controlled from elsewhere.",
    "review": _NO_REVIEW,
    "rollout": "/export writes this session as a Markdown file.",
    "save": "The program saves each step by itself; /export writes the session as Markdown.",
    "security-review": _NO_REVIEW,
    "share": _NO_SHARING,
    "side": _ONE_QUESTION,
    "skill": _NO_SKILLS,
    "skills": _NO_SKILLS,
    "statusline": "The status line cannot be changed yet.",
    "stop": "Esc interrupts the model; /jobs stops what commands left running.",
    "teleport": _NO_SHARING,
    "terminal-setup": "Nothing needs to be set up: ctrl+j starts a new line in every terminal.",
    "thinking": "/details unfolds the thinking; /effort says how deep the model thinks.",
    "timeline": "/rewind lists your prompts, and goes back to before one.",
    "unshare": _NO_SHARING,
    "update": _UPDATE,
    "upgrade": _UPDATE,
    "variants": "/effort chooses how deep the model works.",
    "vim": "There is no vim mode; /editor writes the prompt in your editor.",
    "workspaces": "One run works in one folder; /sessions lists the sessions of this one.",
    "yolo": _AUTOMATIC_MODE,
}
"""Slash names that are no commands here, with one sentence each: what there is instead."""
