"""The team in the result of a headless run: pool and agents, as data."""

from typing import Any

from tui.session.state import SessionState


def team_facts(state: SessionState) -> dict[str, Any] | None:
    """The budget of the whole team; None where there is no pool.

    Args:
        state: The session of the lead.
    """
    team = state.team
    if not team.has_pool:
        return None
    pool, lead = team.pool, state.grant
    return {
        "total": None if lead is None else lead + pool.granted,
        "lead": lead,
        "pool": pool.granted,
        "free": pool.free,
        "overdrawn": pool.overdrawn,
        "charged": team.charged,
        "dollars": str(team.dollars),
    }


def agent_facts(state: SessionState) -> list[dict[str, Any]]:
    """Every agent of the session, in the order in which they began."""
    return [
        {
            "id": agent.name,
            "parent": state.session,
            "kind": agent.kind,
            "task": agent.task,
            "turn": agent.turn,
            "state": "ended" if agent.end else agent.state,
            "end": agent.end.end if agent.end else None,
            "partial": agent.is_partial,
            "sentence": agent.end.sentence if agent.end else "",
            "reserved": state.team.reserved(agent.name),
            "held": state.team.books.leases[agent.name].held,
            "charged": agent.charged,
            "unsettled": agent.unsettled,
            "dollars": None if agent.dollars is None else str(agent.dollars),
            "requests": agent.requests,
            "told": agent.told,
            "model": agent.model,
            "files": list(agent.end.files) if agent.end else [],
        }
        for agent in state.team.agents.values()
    ]
