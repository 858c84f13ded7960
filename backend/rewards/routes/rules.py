"""What is worth points."""

from typing import Any

from backend.foundation.http import Call, Routes
from backend.foundation.pages import PageArgs, page_of, position_of
from backend.identity.permissions import Permission
from backend.rewards import queries
from backend.rewards.problems import RulesMomentTaken, RulesOutOfBounds, RulesTooSoon
from backend.rewards.schemas.points import RulesIn, RuleVersionOut, RuleVersionsOut
from backend.rewards.services import rule_versions

routes = Routes("rules", __name__, description="What is worth points, by version")


@routes.query("/rules", may=Permission.MANAGE_RULES, answers=RuleVersionsOut(), args=PageArgs())
def list_rules(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List the versions of the rules, the newest first, each with the most that it can pay."""
    position = position_of(args.get("cursor"), int)
    owner = call.actor.organisation_id
    current = queries.find_current_number(call.session, organisation_id=owner, at=call.now)
    below, limit = position[0] if position else None, args["limit"]
    rows = queries.list_rule_versions(
        call.session, organisation_id=owner, below=below, limit=limit + 1
    )
    facts = [queries.version_facts(row, current_number=current) for row in rows]
    return page_of(facts, limit=limit, position=lambda version: [version.number])


@routes.command(
    "POST /rules",
    may=Permission.MANAGE_RULES,
    takes=RulesIn(),
    answers=RuleVersionOut(),
    status=201,
    raises=(RulesOutOfBounds, RulesTooSoon, RulesMomentTaken),
)
def publish_rules(call: Call, body: dict[str, Any]) -> queries.VersionFacts:
    """Publish the next version of the rules, in effect from a minute from now at the earliest."""
    version = rule_versions.publish(
        call.session,
        actor=call.actor,
        document=body["document"],
        effective_from=body["effective_from"],
        now=call.now,
    )
    return queries.version_facts(version, current_number=None)
