"""What the parts of the interpreter ask of each other: each knows this page and none of the others.

An expression is made of names, attributes and calls, which lead to expressions again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Protocol

from codemods.knowledge.library_functions import Use
from codemods.python.classes import ClassRef, Member
from codemods.python.inference import ClassInference
from codemods.python.modules import Module
from codemods.python.repeating.annotations import Annotations
from codemods.python.repeating.fixpoint import Memo
from codemods.python.repeating.frames import Frame, Outcome
from codemods.python.repeating.values import Value
from codemods.python.scopes import Sources


class NameReader(Protocol):
    """Values of names."""

    def dotted(self, node: ast.Attribute, frame: Frame) -> Outcome | None:
        """`module.NAME` and `Class.NAME`; None for an attribute of an object."""

    def closure(self, node: ast.AST) -> Frame | None:
        """The activation that a function was defined in, None for one of a module or a class."""

    def module_frame(self, module: Module) -> Frame:
        """The activation that a module's own expressions run in."""


class ObjectReader(Protocol):
    """Objects of classes in the tree, and what is read of them."""

    def variants(self, ref: ClassRef) -> tuple[ClassRef, ...]:
        """The class and its subclasses in the tree."""

    def outside(self, ref: ClassRef) -> tuple[str, ...] | None:
        """The kinds that the bases out of sight bring members of; None where one is unknown."""

    def implementations(self, ref: ClassRef, name: str) -> list[tuple[ClassRef, Member]]:
        """Every definition of a method that an object of the class can have."""

    def attribute(self, owner: Value, name: str, node: ast.expr) -> Outcome:
        """Reading an attribute of a value."""

    def properties(self, owner: Value) -> Outcome:
        """Reading any attribute of a value."""

    def class_attribute(self, ref: ClassRef, name: str, node: ast.expr) -> Outcome:
        """`Class.NAME`."""

    def special(self, owner: Value, name: str, node: ast.AST) -> Outcome:
        """Calling a special method by its operator."""

    def asked_of_class(self, value: Value, node: ast.AST, special: str = "") -> Outcome | None:
        """What is asked of a class itself, None where it answers as classes do."""

    def given_to_callback(self, parameter: ast.arg, frame: Frame) -> Value:
        """What a nested function is given by all that call it."""

    def is_text(self, ref: ClassRef) -> bool:
        """Whether an object of the class is a text: `class Name(str)`."""


class Caller(Protocol):
    """Calls of functions and methods."""

    def method(
        self,
        ref: ClassRef,
        member: Member,
        receiver: Value,
        positional: list[Value],
        named: Mapping[str, Value],
        node: ast.AST,
    ) -> Outcome:
        """Calling a method that was looked up on a class."""

    def entered(self, node: ast.AST | None, frame: Frame) -> Value:
        """What a `with` binds, of a context manager that is no file."""

    def manager(self, node: ast.expr, frame: Frame) -> Outcome:
        """Entering and leaving a context manager."""


class BodyRunner(Protocol):
    """Bodies of functions in sight."""

    def run(self, function: ast.FunctionDef, frame: Frame) -> tuple[Outcome, list[Value], list[Value]]:
        """What the body does, what it returns, and what it yields."""


class Interpreter(Protocol):
    """The whole: evaluates expressions, and holds the parts.

    Attributes:
        home: the module of the first expression that was asked for, None before.
    """

    home: Module | None

    @property
    def sources(self) -> Sources:
        """The resolvers."""

    @property
    def inference(self) -> ClassInference:
        """Classes of values."""

    @property
    def memo(self) -> Memo[Outcome]:
        """Outcomes that are known."""

    @property
    def annotations(self) -> Annotations:
        """What annotations promise."""

    @property
    def names(self) -> NameReader:
        """Values of names."""

    @property
    def objects(self) -> ObjectReader:
        """Objects and their attributes."""

    @property
    def calls(self) -> Caller:
        """Calls."""

    @property
    def bodies(self) -> BodyRunner:
        """Bodies of functions."""

    def evaluate(self, node: ast.AST | None, frame: Frame) -> Outcome:
        """What evaluating the expression once more does, and its value."""

    def value(self, node: ast.AST | None, frame: Frame) -> Value:
        """The value of an expression."""

    def use(self, outcome: Outcome, how: Use, node: ast.AST) -> Outcome:
        """What using a value does, on top of evaluating it."""

    def written_as_code(self, value: Value, node: ast.AST) -> Outcome:
        """What `repr()` of a value gives."""

    def used(self, value: Value, how: Use, node: ast.AST) -> Outcome:
        """What using a value does."""

    def element(self, value: Value, *, values: bool = False) -> Value:
        """What running over a value gives."""

    def unpacked(self, value: Value, path: Iterable[int]) -> Value:
        """The element of a value that unpacking gives to a target."""
