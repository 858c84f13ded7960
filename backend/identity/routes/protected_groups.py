"""Protected groups over HTTP: which attributes are kept, until when, and their deletion."""

from typing import Any
from uuid import UUID

from backend.foundation.contract import Upload
from backend.foundation.csv_rows import (
    LARGEST_FILE,
    CsvFile,
    FileTooLarge,
    ImportRejected,
    TooManyRows,
    read_file,
)
from backend.foundation.http import Call, Routes, ahead
from backend.identity.permissions import Permission
from backend.identity.problems import (
    DeletionDayOutOfReach,
    ProtectedAttributeUnknown,
    TooManyAttributes,
)
from backend.identity.queries import protected_groups as queries
from backend.identity.schemas import (
    ProtectedAttributeOut,
    ProtectedAttributesOut,
    ProtectedGroupsArgs,
)
from backend.identity.services import protected_groups
from backend.identity.services.protected_groups import Stated

MANAGE = Permission.MANAGE_PROTECTED_GROUPS

routes = Routes(
    "protected-groups", __name__, description="Groups that the bias report compares for a while"
)


@routes.command(
    "POST /imports/protected-groups",
    may=MANAGE,
    takes=Upload(media_type="text/csv", largest=LARGEST_FILE, stated=ProtectedGroupsArgs()),
    answers=ProtectedAttributeOut(),
    raises=(
        *(ImportRejected, FileTooLarge, TooManyRows),
        *(DeletionDayOutOfReach, TooManyAttributes),
    ),
)
@ahead(lambda content: read_file(content, protected_groups.COLUMNS))
def import_protected_groups(
    call: Call, file: CsvFile, args: dict[str, Any]
) -> queries.AttributeFacts:
    """Keep in which group of one attribute employees are, for the bias report and nothing else.

    Columns: badge_number, group. At most 20 groups of at least 5 people. What was kept of the
    attribute before is deleted, and whom the file leaves out is in no group.
    """
    return protected_groups.import_groups(
        call.session, actor=call.actor, stated=Stated(**args), text=file, now=call.now
    )


@routes.query("/protected-attributes", may=MANAGE, answers=ProtectedAttributesOut())
def list_protected_attributes(call: Call) -> dict[str, Any]:
    """List the attributes of which groups are kept, with the purpose and the day of deletion."""
    found = queries.list_attributes(
        call.session, organisation_id=call.actor.organisation_id, now=call.now
    )
    return {"items": found}


@routes.command(
    "DELETE /protected-attributes/<uuid:attribute_id>",
    may=MANAGE,
    answers=None,
    status=204,
    raises=(ProtectedAttributeUnknown,),
)
def delete_protected_attribute(call: Call, attribute_id: UUID) -> None:
    """Delete an attribute and everything of it, at once."""
    protected_groups.delete_groups(
        call.session, actor=call.actor, attribute_id=attribute_id, now=call.now
    )
