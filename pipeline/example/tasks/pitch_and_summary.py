"""The whole plan in short, and a last critical look at it."""

import json
import logging
import os  # database-first steps
import tempfile  # database-first steps
import time  # database-first steps

from pipeline.example.domain.pitch import ConvertPitchToMarkdown, CreatePitch
from pipeline.example.domain.summary import ExecutiveSummary, Premortem, QuestionsAnswers, ReviewPlan
from pipeline.example.domain.wbs import WBSProject
from pipeline.example.filenames import FilenameEnum
from pipeline.llm.base import LLM
from pipeline.llm.executor import LLMExecutor
from pipeline.plan_task import PlanTask
from pipeline.speed_vs_detail import SpeedVsDetailEnum

from .strategic_planning import StrategicDecisionsMarkdownTask, ScenariosMarkdownTask
from .assumptions import ConsolidateAssumptionsMarkdownTask
from .planning import ProjectPlanTask
from .governance import ConsolidateGovernanceTask
from .resources import RelatedResourcesTask
from .team import TeamMarkdownTask
from .expert_review import SWOTAnalysisTask, ExpertReviewTask
from .documents import DataCollectionTask, MarkdownWithDocumentsToCreateAndFindTask
from .wbs import WBSProjectLevel1AndLevel2Task, WBSProjectLevel1AndLevel2AndLevel3Task

logger = logging.getLogger(__name__)


class CreatePitchTask(PlanTask):
    """What is said to people who have five minutes."""

    def requires(self):
        return {
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "project_plan": self.clone(ProjectPlanTask),
            "wbs_project": self.clone(WBSProjectLevel1AndLevel2Task),
            "related_resources": self.clone(RelatedResourcesTask),
        }

    def output(self):
        return self.local_target(FilenameEnum.PITCH_RAW)

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("Creating pitch...")

            # Read inputs from required tasks.
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["wbs_project"].open("r") as f:
                wbs_project = WBSProject.from_dict(json.load(f))
            with self.input()["related_resources"]["markdown"].open("r") as f:
                related_resources_markdown = f.read()

            # Only the outline: descriptions of tasks make a pitch tedious.
            wbs_outline = wbs_project.to_outline()
            query = (
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<structure>\n{wbs_outline}\n</structure>\n\n"
                f"<related-projects>\n{related_resources_markdown}\n</related-projects>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "create_pitch",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            # Execute.
            create_pitch = CreatePitch.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": json.dumps({'prompt': create_pitch.prompt, 'pitch': create_pitch.response}, indent=2),
            })
            interaction_id = None
            pitch_dict = {
                "prompt": create_pitch.prompt,
                "pitch": create_pitch.response,
            }

            pitch_raw_content = json.dumps(pitch_dict, indent=2)  # Step 6: persist 020-1-pitch_raw.json
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.PITCH_RAW.value,
                "stage": "create_pitch",
                "content_type": "json",
                "content": pitch_raw_content,
            })

            # Save the raw output.
            with self.output().open("w") as f:
                json.dump(pitch_dict, f, indent=2)
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


class ConvertPitchToMarkdownTask(PlanTask):
    """The pitch as a page."""

    def requires(self):
        return {
            "pitch": self.clone(CreatePitchTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.PITCH_TO_MARKDOWN_RAW),
            "markdown": self.local_target(FilenameEnum.PITCH_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["pitch"].open("r") as f:
                pitch_json = json.load(f)["pitch"]

            # Build the query.
            query = json.dumps(pitch_json, indent=2)

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "convert_pitch_to_markdown",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            # Execute and save the results.
            converted = ConvertPitchToMarkdown.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(converted.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 020-2-pitch_to_markdown_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.PITCH_TO_MARKDOWN_RAW.value,
                "stage": "convert_pitch_to_markdown",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = converted.markdown  # Step 6: persist 020-3-pitch.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.PITCH_MARKDOWN.value,
                "stage": "convert_pitch_to_markdown",
                "content_type": "markdown",
                "content": markdown_content,
            })
            json_path = self.output()["raw"].path
            converted.save_raw(json_path)
            markdown_path = self.output()["markdown"].path
            converted.save_markdown(markdown_path)
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


class ReviewPlanTask(PlanTask):
    """Ask a reviewer one question after another."""

    def requires(self):
        return {
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "project_plan": self.clone(ProjectPlanTask),
            "data_collection": self.clone(DataCollectionTask),
            "related_resources": self.clone(RelatedResourcesTask),
            "swot_analysis": self.clone(SWOTAnalysisTask),
            "team_markdown": self.clone(TeamMarkdownTask),
            "pitch_markdown": self.clone(ConvertPitchToMarkdownTask),
            "expert_review": self.clone(ExpertReviewTask),
            "wbs_project123": self.clone(WBSProjectLevel1AndLevel2AndLevel3Task),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.REVIEW_PLAN_RAW),
            "markdown": self.local_target(FilenameEnum.REVIEW_PLAN_MARKDOWN),
        }

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["consolidate_assumptions_markdown"]["short"].open("r") as f:
                assumptions_markdown = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["data_collection"]["markdown"].open("r") as f:
                data_collection_markdown = f.read()
            with self.input()["related_resources"]["markdown"].open("r") as f:
                related_resources_markdown = f.read()
            with self.input()["swot_analysis"]["markdown"].open("r") as f:
                swot_analysis_markdown = f.read()
            with self.input()["team_markdown"].open("r") as f:
                team_markdown = f.read()
            with self.input()["pitch_markdown"]["markdown"].open("r") as f:
                pitch_markdown = f.read()
            with self.input()["expert_review"].open("r") as f:
                expert_review = f.read()
            with self.input()["wbs_project123"]["csv"].open("r") as f:
                wbs_project_csv = f.read()

            # Build the document to review.
            document = (
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{assumptions_markdown}\n</assumptions>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<data-to-collect>\n{data_collection_markdown}\n</data-to-collect>\n\n"
                f"<related-projects>\n{related_resources_markdown}\n</related-projects>\n\n"
                f"<swot>\n{swot_analysis_markdown}\n</swot>\n\n"
                f"<team>\n{team_markdown}\n</team>\n\n"
                f"<pitch>\n{pitch_markdown}\n</pitch>\n\n"
                f"<expert-review>\n{expert_review}\n</expert-review>\n\n"
                f"<structure>\n{wbs_project_csv}\n</structure>"
            )

            llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"  # Step 3: LLM interaction, pending
            interaction_id = db_service.create_llm_interaction({
                "plan_id": plan_id,
                "llm_model": llm_model,
                "stage": "review_plan",
                "status": "pending",
                "prompt_text": document,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            # Perform the review.
            review_plan = ReviewPlan.execute(llm_executor=llm_executor, document=document)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(review_plan.to_dict(), indent=2)  # Step 5: the answer
            last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
            db_service.update_llm_interaction(interaction_id, {
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
                "llm_model": getattr(last_attempt, "llm_model", llm_model),
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 024-1-review_plan_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.REVIEW_PLAN_RAW.value,
                "stage": "review_plan",
                "content_type": "json",
                "content": raw_content,
            })

            # Save the results.
            json_path = self.output()["raw"].path
            review_plan.save_raw(json_path)
            markdown_path = self.output()["markdown"].path

            with tempfile.TemporaryDirectory() as scratch_dir:  # Step 6: persist 024-2-review_plan.md
                scratch_path = os.path.join(scratch_dir, "content.md")
                review_plan.save_markdown(scratch_path)
                with open(scratch_path, encoding="utf-8", newline="") as scratch_file:
                    markdown_content = scratch_file.read()
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.REVIEW_PLAN_MARKDOWN.value,
                "stage": "review_plan",
                "content_type": "markdown",
                "content": markdown_content,
            })
            review_plan.save_markdown(markdown_path)
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


class ExecutiveSummaryTask(PlanTask):
    """The plan on one page."""

    def requires(self):
        return {
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "project_plan": self.clone(ProjectPlanTask),
            "data_collection": self.clone(DataCollectionTask),
            "related_resources": self.clone(RelatedResourcesTask),
            "swot_analysis": self.clone(SWOTAnalysisTask),
            "team_markdown": self.clone(TeamMarkdownTask),
            "pitch_markdown": self.clone(ConvertPitchToMarkdownTask),
            "expert_review": self.clone(ExpertReviewTask),
            "wbs_project123": self.clone(WBSProjectLevel1AndLevel2AndLevel3Task),
            "review_plan": self.clone(ReviewPlanTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.EXECUTIVE_SUMMARY_RAW),
            "markdown": self.local_target(FilenameEnum.EXECUTIVE_SUMMARY_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["consolidate_assumptions_markdown"]["short"].open("r") as f:
                assumptions_markdown = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["data_collection"]["markdown"].open("r") as f:
                data_collection_markdown = f.read()
            with self.input()["related_resources"]["markdown"].open("r") as f:
                related_resources_markdown = f.read()
            with self.input()["swot_analysis"]["markdown"].open("r") as f:
                swot_analysis_markdown = f.read()
            with self.input()["team_markdown"].open("r") as f:
                team_markdown = f.read()
            with self.input()["pitch_markdown"]["markdown"].open("r") as f:
                pitch_markdown = f.read()
            with self.input()["expert_review"].open("r") as f:
                expert_review = f.read()
            with self.input()["wbs_project123"]["csv"].open("r") as f:
                wbs_project_csv = f.read()
            with self.input()["review_plan"]["markdown"].open("r") as f:
                review_plan_markdown = f.read()

            # Build the query.
            query = (
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{assumptions_markdown}\n</assumptions>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<data-to-collect>\n{data_collection_markdown}\n</data-to-collect>\n\n"
                f"<related-projects>\n{related_resources_markdown}\n</related-projects>\n\n"
                f"<swot>\n{swot_analysis_markdown}\n</swot>\n\n"
                f"<team>\n{team_markdown}\n</team>\n\n"
                f"<pitch>\n{pitch_markdown}\n</pitch>\n\n"
                f"<expert-review>\n{expert_review}\n</expert-review>\n\n"
                f"<structure>\n{wbs_project_csv}\n</structure>\n\n"
                f"<review>\n{review_plan_markdown}\n</review>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "executive_summary",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            # Create the executive summary.
            executive_summary = ExecutiveSummary.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(executive_summary.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 025-1-executive_summary_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.EXECUTIVE_SUMMARY_RAW.value,
                "stage": "executive_summary",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = executive_summary.to_markdown()  # Step 6: persist 025-2-executive_summary.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.EXECUTIVE_SUMMARY_MARKDOWN.value,
                "stage": "executive_summary",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Save the results.
            json_path = self.output()["raw"].path
            executive_summary.save_raw(json_path)
            markdown_path = self.output()["markdown"].path
            executive_summary.save_markdown(markdown_path)
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


class QuestionsAndAnswersTask(PlanTask):
    """What readers will ask."""

    def requires(self):
        return {
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "team_markdown": self.clone(TeamMarkdownTask),
            "related_resources": self.clone(RelatedResourcesTask),
            "consolidate_governance": self.clone(ConsolidateGovernanceTask),
            "swot_analysis": self.clone(SWOTAnalysisTask),
            "pitch_markdown": self.clone(ConvertPitchToMarkdownTask),
            "data_collection": self.clone(DataCollectionTask),
            "documents_to_create_and_find": self.clone(MarkdownWithDocumentsToCreateAndFindTask),
            "wbs_project123": self.clone(WBSProjectLevel1AndLevel2AndLevel3Task),
            "expert_review": self.clone(ExpertReviewTask),
            "project_plan": self.clone(ProjectPlanTask),
            "review_plan": self.clone(ReviewPlanTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.QUESTIONS_AND_ANSWERS_RAW),
            "markdown": self.local_target(FilenameEnum.QUESTIONS_AND_ANSWERS_MARKDOWN),
            "html": self.local_target(FilenameEnum.QUESTIONS_AND_ANSWERS_HTML),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["consolidate_assumptions_markdown"]["short"].open("r") as f:
                assumptions_markdown = f.read()
            with self.input()["team_markdown"].open("r") as f:
                team_markdown = f.read()
            with self.input()["related_resources"]["markdown"].open("r") as f:
                related_resources_markdown = f.read()
            with self.input()["consolidate_governance"].open("r") as f:
                governance_markdown = f.read()
            with self.input()["swot_analysis"]["markdown"].open("r") as f:
                swot_analysis_markdown = f.read()
            with self.input()["pitch_markdown"]["markdown"].open("r") as f:
                pitch_markdown = f.read()
            with self.input()["data_collection"]["markdown"].open("r") as f:
                data_collection_markdown = f.read()
            with self.input()["documents_to_create_and_find"].open("r") as f:
                documents_markdown = f.read()
            with self.input()["wbs_project123"]["csv"].open("r") as f:
                wbs_project_csv = f.read()
            with self.input()["expert_review"].open("r") as f:
                expert_review = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["review_plan"]["markdown"].open("r") as f:
                review_plan_markdown = f.read()

            # Build the query.
            query = (
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{assumptions_markdown}\n</assumptions>\n\n"
                f"<team>\n{team_markdown}\n</team>\n\n"
                f"<related-projects>\n{related_resources_markdown}\n</related-projects>\n\n"
                f"<governance>\n{governance_markdown}\n</governance>\n\n"
                f"<swot>\n{swot_analysis_markdown}\n</swot>\n\n"
                f"<pitch>\n{pitch_markdown}\n</pitch>\n\n"
                f"<data-to-collect>\n{data_collection_markdown}\n</data-to-collect>\n\n"
                f"<documents>\n{documents_markdown}\n</documents>\n\n"
                f"<structure>\n{wbs_project_csv}\n</structure>\n\n"
                f"<expert-review>\n{expert_review}\n</expert-review>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<review>\n{review_plan_markdown}\n</review>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "questions_and_answers",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            # Invoke the LLM.
            question_answers = QuestionsAnswers.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(question_answers.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 027-1-questions_and_answers_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.QUESTIONS_AND_ANSWERS_RAW.value,
                "stage": "questions_and_answers",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = question_answers.to_markdown()  # Step 6: persist 027-2-questions_and_answers.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.QUESTIONS_AND_ANSWERS_MARKDOWN.value,
                "stage": "questions_and_answers",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Save the results.
            json_path = self.output()["raw"].path
            question_answers.save_raw(json_path)
            markdown_path = self.output()["markdown"].path
            question_answers.save_markdown(markdown_path)
            html_path = self.output()["html"].path

            with tempfile.TemporaryDirectory() as scratch_dir:  # Step 6: persist 027-3-questions_and_answers.html
                scratch_path = os.path.join(scratch_dir, "content.html")
                question_answers.save_html(scratch_path)
                with open(scratch_path, encoding="utf-8", newline="") as scratch_file:
                    html_content = scratch_file.read()
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.QUESTIONS_AND_ANSWERS_HTML.value,
                "stage": "questions_and_answers",
                "content_type": "html",
                "content": html_content,
            })
            question_answers.save_html(html_path)
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


class PremortemTask(PlanTask):
    """The plan has failed. Why?"""

    def requires(self):
        return {
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "team_markdown": self.clone(TeamMarkdownTask),
            "related_resources": self.clone(RelatedResourcesTask),
            "consolidate_governance": self.clone(ConsolidateGovernanceTask),
            "swot_analysis": self.clone(SWOTAnalysisTask),
            "pitch_markdown": self.clone(ConvertPitchToMarkdownTask),
            "data_collection": self.clone(DataCollectionTask),
            "documents_to_create_and_find": self.clone(MarkdownWithDocumentsToCreateAndFindTask),
            "wbs_project123": self.clone(WBSProjectLevel1AndLevel2AndLevel3Task),
            "expert_review": self.clone(ExpertReviewTask),
            "project_plan": self.clone(ProjectPlanTask),
            "review_plan": self.clone(ReviewPlanTask),
            "questions_and_answers": self.clone(QuestionsAndAnswersTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.PREMORTEM_RAW),
            "markdown": self.local_target(FilenameEnum.PREMORTEM_MARKDOWN),
        }

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["consolidate_assumptions_markdown"]["short"].open("r") as f:
                assumptions_markdown = f.read()
            with self.input()["team_markdown"].open("r") as f:
                team_markdown = f.read()
            with self.input()["related_resources"]["markdown"].open("r") as f:
                related_resources_markdown = f.read()
            with self.input()["consolidate_governance"].open("r") as f:
                governance_markdown = f.read()
            with self.input()["swot_analysis"]["markdown"].open("r") as f:
                swot_analysis_markdown = f.read()
            with self.input()["pitch_markdown"]["markdown"].open("r") as f:
                pitch_markdown = f.read()
            with self.input()["data_collection"]["markdown"].open("r") as f:
                data_collection_markdown = f.read()
            with self.input()["documents_to_create_and_find"].open("r") as f:
                documents_markdown = f.read()
            with self.input()["wbs_project123"]["csv"].open("r") as f:
                wbs_project_csv = f.read()
            with self.input()["expert_review"].open("r") as f:
                expert_review = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["review_plan"]["markdown"].open("r") as f:
                review_plan_markdown = f.read()
            with self.input()["questions_and_answers"]["markdown"].open("r") as f:
                questions_and_answers_markdown = f.read()

            # Build the query.
            query = (
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{assumptions_markdown}\n</assumptions>\n\n"
                f"<team>\n{team_markdown}\n</team>\n\n"
                f"<related-projects>\n{related_resources_markdown}\n</related-projects>\n\n"
                f"<governance>\n{governance_markdown}\n</governance>\n\n"
                f"<swot>\n{swot_analysis_markdown}\n</swot>\n\n"
                f"<pitch>\n{pitch_markdown}\n</pitch>\n\n"
                f"<data-to-collect>\n{data_collection_markdown}\n</data-to-collect>\n\n"
                f"<documents>\n{documents_markdown}\n</documents>\n\n"
                f"<structure>\n{wbs_project_csv}\n</structure>\n\n"
                f"<expert-review>\n{expert_review}\n</expert-review>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<review>\n{review_plan_markdown}\n</review>\n\n"
                f"<questions-and-answers>\n{questions_and_answers_markdown}\n</questions-and-answers>"
            )

            # A quick run looks from one angle only.
            angles = Premortem.ANGLES
            if self.speedvsdetail == SpeedVsDetailEnum.FAST_BUT_SKIP_DETAILS:
                angles = angles[:1]

            llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"  # Step 3: LLM interaction, pending
            interaction_id = db_service.create_llm_interaction({
                "plan_id": plan_id,
                "llm_model": llm_model,
                "stage": "premortem",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            # Invoke the LLM.
            premortem = Premortem.execute(llm_executor, query, angles=angles)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(premortem.to_dict(), indent=2)  # Step 5: the answer
            last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
            db_service.update_llm_interaction(interaction_id, {
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
                "llm_model": getattr(last_attempt, "llm_model", llm_model),
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 028-1-premortem_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.PREMORTEM_RAW.value,
                "stage": "premortem",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = premortem.to_markdown()  # Step 6: persist 028-2-premortem.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.PREMORTEM_MARKDOWN.value,
                "stage": "premortem",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Save the results.
            json_path = self.output()["raw"].path
            premortem.save_raw(json_path)
            markdown_path = self.output()["markdown"].path
            premortem.save_markdown(markdown_path)
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
