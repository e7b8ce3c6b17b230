"""A task that says things in every way there is, and then fails."""

import logging
import os
import sys
import threading
import warnings

import luigi

from pipeline.plan_task import PlanTask

logger = logging.getLogger(__name__)


class Chatty(PlanTask):
    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(self.run_id_dir / "chatty.txt")

    def run_inner(self) -> None:
        secret = os.environ["EXAMPLE_API_KEY"]
        database = self.get_database_service()
        call = database.create_llm_interaction(
            {"plan_id": self.get_plan_id(), "llm_model": "m", "stage": "s", "prompt_text": "t"}
        )
        logger.warning("between %s", secret)
        thread = threading.Thread(target=logger.warning, args=("in a thread",))
        thread.start()
        thread.join()
        sys.stderr.write(f"printed {secret}\n")
        warnings.warn("a warning", stacklevel=1)
        database.update_llm_interaction(call.id, {"status": "completed", "response_text": "a"})
        logger.error("moves \x1b[2J the cursor")
        # Not a mishap that was foreseen: it has a traceback.
        raise ZeroDivisionError(secret)
