"""Generates the body of an entry method: calls and writes in loops, branches, tries, contexts and callbacks."""

from __future__ import annotations

from dataclasses import dataclass

from tests.properties.actions import Actions

_RAISES = ("Exception", "LlmError", "(ValueError, LlmError)", "KeyError", "RuntimeError", "BaseException")


@dataclass
class Position:
    """Where a block stands.

    Attributes:
        depth: how many compound statements are around it.
        in_loop: whether `continue` and `break` are possible.
        nested: whether it is the body of a nested function.
        final: whether it stands in a `finally`.
    """

    depth: int = 0
    in_loop: bool = False
    nested: bool = False
    final: bool = False

    def deeper(self, **changes: bool) -> Position:
        """One level deeper."""
        values = {"in_loop": self.in_loop, "nested": self.nested, "final": self.final, **changes}
        return Position(self.depth + 1, **values)


class Shapes(Actions):
    """Statements that hold others."""

    deliberate = False
    has_finally = False

    def method_body(self) -> None:
        """The whole body."""
        for _ in range(1 + self.upto(3)):
            self.statement(Position())
        while not self.writes:
            self.write(Position())
        if self.budget_calls and not self.calls and self.chance(90):
            self.call(Position())
        for _ in range(self.upto(2)):
            self.statement(Position())
        if self.chance(15):
            self.line(f"return {self.text()}")

    def block(self, position: Position) -> bool:
        """Some statements. Returns whether the block leaves for certain."""
        return any(self.statement(position) for _ in range(1 + self.upto(2)))

    def statement(self, position: Position) -> bool:
        """One statement. Returns whether it leaves for certain."""
        roll = self.upto(99)
        if roll < 25 and self.budget_calls and not position.final:
            self.call(position)
        elif roll < 55 and self.budget_writes:
            self.write(position)
        elif roll < 70 or position.depth >= 3 or self.budget_compound <= 0:
            self.filler(position)
        else:
            self.budget_compound -= 1
            return self.compound(position)
        return False

    def compound(self, position: Position) -> bool:
        """A statement with suites."""
        forms = [self._try, self._for, self._if, self._try, self._with, self._try_finally, self._match]
        forms += [self._while, self._try]
        if not position.nested:
            forms += [self._callback, self._callback]
        if position.depth and not position.final:
            forms += [self._leave_early]
        return bool(self.pick(forms)(position))

    def _suite(self, position: Position) -> tuple[bool, dict[str, str]]:
        """A block with an environment of its own. Returns whether it leaves, and its environment."""
        outer = dict(self.env)
        with self.indented():
            leaves = self.block(position)
        inner, self.env = self.env, outer
        return leaves, inner

    def _if(self, position: Position) -> bool:
        self.line(f"if {self.flag()}:")
        left, env = self._suite(position.deeper())
        if not self.chance(50):
            return False
        self.line("else:")
        right, other = self._suite(position.deeper())
        if left and right:
            return True
        kept = other if left else env if right else {n: k for n, k in env.items() if other.get(n) == k}
        self.env = dict(kept)
        return False

    def _leave_early(self, position: Position) -> bool:
        self.line(f"if {self.flag()}:")
        with self.indented():
            if position.in_loop and self.chance(60):
                self.line(self.pick(["continue", "break"]))
            elif self.chance(25) and not position.nested:
                self.deliberate = True
                self.line('raise LlmError("deliberate")')
            else:
                self.line("return" if position.nested else self.pick(["return", f"return {self.text()}"]))
        return False

    def _for(self, position: Position) -> bool:
        outer = dict(self.env)
        listed = self.names("list")
        if listed and self.chance(40):
            name = self.fresh("text", rebinds=False)
            header = f"for {name} in {listed[0]}:"
        else:
            name = self.fresh("int", rebinds=False)
            header = f"for {name} in range({2 + self.upto(1)}):"
            if self.is_async and not position.nested and self.chance(40):
                header = f"async for {name} in counted(2):"
        self.line(header)
        with self.indented():
            self.block(position.deeper(in_loop=True))
        self.env = outer
        self.env.pop(name, None)
        if self.chance(15):
            self.line("else:")
            self._suite(position.deeper())
        return False

    def _while(self, position: Position) -> bool:
        counter = self.fresh("counter", rebinds=False)
        self.line(f"{counter} = 0")
        self.line(f"while {counter} < 2:")
        with self.indented():
            self.line(f"{counter} += 1")
        self._suite(position.deeper(in_loop=True))
        return False

    def _with(self, position: Position) -> bool:
        if self.chance(15):
            self.deliberate = True
            self.line(f"with suppress({self.pick(['ValueError', 'LlmError', 'Exception'])}):")
            self._suite(position.deeper())
            return False
        self.has_finally = True
        head = (
            "async with aspan" if self.is_async and not position.nested and self.chance(40) else "with span"
        )
        name = f" as {self.fresh('text', rebinds=False)}" if self.chance(40) else ""
        self.line(f'{head}("s{self.number()}"){name}:')
        with self.indented():
            return self.block(position.deeper())

    def _match(self, position: Position) -> bool:
        subjects = self.names("int") or ["2"]
        self.line(f"match {subjects[0]}:")
        with self.indented():
            self.line(f"case {self.upto(2)}:")
            self._suite(position.deeper())
            self.line("case _:")
            self._suite(position.deeper())
        return False

    def _try(self, position: Position) -> bool:
        self.line("try:")
        body_leaves, env = self._suite(position.deeper())
        all_leave = True
        for number in range(1 + self.upto(1)):
            all_leave &= self._handler(position, last=number == 1)
        if self.chance(15):
            self.line("else:")
            after = dict(self.env)
            self.env = dict(env)
            leaves, env = self._suite(position.deeper())
            self.env = after
            body_leaves = body_leaves or leaves
        if self.chance(12):
            self._finally(position)
        if all_leave and not body_leaves:
            self.env = env
        return body_leaves and all_leave

    def _handler(self, position: Position, *, last: bool) -> bool:
        raised = self.pick(_RAISES)
        name = self.fresh("error", rebinds=False) if self.chance(60) else ""
        if last and not name and self.chance(15):
            self.line("except:")
        else:
            self.line(f"except {raised}{f' as {name}' if name else ''}:")
        with self.indented():
            leaves = self._handle(position.deeper(), name)
        self.env.pop(name, None)
        return leaves

    def _handle(self, position: Position, name: str) -> bool:
        before = dict(self.env)
        if self.chance(60):
            self.log(name)
        if self.budget_writes and self.chance(20):
            self.write(position)
        self.env = dict(before)
        forms = ["raise", "other"]
        if not position.final:
            forms += ["return"]
            if position.in_loop:
                forms += ["continue", "continue", "break"]
        form = self.pick([*forms, "swallow", "swallow"])
        if form == "raise":
            self.line("raise")
        elif form == "other":
            cause = self.pick([f" from {name}" if name else "", " from None"])
            self.line(f'raise ValueError("handled {self.number()}"){cause}')
        elif form == "swallow":
            self.filler(position)
        else:
            self.line(form)
        self.env = before
        return form != "swallow"

    def _try_finally(self, position: Position) -> bool:
        self.line("try:")
        leaves, env = self._suite(position.deeper())
        self._finally(position)
        if not leaves:
            self.env = env
        return leaves

    def _finally(self, position: Position) -> None:
        self.has_finally = True
        self.line("finally:")
        outer = dict(self.env)
        with self.indented():
            self.line(f'logger.info("finally {self.number()}")')
            if self.budget_writes and self.chance(35):
                self.place = "finally "
                self.write(position.deeper(final=True))
                self.place = ""
            if self.chance(4) and not position.nested:
                self.deliberate = True
                self.line("return")
        self.env = outer

    def _callback(self, position: Position) -> bool:
        """A nested function that writes, and its use."""
        outer = dict(self.env)
        name, parameter = self.fresh("function", rebinds=False), self.fresh("text", rebinds=False)
        self.frozen |= set(self.env)
        self.line(f"def {name}({parameter}):")
        inside = Position(position.depth + 1, nested=True)
        with self.indented():
            if self.chance(30):
                self.block(inside)
            if self.budget_writes:
                self.write(inside, varying=parameter)
            else:
                self.filler(inside)
        self.env = {**outer, name: "function"}
        items = '["one", "two"]'
        self.line(self.pick([f"each({items}, {name})", f'{name}("one")']))
        return False
