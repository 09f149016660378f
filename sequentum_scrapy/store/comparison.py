"""The Runs of the same Agent that went well before: what a Run is compared with."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from .runs import RunRow, get_run
from .status import Status
from .tables import runs

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from .store import Store

GOOD = (Status.COMPLETED, Status.SUCCESS)
COMPARED = 5
"""So many good Runs tell what is usual."""
CUT = "ended at a limit of this Run alone"
"""What the message of a Run says that a setting of its own command line ended."""


def is_good() -> ColumnElement[bool]:
    """Return the condition that a Run went well, and did all that its definition says.

    One that brought as many records as it was asked for tells nothing of how many there are. A limit of the
    definition or the project is another matter: all Runs have it.
    """
    # Nobody bounds it: an integer of PostgreSQL may be too small.
    asked = runs.c.arguments["limit"].as_float()
    whole = and_(or_(asked.is_(None), runs.c.records < asked), runs.c.message != CUT)
    return and_(runs.c.status.in_(GOOD), whole)


def usual_records(store: Store, run_id: int) -> float | None:
    """Return the median of the records of the last five good Runs before a Run; None where there is none."""
    found = _before(store, run_id, runs.c.records, COMPARED)
    return median(found) if found else None


def last_good_run(store: Store, run_id: int) -> RunRow | None:
    """Return the last good Run of the same Agent before a Run, of those that brought something.

    One without a record is good where its Agent has no criteria, and tells nothing of what is usual.
    """
    found = _before(store, run_id, runs.c.id, 1, runs.c.records > 0)
    return get_run(store, found[0]) if found else None


def _before(store: Store, run_id: int, column: Any, limit: int, *conditions: Any) -> list[Any]:
    """Return what good Runs of the same Agent have in a column, newest first.

    An Agent stays the same when it is renamed or moved; what was never published is known by its name.
    """
    query = select(column).where(runs.c.id < run_id, is_good(), *conditions)
    with store.reading() as connection:
        this = connection.execute(
            select(runs.c.agent_id, runs.c.agent_name, runs.c.space_id).where(runs.c.id == run_id)
        ).first()
        if this is None:
            return []
        if this.agent_id is not None:
            same = query.where(runs.c.agent_id == this.agent_id)
        else:
            same = query.where(
                runs.c.agent_name == this.agent_name,
                runs.c.space_id == this.space_id,
                runs.c.agent_id.is_(None),
            )
        return list(connection.scalars(same.order_by(runs.c.id.desc()).limit(limit)))
