"""HR's page of protected groups: what is kept for the bias report, why, until when; and its file.

Nowhere on it stands who is in which group.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.foundation.csv_rows import CsvFile, read_file
from backend.foundation.problems import Invalid, Problem
from backend.identity.permissions import Permission
from backend.identity.problems import DeletionDayOutOfReach
from backend.identity.queries.protected_groups import list_attributes
from backend.identity.rules import (
    FEWEST_IN_GROUP,
    MOST_DAYS_KEPT,
    MOST_GROUPS,
    SHORTEST_PURPOSE,
    newest_day,
)
from backend.identity.schemas import ProtectedGroupsArgs
from backend.identity.services import protected_groups
from backend.identity.services.protected_groups import Stated
from backend.web.console.forms import NO_FILE, loaded, refused, sent_file, typed, wrong_rows
from backend.web.console.frames import Reading, Ways, acts, reads

_FIELDS = ("attribute", "purpose", "deleted_on")
_MAY = Permission.MANAGE_PROTECTED_GROUPS
_RULE = "/hr/bias/groups"


@reads(_RULE, may=_MAY, template="protected_groups")
def show_groups(reading: Reading, refusal: Problem | None = None, **_: object) -> dict[str, Any]:
    """Show what is kept; of a file that was refused, every row that is wrong."""
    said = refused(refusal)
    if isinstance(refusal, DeletionDayOutOfReach):
        said["errors"] = {"deleted_on": refusal.title()}
    return {
        "kept": list_attributes(
            reading.session, organisation_id=reading.organisation_id, now=reading.now
        ),
        "values": {name: typed(name) for name in _FIELDS},
        "first_day": newest_day(reading.now) + timedelta(days=1),
        "last_day": reading.now.date() + timedelta(days=MOST_DAYS_KEPT),
        "fewest": FEWEST_IN_GROUP,
        "most": MOST_GROUPS,
        "shortest": SHORTEST_PURPOSE,
        **wrong_rows(refusal),
        "zone": reading.zone,
        **said,
    }


def _received(_: Reading) -> dict[str, Any]:
    """Read the form and the file, before anybody has to wait for it; raises what `read_file` does.

    Raises Invalid with everything that is wrong in the form.
    """
    content = sent_file()
    said = loaded(
        ProtectedGroupsArgs(),
        {name: typed(name) for name in _FIELDS},
        wrong={"file": NO_FILE} if content is None else None,
    )
    if content is None:
        raise Invalid
    return {"stated": Stated(**said), "file": read_file(content, protected_groups.COLUMNS)}


_WAYS = Ways(then="console.show_groups", otherwise="protected_groups", refused=show_groups)


@acts(_RULE, may=_MAY, ways=_WAYS, ahead=_received)
def import_groups(acting: Reading, stated: Stated, file: CsvFile) -> str:
    """Keep the groups in the file instead of those that were kept of the attribute before.

    Raises ImportRejected, FileTooLarge, TooManyRows, DeletionDayOutOfReach, TooManyAttributes.
    """
    protected_groups.import_groups(
        acting.session, actor=acting.reader, stated=stated, text=file, now=acting.now
    )
    return "groups_imported"


@acts(_RULE + "/<uuid:attribute_id>/delete", may=_MAY, ways=_WAYS)
def delete_groups(acting: Reading, attribute_id: UUID) -> str:
    """Delete an attribute and everything of it at once; raises ProtectedAttributeUnknown."""
    protected_groups.delete_groups(
        acting.session, actor=acting.reader, attribute_id=attribute_id, now=acting.now
    )
    return "groups_deleted"
