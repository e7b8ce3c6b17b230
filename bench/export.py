"""`pipeline export` of many interactions: how long it takes, and that its memory does not grow with their number.

python -m bench.export [NUMBER]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from pipeline.database import migrate
from pipeline.database.engine import get_engine
from pipeline.database.models import LLMInteraction, table_of
from pipeline.database.service import DatabaseService

FORMS = ("jsonl", "messages", "csv")
PROMPT, RESPONSE = "Grow tea. " * 20, "It grows. " * 20
_BATCH = 10_000

_PROGRAM = """
import resource, sys
from pipeline.cli.main import main
try:
    main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def fill(url: str, plan_id: str, number: int) -> None:
    """Write a plan with so many completed interactions."""
    engine = get_engine(url)
    migrate.upgrade(engine)
    began = datetime(2025, 10, 1, tzinfo=UTC)
    DatabaseService(engine).create_plan(
        plan_id, prompt="tea", started_at=began, speed_vs_detail="fast", llm_models=("m",)
    )
    common = {
        "plan_id": plan_id,
        "stage": "s",
        "llm_model": "m",
        "status": "completed",
        "prompt_text": PROMPT,
        "response_text": RESPONSE,
        "created_at": began,
    }
    for first in range(0, number, _BATCH):
        rows = [
            {**common, "interaction_key": f"{plan_id}-{n}"} for n in range(first, min(number, first + _BATCH))
        ]
        with engine.begin() as connection:
            connection.execute(insert(table_of(LLMInteraction)), rows)


def exported(url: str, plan_id: str, form: str, directory: Path) -> tuple[float, int, int]:
    """Return seconds, the largest resident size in KiB, and bytes written, of an export in a process of its own."""
    output = directory / f"{plan_id}.{form}"
    began = time.perf_counter()
    process = subprocess.run(
        [sys.executable, "-c", _PROGRAM, "-q", "export", plan_id, "--format", form, "--output", str(output)],
        env={"PIPELINE_DATABASE_URL": url, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - began
    size = output.stat().st_size
    output.unlink()
    return seconds, int(process.stderr.split()[-1]), size


def main() -> None:
    """Print a line for each form, of a thousandth of the number and of the number."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/pipeline.db"
        plans = {"few": max(1, number // 1000), "many": number}
        for plan_id, count in plans.items():
            fill(url, plan_id, count)
        print(f"{'form':<10}{'calls':>12}{'seconds':>10}{'MiB written':>14}{'MiB resident':>14}")
        for form in FORMS:
            for plan_id, count in plans.items():
                seconds, resident, size = exported(url, plan_id, form, Path(directory))
                print(f"{form:<10}{count:>12,}{seconds:>10.1f}{size / 2**20:>14.1f}{resident / 2**10:>14.1f}")


if __name__ == "__main__":
    main()
