"""Groups that the contract's HR imports for the bias report, and deletes again."""

from typing import Any

from tests.contract.files import FILES

BADGES = tuple(range(1011, 1021))
GROUPS = ("under 40", "40 or over")


def compare(caller: Any, hr: str) -> None:
    """Import the ages of ten people, read the bias report, and delete them."""
    header = FILES["importEmployees"][0]
    people = [f"{badge},Guest {badge},Gates,temp,hourly,employee,P-{badge}" for badge in BADGES]
    caller.call("importEmployees", token=hr, body="\n".join((header, *people)))
    rows = [f"{badge},{GROUPS[badge % 2]}" for badge in BADGES]
    kept = caller.call(
        "importProtectedGroups",
        token=hr,
        body="\n".join(("badge_number,group", *rows)),
        attribute="Age band",
        purpose="To see whether older people are rated alike.",
        deleted_on="2027-03-31",
    )
    caller.call("listProtectedAttributes", token=hr)
    caller.call("getBiasReport", token=hr)
    caller.call("deleteProtectedAttribute", token=hr, attribute_id=kept.get_json()["id"])
