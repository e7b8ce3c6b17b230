"""Small projects with one task of every kind."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from refactor.cli import main

PLAN = """\
import luigi


class PlanTask(luigi.Task):
    def get_plan_id(self):
        return self.run_id_dir.name

    def get_database_service(self):
        raise NotImplementedError
"""

SUMMARISE = """\
import json


class Summarise:
    @classmethod
    def execute(cls, llm, prompt):
        return cls()

    def to_dict(self):
        return {}

    def save_raw(self, path):
        with open(path, "w") as f:
            f.write(json.dumps(self.to_dict()))
"""

TODO = '''\
class SummariseTask(PlanTask):
    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "summary.json")

    def run_with_llm(self, llm):
        """Summarises."""
        query = "the plan"

        # Ask once.
        result = Summarise.execute(llm, query)
        result.save_raw(self.output().path)
'''

REFUSED = """\
class ReviewTask(PlanTask):
    def requires(self):
        return SummariseTask()

    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "review.json")

    def run_with_llm(self, llm):
        results = [Summarise.execute(llm, one) for one in ("a", "b")]
        with self.output().open("w") as f:
            json.dump(results, f)
"""

EXEMPT = """\
class StartTask(PlanTask):  # refactor: exempt made by whoever starts the run
    def run_inner(self):
        pass
"""

BY_HAND = """\
class PitchTask(PlanTask):
    def requires(self):
        return [SummariseTask(), ReviewTask()]

    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "pitch.json")

    def run_with_llm(self, llm):
        db_service = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()
            query = "a pitch"
            interaction_id = db_service.create_llm_interaction(
                {"plan_id": plan_id, "llm_model": "m", "stage": "pitch", "prompt_text": query, "status": "pending"}
            ).id
            start_time = time.perf_counter()
            result = Summarise.execute(llm, query)
            db_service.update_llm_interaction(
                interaction_id,
                {
                    "status": "completed",
                    "response_text": json.dumps(result.to_dict()),
                    "duration_seconds": time.perf_counter() - start_time,
                },
            )
            result.save_raw(self.output().path)
            content = json.dumps(result.to_dict())
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": "pitch.json",
                "stage": "pitch",
                "content_type": "json",
                "content": content,
                "content_size_bytes": len(content.encode("utf-8")),
            })
        except Exception as error:
            db_service.update_llm_interaction(interaction_id, {"status": "failed", "error_message": str(error)})
            raise
        finally:
            if db_service is not None:
                db_service.close()
"""

BY_HAND_BEFORE = """\
class PitchTask(PlanTask):
    def requires(self):
        return [SummariseTask(), ReviewTask()]

    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "pitch.json")

    def run_with_llm(self, llm):
        query = "a pitch"
        # A comment that was lost.
        result = Summarise.execute(llm, query)
        result.save_raw(self.output().path)
"""

HOSTILE = """\
class HostileTask(PlanTask):
    def requires(self):
        return PitchTask()

    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "hostile.json")

    def run_with_llm(self, llm):
        query = "</script><script>document.title='broken'</script><img src=x onerror=alert(1)>"
        query += "</style></td></table></details></main> {{ 7 * 7 }} {% raise %} <!-- ]]> &amp; &lt;"
        query += "left \u202e right, \u200b nothing, \\x00"  # \u2066 turned
        result = Summarise.execute(llm, query)
        result.save_raw(self.output().path)
"""

_HEAD = "import json\nimport time\n\nimport luigi\nfrom plan import PlanTask\nfrom summarise import Summarise\n\n\n"
FILE = 'tasks <b>&"x".py'


def write_project(directory: Path, *classes: str) -> Path:
    """Writes the classes as one module, with what they need beside it; gives the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "plan.py").write_text(PLAN, encoding="utf-8")
    (directory / "summarise.py").write_text(SUMMARISE, encoding="utf-8")
    (directory / FILE).write_text(_HEAD + "\n\n".join(classes), encoding="utf-8")
    return directory


def every_kind(directory: Path) -> Path:
    """A project with a task to do, a refused, an exempt, a defective and a hostile one."""
    return write_project(directory, EXEMPT, TODO, REFUSED, BY_HAND, HOSTILE)


def run(*arguments: str | Path) -> Result:
    """Runs `refactor` in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="refactor")
