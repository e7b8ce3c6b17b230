"""What may be done to an open file so that it is still open afterwards, and holds text that was given as text."""

from __future__ import annotations

ATTRIBUTES = frozenset(
    "write writelines flush tell seek truncate writable readable seekable isatty name tmp_path path closed encoding "
    "mode newlines".split()
)
"""Attributes of a text file that neither close it nor lead to the bytes below it."""

WRITERS = frozenset(
    {
        "csv.DictWriter",
        "csv.writer",
        "json.dump",
        "print",
        "shutil.copyfileobj",
        "simplejson.dump",
        "toml.dump",
        "traceback.print_exc",
        "ujson.dump",
        "yaml.dump",
        "yaml.dump_all",
        "yaml.safe_dump",
        "yaml.safe_dump_all",
        "contextlib.redirect_stdout",
    }
)
"""Functions and classes that write text to a file they are given, and leave it open."""

BYTE_WRITERS = WRITERS | {
    "cloudpickle.dump",
    "dill.dump",
    "joblib.dump",
    "marshal.dump",
    "matplotlib.pyplot.savefig",
    "numpy.save",
    "numpy.savetxt",
    "numpy.savez",
    "numpy.savez_compressed",
    "pickle.dump",
    "plistlib.dump",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.run",
    "torch.save",
}
"""The same where the bytes are read back, whatever they are; programs that are waited for among them."""

METHODS = frozenset({"to_csv", "to_html", "to_json", "to_latex", "to_markdown", "to_string"})
"""Methods of pandas that do the same, on whatever object: no other library has them close what they are given."""

BYTE_METHODS = METHODS | {"savefig", "to_pickle"}
"""The same for bytes."""

BYTE_ATTRIBUTES = ATTRIBUTES | {"buffer"}
"""Attributes that may be used where the bytes are read back."""
