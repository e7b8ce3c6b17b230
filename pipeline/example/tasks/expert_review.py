"""The plan seen from the outside: SWOT analysis and expert criticism."""

import json
import logging
import time  # database-first steps

from pipeline.example.domain.expert_review import ExpertCriticism, ExpertFinder, ExpertOrchestrator
from pipeline.example.domain.swot import SWOTAnalysis
from pipeline.example.filenames import FilenameEnum
from pipeline.llm.base import LLM
from pipeline.llm.executor import LLMExecutor
from pipeline.plan_task import PlanTask
from pipeline.speed_vs_detail import SpeedVsDetailEnum

from .setup import SetupTask
from .analysis import IdentifyPurposeTask
from .strategic_planning import StrategicDecisionsMarkdownTask, ScenariosMarkdownTask
from .assumptions import ConsolidateAssumptionsMarkdownTask
from .planning import PreProjectAssessmentTask, ProjectPlanTask
from .resources import RelatedResourcesTask

logger = logging.getLogger(__name__)


class SWOTAnalysisTask(PlanTask):
    """Strengths, weaknesses, opportunities and threats."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "preproject": self.clone(PreProjectAssessmentTask),
            "project_plan": self.clone(ProjectPlanTask),
            "related_resources": self.clone(RelatedResourcesTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.SWOT_ANALYSIS_RAW),
            "markdown": self.local_target(FilenameEnum.SWOT_ANALYSIS_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("SWOTAnalysis: loading files...")

            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["identify_purpose"]["raw"].open("r") as f:
                identify_purpose_dict = json.load(f)
            with self.input()["consolidate_assumptions_markdown"]["short"].open("r") as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()["preproject"]["clean"].open("r") as f:
                pre_project_assessment = json.load(f)
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["related_resources"]["markdown"].open("r") as f:
                related_resources_markdown = f.read()

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<assessment>\n{json.dumps(pre_project_assessment, indent=2)}\n</assessment>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<related-projects>\n{related_resources_markdown}\n</related-projects>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "swot_analysis",
                "status": "pending",
                "prompt_text": json.dumps(
                    {"query": query, "identify_purpose_dict": identify_purpose_dict}, ensure_ascii=False,
                    default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                ),
            }).id

            # Execute.
            try:
                start_time = time.perf_counter()  # Step 4: the LLM call, timed
                # The purpose decides about the tone, so it is not part of the query.
                swot_analysis = SWOTAnalysis.execute(llm=llm, query=query, identify_purpose_dict=identify_purpose_dict)
                duration_seconds = time.perf_counter() - start_time
            except Exception as e:
                if interaction_id is not None:  # Step 8: LLM interaction, failed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": f"{type(e).__name__}: {e}",
                    })
                    interaction_id = None
                logger.error("SWOT analysis failed: %s", e)
                raise
            else:
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": json.dumps(swot_analysis.to_dict(), indent=2),
                })
                interaction_id = None

            # Save the raw output.
            swot_raw_dict = swot_analysis.to_dict()

            raw_content = json.dumps(swot_raw_dict, indent=2)  # Step 6: persist 014-1-swot_analysis_raw.json
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.SWOT_ANALYSIS_RAW.value,
                "stage": "swot_analysis",
                "content_type": "json",
                "content": raw_content,
            })
            with self.output()["raw"].open("w") as f:
                json.dump(swot_raw_dict, f, indent=2)

            # Save the page.
            markdown = swot_analysis.markdown

            db_service.create_plan_content({  # Step 6: persist 014-2-swot_analysis.md
                "plan_id": plan_id,
                "filename": FilenameEnum.SWOT_ANALYSIS_MARKDOWN.value,
                "stage": "swot_analysis",
                "content_type": "markdown",
                "content": markdown,
            })
            with open(self.output()["markdown"].path, "w", encoding="utf-8") as f:
                f.write(markdown)

            logger.info("SWOTAnalysis: done")
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


class ExpertReviewTask(PlanTask):
    """Let experts criticise the plan."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "preproject": self.clone(PreProjectAssessmentTask),
            "project_plan": self.clone(ProjectPlanTask),
            "swot_analysis": self.clone(SWOTAnalysisTask),
        }

    def output(self):
        return self.local_target(FilenameEnum.EXPERT_CRITICISM_MARKDOWN)

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("Finding experts to review the plan...")
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["preproject"]["clean"].open("r") as f:
                pre_project_assessment = json.load(f)
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["swot_analysis"]["markdown"].open("r") as f:
                swot_markdown = f.read()

            # Build the query.
            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assessment>\n{json.dumps(pre_project_assessment, indent=2)}\n</assessment>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<swot>\n{swot_markdown}\n</swot>"
            )

            # The answers come in one by one; each is written as soon as it is there.
            def phase1_post_callback(expert_finder: ExpertFinder) -> None:
                # Step 6: persist 015-1-experts_raw.json
                experts_raw_content = json.dumps(expert_finder.to_dict(), indent=2)
                db_service.create_plan_content({
                    "plan_id": plan_id,
                    "filename": FilenameEnum.EXPERTS_RAW.value,
                    "stage": "expert_review",
                    "content_type": "json",
                    "content": experts_raw_content,
                })
                experts_content = json.dumps(expert_finder.expert_list, indent=2)  # Step 6: persist 015-2-experts.json
                db_service.create_plan_content({
                    "plan_id": plan_id,
                    "filename": FilenameEnum.EXPERTS_CLEAN.value,
                    "stage": "expert_review",
                    "content_type": "json",
                    "content": experts_content,
                })
                raw_path = self.file_path(FilenameEnum.EXPERTS_RAW)
                cleaned_path = self.file_path(FilenameEnum.EXPERTS_CLEAN)
                expert_finder.save_raw(str(raw_path))
                expert_finder.save_cleanedup(str(cleaned_path))

            def phase2_post_callback(expert_criticism: ExpertCriticism, expert_index: int) -> None:
                # Step 6: persist FilenameEnum.EXPERT_CRITICISM_RAW_TEMPLATE.format(expert_index + 1)
                file_content = json.dumps(expert_criticism.to_dict(), indent=2)
                db_service.create_plan_content({
                    "plan_id": plan_id,
                    "filename": FilenameEnum.EXPERT_CRITICISM_RAW_TEMPLATE.format(expert_index + 1),
                    "stage": "expert_review",
                    "content_type": "json",
                    "content": file_content,
                })
                file_path = self.run_id_dir / FilenameEnum.EXPERT_CRITICISM_RAW_TEMPLATE.format(expert_index + 1)
                expert_criticism.save_raw(str(file_path))

            # Execute the expert orchestration.
            expert_orchestrator = ExpertOrchestrator()
            if self.speedvsdetail == SpeedVsDetailEnum.FAST_BUT_SKIP_DETAILS:
                expert_orchestrator.max_expert_count = 2
            expert_orchestrator.phase1_post_callback = phase1_post_callback
            expert_orchestrator.phase2_post_callback = phase2_post_callback

            llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"  # Step 3: LLM interaction, pending
            interaction_id = db_service.create_llm_interaction({
                "plan_id": plan_id,
                "llm_model": llm_model,
                "stage": "expert_review",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed
            expert_orchestrator.execute(llm_executor, query)
            duration_seconds = time.perf_counter() - start_time
            last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
            db_service.update_llm_interaction(interaction_id, {
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": json.dumps(expert_orchestrator.to_dict(), indent=2, default=str),
                "llm_model": getattr(last_attempt, "llm_model", llm_model),
            })
            interaction_id = None
            expert_criticism_content = expert_orchestrator.to_markdown()  # Step 6: persist 016-2-expert_criticism.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.EXPERT_CRITICISM_MARKDOWN.value,
                "stage": "expert_review",
                "content_type": "markdown",
                "content": expert_criticism_content,
            })

            # Write the final document.
            expert_criticism_path = self.file_path(FilenameEnum.EXPERT_CRITICISM_MARKDOWN)
            with expert_criticism_path.open("w", encoding="utf-8") as f:
                f.write(expert_orchestrator.to_markdown())
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
