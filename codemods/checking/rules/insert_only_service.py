"""DBF604: a service that inserts where it should replace. Found by the engine, for it is about no task."""

from __future__ import annotations

from codemods.checking.declaration import RIGHT, SEED, Example, Rule

_BASE = """\
import luigi


class PlanContent:
    def __init__(self, **values):
        self.values = values


class Service:
    def __init__(self, session):
        self.session = session

    def create_plan_content(self, values):
        self.session.add(PlanContent(**values))
        self.session.commit()


class PlanTask(luigi.Task):
    def get_database_service(self):
        return Service(make_session())
"""
_INSERT = "        self.session.add(PlanContent(**values))\n"
_REPLACE = """\
        key = {"plan_id": values["plan_id"], "filename": values["filename"]}
        row = self.session.query(PlanContent).filter_by(**key).first()
        if row is None:
            self.session.add(PlanContent(**values))
        else:
            for column, value in values.items():
                setattr(row, column, value)
"""

RULE = Rule(
    code="DBF604",
    name="insert-only-service",
    summary="the database service inserts a row each time",
    wrong="`get_database_service()` opens a service whose `create_plan_content` inserts a row each time, and never "
    "looks for the one of the same plan and file name. Its source is in the tree and has no query, merge or upsert.",
    why="A task that runs again, after a loss or a failure, writes its rows again. Then a file has two rows, and "
    "whoever asks for the first one gets the old content.",
    remedy="Replace the row of the same plan and file name where there is one.",
    valid=(
        RIGHT,
        SEED,
        Example(_BASE.replace(_INSERT, _REPLACE)),
        Example(_BASE.replace(_INSERT, "        self.session.merge(PlanContent(**values))\n")),
        Example(_BASE.replace(_INSERT, "        self.store.put(values)\n")),
    ),
    invalid=(
        Example(_BASE, before=_INSERT, after=_REPLACE),
        Example(
            _BASE.replace(
                _INSERT, '        self.session.execute("INSERT INTO plan_content VALUES (?)", values)\n'
            )
        ),
    ),
)
