"""Which branches part two statements."""

from __future__ import annotations

import ast

from codemods.python.statements import Link, Site
from codemods.tasks.records import Kind, Record
from codemods.tasks.view import TaskView


def branch_of_other_record(task: TaskView, call: ast.Call) -> Record | None:
    """The record that creates an interaction in a branch beside the one that a call stands in, None without one."""
    site = next(site for site, other in task.llm_calls if other is call)
    return next((r for r in task.records_of(Kind.PENDING) if exclude_each_other(r.site, site)), None)


def exclude_each_other(left: Site, right: Site) -> bool:
    """Whether at most one of two statements runs: a branch parts them."""
    links = {id(link.owner): link for link in left.chain}
    return any(
        (other := links.get(id(link.owner))) is not None and _parted(link, other) for link in right.chain
    )


def _parted(left: Link, right: Link) -> bool:
    if isinstance(left.owner, ast.If | ast.Match):
        return (left.field, left.prefix) != (right.field, right.prefix)
    if isinstance(left.owner, ast.Try | ast.TryStar):
        fields = {left.field, right.field}
        return fields == {"handlers", "orelse"} or (fields == {"handlers"} and left.prefix != right.prefix)
    return False
