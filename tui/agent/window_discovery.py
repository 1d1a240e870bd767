"""The context window of a model that the catalogue does not know: ask the server once.

The answer is an event of the session, so that a session that is resumed knows it.
"""

from collections.abc import Sequence

from tui.agent.turn_context import Services
from tui.claude.catalogue import Catalogue
from tui.session import events as ev
from tui.session.state import SessionState


async def learn_window(state: SessionState, services: Services, host: str) -> list[ev.Event]:
    """Ask for the window of the session's model where nobody knows it.

    Args:
        state: The session.
        services: Client and catalogue.
        host: The server, for the sentence.

    Returns:
        What to record: the answer, and a sentence about it. Nothing where it is known, or the
        server could not be reached: then the next prompt asks again.
    """
    model = services.catalogue.model(state.model)
    if model.known or model.id in state.windows:
        return []
    found = await services.client.window(model.id)
    if found is None:
        return []
    learned = ev.WindowLearned(model=model.id, context=found.context, max_output=found.max_output)
    apply_learned_windows([learned], services.catalogue)
    if found.context is not None:
        said = f"{host} gives {model.id} a context window of {found.context:,} tokens."
    else:
        said = (
            f"The context window of {model.id} is not known: {model.context:,} tokens are assumed. "
            f'Set [catalogue.models."{model.id}"] context = …, with its name and max_output, in '
            "your settings."
        )
    return [learned, ev.NoticeShown(sentence=said)]


def apply_learned_windows(learned: Sequence[ev.WindowLearned], catalogue: Catalogue) -> None:
    """Let the catalogue know what servers said."""
    for each in learned:
        catalogue.reported_windows[each.model] = (each.context, each.max_output)
