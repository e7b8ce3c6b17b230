"""Whether to start, and the project plan."""

import json
import logging
import time  # database-first steps

from pipeline.example.domain.planning import PreProjectAssessment, ProjectPlan
from pipeline.example.filenames import FilenameEnum
from pipeline.llm.base import LLM
from pipeline.plan_task import PlanTask

from .setup import SetupTask
from .strategic_planning import StrategicDecisionsMarkdownTask, ScenariosMarkdownTask
from .assumptions import ConsolidateAssumptionsMarkdownTask

logger = logging.getLogger(__name__)


class PreProjectAssessmentTask(PlanTask):
    """What has to be done before the project may start."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.PRE_PROJECT_ASSESSMENT_RAW),
            "clean": self.local_target(FilenameEnum.PRE_PROJECT_ASSESSMENT_CLEAN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("Conducting pre-project assessment...")

            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["consolidate_assumptions_markdown"]["short"].open("r") as f:
                consolidate_assumptions_markdown = f.read()

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "pre_project_assessment",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            pre_project_assessment = PreProjectAssessment.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(pre_project_assessment.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 004-1-pre_project_assessment_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.PRE_PROJECT_ASSESSMENT_RAW.value,
                "stage": "pre_project_assessment",
                "content_type": "json",
                "content": raw_content,
            })
            # Step 6: persist 004-2-pre_project_assessment.json
            clean_content = json.dumps(pre_project_assessment.preproject_assessment, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.PRE_PROJECT_ASSESSMENT_CLEAN.value,
                "stage": "pre_project_assessment",
                "content_type": "json",
                "content": clean_content,
            })

            # Write the result to disk.
            pre_project_assessment.save_raw(str(self.output()["raw"].path))
            pre_project_assessment.save_preproject_assessment(str(self.output()["clean"].path))
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


class ProjectPlanTask(PlanTask):
    """Goal, means, people, law and milestones."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "preproject": self.clone(PreProjectAssessmentTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.PROJECT_PLAN_RAW),
            "markdown": self.local_target(FilenameEnum.PROJECT_PLAN_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("Creating project plan...")

            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["consolidate_assumptions_markdown"]["short"].open("r") as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()["preproject"]["clean"].open("r") as f:
                pre_project_assessment = json.load(f)

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<assessment>\n{json.dumps(pre_project_assessment, indent=2)}\n</assessment>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "project_plan",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            project_plan = ProjectPlan.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(project_plan.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 005-1-project_plan_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.PROJECT_PLAN_RAW.value,
                "stage": "project_plan",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = project_plan.to_markdown()  # Step 6: persist 005-2-project_plan.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.PROJECT_PLAN_MARKDOWN.value,
                "stage": "project_plan",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Write the result to disk.
            output_raw_path = self.output()["raw"].path
            project_plan.save_raw(output_raw_path)
            output_markdown_path = self.output()["markdown"].path
            project_plan.save_markdown(output_markdown_path)

            logger.info("Project plan created and saved")
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
