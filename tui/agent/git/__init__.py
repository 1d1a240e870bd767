"""git as a tool of the program: it runs where a repository's configuration names no program."""
