"""HR's pages of rewards: the whole catalogue, and the forms that create and change."""

from typing import Any
from uuid import UUID

from flask import request

from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Problem
from backend.identity.permissions import Permission
from backend.identity.rules import EmploymentKind
from backend.rewards import queries
from backend.rewards.queries import RewardFacts
from backend.rewards.rules import RewardKind
from backend.rewards.schemas.catalogue import RewardIn, RewardPatchIn
from backend.rewards.services import catalogue
from backend.web.console.forms import loaded, refused, whole
from backend.web.console.frames import Reading, Ways, acts, reads
from backend.web.console.reward_words import (
    EMPTY,
    Texts,
    meant,
    texts_of,
    texts_of_form,
    whole_or_none,
)

LINES = 50
_MAY = Permission.MANAGE_REWARDS
_THEN = "console.show_rewards"


@reads("/hr/rewards", may=_MAY, template="rewards")
def show_rewards(
    reading: Reading, reward_id: UUID | None = None, refusal: Problem | None = None
) -> dict[str, Any]:
    """Show the catalogue, what was withdrawn too, the cheapest first.

    ``reward_id`` is that of the reward of which a change was refused.
    """
    return {
        **listed(reading, after=request.args.get("after"), limit=LINES),
        "zone": reading.zone,
        "now": reading.now,
        "changing": reward_id,
        "refusal": refusal.title() if refusal else None,
        "status": refusal.status if refusal else 200,
    }


def listed(reading: Reading, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the catalogue."""
    position = position_of(after, int, UUID)
    found = queries.list_rewards(
        reading.session,
        organisation_id=reading.organisation_id,
        offered_at=None,
        after=(position[0], position[1]) if position else None,
        limit=limit + 1,
    )
    page = page_of(found, limit=limit, position=lambda one: [one.points, str(one.id)])
    return {"rewards": page["items"], "next_after": page["next_cursor"]}


@reads("/hr/rewards/new", may=_MAY, template="reward")
def show_new_reward(reading: Reading, refusal: Problem | None = None) -> dict[str, Any]:
    """Show the form of a new reward, with what was typed where it was refused."""
    return _form(reading, EMPTY, reward=None, refusal=refusal)


@acts(
    "/hr/rewards/new",
    may=_MAY,
    ways=Ways(then=_THEN, otherwise="reward", refused=show_new_reward),
)
def create_reward(acting: Reading) -> str:
    """Put the reward in the form into the catalogue."""
    body, wrong = meant(texts_of_form(request.form), acting.zone)
    given = loaded(RewardIn(), body, wrong=wrong)
    catalogue.create(acting.session, actor=acting.reader, given=given, now=acting.now)
    return "created"


@reads("/hr/rewards/<uuid:reward_id>", may=_MAY, template="reward")
def show_reward(
    reading: Reading, reward_id: UUID, refusal: Problem | None = None
) -> dict[str, Any]:
    """Show the form of a reward; raises RewardNotFound."""
    reward = _get(reading, reward_id)
    return _form(reading, texts_of(reward, reading.zone), reward=reward, refusal=refusal)


@acts(
    "/hr/rewards/<uuid:reward_id>",
    may=_MAY,
    ways=Ways(then=_THEN, otherwise="reward", refused=show_reward),
)
def change_reward(acting: Reading, reward_id: UUID) -> str:
    """Change what differs between the form and the reward, if it is still as it was shown."""
    reward, zone = _get(acting, reward_id), acting.zone
    typed, stored = texts_of_form(request.form), texts_of(reward, zone)
    body, wrong = meant(typed, zone)
    # What was not touched is not sent: a form shows minutes, and a reward may begin within one.
    # Of what is left some may have been taken since, which does not make another version.
    shown = stored | {"stock": request.form.get("seen_stock", "")}
    same = {name for name, text in shown.items() if typed[name] == text} | {"kind"}
    if "stock" not in same:
        body["seen_stock"] = whole_or_none(shown["stock"])
    to = _loaded_change({name: value for name, value in body.items() if name not in same}, wrong)
    if to == {"version": reward.version}:
        return "unchanged"
    _change(acting, reward_id, to)
    return "changed"


_OF_THE_LIST = Ways(then=_THEN, otherwise="rewards", refused=show_rewards)


@acts("/hr/rewards/<uuid:reward_id>/withdraw", may=_MAY, ways=_OF_THE_LIST)
def withdraw_reward(acting: Reading, reward_id: UUID) -> str:
    """Take a reward out of the catalogue."""
    _change(acting, reward_id, _loaded_change({"withdrawn": True}, {}))
    return "withdrawn"


@acts("/hr/rewards/<uuid:reward_id>/put-back", may=_MAY, ways=_OF_THE_LIST)
def put_reward_back(acting: Reading, reward_id: UUID) -> str:
    """Put a reward back into the catalogue."""
    _change(acting, reward_id, _loaded_change({"withdrawn": False}, {}))
    return "put_back"


def _get(reading: Reading, reward_id: UUID) -> RewardFacts:
    owner = reading.organisation_id
    return queries.get_reward(reading.session, organisation_id=owner, reward_id=reward_id)


def _loaded_change(body: dict[str, Any], wrong: dict[str, str]) -> dict[str, Any]:
    version = {"version": whole(request.form.get("version", ""))}
    return loaded(RewardPatchIn(), body | version, wrong=wrong)


def _change(acting: Reading, reward_id: UUID, to: dict[str, Any]) -> None:
    catalogue.change(
        acting.session, actor=acting.reader, reward_id=reward_id, to=to, now=acting.now
    )


def _form(
    reading: Reading, texts: Texts, *, reward: RewardFacts | None, refusal: Problem | None
) -> dict[str, Any]:
    seen = {"version": str(reward.version) if reward else "", "seen_stock": texts["stock"]}
    return {
        "reward": reward,
        "values": texts_of_form(request.form) if refusal else texts,
        # Of a refused form its own: it must not overwrite what its reader has not seen.
        **{name: request.form.get(name, "") if refusal else seen[name] for name in seen},
        "kinds": list(RewardKind),
        "employment_kinds": list(EmploymentKind),
        "zone": reading.zone,
        **refused(refusal),
    }
