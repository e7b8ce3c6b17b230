"""Which branches part two statements."""

from __future__ import annotations

import ast

from codemods.checking.records import Kind, Record
from codemods.checking.view import TaskView

_BRANCHING = ast.If | ast.Match


def branch_of_other_record(task: TaskView, call: ast.Call) -> Record | None:
    """The record that creates an interaction in a branch beside the one that a call stands in, None without one."""
    site = next(site for site, other in task.llm_calls if other is call)
    own = {id(link.owner): link for link in site.chain}
    for record in task.records_of(Kind.PENDING):
        for link in record.site.chain:
            other = own.get(id(link.owner))
            if other is None or not isinstance(link.owner, _BRANCHING):
                continue
            if (link.field, link.prefix) != (other.field, other.prefix):
                return record
    return None
