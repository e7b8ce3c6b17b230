"""What looks something up by a name that is made at run time, or runs a text: builtins and the standard library."""

from __future__ import annotations

GETTERS = frozenset(
    {
        "getattr",
        "builtins.getattr",
        "inspect.getattr_static",
        "object.__getattribute__",
        "type.__getattribute__",
    }
)
"""Functions that give a member of their first argument, by the name that is the second."""

GETTING_METHODS = frozenset({"__getattribute__", "__getattr__"})
"""Methods that give a member of what they are called on, by the name that is their first argument."""

ATTRGETTER = "operator.attrgetter"
METHODCALLER = "operator.methodcaller"
ITEMGETTER = "operator.itemgetter"
GETTER_MAKERS = frozenset({ATTRGETTER, METHODCALLER, ITEMGETTER})
"""Functions that make a function which looks its members up in what it is given."""

NAMESPACES = frozenset({"vars", "builtins.vars"})
"""Functions that give the namespace of their argument as a dictionary."""

GLOBALS = frozenset({"globals", "builtins.globals"})
"""Functions that give the namespace of the module that they are called in."""

MODULES = "sys.modules"
MODULE_GETTERS = frozenset(
    {"importlib.import_module", "importlib.__import__", "__import__", "builtins.__import__"}
)
"""Functions that give the module of the name that is their first argument."""

RUNNERS = frozenset(
    {
        "eval",
        "exec",
        "builtins.eval",
        "builtins.exec",
        "runpy.run_module",
        "runpy.run_path",
        "code.interact",
        "timeit.timeit",
    }
)
"""Functions that run code which no file in sight holds where they are called."""

DISPATCHERS = frozenset({"singledispatch", "singledispatchmethod"})
"""Decorators of functions that run another one, registered with them, by the class of an argument."""
