"""The tokens of the message that streams now, by estimate.

The estimate is calibrated on this session's finished messages. Where the stream's running count
or the API's estimate of hidden thinking is higher, that one counts.
"""

CHARACTERS_PER_TOKEN = 3.5
"""Before anything is known: English and code with a current tokenizer."""
CALIBRATED_AFTER = 200
"""Tokens of finished messages from which on their ratio counts."""


class StreamingEstimate:
    """Estimates the output tokens of a streaming message."""

    def __init__(self) -> None:
        self._characters = 0
        self._hidden = 0
        self._counted = 0
        self._seen_characters = 0
        self._seen_tokens = 0

    def begin(self) -> None:
        """A new message begins: count from zero."""
        self._characters = self._hidden = self._counted = 0

    def add_characters(self, characters: int) -> None:
        """So many more characters of text, thinking or arguments arrived."""
        self._characters += characters

    def add_hidden_thinking(self, tokens: int) -> None:
        """The API estimates so many more tokens of thinking it does not show."""
        self._hidden += tokens

    def set_counted(self, tokens: int) -> None:
        """The stream reports so many output tokens so far."""
        self._counted = max(self._counted, tokens)

    def end(self, tokens: int | None) -> None:
        """The message is over; `tokens` is what it really was, None if nobody knows."""
        if tokens:
            self._seen_characters += self._characters
            self._seen_tokens += tokens
        self.begin()

    @property
    def tokens(self) -> int:
        """Estimated tokens so far; 0 when nothing streams."""
        return max(self._counted, round(self._characters / self._ratio) + self._hidden)

    @property
    def _ratio(self) -> float:
        if self._seen_tokens < CALIBRATED_AFTER or not self._seen_characters:
            return CHARACTERS_PER_TOKEN
        return self._seen_characters / self._seen_tokens
