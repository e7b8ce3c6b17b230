"""What is known of methods and attributes, by the kind of the receiver: declarations, without any code.

A method is known only where its receiver's type is proven: `x.get(...)` of an `x` that is out of sight may be a
request. A kind that is listed here is complete: what it does not list is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

from codemods.knowledge.library_functions import Known, Use, table
from codemods.knowledge.verdicts import Verdict

_WORLD = "asks the file system, which the write itself changes"
_CHANGES = "changes what it is called on"

_TEXT: dict[str, Known] = {
    **table(
        Use.KEEP,
        "text",
        "capitalize casefold center expandtabs ljust lower lstrip removeprefix removesuffix replace rjust rstrip "
        "strip swapcase title translate upper zfill decode hex",
    ),
    **table(Use.ITERATE, "text", "join"),
    # No text has it: what is copied under a wrong annotation is other data, and a new one either way.
    **table(Use.KEEP, "shallow", "copy", new=True),
    **table(Use.SHOW, "text", "format format_map"),
    **table(Use.KEEP, "bytes", "encode"),
    **table(Use.KEEP, "list", "rsplit split splitlines", of="text", new=True),
    **table(Use.KEEP, "tuple", "partition rpartition", of="text"),
    **table(
        Use.KEEP,
        "number",
        "count endswith find index isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric "
        "isprintable isspace istitle isupper rfind rindex startswith",
    ),
}
_READ_LIST: dict[str, Known] = {
    **table(Use.SHOW, "number", "count index"),
    **table(Use.KEEP, "receiver", "copy", new=True),
}
_CHANGE_LIST = table(
    Use.KEEP,
    "none",
    "append clear extend insert remove reverse appendleft extendleft rotate",
    verdict=Verdict.EFFECT,
    why=_CHANGES,
) | table(Use.KEEP, "none", "sort", verdict=Verdict.EFFECT, why=_CHANGES, calls=("key",))
_POP = table(Use.KEEP, "inside", "pop popleft popitem setdefault", verdict=Verdict.EFFECT, why=_CHANGES)
_READ_SET: dict[str, Known] = {
    **table(Use.SHOW, "receiver", "copy difference intersection symmetric_difference", new=True),
    **table(Use.SHOW, "set", "union", of="", new=True),
    **table(Use.SHOW, "number", "isdisjoint issubset issuperset"),
}
_CHANGE_SET = table(
    Use.KEEP,
    "none",
    "add discard update difference_update intersection_update subtract move_to_end clear remove",
    verdict=Verdict.EFFECT,
    why=_CHANGES,
)
_READ_DICT: dict[str, Known] = {
    **table(Use.SHOW, "got", "get"),
    **table(Use.KEEP, "items", "items"),
    **table(Use.KEEP, "keys", "keys"),
    **table(Use.KEEP, "values", "values"),
    **table(Use.KEEP, "receiver", "copy", new=True),
    **table(Use.KEEP, "list", "most_common", of="data", new=True),
    **table(Use.KEEP, "list", "elements", of="data"),
}

_DUMPS: dict[str, Known] = {
    **table(Use.KEEP, "data", "model_dump", new=True),
    **table(Use.KEEP, "text", "model_dump_json"),
}
METHODS: Mapping[str, Mapping[str, Known]] = {
    # Two names that are pydantic's alone: the only methods that are known of what is out of sight.
    "unknown": _DUMPS,
    "answer": _DUMPS,
    "text": _TEXT,
    "bytes": _TEXT,
    "number": {
        **table(
            Use.KEEP, "number", "as_integer_ratio bit_length conjugate is_integer quantize to_integral_value"
        ),
        **table(Use.KEEP, "number", "normalize sqrt"),
        **table(Use.KEEP, "bytes", "to_bytes"),
        **table(Use.KEEP, "text", "hex"),
    },
    "date": {
        **table(Use.SHOW, "text", "isoformat strftime tzname ctime __str__"),
        **table(Use.SHOW, "date", "astimezone date replace time timetz utcoffset isocalendar"),
        **table(Use.SHOW, "number", "isoweekday timestamp total_seconds toordinal weekday"),
    },
    "path": {
        **table(
            Use.SHOW,
            "path",
            "absolute expanduser joinpath relative_to resolve with_name with_stem with_suffix",
        ),
        **table(Use.SHOW, "text", "as_posix as_uri read_text"),
        **table(Use.SHOW, "bytes", "read_bytes"),
        **table(Use.SHOW, "number", "is_absolute is_relative_to match"),
        **table(Use.KEEP, "handle", "open", new=True),
        **table(Use.SHOW, "directory", "mkdir"),
        **table(Use.SHOW, "none", "write_text write_bytes"),
        **table(Use.KEEP, "number", "exists is_file is_dir stat", verdict=Verdict.MAY_DIFFER, why=_WORLD),
        **table(
            Use.KEEP, "iterator", "glob iterdir rglob", of="path", verdict=Verdict.MAY_DIFFER, why=_WORLD
        ),
    },
    # What is no plain data is an error, both times.
    "encoder": {**table(Use.SHOW, "text", "default encode")},
    "match": {
        **table(Use.KEEP, "text", "group expand"),
        **table(Use.KEEP, "tuple", "groups span", of="text"),
        **table(Use.KEEP, "dict", "groupdict", of="text", new=True),
        **table(Use.KEEP, "number", "start end"),
    },
    "template": {**table(Use.SHOW, "text", "substitute safe_substitute")},
    "pattern": {
        **table(Use.SHOW, "text", "sub", calls=(0,)),
        **table(Use.SHOW, "list", "findall split", of="text", new=True),
        **table(Use.SHOW, "match", "fullmatch match search"),
        **table(Use.SHOW, "iterator", "finditer", of="match", new=True),
    },
    "list": {**_READ_LIST, **_CHANGE_LIST, **_POP},
    "tuple": _READ_LIST,
    "view": {**_READ_LIST, **_READ_SET},
    "set": {**_READ_SET, **_CHANGE_SET, **_POP},
    "dict": {**_READ_DICT, **_CHANGE_SET, **_POP},
    "defaultdict": {**_READ_DICT, **_CHANGE_SET, **_POP},
    "data": {**_TEXT, **_READ_DICT, **_READ_LIST, **_CHANGE_LIST, **_CHANGE_SET, **_POP},
    "environ": {**table(Use.SHOW, "text", "get"), **table(Use.KEEP, "dict", "copy", of="text")},
    "iterator": {
        **table(
            Use.KEEP,
            "inside",
            "__next__ send throw close",
            verdict=Verdict.EFFECT,
            why="uses up the iterator",
        ),
    },
    "handle": {
        **table(Use.KEEP, "text", "read readline", verdict=Verdict.EFFECT, why="reads on in an open file"),
        **table(
            Use.KEEP, "list", "readlines", of="text", verdict=Verdict.EFFECT, why="reads on in an open file"
        ),
        **table(Use.KEEP, "number", "write seek", verdict=Verdict.EFFECT, why="changes an open file"),
        **table(Use.ITERATE, "none", "writelines", verdict=Verdict.EFFECT, why="changes an open file"),
        **table(Use.KEEP, "none", "flush close"),
    },
    "buffer": {
        **table(Use.KEEP, "text", "getvalue"),
        **table(Use.KEEP, "text", "read readline", verdict=Verdict.EFFECT, why="reads on in a buffer"),
        **table(Use.KEEP, "number", "write seek", verdict=Verdict.EFFECT, why="changes a buffer"),
        **table(Use.ITERATE, "none", "writelines", verdict=Verdict.EFFECT, why="changes a buffer"),
        **table(Use.KEEP, "none", "flush close"),
    },
    "writer": {
        **table(Use.SHOW, "none", "writerow writerows", verdict=Verdict.EFFECT, why="changes an open file"),
        **table(Use.KEEP, "none", "writeheader", verdict=Verdict.EFFECT, why="changes an open file"),
    },
    "digest": {
        **table(Use.KEEP, "text", "hexdigest"),
        **table(Use.KEEP, "bytes", "digest"),
        **table(Use.KEEP, "none", "update", verdict=Verdict.EFFECT, why=_CHANGES),
    },
    "target": {
        **table(Use.KEEP, "handle", "open", new=True),
        **table(Use.KEEP, "none", "makedirs"),
        **table(Use.KEEP, "number", "exists", verdict=Verdict.MAY_DIFFER, why=_WORLD),
    },
    "targets": {
        **table(Use.KEEP, "handle", "open", new=True),
        **table(Use.KEEP, "number", "exists", verdict=Verdict.MAY_DIFFER, why=_WORLD),
        **table(Use.KEEP, "targets", "get values copy"),
        **table(Use.KEEP, "target_items", "items"),
        **table(Use.KEEP, "list", "keys", of="text"),
    },
    # By Luigi's own contract both give the same each time: it asks for them whenever it wants to.
    "task": {
        **table(Use.KEEP, "targets", "input output"),
        **table(Use.KEEP, "target", "local_target"),
        **table(Use.KEEP, "path", "file_path"),
        **table(Use.KEEP, "data", "to_str_params get_params get_param_names"),
        **table(Use.KEEP, "text", "get_task_family get_plan_id"),
    },
    # A model, or what a field of a model holds.
    "pydantic": {
        **_TEXT,
        **_READ_DICT,
        **_READ_LIST,
        **table(Use.KEEP, "data", "model_dump dict", new=True),
        **table(Use.KEEP, "text", "model_dump_json json"),
        **table(Use.KEEP, "receiver", "model_copy copy"),
    },
    "constant": _TEXT,
    "logger": table(Use.SHOW, "none", "debug info warning error exception critical log isEnabledFor"),
    "tree": {
        **table(Use.KEEP, "tree", "getroot find"),
        **table(Use.KEEP, "list", "findall", of="tree", new=True),
        **table(Use.KEEP, "text", "findtext get"),
        **table(Use.SHOW, "none", "write"),
    },
    "frame": {
        **table(
            Use.SHOW,
            "frame",
            "head tail copy sort_values sort_index reset_index dropna fillna rename drop merge round astype describe "
            "drop_duplicates set_index assign sum mean count isna notna",
            new=True,
        ),
        **table(Use.SHOW, "text", "to_csv to_json to_html to_markdown to_string to_latex"),
        **table(Use.KEEP, "data", "to_dict tolist to_list", new=True),
        **table(Use.KEEP, "iterator", "iterrows itertuples items", new=True),
    },
}
"""Methods by the kind of their receiver."""

ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "path": {
        **dict.fromkeys("name stem suffix anchor root drive".split(), "text"),
        **dict.fromkeys(("parent",), "path"),
        **dict.fromkeys("parts suffixes parents".split(), "data"),
    },
    "date": {
        **dict.fromkeys(
            "year month day hour minute second microsecond days seconds microseconds".split(), "number"
        ),
        **dict.fromkeys("tzinfo min max".split(), "date"),
        **dict.fromkeys("tm_year tm_mon tm_mday tm_hour tm_min tm_sec".split(), "number"),
    },
    "template": {"template": "text"},
    "number": dict.fromkeys("real imag numerator denominator".split(), "number"),
    "match": {**dict.fromkeys("string lastgroup".split(), "text"), "lastindex": "number", "re": "pattern"},
    "pattern": {"pattern": "text", "flags": "number", "groups": "number"},
    "class": {
        **dict.fromkeys("__name__ __qualname__ __module__ __doc__".split(), "text"),
        "model_fields": "data",
    },
    "constant": {"value": "text", "name": "text"},
    "function": dict.fromkeys("__name__ __qualname__ __module__ __doc__".split(), "text"),
    "target": {"path": "text"},
    "targets": {"path": "text"},
    "task": dict.fromkeys("task_id task_family task_module task_namespace".split(), "text"),
    "frame": {
        **dict.fromkeys("columns index shape size dtypes".split(), "data"),
        "T": "frame",
        "empty": "number",
    },
    "tree": {**dict.fromkeys("tag text tail".split(), "text"), "attrib": "data"},
}
"""Attributes by the kind of their owner."""
