"""How the tables grow: megabytes a plan, and whether the queries use their indexes among many plans.

    python -m bench.tables --plans 1000

One plan is run; the others are copies of its rows with short contents, so that a thousand of them
fit anywhere. The sizes are those of the one plan in full.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import Engine, text

from pipeline.database import migrate
from pipeline.database.engine import URL_VARIABLE, get_engine
from tests.postgres import PostgresServer

PROMPT = "Open a repair café in Aarhus"
PLAN = "p1"

# What tasks, resume and show ask for, as pipeline.database.service asks for it.
QUERIES = {
    "one file": "SELECT content FROM plan_content WHERE plan_id = :plan AND filename = '029-report.html'",
    "files of a plan": "SELECT filename, content_sha256 FROM plan_content WHERE plan_id = :plan ORDER BY filename",
    "files of a stage": "SELECT plan_id, filename FROM plan_content WHERE stage = 'no_such_stage'",
    "interactions by status": "SELECT status, count(*) FROM llm_interactions WHERE plan_id = :plan GROUP BY status",
    "kept answers": "SELECT request_key FROM llm_answers WHERE plan_id = :plan",
}

COPIES = {
    "plans": "INSERT INTO plans (plan_id, status, created_at, updated_at) "
    "SELECT :copy, status, created_at, updated_at FROM plans WHERE plan_id = :plan",
    "plan_content": "INSERT INTO plan_content (plan_id, filename, stage, content_type, content, encoding, "
    "content_size_bytes, content_sha256, created_at, updated_at) SELECT :copy, filename, stage, content_type, "
    "substr(content, 1, 100), encoding, content_size_bytes, content_sha256, created_at, updated_at "
    "FROM plan_content WHERE plan_id = :plan",
    "llm_interactions": "INSERT INTO llm_interactions (interaction_key, plan_id, stage, llm_model, status, "
    "prompt_text, response_text, created_at, completed_at, duration_seconds) SELECT interaction_key || :copy, "
    ":copy, stage, llm_model, status, substr(prompt_text, 1, 100), substr(response_text, 1, 100), created_at, "
    "completed_at, duration_seconds FROM llm_interactions WHERE plan_id = :plan",
    "llm_answers": "INSERT INTO llm_answers (plan_id, request_key, llm_model, answer_text, created_at) "
    "SELECT :copy, request_key, llm_model, substr(answer_text, 1, 100), created_at "
    "FROM llm_answers WHERE plan_id = :plan",
}

# A text of an answer, such as one field of one risk, in words: a sentence, two, a paragraph.
LENGTHS = (20, 40, 80)

SIZES = {
    "plan_content": "content",
    "llm_interactions": "prompt_text || coalesce(response_text, '')",
    "llm_answers": "answer_text",
}


def run_plan(url: str, directory: Path, words: int | None = None) -> None:
    """Run one plan into the database, with answers of the offline model's length or of longer texts."""
    subprocess.run(
        [
            *(sys.executable, "-c", "from pipeline.cli.main import main; main()"),
            *("-q", "run", "--prompt", PROMPT, "--plan-id", PLAN),
        ],
        cwd=directory,
        env={**os.environ, URL_VARIABLE: url, **({"PIPELINE_OFFLINE_WORDS": str(words)} if words else {})},
        check=True,
        stderr=subprocess.DEVNULL,
    )


def milliseconds(engine: Engine, query: str) -> float:
    """How long a query takes, the best of several."""
    best = float("inf")
    with engine.connect() as connection:
        for _ in range(20):
            begin = time.perf_counter()
            connection.execute(text(query), {"plan": PLAN} if ":plan" in query else {}).all()
            best = min(best, time.perf_counter() - begin)
    return best * 1000


def query_plan(engine: Engine, query: str) -> str:
    """How the database goes about a query: the lines that read a table."""
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    with engine.connect() as connection:
        rows = connection.execute(text(explain + query), {"plan": PLAN} if ":plan" in query else {}).all()
    lines = [str(row[-1]).strip() for row in rows]
    return "; ".join(
        line.split("  (cost")[0] for line in lines if "Scan" in line or "SE" in line or "SCAN" in line
    )


def say_sizes(engine: Engine) -> None:
    """Print how much text each table holds."""
    total = 0
    with engine.connect() as connection:
        for table, column in SIZES.items():
            sqlite = engine.dialect.name == "sqlite"
            as_bytes = f"length(CAST({column} AS BLOB))" if sqlite else f"octet_length({column})"
            size, rows = connection.execute(text(f"SELECT sum({as_bytes}), count(*) FROM {table}")).one()  # noqa: S608
            total += size
            sys.stdout.write(f"  {table}: {rows} rows, {size / 1e6:.2f} MB of text\n")
    sys.stdout.write(f"  a plan: {total / 1e6:.2f} MB of text\n")


def report_lengths(directory: Path) -> None:
    """Print how a plan grows with the texts in its answers."""
    for words in (None, *LENGTHS):
        place = directory / f"words-{words}"
        place.mkdir()
        url = f"sqlite:///{place / 'pipeline.db'}"
        migrate.upgrade(get_engine(url))
        run_plan(url, place, words)
        sys.stdout.write(f"\n{words or 'three to seven'} words in each text of an answer\n")
        say_sizes(get_engine(url))
        sys.stdout.write(
            f"  the file: {sum(p.stat().st_size for p in place.glob('pipeline.db*')) / 1e6:.1f} MB\n"
        )


def report(name: str, url: str, plans: int, directory: Path) -> None:
    """Fill one database and print what it does."""
    engine = get_engine(url)
    migrate.upgrade(engine)
    directory.mkdir()
    run_plan(url, directory)
    sys.stdout.write(f"\n{name}\n")
    say_sizes(engine)
    before = {subject: milliseconds(engine, query) for subject, query in QUERIES.items()}
    with engine.begin() as connection:
        for number in range(plans - 1):
            for statement in COPIES.values():
                connection.execute(text(statement), {"plan": PLAN, "copy": f"copy-{number}"})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    for subject, query in QUERIES.items():
        after = milliseconds(engine, query)
        sys.stdout.write(f"  {subject}: {before[subject]:.2f} ms alone, {after:.2f} ms among {plans} plans\n")
        sys.stdout.write(f"      {query_plan(engine, query)}\n")


def main() -> None:
    """Fill both databases and print."""
    parser = argparse.ArgumentParser(description="Measure how the tables grow.")
    parser.add_argument("--plans", type=int, default=1000)
    plans: int = parser.parse_args().plans
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        report_lengths(directory)
        report("sqlite", f"sqlite:///{directory / 'pipeline.db'}", plans, directory / "sqlite")
        server = PostgresServer()
        try:
            report("postgres", server.url(), plans, directory / "postgres")
        finally:
            server.remove()


if __name__ == "__main__":
    main()
