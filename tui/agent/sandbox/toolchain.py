"""Where systems, languages and their tools keep what commands cannot do without.

Pure tables. `~` is the user's home; a path that does not exist counts for nothing.
"""


def _words(*lines: str) -> tuple[str, ...]:
    """The words of a table."""
    return tuple(" ".join(lines).split())


SYSTEM = _words(
    "/usr /bin /sbin /lib /lib32 /lib64 /libx32 /etc /opt /proc /sys",
    # What tools ask their packages for; the rest of /var holds services and their secrets.
    "/var/lib/dpkg /var/lib/apt /var/lib/rpm /var/lib/pacman /var/lib/alternatives /var/lib/texmf",
    "/var/lib/ghc /var/lib/gems /var/cache/fontconfig /var/cache/man",
    # Other ways to install software.
    "/nix /gnu/store /snap /home/linuxbrew /run/current-system /run/booted-system",
    "/run/opengl-driver /run/systemd/resolve/resolv.conf /run/systemd/resolve/stub-resolv.conf",
    # macOS.
    "/System /Library /private/etc /private/var/db /private/var/select /Applications/Xcode.app",
)
"""Read and executed."""

NETWORK_SOCKETS = ("/run/systemd/resolve", "/run/nscd", "/run/resolvconf")
"""What looking up names needs, where the network is allowed."""

SYSTEM_SECRETS = _words(
    "/etc/shadow /etc/shadow- /etc/gshadow /etc/gshadow- /etc/sudoers /etc/sudoers.d",
    "/etc/ssl/private /etc/pki/tls/private /etc/letsencrypt /etc/wireguard /etc/openvpn",
    "/etc/ipsec.secrets /etc/ppp /etc/krb5.keytab /etc/kubernetes /etc/rancher",
    "/etc/NetworkManager/system-connections /etc/wpa_supplicant /etc/security/opasswd",
    "/etc/credstore /etc/credstore.encrypted /etc/netplan /etc/docker /etc/ssh",
)
"""Hidden from commands of root as well. /etc/ssh holds the keys of the machine."""

TOOLS_OF_THE_HOME = _words(
    "~/.gitconfig ~/.config/git ~/.gitignore ~/.gitignore_global ~/.gitattributes ~/.editorconfig",
    # Version managers and toolchains.
    "~/.pyenv ~/.nvm ~/.cargo ~/.rustup ~/.asdf ~/.rbenv ~/.rvm ~/.nodenv ~/.goenv ~/.jenv",
    "~/.sdkman ~/.volta ~/.fnm ~/.tfenv ~/.dotnet ~/.bun ~/.deno ~/.ghcup ~/.cabal ~/.stack",
    "~/.opam ~/.elan ~/.juliaup ~/.julia ~/.nix-profile ~/.local/state/nix ~/.virtualenvs",
    "~/.venvs ~/.venv ~/.conda ~/miniconda3 ~/anaconda3 ~/miniforge3 ~/mambaforge ~/micromamba",
    "~/go ~/sdk ~/.proto ~/perl5 ~/R ~/.gem ~/.npm ~/.npm-global ~/.yarn ~/.gradle ~/.m2 ~/.ivy2",
    "~/.sbt ~/.nuget ~/.pub-cache ~/.mix ~/.hex ~/.composer ~/.platformio ~/.local/bin",
    "~/.local/lib ~/.local/pipx ~/.local/share/pipx ~/.local/share/uv ~/.local/share/mise",
    "~/.local/share/rtx ~/.local/share/fnm ~/.local/share/pnpm ~/.local/share/virtualenvs",
    "~/.local/share/hatch ~/.local/share/pdm ~/.local/share/gem ~/.local/share/man",
    "~/.local/share/fonts ~/.fonts ~/.config/fontconfig ~/.config/mise ~/.config/ruff",
    "~/.config/flake8 ~/.config/pycodestyle ~/.config/black ~/.config/mypy ~/.config/matplotlib",
    # macOS.
    "~/Library/Python ~/Library/Fonts ~/Library/pnpm",
)
"""Read and executed."""

SETTINGS_ABOVE = _words(
    "pyproject.toml setup.cfg tox.ini pytest.ini .pytest.ini mypy.ini .mypy.ini ruff.toml",
    ".ruff.toml .flake8 .pylintrc pylintrc .coveragerc package.json tsconfig.json jsconfig.json",
    ".babelrc .babelrc.json babel.config.json .eslintrc .eslintrc.json .eslintrc.yml",
    ".eslintrc.yaml .eslintignore .prettierrc .prettierrc.json .prettierrc.yaml .prettierrc.yml",
    ".prettierrc.toml .prettierignore .browserslistrc pnpm-workspace.yaml lerna.json nx.json",
    "turbo.json biome.json deno.json Cargo.toml .cargo/config.toml .cargo/config rust-toolchain",
    "rust-toolchain.toml rustfmt.toml .rustfmt.toml clippy.toml go.mod go.work .golangci.yml",
    ".golangci.yaml Gemfile .rubocop.yml .rspec composer.json .clang-format .clang-tidy",
    ".editorconfig .tool-versions mise.toml .mise.toml .nvmrc .node-version .python-version",
    ".ruby-version .java-version .sdkmanrc .gitignore .ignore .rgignore .fdignore .dockerignore",
)
"""Files that tools look for in the project's folder and in all folders above it. Those above are
read: a tool that finds one it may not open stops. None of them is made for secrets.
"""

CACHES = _words(
    "~/.cache ~/.npm ~/.yarn/berry/cache ~/.cargo/registry ~/.cargo/git ~/go/pkg ~/.gradle/caches",
    "~/.gradle/wrapper ~/.gradle/daemon ~/.gradle/native ~/.m2/repository ~/.ivy2/cache",
    "~/.sbt/boot ~/.nuget/packages ~/.bun/install/cache ~/.pub-cache ~/.ccache ~/.cabal/packages",
    "~/.cabal/store ~/.stack ~/.julia/compiled ~/.local/share/pnpm/store ~/.platformio/.cache",
    "~/Library/Caches",
)
"""Written as well."""

FOLDER_VARIABLES = _words(
    "CARGO_HOME RUSTUP_HOME PYENV_ROOT NVM_DIR ASDF_DIR ASDF_DATA_DIR RBENV_ROOT SDKMAN_DIR",
    "VOLTA_HOME GOROOT GOPATH JAVA_HOME ANDROID_HOME ANDROID_SDK_ROOT DOTNET_ROOT CONDA_PREFIX",
    "VIRTUAL_ENV WORKON_HOME PNPM_HOME BUN_INSTALL DENO_DIR HOMEBREW_PREFIX NODE_PATH",
    "PLAYWRIGHT_BROWSERS_PATH NLTK_DATA",
)
"""Variables that name a folder of a tool: read."""

CACHE_VARIABLES = _words(
    "XDG_CACHE_HOME PIP_CACHE_DIR UV_CACHE_DIR POETRY_CACHE_DIR npm_config_cache",
    "YARN_CACHE_FOLDER GOCACHE GOMODCACHE CCACHE_DIR SCCACHE_DIR CARGO_TARGET_DIR PRE_COMMIT_HOME",
    "HF_HOME",
)
"""Variables that name a cache: written."""

WITHOUT_NETWORK = {
    "npm_config_fetch_retries": "0",
    "PIP_RETRIES": "0",
    "CARGO_NET_RETRY": "0",
}
"""Variables of commands that have no network: they say so at once, not after a minute."""

SECRETS = _words(
    "~/.ssh ~/.gnupg ~/.aws ~/.azure ~/.kube ~/.docker ~/.netrc ~/_netrc ~/.git-credentials",
    "~/.config/git/credentials ~/.cache/git ~/.config/gh ~/.config/hub ~/.config/glab-cli",
    "~/.config/gcloud ~/.config/op ~/.config/doctl ~/.config/containers/auth.json ~/.npmrc",
    "~/.yarnrc.yml ~/.pypirc ~/.cargo/credentials ~/.cargo/credentials.toml ~/.gem/credentials",
    "~/.local/share/gem/credentials ~/.m2/settings.xml ~/.m2/settings-security.xml",
    "~/.gradle/gradle.properties ~/.gradle/init.d ~/.sbt/.credentials ~/.ivy2/.credentials",
    "~/.nuget/NuGet ~/.composer/auth.json ~/.config/composer/auth.json ~/.hex/hex.config",
    "~/.pub-cache/credentials.json ~/.foundry/keystores ~/.terraform.d ~/.vault-token",
    "~/.password-store ~/.local/share/keyrings ~/.pgpass ~/.my.cnf ~/.cache/huggingface/token",
    "~/.cache/huggingface/stored_tokens ~/.bash_history ~/.zsh_history ~/.python_history",
    "~/.node_repl_history ~/.mozilla ~/.cache/mozilla ~/.config/google-chrome",
    "~/.cache/google-chrome ~/.config/chromium ~/.cache/chromium ~/Library/Keychains",
)
"""Hidden even where a folder above them may be read, the project included; a user who lists
one of them in `sandbox.read` or `sandbox.write` gets it."""
