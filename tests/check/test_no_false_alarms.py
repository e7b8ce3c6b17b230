"""Ways to write the steps that are as right as the pattern's own; none may have a finding."""

from __future__ import annotations

import textwrap

import pytest

from tests.check.tools import findings

HEAD = """\
import json
import logging
import time
from contextlib import ExitStack, closing, suppress
from datetime import datetime, timezone
from pathlib import Path

import luigi

from plan import Part, PlanTask, Stopped
from summarise import Summarise

logger = logging.getLogger(__name__)


class SummariseTask(PlanTask):
    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "summary.json")

"""
PENDING = (
    'db.create_llm_interaction({"plan_id": self.get_plan_id(), "llm_model": "unknown", "stage": "s", '
    '"prompt_text": query, "status": "pending"})'
)
DONE = (
    '{"status": "completed", "response_text": json.dumps(summary.to_dict()), '
    '"completed_at": datetime.now(timezone.utc), "duration_seconds": time.perf_counter() - start}'
)
FAILED = '{"status": "failed", "error_message": str(error)}'
ROW = (
    'db.create_plan_content({"plan_id": self.get_plan_id(), "filename": "summary.json", "stage": "s", '
    '"content_type": "json", "content": content, "content_size_bytes": len(content.encode())})'
)

RIGHT = {
    "a service in a with": f"""
        def run_with_llm(self, llm):
            query = self.read()
            with closing(self.get_database_service()) as db:
                interaction = {PENDING}
                try:
                    start = time.perf_counter()
                    summary = Summarise.execute(llm, query)
                    db.update_llm_interaction(interaction.id, {DONE})
                except Exception as error:
                    db.update_llm_interaction(interaction.id, {FAILED})
                    raise
                content = json.dumps(summary.to_dict())
                {ROW}
                with self.output().open("w") as f:
                    f.write(content)
    """,
    "a row object and a second variable": f"""
        def run_with_llm(self, llm):
            db = None
            row = None
            try:
                db = self.get_database_service()
                query = self.read()
                row = {PENDING}
                interaction_id = row.id
                start = time.perf_counter()
                summary = Summarise.execute(llm, query)
                db.update_llm_interaction(interaction_id, {DONE})
                row = None
                content = json.dumps(summary.to_dict())
                {ROW}
                Path(self.output().path).write_text(content)
            except Exception as error:
                if row is not None:
                    db.update_llm_interaction(row.id, {FAILED})
                raise
            finally:
                if db is not None:
                    db.close()
    """,
    "a flag and a finally": f"""
        def run_with_llm(self, llm):
            db = self.get_database_service()
            try:
                query = self.read()
                interaction_id = {PENDING}.id
                completed = False
                try:
                    start = time.perf_counter()
                    summary = Summarise.execute(llm, query)
                    db.update_llm_interaction(interaction_id, {DONE})
                    completed = True
                finally:
                    if not completed:
                        db.update_llm_interaction(interaction_id, {{"status": "failed"}})
                content = json.dumps(summary.to_dict())
                {ROW}
                with self.output().open("w") as f:
                    f.write(content)
            finally:
                db.close()
    """,
    "a helper that marks failures": f"""
        def mark(self, db, interaction_id, error):
            db.update_llm_interaction(interaction_id, {FAILED})

        def run_with_llm(self, llm):
            db = self.get_database_service()
            try:
                query = self.read()
                interaction_id = {PENDING}.id
                try:
                    start = time.perf_counter()
                    summary = Summarise.execute(llm, query)
                except Exception as error:
                    self.mark(db, interaction_id, error)
                    raise
                db.update_llm_interaction(interaction_id, {DONE})
                content = json.dumps(summary.to_dict())
                {ROW}
                with self.output().open("w") as f:
                    f.write(content)
            finally:
                db.close()
    """,
    "a nested function that marks failures": f"""
        def run_with_llm(self, llm):
            db = self.get_database_service()
            try:
                query = self.read()
                interaction_id = {PENDING}.id

                def mark(error):
                    db.update_llm_interaction(interaction_id, {FAILED})

                try:
                    start = time.perf_counter()
                    summary = Summarise.execute(llm, query)
                    db.update_llm_interaction(interaction_id, {DONE})
                except Exception as error:
                    mark(error)
                    raise
                content = json.dumps(summary.to_dict())
                {ROW}
                with self.output().open("w") as f:
                    f.write(content)
            finally:
                db.close()
    """,
    "a helper that does everything": """
        def store(self, text):
            db = self.get_database_service()
            try:
                db.create_plan_content({"filename": "summary.json", "content": text})
            finally:
                db.close()

        def run_with_llm(self, llm):
            text = "fixed"
            self.store(text)
            with self.output().open("w") as f:
                f.write(text)
    """,
    "a loop that goes on after a failure": f"""
        def run_inner(self):
            llm_executor = self.create_llm_executor()
            db = self.get_database_service()
            try:
                parts = []
                for query in self.queries:
                    interaction_id = {PENDING}.id
                    start = time.perf_counter()
                    try:
                        summary = Summarise.execute(llm_executor, query)
                    except Stopped as error:
                        db.update_llm_interaction(interaction_id, {FAILED})
                        raise
                    except Exception as error:
                        db.update_llm_interaction(interaction_id, {FAILED})
                        logger.warning("left out: %s", error)
                        continue
                    except BaseException as error:
                        db.update_llm_interaction(interaction_id, {FAILED})
                        raise
                    db.update_llm_interaction(interaction_id, {DONE})
                    parts.append(summary.to_dict())
                content = json.dumps(parts)
                {ROW}
                with self.output().open("w") as f:
                    json.dump(parts, f)
            finally:
                db.close()
    """,
    "a retry within one interaction": f"""
        def run_with_llm(self, llm):
            db = self.get_database_service()
            try:
                query = self.read()
                interaction_id = {PENDING}.id
                start = time.perf_counter()
                try:
                    for attempt in range(3):
                        try:
                            summary = Summarise.execute(llm, query)
                            break
                        except ValueError:
                            if attempt == 2:
                                raise
                    db.update_llm_interaction(interaction_id, {DONE})
                except Exception as error:
                    db.update_llm_interaction(interaction_id, {FAILED})
                    raise
                content = json.dumps(summary.to_dict())
                {ROW}
                with self.output().open("w") as f:
                    f.write(content)
            finally:
                db.close()
    """,
    "interactions kept in a list": f"""
        def run_inner(self):
            llm_executor = self.create_llm_executor()
            db = self.get_database_service()
            pending = []
            try:
                results = []
                for query in self.queries:
                    pending.append({PENDING}.id)
                    start = time.perf_counter()
                    summary = Summarise.execute(llm_executor, query)
                    db.update_llm_interaction(pending.pop(), {DONE})
                    results.append(summary.to_dict())
                content = json.dumps(results)
                {ROW}
                with self.output().open("w") as f:
                    f.write(content)
            except Exception as error:
                for interaction_id in pending:
                    db.update_llm_interaction(interaction_id, {FAILED})
                raise
            finally:
                db.close()
    """,
    "an interaction kept on the task": f"""
        def run_with_llm(self, llm):
            db = self.get_database_service()
            try:
                query = self.read()
                self.interaction_id = {PENDING}.id
                start = time.perf_counter()
                summary = Summarise.execute(llm, query)
                db.update_llm_interaction(self.interaction_id, {DONE})
                content = json.dumps(summary.to_dict())
                {ROW}
                with self.output().open("w") as f:
                    f.write(content)
            finally:
                db.close()
    """,
    "an early return before anything is open": f"""
        def run_with_llm(self, llm):
            db = self.get_database_service()
            try:
                query = self.read()
                if not query:
                    content = "{{}}"
                    {ROW}
                    with self.output().open("w") as f:
                        f.write(content)
                    return
                interaction_id = {PENDING}.id
                try:
                    start = time.perf_counter()
                    summary = Summarise.execute(llm, query)
                except BaseException as error:
                    db.update_llm_interaction(interaction_id, {FAILED})
                    raise
                else:
                    db.update_llm_interaction(interaction_id, {DONE})
                content = json.dumps(summary.to_dict())
                {ROW}
                with self.output().open("w") as f:
                    f.write(content)
            finally:
                db.close()
    """,
    "one condition asked twice": f"""
        def run_with_llm(self, llm):
            db = self.get_database_service()
            interaction_id = None
            try:
                query = self.read()
                wanted = bool(query)
                if wanted:
                    interaction_id = {PENDING}.id
                    start = time.perf_counter()
                    summary = Summarise.execute(llm, query)
                content = "{{}}"
                if wanted:
                    db.update_llm_interaction(interaction_id, {DONE})
                    content = json.dumps(summary.to_dict())
                {ROW}
                with self.output().open("w") as f:
                    f.write(content)
            except Exception as error:
                if interaction_id:
                    db.update_llm_interaction(interaction_id, {FAILED})
                raise
            finally:
                db.close()
    """,
    "an exit stack": f"""
        def run_with_llm(self, llm):
            with ExitStack() as stack:
                db = self.get_database_service()
                stack.callback(db.close)
                query = self.read()
                interaction_id = {PENDING}.id
                try:
                    start = time.perf_counter()
                    summary = Summarise.execute(llm, query)
                except Exception as error:
                    with suppress(OSError):
                        db.update_llm_interaction(interaction_id, {FAILED})
                    raise
                db.update_llm_interaction(interaction_id, {DONE})
                content = json.dumps(summary.to_dict())
                {ROW}
                with self.output().open("w") as f:
                    f.write(content)
    """,
    "an async entry": f"""
        async def run_with_llm(self, llm):
            db = self.get_database_service()
            try:
                query = self.read()
                interaction_id = {PENDING}.id
                try:
                    start = time.perf_counter()
                    summary = await Summarise.aexecute(llm, query)
                except BaseException as error:
                    db.update_llm_interaction(interaction_id, {FAILED})
                    raise
                db.update_llm_interaction(interaction_id, {DONE})
                content = json.dumps(summary.to_dict())
                {ROW}
                with self.output().open("w") as f:
                    f.write(content)
            finally:
                db.close()
    """,
    "a nested function that tracks its own call": f"""
        def run_inner(self):
            llm_executor = self.create_llm_executor()
            db = self.get_database_service()
            try:
                query = self.read()

                def attempt(llm):
                    interaction_id = {PENDING}.id
                    try:
                        start = time.perf_counter()
                        summary = Summarise.execute(llm, query)
                    except Exception as error:
                        db.update_llm_interaction(interaction_id, {FAILED})
                        raise
                    db.update_llm_interaction(interaction_id, {DONE})
                    return summary

                summary = llm_executor.run(attempt)
                content = json.dumps(summary.to_dict())
                {ROW}
                with self.output().open("w") as f:
                    f.write(content)
            finally:
                db.close()
    """,
    "rows for several files in one loop": """
        def run(self):
            db = self.get_database_service()
            try:
                for name, text in {"summary.json": "{}", "more.txt": "more"}.items():
                    db.create_plan_content({"filename": name, "content": text})
                    (self.run_id_dir / name).write_text(text)
            finally:
                db.close()
    """,
    "names from comprehensions, lambdas, the walrus and match": """
        def run(self):
            db = self.get_database_service()
            try:
                pairs = {key: [x for x in value] for key, value in self.data.items()}
                first = sorted(pairs, key=lambda item: (item, len(pairs)))
                if (found := first[:1]) and all(y for y in found):
                    first = found
                match first:
                    case [one, *rest]:
                        text = f"{one}{rest}"
                    case {"a": a, **others}:
                        text = f"{a}{others}"
                    case other:
                        text = str(other)
                class Local:
                    size = len(text)
                    def of(self):
                        return __class__
                try:
                    text += str(Local.size)
                except (TypeError, ValueError) as problem:
                    logger.info("%s", problem)
                db.create_plan_content({"filename": "summary.json", "content": text})
                with self.output().open("w") as f:
                    f.write(text)
            finally:
                db.close()
    """,
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_code_has_no_finding(name: str) -> None:
    code = HEAD + textwrap.indent(textwrap.dedent(RIGHT[name]), "    ")
    compile(code, name, "exec")
    assert [f"{f.row}: {f.code} {f.message}" for f in findings(code)] == []
