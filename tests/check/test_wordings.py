"""Whole tasks written by hand in many ways: right ones are not accused, and each defect put into one is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.checking.engine import Checker
from codemods.settings import Settings
from codemods.source import SourceFile, decode

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "wordings"
PLAIN = FOLDER / "plain.py"
WORDINGS = sorted(p for p in FOLDER.glob("*.py") if p.name not in {"__init__.py", "items.py"})

CALL = "            item = Item.execute(llm, query)\n"
START = "            start = time.perf_counter()\n"
STOP = "            duration = time.perf_counter() - start\n"
PENDING = """\
            iid = db.create_llm_interaction(
                {"llm_model": "unknown", "prompt_text": query, "status": "pending"}
            ).id
"""
COMPLETED = """\
            db.update_llm_interaction(
                iid, {"status": "completed", "response_text": item.text, "duration_seconds": duration}
            )
"""
DUMPED = "            raw = json.dumps(item.to_dict(), indent=2)\n"
RAW_ROW = (
    '            db.create_plan_content({"filename": "summary.json", "content": raw, '
    '"content_size_bytes": len(raw.encode())})\n'
)
RENDERED = '            markdown = f"# {item.name}"\n'
MARKDOWN_ROW = '            db.create_plan_content({"filename": "summary.md", "content": markdown})\n'
SAVED = '            item.save(self.output()["raw"].path)\n'
WRITTEN = """\
            with self.output()["markdown"].open("w") as f:
                f.write(markdown)
"""
HANDLER = "        except Exception as error:\n"
FAILED = """\
            if db is not None and iid is not None:
                db.update_llm_interaction(iid, {"status": "failed", "error_message": str(error)})
"""
CLOSED = """\
        finally:
            if db is not None:
                db.close()
"""
OPENED = "            db = self.get_database_service()\n"

Change = tuple[str, str]


def deeper(code: str) -> str:
    return "".join(f"    {line}" for line in code.splitlines(keepends=True))


DEFECTS: list[tuple[str, str, tuple[Change, ...]]] = [
    ("a cut in an f-string", "DBF303", (('"prompt_text": query', '"prompt_text": f"{query[:500]}..."'),)),
    ("a cut by a name", "DBF303", (('"prompt_text": query', '"prompt_text": query[0:len("limit")]'),)),
    (
        "a cut where it is long",
        "DBF303",
        (('"prompt_text": query', '"prompt_text": query if len(query) < 9 else query[:9]'),),
    ),
    (
        "a cut with an ellipsis, in a variable",
        "DBF303",
        (
            (PENDING, f'            shown = query[:9] + ("..." if query else "")\n{PENDING}'),
            ('"prompt_text": query', '"prompt_text": shown'),
        ),
    ),
    (
        "a cut in a record built before",
        "DBF303",
        (
            (
                PENDING,
                (
                    '            record = {"prompt_text": str(query)[:9], "status": "pending"}\n'
                    "            iid = db.create_llm_interaction(record).id\n"
                ),
            ),
        ),
    ),
    ("a cut response", "DBF501", (('"response_text": item.text', '"response_text": item.text[:65535]'),)),
    (
        "a cut response in a variable",
        "DBF501",
        (
            (COMPLETED, f"            answer = item.text[:200]\n{COMPLETED}"),
            ('"response_text": item.text', '"response_text": answer'),
        ),
    ),
    ("a response that is empty", "DBF503", (('"response_text": item.text', '"response_text": ""'),)),
    ("no response", "DBF503", (('"response_text": item.text, ', ""),)),
    (
        "no timing",
        "DBF400",
        ((START, ""), (STOP, ""), (', "duration_seconds": duration', "")),
    ),
    (
        "time from before the input is read",
        "DBF401",
        (
            (START, ""),
            (
                "            query = self.read()\n",
                f"{START}            with self.input().open() as f:\n                query = f.read()\n",
            ),
        ),
    ),
    ("time from before the record", "DBF401", ((START, ""), (PENDING, START + PENDING))),
    (
        "time until after the files",
        "DBF401",
        (
            (STOP + COMPLETED, ""),
            (WRITTEN, WRITTEN + STOP + COMPLETED),
        ),
    ),
    ("never completed", "DBF500", ((COMPLETED, ""),)),
    ("a model by name", "DBF502", (('"llm_model": "unknown"', '"llm_model": "gpt-4o"'),)),
    ("the second model", "DBF502", (('"llm_model": "unknown"', '"llm_model": self.llm_models[1]'),)),
    (
        "the last model",
        "DBF502",
        (('"llm_model": "unknown"', '"llm_model": self.llm_models[-1] if self.llm_models else "unknown"'),),
    ),
    ("an output without a row", "DBF600", ((MARKDOWN_ROW, ""),)),
    ("a row of another name", "DBF600", (('"filename": "summary.md"', '"filename": "sumary.md"'),)),
    (
        "an extra file",
        "DBF601",
        ((SAVED, f'            (self.run_id_dir / "extra.csv").write_text(raw)\n{SAVED}'),),
    ),
    (
        "extra files in a loop",
        "DBF601",
        (
            (
                SAVED,
                (
                    "            for n, tag in enumerate(item.tags):\n"
                    '                with open(self.run_id_dir / f"tag-{n}.txt", "w") as f:\n'
                    f"                    f.write(tag)\n{SAVED}"
                ),
            ),
        ),
    ),
    ("another indent", "DBF602", (("indent=2", "indent=4"),)),
    ("no indent", "DBF602", ((", indent=2", ""),)),
    ("other letters", "DBF602", (("indent=2", "indent=2, ensure_ascii=False"),)),
    ("a part of the content", "DBF602", (('"content": raw', '"content": raw[:1000]'),)),
    (
        "contents swapped",
        "DBF602",
        (
            (RENDERED, ""),
            (DUMPED, RENDERED + DUMPED),
            ('"content": raw', '"content": markdown'),
            ('"summary.md", "content": markdown', '"summary.md", "content": raw'),
        ),
    ),
    (
        "another text",
        "DBF602",
        ((RENDERED, '            markdown = "# a"\n'), ("f.write(markdown)", 'f.write("# b")')),
    ),
    ("a size in characters", "DBF603", (("len(raw.encode())", "len(raw)"),)),
    ("the file first", "DBF700", ((RAW_ROW, ""), (SAVED, SAVED + RAW_ROW))),
    (
        "the file first, and read back",
        "DBF700",
        (
            (DUMPED + RAW_ROW, ""),
            (SAVED, f'{SAVED}            raw = Path(self.output()["raw"].path).read_text()\n{RAW_ROW}'),
        ),
    ),
    (
        "the file first, by its path",
        "DBF700",
        (
            (MARKDOWN_ROW, ""),
            (
                WRITTEN,
                f'            Path(self.output()["markdown"].path).write_text(markdown)\n{MARKDOWN_ROW}',
            ),
        ),
    ),
    (
        "the row in the finally",
        "DBF700",
        (
            (MARKDOWN_ROW, ""),
            (CLOSED, CLOSED.replace("                db", deeper(MARKDOWN_ROW) + "                db")),
        ),
    ),
    ("never failed", "DBF800", ((FAILED, ""),)),
    ("no handler", "DBF800", ((f"{HANDLER}{FAILED}            raise\n", ""),)),
    (
        "a return while it is open",
        "DBF801",
        ((STOP, f"            if not item:\n                return\n{STOP}"),),
    ),
    (
        "a stop that passes",
        "DBF801",
        ((HANDLER, f"        except PipelineStopRequested:\n            raise\n{HANDLER}"),),
    ),
    (
        "an error beside the one that is handled",
        "DBF801",
        (
            (
                CALL,
                (
                    f"            try:\n    {CALL}            except Exception as error:\n"
                    '                db.update_llm_interaction(iid, {"status": "failed"})\n                raise\n'
                ),
            ),
            (COMPLETED, f"            shown = item.to_dict()\n{COMPLETED}"),
            (FAILED, ""),
        ),
    ),
    ("an error that is swallowed", "DBF802", ((f"{FAILED}            raise\n", FAILED),)),
    ("never closed", "DBF900", ((CLOSED, ""),)),
    ("closed where all went well", "DBF900", ((CLOSED, ""), (WRITTEN, f"{WRITTEN}            db.close()\n"))),
    ("closed before the call", "DBF901", ((CALL, f"            db.close()\n{CALL}"),)),
    (
        "closed in a loop",
        "DBF901",
        (
            (
                MARKDOWN_ROW,
                (
                    '            for name in ("summary.md", "more.md"):\n'
                    '                db.create_plan_content({"filename": name, "content": markdown})\n'
                    "                db.close()\n"
                ),
            ),
        ),
    ),
    (
        "opened in a loop",
        "DBF902",
        ((SAVED, f"            for tag in item.tags:\n    {OPENED}                db.close()\n{SAVED}"),),
    ),
    (
        "opened before the try",
        "DBF101",
        (
            ("        db = None\n", "        db = self.get_database_service()\n        self.prepare()\n"),
            (OPENED, ""),
        ),
    ),
    ("no service", "DBF100", ((OPENED, "            db = Path()\n"),)),
    ("an undefined name", "DBF950", ((START, "            start = clock.perf_counter()\n"),)),
    ("an undefined name in an f-string", "DBF950", (("{item.name}", "{itm.name}"),)),
    ("an error without a name", "DBF950", (("except Exception as error:", "except Exception:"),)),
    (
        "a name that is also a module",
        "DBF950",
        ((DUMPED, "            json = json.dumps(item.to_dict(), indent=2)\n"),),
    ),
    ("a missing method", "DBF951", (("json.dumps(item.to_dict(), indent=2)", "item.to_clean_json()"),)),
    ("a missing attribute", "DBF951", (("{item.name}", "{item.title}"),)),
    ("get on an object", "DBF952", (("{item.name}", "{item.get('name')}"),)),
    ("a subscript of an object", "DBF952", (("{item.name}", "{item['name']}"),)),
    (
        "an error read after its handler",
        "DBF953",
        (
            (f"{FAILED}            raise\n", FAILED),
            ("                db.close()\n", "                db.close()\n        print(error)\n"),
        ),
    ),
    ("a second call", "DBF300", ((DUMPED, f"            again = Item.execute(llm, item.name)\n{DUMPED}"),)),
    (
        "a call before the record",
        "DBF300",
        ((PENDING, f"            first = Item.execute(llm, query)\n{PENDING}"),),
    ),
    (
        "a loop of calls",
        "DBF302",
        ((CALL, f"            for query in [query, query]:\n    {CALL}"),),
    ),
    (
        "calls in a comprehension",
        "DBF302",
        ((CALL, "            item = [Item.execute(llm, part) for part in query.split()][0]\n"),),
    ),
    (
        "a call in the other branch",
        "DBF301",
        (
            (
                PENDING + START + CALL,
                f"            if query:\n{deeper(START + CALL)}            else:\n{deeper(PENDING + START + CALL)}",
            ),
        ),
    ),
]


def codes(text: str) -> list[str]:
    return [f"{f.row}: {f.code} {f.message}" for f in Checker(Settings()).check(SourceFile(PLAIN, text))]


HELPED = (FOLDER / "ask_method_tracks.py").read_text()
DEFECTS_OF_HELPERS = [
    ("DBF303", '"prompt_text": query', '"prompt_text": query[:9]'),
    ("DBF501", '"response_text": item.text', '"response_text": item.text[:9]'),
    ("DBF502", '"prompt_text": query', '"llm_model": "gpt-4o", "prompt_text": query'),
    ("DBF950", "start = time.perf_counter()", "start = clock.perf_counter()"),
    ("DBF951", '"response_text": item.text', '"response_text": item.markdown'),
    ("DBF952", '"response_text": item.text', '"response_text": item["text"]'),
]


@pytest.mark.parametrize(("code", "old", "new"), DEFECTS_OF_HELPERS)
def test_a_defect_in_a_method_that_the_entry_calls_is_found(code: str, old: str, new: str) -> None:
    assert HELPED.count(old) == 1
    assert [found.split()[1] for found in codes(HELPED.replace(old, new))] == [code]


def test_a_method_that_nothing_calls_is_not_looked_at() -> None:
    text = HELPED.replace("self._ask(", "self._other(").replace(
        '"prompt_text": query', '"prompt_text": query[:9]'
    )
    assert codes(text) == []


@pytest.mark.parametrize("path", WORDINGS, ids=lambda path: path.stem)
def test_right_code_has_no_finding(path: Path) -> None:
    source = decode(path.read_bytes(), path)
    compile(source.text, path.name, "exec")
    assert [f"{f.row}: {f.code} {f.message}" for f in Checker(Settings()).check(source)] == []


@pytest.mark.parametrize(
    ("code", "changes"), [case[1:] for case in DEFECTS], ids=[case[0] for case in DEFECTS]
)
def test_a_defect_is_found_by_its_code(code: str, changes: tuple[Change, ...]) -> None:
    text = PLAIN.read_text()
    for old, new in changes:
        assert text.count(old) == 1, f"the plain task has not exactly one {old!r}"
        text = text.replace(old, new)
    compile(text, "plain.py", "exec")
    assert code in {found.split()[1] for found in codes(text)}, codes(text)
