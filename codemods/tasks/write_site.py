"""One write to a file, as far as it is understood."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.python.statements import Site
from codemods.tasks.contents import Content
from codemods.tasks.places import Location


@dataclass(frozen=True)
class WriteSite:
    """One write.

    Attributes:
        site: the statement that is the write; for a handle the `with` statement.
        anchor: the statement that the row must come before (the write inside a target's `with` where the
            content is known only there); the one that it comes behind where the file is read back.
        location: which file.
        path: the expression that names it, None where only a target is at hand.
        call: the writing call, or the call to `open`.
        content: how its content is known.
        path_argument: position or keyword of the path among a writer's arguments, None for the other forms.
        given: what else the call is given of which it is known that it leads to this file, or to another write's.
        outputs_by: how the path of a target is read where every file that `output()` names may be written; the write
            is of all of them then, `path` is `self.output()`, and the location is no file.
    """

    site: Site
    anchor: Site
    location: Location
    path: ast.expr
    call: ast.Call
    content: Content
    path_argument: int | str | None = None
    given: tuple[ast.expr, ...] = ()
    outputs_by: str = ""

    @property
    def writer(self) -> str:
        """The writing expression, shortened for people."""
        return ast.unparse(self.call.func)


def same_file(left: WriteSite, right: WriteSite) -> bool:
    """Whether two writes are certain to go to one file."""
    if left.location.key is not None and left.location.key == right.location.key:
        return True
    names = (left.location.filename, right.location.filename)
    return names[0] is not None and names[1] is not None and ast.dump(names[0]) == ast.dump(names[1])


def runs_before(earlier: Site, later: Site) -> bool:
    """Whether a statement stands before another one, in its suite or in one around it."""
    depth = len(earlier.chain) - 1
    if len(later.chain) <= depth:
        return False
    link, other = earlier.chain[depth], later.chain[depth]
    return link.suite is other.suite and link.index < other.index
