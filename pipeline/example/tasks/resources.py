"""What others have done before."""

import json  # database-first steps
import logging
import time  # database-first steps

from pipeline.example.domain.related_resources import RelatedResources
from pipeline.example.filenames import FilenameEnum
from pipeline.llm.base import LLM
from pipeline.plan_task import PlanTask

from .setup import SetupTask
from .strategic_planning import StrategicDecisionsMarkdownTask, ScenariosMarkdownTask
from .assumptions import ConsolidateAssumptionsMarkdownTask
from .planning import ProjectPlanTask

logger = logging.getLogger(__name__)


class RelatedResourcesTask(PlanTask):
    """Find projects that were like this one."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "project_plan": self.clone(ProjectPlanTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.RELATED_RESOURCES_RAW),
            "markdown": self.local_target(FilenameEnum.RELATED_RESOURCES_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["consolidate_assumptions_markdown"]["short"].open("r") as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "related_resources",
                "status": "pending",
                "prompt_text": query,
            }).id

            # Execute.
            try:
                start_time = time.perf_counter()  # Step 4: the LLM call, timed
                related_resources = RelatedResources.execute(llm, query)
                duration_seconds = time.perf_counter() - start_time
            except Exception as e:
                if interaction_id is not None:  # Step 8: LLM interaction, failed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": f"{type(e).__name__}: {e}",
                    })
                    interaction_id = None
                logger.error("No related projects were found: %s", e)
                raise
            else:
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": json.dumps(related_resources.to_dict(), indent=2),
                })
                interaction_id = None

            # Step 6: persist 007-1-related_resources_raw.json
            raw_content = json.dumps(related_resources.to_dict(), indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.RELATED_RESOURCES_RAW.value,
                "stage": "related_resources",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = related_resources.to_markdown()  # Step 6: persist 007-8-related_resources.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.RELATED_RESOURCES_MARKDOWN.value,
                "stage": "related_resources",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Save the results.
            raw_path = self.output()["raw"].path
            related_resources.save_raw(str(raw_path))
            markdown_path = self.output()["markdown"].path
            related_resources.save_markdown(str(markdown_path))
        except BaseException as error:
            if interaction_id is not None:  # Step 8: LLM interaction, failed; also on Ctrl-C
                db_service.update_llm_interaction(interaction_id, {
                    "status": "failed",
                    "error_message": f"{type(error).__name__}: {error}",
                })
            raise
        finally:
            if db_service is not None:  # Step 9: close the database service
                db_service.close()
