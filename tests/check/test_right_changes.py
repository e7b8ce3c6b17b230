"""Small changes of the plain task that leave it right."""

from __future__ import annotations

import pytest

from tests.check.test_wordings import (
    CALL,
    COMPLETED,
    DUMPED,
    FAILED,
    PENDING,
    PLAIN,
    SAVED,
    START,
    STOP,
    Change,
    codes,
)

RIGHT: dict[str, list[Change]] = {
    "datetime timing": [
        (START, "            begun = datetime.utcnow()\n"),
        (STOP, "            duration = (datetime.utcnow() - begun).total_seconds()\n"),
    ],
    "timer ctx": [
        (
            START + CALL + STOP,
            "            with Timer() as timer:\n    " + CALL + "            duration = timer.seconds\n",
        ),
        ("from pathlib import Path", "from pathlib import Path\nfrom timing import Timer"),
    ],
    "log inside timing": [
        (CALL, "            logger.info('asking')\n" + CALL + "            logger.info('answered')\n"),
        ("from pathlib import Path", "from pathlib import Path\nfrom log import logger"),
    ],
    "end var": [(STOP, "            end = time.perf_counter()\n            duration = end - start\n")],
    "timing in update": [
        (STOP, ""),
        ('"duration_seconds": duration', '"duration_seconds": time.perf_counter() - start'),
    ],
    "elapsed ms": [(STOP, "            duration = round((time.perf_counter() - start) * 1000) / 1000\n")],
    "timeit func": [
        (START + CALL + STOP, "            item, duration = self.timed(Item.execute, llm, query)\n")
    ],
    "prompt copy": [
        (PENDING, "            prompt = query\n" + PENDING),
        ('"prompt_text": query', '"prompt_text": prompt'),
    ],
    "prompt strip": [('"prompt_text": query', '"prompt_text": query.strip()')],
    "prompt json": [('"prompt_text": query', '"prompt_text": json.dumps({"query": query})')],
    "prompt messages slice": [
        (PENDING, "            history = self.messages[-5:]\n" + PENDING),
        ('"prompt_text": query', '"prompt_text": "\\n".join(history)'),
    ],
    "model from llm": [('"llm_model": "unknown"', '"llm_model": llm.metadata.model_name')],
    "model in loop idx": [('"llm_model": "unknown"', '"llm_model": str(self.llm_models[0])')],
    "model name const": [('"llm_model": "unknown"', '"llm_model": self.model_name or "unknown"')],
    "response model_dump": [
        ('"response_text": item.text', '"response_text": json.dumps(item.__dict__, default=str)')
    ],
    "response str": [('"response_text": item.text', '"response_text": str(item)')],
    "response prefix removed": [('"response_text": item.text', '"response_text": item.text.split("```")[0]')],
    "strip fence slice": [
        (
            COMPLETED,
            (
                "            text = item.text\n"
                "            if text.startswith('x'):\n"
                "                text = text[3:]\n"
            )
            + COMPLETED,
        ),
        ('"response_text": item.text', '"response_text": text'),
    ],
    "response slice both ends": [
        (COMPLETED, "            text = item.text[3:-3]\n" + COMPLETED),
        ('"response_text": item.text', '"response_text": text'),
    ],
    "content via StringIO/other": [
        (
            DUMPED,
            (
                "            raw = item.dumps() if hasattr(item, 'dumps') else json.dumps(item.to_dict(), indent=2)\n"
            ),
        )
    ],
    "ensure ascii default spelled": [("indent=2)", "indent=2, ensure_ascii=True)")],
    "content bytes decoded": [('"content": raw', '"content": raw.encode().decode()')],
    "newline": [
        ("f.write(markdown)", "f.write(markdown)\n                f.write('\\n')"),
        ('"summary.md", "content": markdown', '"summary.md", "content": markdown + "\\n"'),
    ],
    "print": [
        ("f.write(markdown)", "print(markdown, file=f)"),
        ('"summary.md", "content": markdown', '"summary.md", "content": markdown + "\\n"'),
    ],
    "close in else": [
        ("            if db is not None:\n                db.close()", "            db and db.close()")
    ],
    "close with suppress": [
        (
            "                db.close()",
            "                with suppress(Exception):\n                    db.close()",
        )
    ],
    "close via ifexp": [
        (
            "            if db is not None:\n                db.close()",
            "            db.close() if db else None",
        )
    ],
    "failed helper lambda": [
        (
            FAILED,
            (
                "            mark = lambda: db.update_llm_interaction(iid, {'status': 'failed'})\n"
                "            if db is not None and iid is not None:\n"
                "                mark()\n"
            ),
        )
    ],
    "failed in dict var": [
        (
            FAILED,
            (
                "            changes = {'status': 'failed', 'error_message': str(error)}\n"
                "            if db is not None and iid is not None:\n"
                "                db.update_llm_interaction(iid, changes)\n"
            ),
        )
    ],
    "iid or 0": [("iid is not None", "iid")],
    "locals": [("        iid = None\n", ""), ("iid is not None", "'iid' in locals()")],
    "raise from": [("            raise\n", "            raise RuntimeError('x') from error\n")],
    "raise sys.exc": [("            raise\n", "            raise error\n")],
    "logged and re-raised": [("            raise\n", "            self.log(error)\n            raise\n")],
    "return False on error": [("            raise\n", "            self.failed = True\n            raise\n")],
    "extra tmp file": [
        (
            SAVED,
            (
                "            tmp = Path('/tmp') / 'x.txt'\n"
                "            tmp.write_text(raw)\n"
                "            tmp.unlink()\n"
            )
            + SAVED,
        )
    ],
    "extra file to devnull": [
        (SAVED, "            with open('/dev/null', 'w') as n:\n                n.write(raw)\n" + SAVED)
    ],
    "stdout write": [(SAVED, "            import sys\n            sys.stdout.write(raw)\n" + SAVED)],
    "read other file": [
        (SAVED, "            with open(self.run_id_dir / 'o.txt') as o:\n                o.read()\n" + SAVED)
    ],
    "mkdir touch": [(SAVED, "            Path(self.run_id_dir).mkdir(exist_ok=True)\n" + SAVED)],
    "retry decorator inner": [
        (
            CALL,
            (
                "            @retry\n"
                "            def ask():\n"
                "                return Item.execute(llm, query)\n"
                "            item = ask()\n"
            ),
        ),
        ("from pathlib import Path", "from pathlib import Path\nfrom tenacity import retry"),
    ],
    "ask closure": [
        (
            CALL,
            (
                "            def ask(attempt):\n"
                "                return Item.execute(llm, query)\n"
                "            item = llm.run(ask)\n"
            ),
        )
    ],
    "loop var reuse ok": [(SAVED, "            for db_row in [1]:\n                print(db_row)\n" + SAVED)],
    "walrus iid": [
        (
            PENDING,
            PENDING.replace("iid = db", "row = db").replace(").id", ")")
            + "            iid = getattr(row, 'id', row)\n",
        )
    ],
    "type hints": [
        ("        iid = None", "        iid: int | None = None"),
        ("        db = None", "        db: 'object | None' = None"),
    ],
    "create then refresh": [
        (PENDING, PENDING + "            logger.info('created %s', iid)\n"),
        ("from pathlib import Path", "from pathlib import Path\nfrom log import logger"),
    ],
    "update w/o status first": [
        (COMPLETED, "            db.update_llm_interaction(iid, {'note': 'x'})\n" + COMPLETED)
    ],
    "status processing": [('"status": "pending"', '"status": "processing"')],
    "filename from target": [
        ('"filename": "summary.md"', '"filename": self.output()["markdown"].path.rsplit("/", 1)[-1]')
    ],
    "filename pathlib": [
        ('"filename": "summary.md"', '"filename": Path(self.output()["markdown"].path).name')
    ],
    "filename os.path": [
        ('"filename": "summary.md"', '"filename": os.path.basename(self.output()["markdown"].path)'),
        ("import json", "import json\nimport os"),
    ],
    "filename const": [
        ('"filename": "summary.md"', '"filename": MD_NAME'),
        ("class SummariseTask", "MD_NAME = 'summary.md'\n\n\nclass SummariseTask"),
    ],
    "handed on": [(PENDING, PENDING + "            self.note(iid)\n")],
    "handed on kw": [(PENDING, PENDING + "            self.note(interaction=iid)\n")],
    "filename class attr": [
        ('"filename": "summary.md"', '"filename": self.MD'),
        ("    def output", "    MD = 'summary.md'\n\n    def output"),
    ],
}


@pytest.mark.parametrize("changes", RIGHT.values(), ids=RIGHT.keys())
def test_a_change_that_leaves_the_task_right_is_not_accused(changes: list[Change]) -> None:
    text = PLAIN.read_text()
    for old, new in changes:
        assert old in text, f"the plain task has no {old!r}"
        text = text.replace(old, new)
    compile(text, "plain.py", "exec")
    assert codes(text) == []
