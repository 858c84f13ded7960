"""What the database itself refuses: changes of what is only ever added, and others' rows."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from alembic import op


def refuse_changes(tables: Iterable[str]) -> None:
    """Put the triggers on ``tables``; PostgreSQL has their function since revision 0002."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in tables:
        if postgresql:
            op.execute(
                f"create trigger {table}_append_only before update or delete on {table} "
                "for each row execute function refuse_change()"
            )
            op.execute(
                f"create trigger {table}_no_truncate before truncate on {table} "
                "for each statement execute function refuse_change()"
            )
            continue
        for change in ("update", "delete"):
            op.execute(
                f"create trigger {table}_no_{change} before {change} on {table} "
                f"begin select raise(abort, '{table} is append-only'); end"
            )


def keep_terms(table: str, *, same: Iterable[str], never_less: Iterable[str]) -> None:
    """Let columns of ``table`` stay as they were written, and others never become less."""
    other = [f"new.{name} is distinct from old.{name}" for name in same]
    changed = " or ".join((*other, *(f"new.{name} < old.{name}" for name in never_less)))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "create or replace function refuse_other_terms() returns trigger language plpgsql as "
            "$$ begin raise exception '% keeps its terms', tg_table_name; end $$"
        )
        op.execute(
            f"create trigger {table}_keeps_terms before update on {table} "
            f"for each row when ({changed}) execute function refuse_other_terms()"
        )
        return
    op.execute(
        f"create trigger {table}_keeps_terms before update on {table} when {changed} "
        f"begin select raise(abort, '{table} keeps its terms'); end"
    )


def let_be_emptied(table: str, column: str) -> None:
    """Let a column of ``table``, which has the triggers, be emptied and nothing else.

    What somebody wrote goes in time; that they did, and all that was counted by it, stays.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "create or replace function refuse_all_but_emptying() returns trigger "
            "language plpgsql as $$ begin "
            "if tg_op = 'UPDATE' and to_jsonb(new) ->> tg_argv[0] is null "
            "and to_jsonb(new) - tg_argv[0] = to_jsonb(old) - tg_argv[0] then return new; end if; "
            "raise exception '% is append-only', tg_table_name; end $$"
        )
        op.execute(f"drop trigger {table}_append_only on {table}")
        op.execute(
            f"create trigger {table}_append_only before update or delete on {table} "
            f"for each row execute function refuse_all_but_emptying('{column}')"
        )
        return
    names = [one["name"] for one in sa.inspect(op.get_bind()).get_columns(table)]
    same = " and ".join(f"new.{name} is old.{name}" for name in names if name != column)
    op.execute(f"drop trigger {table}_no_update")
    op.execute(
        f"create trigger {table}_no_update before update on {table} "
        f"when not (new.{column} is null and {same}) "
        f"begin select raise(abort, '{table} is append-only'); end"
    )


def refuse_again(tables: Sequence[str]) -> None:
    """Put the triggers of `refuse_changes` back where `let_be_emptied` has put others."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in tables:
        names = ("append_only", "no_truncate") if postgresql else ("no_update", "no_delete")
        for name in names:
            op.execute(f"drop trigger {table}_{name}" + (f" on {table}" if postgresql else ""))
    if postgresql:
        op.execute("drop function refuse_all_but_emptying()")
    refuse_changes(tables)


_NAMED = "nullif(current_setting('on_the_spot.organisation', true), '')::uuid"
# Of nobody in particular, as jobs do and whoever is not signed in yet, both are true of every row.
# What reads asks once a statement, what writes once a row: that is cheaper for few.
_SHOWN = f"coalesce((select {_NAMED}), {{0}}) = {{0}}"
_TAKEN = f"coalesce({_NAMED}, {{0}}) = {{0}}"


def keep_to_organisations(tables: Iterable[str], *, column: str = "organisation_id") -> None:
    """Let PostgreSQL show and take only rows of the organisation that a session has named.

    Whoever may pass over such policies, as superusers do, is refused at start.
    """
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in tables:
        op.execute(f"alter table {table} enable row level security")
        # For the owner of the tables, too, as whom the product itself signs in.
        op.execute(f"alter table {table} force row level security")
        op.execute(
            f"create policy own_organisation on {table} using ({_SHOWN.format(column)})"
            f" with check ({_TAKEN.format(column)})"
        )
