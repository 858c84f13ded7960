"""An evening in which every operation of the contract is called at least once."""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import pyotp
from flask import Flask
from werkzeug.test import TestResponse

from backend import closing
from backend.engagement.services import follow_ups
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.identity import queries
from backend.identity.permissions import Role
from backend.identity.services import console, vault
from backend.identity.services.hashing import CHEAP
from backend.notify.services import deliveries
from backend.rewards.services import standings
from backend.settings import Settings
from tests.contract import boards, fans, protected, rosters, suspects
from tests.contract.files import FILES
from tests.factories import Arena, make_arena, make_employee, make_shift
from tests.http import tokens_of
from tests.identity.people import PASSWORD, PIN, issue_code
from tests.insight.sealed import seal
from tests.rewards.wallets import give_available

EMAIL = "harper@arena.test"
COLLEAGUES = ("indira@arena.test", "jo@arena.test")
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RULES = {
    "greeting": {"points": 1, "cap_per_shift": 40, "spacing_seconds": 10},
    "resolved": {"points": 10, "cap_per_shift": 20},
    "rating": {"points_by_stars": [0, 0, 0, 15, 15], "cap_per_shift": 20},
    "hold_hours": 72,
}


class Caller(Protocol):
    """Whoever calls operations by their ids."""

    app: Flask

    def call(
        self, name: str, *, token: str | None = None, body: Any = None, **at: Any
    ) -> TestResponse:
        """Call one."""

    def wait(self, **of_time: float) -> None:
        """Let time pass."""


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Who is there: an usher and a colleague at the gate, HR, its chief, and payroll's clerk."""

    arena: Arena
    usher: Actor
    colleague: Actor
    clerk: Actor
    chief: Actor
    badge: str


def play(caller: Caller) -> None:
    """Call every operation of the contract."""
    cast = _make(caller.app)
    hr = _sign_in_hr(caller)
    _prepare(caller, cast, hr)
    usher = _sign_in_usher(caller, cast)
    _look_around(caller, cast, usher)
    request_id = _help(caller, cast, usher)
    _share(caller, cast, usher)
    _cover(caller, cast, usher, hr)
    _give(caller, cast, usher, hr)
    _hand_out(caller, cast, usher, hr)
    fans.ask(caller, cast, usher, hr)
    fans.hear(caller, cast, hr)
    fans.keep(caller, hr)
    _synchronise(caller, usher)
    with caller.app.app_context():
        standings.catch_up()
    for name in ("getMyData", "getMyTally", "getMyPoints", "listMyPointsEntries", "getLeaderboard"):
        caller.call(name, token=usher)
    boards.read(caller, usher, cast.arena.event_id)
    # Comments come up, and ratings are shown, when the event is over.
    caller.wait(hours=4)
    usher, hr = _sign_in_usher(caller, cast), _sign_in_hr(caller)
    caller.call("listMyRatings", token=usher)
    _follow_up(caller, usher, hr)
    _moderate(caller, request_id, hr)
    suspects.review(caller.call, hr)
    _redeem(caller, cast, usher, hr)
    _tell(caller, usher, hr)
    _pay(caller, cast, usher, hr)
    _adjust(caller, cast, usher)
    _count(caller, cast, hr)
    caller.call("closeSession", token=usher)
    _close(caller)


def identifier(number: int) -> str:
    """Return an id as a phone makes it."""
    return f"0192f0a0-0000-4000-8000-{number:012}"


def _make(app: Flask) -> Cast:
    settings: Settings = app.extensions["on_the_spot.settings"]
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        usher = make_employee(session, arena, name="Alex Usher")
        colleague = make_employee(session, arena, name="Blair Gates")
        hr = make_employee(session, arena, name="Harper Reed", roles=(Role.EMPLOYEE, Role.HR))
        clerk = make_employee(session, arena, name="Casey Quill", roles=(Role.PAYROLL,))
        chief = make_employee(session, arena, name="Dana Hale", roles=(Role.HR,))
        make_shift(session, arena, usher)
        make_shift(session, arena, colleague, post_id=arena.section_post_id)
        others = [
            make_employee(session, arena, name=name, roles=(Role.EMPLOYEE, Role.HR))
            for name in ("Indira Lane", "Jo Third")
        ]
        for person, email in zip((hr, *others), (EMAIL, *COLLEAGUES), strict=True):
            console.set_credentials(
                session,
                organisation_id=arena.organisation_id,
                employee_id=person.employee_id,
                email=email,
                password_hash=CHEAP.hash(PASSWORD),
                totp_secret=vault.seal(TOTP, key=settings.secrets.vault_key),
            )
        badge = queries.get_employee(
            session, organisation_id=arena.organisation_id, employee_id=usher.employee_id
        ).badge_number
    people = {"usher": usher, "colleague": colleague, "clerk": clerk, "chief": chief}
    return Cast(arena=arena, badge=badge, **people)


def _sign_in_hr(caller: Caller, email: str = EMAIL) -> str:
    body = {"email": email, "password": PASSWORD, "totp": pyotp.TOTP(TOTP).now()}
    answer = caller.app.test_client().post("/v1/sessions", json=body).get_json()
    return str(answer["access_token"])


def _prepare(caller: Caller, cast: Cast, hr: str) -> None:
    """Let HR set up the arena."""
    for name, lines in FILES.items():
        caller.call(name, token=hr, body="\n".join((*lines, "")))
    season = {"name": "2027-28", "starts_on": "2027-09-01", "ends_on": "2028-06-30"}
    caller.call("createSeason", token=hr, body=season)
    event = {
        "code": "concert-1128",
        "venue_id": str(cast.arena.venue_id),
        "name": "A concert",
        "doors_at": "2026-11-28T23:00:00Z",
        "starts_at": "2026-11-29T00:30:00Z",
        "ends_at": "2026-11-29T03:30:00Z",
    }
    caller.call("createEvent", token=hr, body=event)
    hired = {
        "badge_number": "1009",
        "payroll_number": "P-2009",
        "name": "Robin Lane",
        "department": "Guest services",
        "employment_kind": "part_time",
        "pay_basis": "hourly",
    }
    robin = caller.call("hireEmployee", token=hr, body=hired).get_json()["id"]
    caller.call("issueEnrolmentCode", token=hr, employee_id=robin)
    change = {"department": "Suites", "roles": ["employee", "supervisor"]}
    caller.call("changeEmployee", token=hr, employee_id=robin, body=change)
    caller.call("getEmployee", token=hr, employee_id=robin)
    caller.call("listEmployees", token=hr, q="Robin")


def _sign_in_usher(caller: Caller, cast: Cast) -> str:
    body = {"code": issue_code(caller.app, cast.usher), "pin": PIN, "label": "Alex's phone"}
    phone = caller.call("enrolDevice", body=body).get_json()
    who = {
        "device_id": phone["device_id"],
        "device_secret": phone["device_secret"],
        "badge_number": cast.badge,
        "pin": PIN,
    }
    tokens = caller.call("openSession", body=who).get_json()
    token = caller.call("refreshSession", body={"refresh_token": tokens["refresh_token"]})
    return str(token.get_json()["access_token"])


def _look_around(caller: Caller, cast: Cast, usher: str) -> None:
    caller.call("getMe", token=usher)
    caller.call("changeMe", token=usher, body={"language": "fr"})
    caller.call("getMyDuty", token=usher)
    caller.call("listMyColleagues", token=usher)
    caller.call("listVenues", token=usher)
    caller.call("getVenue", token=usher, venue_id=cast.arena.venue_id)
    caller.call("listSeasons", token=usher)
    caller.call("listEvents", token=usher, **{"from": "2026-11-21T00:00:00Z"})
    caller.call("getEvent", token=usher, event_id=cast.arena.event_id)


def _help(caller: Caller, cast: Cast, usher: str) -> str:
    """Greet, help at once, and show the code; return the request's id."""
    wish = {"id": identifier(2), "category": "seating", "seat": "101, row 4"}
    greeting = {"party_size": 3, "answer": "help", "request": wish}
    caller.call("putGreeting", token=usher, greeting_id=identifier(1), body=greeting)
    caller.wait(seconds=95)
    done = caller.call("resolveRequest", token=usher, request_id=wish["id"])
    for name in ("showRequest", "drawRatingCodeSvg", "drawRatingCodePng"):
        caller.call(name, token=usher, request_id=wish["id"])
    code = done.get_json()["rating"]["code"]
    caller.wait(minutes=4)
    caller.call("showInvitation", code=code)
    rating = {"stars": 4, "reason": "person", "comment": "Took us to our seats."}
    given = caller.call("giveRating", code=code, body=rating).get_json()
    corrected = {**rating, "stars": 5, "correction_token": given["correction_token"]}
    caller.call("correctRating", code=code, body=corrected)
    fans.say_unsolved(caller, code, given["correction_token"])
    return wish["id"]


def _share(caller: Caller, cast: Cast, usher: str) -> None:
    """Open requests by hand, and share, release and cancel them."""
    colleague = str(cast.colleague.employee_id)
    for number in (3, 4):
        body = {"category": "directions", "note": "Where is gate 3?"}
        caller.call("putRequest", token=usher, request_id=identifier(number), body=body)
    caller.call("listSomeRequests", token=usher)
    caller.call("acceptRequest", token=usher, request_id=identifier(3))
    helper = {"employee_id": colleague, "percent": 40}
    caller.call("addRequestHelper", token=usher, request_id=identifier(3), body=helper)
    caller.call("releaseRequest", token=usher, request_id=identifier(3))
    reason = {"reason": "They found it."}
    caller.call("cancelRequest", token=usher, request_id=identifier(3), body=reason)
    caller.call("acceptRequest", token=usher, request_id=identifier(4))
    taker = {"employee_id": colleague, "keep_percent": 25}
    caller.call("handOverRequest", token=usher, request_id=identifier(4), body=taker)


def _cover(caller: Caller, cast: Cast, usher: str, hr: str) -> None:
    """Send somebody to the post that the colleague left; leave a matter to the command centre."""
    caller.call("getCoverage", token=hr)
    whom = {"employee_id": str(cast.usher.employee_id)}
    sent = caller.call("sendRelief", token=hr, post_id=cast.arena.section_post_id, body=whom)
    caller.call("getMyCover", token=usher)
    for name in ("showCover", "takeCover", "leaveCover"):
        caller.call(name, token=usher, cover_id=sent.get_json()["id"])
    for number in (10, 11):
        body = {"category": "other", "note": "A lost scarf" if number == 11 else "Feels faint"}
        caller.call("putRequest", token=usher, request_id=identifier(number), body=body)
    body = {"concern": "medical"}
    caller.call("handRequestToSafety", token=usher, request_id=identifier(10), body=body)


def _follow_up(caller: Caller, usher: str, hr: str) -> None:
    """Let the usher see to what was not done that evening."""
    with caller.app.app_context():
        follow_ups.name_owners(now=clock.now())
    caller.call("listMyFollowUps", token=usher)
    caller.call("listAllFollowUps", token=hr, state="open")
    body = {"note": "Found under the seat, sent by post."}
    caller.call("finishFollowUp", token=usher, request_id=identifier(11), body=body)


def _give(caller: Caller, cast: Cast, usher: str, hr: str) -> None:
    """Let the usher give what is within their authority, and HR add what is not."""
    beer = {"name": "A beer", "category": "drink", "cents": 1_150, "currency": "USD"}
    beer = caller.call("createGestureKind", token=hr, body=beer).get_json()
    caller.call("changeGestureKind", token=hr, kind_id=beer["id"], body={"cents": 1_200})
    caller.call("listGestureKinds", token=hr)
    caps = {"items": [{"role": "employee", "currency": "USD", "cents": 2_000}]}
    caller.call("putGestureCaps", token=hr, body=caps)
    caller.call("listGestureCaps", token=hr)
    caller.call("getMyGestures", token=usher)
    wish = {"category": "other", "seat": "101, row 4"}
    caller.call("putRequest", token=usher, request_id=identifier(30), body=wish)
    caller.call("acceptRequest", token=usher, request_id=identifier(30))
    at = {"token": usher, "request_id": identifier(30)}
    gift = {"id": identifier(31), "kind_id": beer["id"]}
    given = caller.call("giveGesture", **at, body=gift).get_json()
    more = {"id": identifier(32), "kind_id": beer["id"], "needs_supervisor": True}
    caller.call("giveGesture", **at, body=more)
    caller.call("listWaitingGestures", token=hr)
    caller.call("allowGesture", token=hr, gesture_id=identifier(32))
    caller.call("giveGesture", **at, body=more | {"id": identifier(33)})
    no = {"reason": "No seats are left."}
    caller.call("declineGesture", token=hr, gesture_id=identifier(33), body=no)
    caller.call("giveGesture", **at, body=more | {"id": identifier(34)})
    caller.call("withdrawGesture", token=usher, gesture_id=identifier(34))
    caller.call("listGivenGestures", token=usher, event_id=cast.arena.event_id)
    caller.call("showGesture", token=usher, gesture_id=identifier(32))
    caller.call("claimGesture", token=hr, body={"code": given["receipt_code"]})
    caller.call("listSomeGestures", token=hr)
    caller.call("getGestureCosts", token=hr, event_id=cast.arena.event_id)


def _hand_out(caller: Caller, cast: Cast, usher: str, hr: str) -> None:
    """Let HR print cards, and the usher bind some before handing them out."""
    wanted = {"count": 20, "post_id": str(cast.arena.gate_post_id), "note": "For the gates"}
    pack = caller.call("makeCardPack", token=hr, body=wanted).get_json()
    caller.call("listCardPacks", token=hr)
    caller.call("printCardPack", token=hr, pack_id=pack["id"], paper="letter")
    some = {"id": identifier(13), "first_serial": "1", "last_serial": "5"}
    caller.call("scanCards", token=usher, body=some)
    caller.call("showCardPack", token=hr, pack_id=pack["id"])
    suspects.hold(caller.app, hr=cast.chief, pack_id=UUID(pack["id"]))


def _synchronise(caller: Caller, usher: str) -> None:
    """Play what a phone did without a network."""
    step = {"at": "2026-11-21T19:35:20Z", "request_id": identifier(6)}
    opened = {"at": step["at"], "category": "cleaning", "note": "Spilled drink"}
    actions = [
        {"id": identifier(5), "kind": "greet", "at": "2026-11-21T19:35:00Z", "party_size": 2},
        {"id": identifier(6), "kind": "open", **opened},
        {"id": identifier(7), "kind": "accept", **step},
        {"id": identifier(8), "kind": "resolve", **step},
        {"id": identifier(9), "kind": "release", **step},
    ]
    queue = {"sent_at": "2026-11-21T19:35:35Z", "actions": actions}
    caller.call("syncActions", token=usher, body=queue)


def _moderate(caller: Caller, request_id: str, hr: str) -> None:
    """Let HR show a comment to whom it is about."""
    [comment] = caller.call("listRatingComments", token=hr).get_json()["items"]
    decision = {"decision": "show", "reason": "Kind, and names nobody."}
    caller.call("decideComment", token=hr, rating_id=comment["rating_id"], body=decision)
    caller.call("listRequestHistory", token=hr, request_id=request_id)


def _redeem(caller: Caller, cast: Cast, usher: str, hr: str) -> None:
    """Put a reward up; ask for it, and decide."""
    snack = {
        "name": "A meal at the club restaurant",
        "kind": "perk",
        "points": 5,
        "value_cents": 2_500,
        "currency": "USD",
        "taxable": False,
        "stock": 12,
    }
    reward = caller.call("createReward", token=hr, body=snack).get_json()
    change = {"version": 1, "stock": 20, "seen_stock": 12}
    reward = caller.call("changeReward", token=hr, reward_id=reward["id"], body=change).get_json()
    caller.call("listRewards", token=hr)
    with caller.app.app_context(), transaction() as session:
        give_available(session, cast.usher, points=100, now=clock.now())
    caller.call("listMyRewards", token=usher)
    wanted = {"reward_id": reward["id"], "reward_version": reward["version"]}
    wallet = {"points": 50_000, "cents": 2_000_000, "currency": "USD", "seen_version": 0}
    season_id = cast.arena.season_id
    caller.call("setSeasonBudget", token=hr, season_id=season_id, body=wallet)
    day = {"expires_on": "2027-09-30", "seen_version": 0}
    caller.call("setPointsExpiry", token=hr, season_id=season_id, body=day)
    ask = [caller.call("askForReward", token=usher, body=wanted).get_json()["id"] for _ in range(3)]
    caller.call("cancelRedemption", token=usher, redemption_id=ask[0])
    no = {"seen_version": 1, "reason": "The kitchen is closed this week."}
    caller.call("declineRedemption", token=hr, redemption_id=ask[1], body=no)
    for name, version in (("approveRedemption", 1), ("fulfilRedemption", 2)):
        caller.call(name, token=hr, redemption_id=ask[2], body={"seen_version": version})
    caller.call("listMyRedemptions", token=usher)
    caller.call("listRedemptions", token=hr, status="fulfilled")
    caller.call("getRedemption", token=hr, redemption_id=ask[2])


def _tell(caller: Caller, usher: str, hr: str) -> None:
    """Let the usher read what they were told, and HR see what could not be pushed."""
    caller.call("putPushTarget", token=usher, body={"kind": "fid", "value": "cQ8kX2mT0uS"})
    [newest, *_] = caller.call("getMyInbox", token=usher).get_json()["items"]
    caller.call("readMyInbox", token=usher, body={"up_to": newest["id"]})
    caller.call("dropPushTarget", token=usher)
    with caller.app.app_context(), transaction() as session:
        failed = deliveries.Result(failure="InvalidArgumentError", hopeless=True)
        leased = deliveries.lease(session, now=clock.now())
        deliveries.record(session, results=dict.fromkeys(leased, failed), now=clock.now())
    [dead, *_] = caller.call("listMessages", token=hr, state="dead").get_json()["items"]
    caller.call("sendMessageAgain", token=hr, message_id=dead["id"])


def _pay(caller: Caller, cast: Cast, usher: str, hr: str) -> None:
    """Pay a bonus by payroll, correct it, and follow the money to what earned it."""
    clerk = tokens_of(caller.app, cast.clerk)["access_token"]
    chief = tokens_of(caller.app, cast.chief)["access_token"]
    bonus = {
        "name": "Bonus of 50 dollars",
        "kind": "cash",
        "points": 80,
        "value_cents": 5_000,
        "currency": "USD",
        "taxable": True,
    }
    reward = caller.call("createReward", token=hr, body=bonus).get_json()
    wanted = {"reward_id": reward["id"], "reward_version": 1}
    asked = caller.call("askForReward", token=usher, body=wanted).get_json()["id"]
    caller.call("approveRedemption", token=hr, redemption_id=asked, body={"seen_version": 1})
    chosen = {"currency": "USD", "workweek_starts_on": 6}
    batch = caller.call("exportPayroll", token=hr, body=chosen).get_json()
    which = {"batch_id": batch["id"]}
    for name in ("getPayrollCsv", "getPayrollXlsx"):
        caller.call(name, token=clerk, **which)
    proof = {"sha256": batch["csv_sha256"]}
    caller.call("acknowledgePayrollExport", token=clerk, body=proof, **which)
    [line] = caller.call("getPayrollExport", token=clerk, **which).get_json()["lines"]
    sources = caller.call("listPayrollLineSources", token=clerk, line_id=line["id"]).get_json()
    caller.call("listRedemptionSources", token=hr, redemption_id=asked)
    earned = sources["parts"][0]["gift"]["transaction_id"]
    caller.call("listPayments", token=hr, source_id=earned)
    less = {"line_id": line["id"], "amount_cents": -500, "reason": "Ten points were not theirs."}
    ask = [
        caller.call("askForPayrollCorrection", token=hr, body=less).get_json()["id"]
        for _ in range(2)
    ]
    caller.call("approvePayrollCorrection", token=chief, correction_id=ask[0])
    caller.call("declinePayrollCorrection", token=chief, correction_id=ask[1])
    caller.call("exportPayroll", token=hr, body=chosen)
    caller.call("listPayrollExports", token=clerk)
    caller.call("listPayrollCorrections", token=clerk)


def _adjust(caller: Caller, cast: Cast, usher: str) -> None:
    """Give and take points, with a second person; appeal, and let a third one decide."""
    caller.wait(minutes=1)
    first, second, third = (_sign_in_hr(caller, email) for email in (EMAIL, *COLLEAGUES))
    change = {"employee_id": str(cast.usher.employee_id), "reason": "The count was wrong."}
    for points, act, body in (
        (-120, "approveAdjustment", None),
        (500, "declineAdjustment", {"reason": "By far too much."}),
    ):
        waiting = caller.call("adjustPoints", token=first, body=change | {"points": points})
        at = {"adjustment_id": waiting.get_json()["id"]}
        caller.call(act, token=second, body=body, **at)
        caller.call("getAdjustment", token=first, **at)
    entries = caller.call("listMyPointsEntries", token=usher).get_json()["items"]
    resolved = next(one for one in entries if one["source_kind"] == "request" and one["due_at"])
    source = {name: resolved[name] for name in ("source_kind", "source_id")}
    reversal = source | {"reason": "It never happened."}
    waiting = caller.call("reverseSource", token=first, body=reversal)
    caller.call("approveAdjustment", token=second, adjustment_id=waiting.get_json()["id"])
    caller.call("listAdjustments", token=first, status="applied")
    mine = caller.call("listMyAdjustments", token=usher).get_json()["items"]
    answer = {"reason": "The supervisor says the same."}
    for name, one in zip(("upholdAppeal", "grantAppeal"), mine, strict=True):
        appeal = {
            "subject_kind": "adjustment",
            "subject_id": one["id"],
            "statement": "I was there.",
        }
        lodged = caller.call("lodgeAppeal", token=usher, body=appeal).get_json()["id"]
        caller.call("listAppeals", token=third)
        caller.call(name, token=third, appeal_id=lodged, body=answer)
        caller.call("getAppeal", token=third, appeal_id=lodged)
    caller.call("listMyAppeals", token=usher)


def _count(caller: Caller, cast: Cast, hr: str) -> None:
    """Let HR read the boards and figures, and look after rules and phones."""
    event_id, usher = cast.arena.event_id, cast.usher.employee_id
    caller.call("changeEvent", token=hr, event_id=event_id, body={"attendance": 18_420})
    rosters.mend(caller, hr, cast)
    boards.read(caller, hr, event_id)
    caller.call("getProgramme", token=hr, event_id=event_id)
    caller.call("listProgrammeEvents", token=hr)
    protected.compare(caller, hr)
    caller.call("getSeasonBudget", token=hr, season_id=cast.arena.season_id)
    caller.call("listPointsEntries", token=hr, employee_id=usher)
    generous = RULES | {"resolved": {"points": 12, "cap_per_shift": 20}}
    season_id = str(cast.arena.season_id)
    draft = {"document": generous, "season_id": season_id, "cents_per_point": 2, "currency": "USD"}
    caller.call("simulateRules", token=hr, body=draft)
    caller.call("publishRules", token=hr, body={"document": RULES})
    caller.call("listRules", token=hr)
    devices = caller.call("listEmployeeDevices", token=hr, employee_id=usher).get_json()["items"]
    caller.call("revokeDevice", token=hr, device_id=devices[-1]["id"])
    seal(caller.app)
    caller.call("listAudit", token=hr, limit=3)
    caller.call("listSeals", token=hr)


def _close(caller: Caller) -> None:
    """Close a season that is over, and reopen it with four eyes."""
    caller.wait(minutes=1)
    hr = _sign_in_hr(caller)
    made = {"name": "2025-26", "starts_on": "2025-09-01", "ends_on": "2026-06-30"}
    season = {"season_id": caller.call("createSeason", token=hr, body=made).get_json()["id"]}
    reason = {"reason": "Every evening has its attendance."}
    caller.call("closeSeason", token=hr, body=reason, **season)
    caller.wait(minutes=20)
    with caller.app.app_context():
        closing.close_seasons(now=clock.now())
    hr, other = _sign_in_hr(caller), _sign_in_hr(caller, COLLEAGUES[0])
    wish = {"reason": "An evening was left out."}
    caller.call("askToReopenSeason", token=hr, body=wish, **season)
    caller.call("getSeasonStanding", token=hr, **season)
    caller.call("listSeasonLate", token=hr, **season)
    caller.call("getSeasonSnapshot", token=hr, number=1, **season)
    caller.call("reopenSeason", token=other, **season)
