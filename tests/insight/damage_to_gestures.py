"""What can be wrong with gestures and cards, as SQL that makes it so, and what names it."""

DAMAGE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a scan came from no phone": (
        "I06",
        "card_scans",
        ("delete from phone_actions where kind = 'scan_cards' and employee_id = :usher",),
    ),
    "an invitation is of no card": (
        "I07",
        "invitations",
        ("delete from cards where organisation_id = :org and serial = 1",),
    ),
    "a card was bound by no scan": (
        "I07",
        "cards",
        ("update cards set scan_id = null where organisation_id = :org and serial = 2",),
    ),
    "a card is bound to somebody else": (
        "I07",
        "cards",
        (
            (
                "update invitations set employee_id = :helper"
                " where organisation_id = :org and request_id is null and employee_id = :usher"
            ),
        ),
    ),
    "a card that was rated as nobody's is given to somebody": (
        "I07",
        "cards",
        (
            (
                "update invitations set employee_id = :usher, event_id = :event"
                " where organisation_id = :org and employee_id is null"
            ),
        ),
    ),
    "a rating of nobody's card is given to somebody": (
        "I07",
        "ratings",
        (
            (
                "update ratings set employee_id = :usher, event_id = :event"
                " where organisation_id = :org and employee_id is null"
            ),
        ),
    ),
    "a pack was made by nobody on record": (
        "I14",
        "card_packs",
        ("delete from audit_rows where organisation_id = :org and act = 'card_pack.made'",),
    ),
    "a card is missing": (
        "I15",
        "card_packs",
        ("delete from cards where organisation_id = :org and serial = 7",),
    ),
    "serials have a gap": (
        "I15",
        "card_packs",
        (
            "update cards set serial = serial + 1000 where organisation_id = :org",
            (
                "update card_packs set first_serial = 1001, last_serial = 1010"
                " where organisation_id = :org"
            ),
        ),
    ),
    "more serials were counted than printed": (
        "I15",
        "card_serials",
        ("update card_serials set last_serial = 20 where organisation_id = :org",),
    ),
    "a scan says that it bound more": (
        "I15",
        "card_scans",
        ("update card_scans set bound = bound + 1 where organisation_id = :org",),
    ),
    "a gesture came from no phone": (
        "I06",
        "gestures",
        ("delete from phone_actions where kind = 'give_gesture' and employee_id = :usher",),
    ),
    "who gave also added it": (
        "I10",
        "gestures",
        (
            (
                "update gestures set allowed_by = employee_id"
                " where employee_id = :usher and allowed_by is not null"
            ),
        ),
    ),
    "a gesture was added by nobody on record": (
        "I14",
        "gestures",
        ("delete from audit_rows where organisation_id = :org and act = 'gesture.allowed'",),
    ),
    "a kind of gesture was made by nobody on record": (
        "I14",
        "gesture_kinds",
        ("delete from audit_rows where organisation_id = :org and act = 'gesture_kind.created'",),
    ),
    "a cap was set by nobody on record": (
        "I14",
        "gesture_caps",
        ("delete from audit_rows where organisation_id = :org and act = 'gesture_caps.set'",),
    ),
    "a cap is raised": (
        "I14",
        "gesture_caps",
        ("update gesture_caps set cents = cents + 1 where organisation_id = :org",),
    ),
    "a cap is taken away": (
        "I14",
        "gesture_caps",
        ("delete from gesture_caps where organisation_id = :org",),
    ),
    "more was allowed at an event than a cap ever was": (
        "I14",
        "gesture_spendings",
        ("update gesture_spendings set cap_cents = cap_cents + 1 where employee_id = :usher",),
    ),
    "a gesture was declined by nobody on record": (
        "I14",
        "gestures",
        (
            (
                "update gestures set state = 'withdrawn', given_at = null, allowed_by = null,"
                " withdrawn_at = asked_at, withdrawal = 'declined', withdrawn_by = :helper,"
                " decline_reason = 'No seats.'"
                " where employee_id = :usher and allowed_by is not null"
            ),
        ),
    ),
    "a gesture waits for a request that is over": (
        "I15",
        "gestures",
        (
            (
                "update gestures set state = 'waiting', given_at = null, allowed_by = null,"
                " request_id = :request where employee_id = :usher and allowed_by is not null"
            ),
        ),
    ),
    "what was spent on gestures is changed": (
        "I15",
        "gesture_spendings",
        ("update gesture_spendings set spent_cents = 1 where employee_id = :usher",),
    ),
    "a gesture within a cap is said to be beyond it": (
        "I15",
        "gesture_spendings",
        (
            (
                "update gestures set allowed_by = :helper"
                " where employee_id = :usher and allowed_by is null"
            ),
        ),
    ),
    "more was spent than the cap allowed": (
        "I15",
        "gesture_spendings",
        ("update gesture_spendings set cap_cents = 1199 where employee_id = :usher",),
    ),
    "a gesture is in another season": (
        "I15",
        "gestures",
        ("update gestures set season_id = :new where employee_id = :usher",),
    ),
}
