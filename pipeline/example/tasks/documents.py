"""Data to collect and documents to find and to write."""

import json
import logging
import os  # database-first steps
import tempfile  # database-first steps
import time  # database-first steps

from pipeline.example.domain.data_collection import DataCollection
from pipeline.example.domain.documents import (
    DraftDocumentToCreate,
    DraftDocumentToFind,
    FilterDocumentsToCreate,
    FilterDocumentsToFind,
    IdentifyDocuments,
)
from pipeline.example.domain.documents_markdown import markdown_with_documents
from pipeline.example.filenames import FilenameEnum
from pipeline.llm.base import LLM
from pipeline.llm.executor import LLMExecutor, PipelineStopRequested
from pipeline.plan_task import PlanTask
from pipeline.speed_vs_detail import SpeedVsDetailEnum

from .analysis import IdentifyPurposeTask
from .strategic_planning import StrategicDecisionsMarkdownTask, ScenariosMarkdownTask
from .assumptions import ConsolidateAssumptionsMarkdownTask
from .planning import ProjectPlanTask
from .resources import RelatedResourcesTask
from .team import TeamMarkdownTask
from .expert_review import SWOTAnalysisTask, ExpertReviewTask

logger = logging.getLogger(__name__)


class DataCollectionTask(PlanTask):
    """What has to be found out before money is spent?"""

    def requires(self):
        return {
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "project_plan": self.clone(ProjectPlanTask),
            "related_resources": self.clone(RelatedResourcesTask),
            "swot_analysis": self.clone(SWOTAnalysisTask),
            "team_markdown": self.clone(TeamMarkdownTask),
            "expert_review": self.clone(ExpertReviewTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.DATA_COLLECTION_RAW),
            "markdown": self.local_target(FilenameEnum.DATA_COLLECTION_MARKDOWN),
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
                consolidate_assumptions_markdown = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["related_resources"]["markdown"].open("r") as f:
                related_resources_markdown = f.read()
            with self.input()["swot_analysis"]["markdown"].open("r") as f:
                swot_analysis_markdown = f.read()
            with self.input()["team_markdown"].open("r") as f:
                team_markdown = f.read()
            with self.input()["expert_review"].open("r") as f:
                expert_review = f.read()

            query = (
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<related-projects>\n{related_resources_markdown}\n</related-projects>\n\n"
                f"<swot>\n{swot_analysis_markdown}\n</swot>\n\n"
                f"<team>\n{team_markdown}\n</team>\n\n"
                f"<expert-review>\n{expert_review}\n</expert-review>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "data_collection",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            # Invoke the LLM.
            data_collection = DataCollection.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(data_collection.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 017-1-data_collection_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.DATA_COLLECTION_RAW.value,
                "stage": "data_collection",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = data_collection.to_markdown()  # Step 6: persist 017-2-data_collection.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.DATA_COLLECTION_MARKDOWN.value,
                "stage": "data_collection",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Save the results.
            json_path = self.output()["raw"].path
            data_collection.save_raw(json_path)
            markdown_path = self.output()["markdown"].path
            data_collection.save_markdown(markdown_path)
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


class IdentifyDocumentsTask(PlanTask):
    """Which documents does the project need?"""

    def requires(self):
        return {
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "project_plan": self.clone(ProjectPlanTask),
            "related_resources": self.clone(RelatedResourcesTask),
            "swot_analysis": self.clone(SWOTAnalysisTask),
            "team_markdown": self.clone(TeamMarkdownTask),
            "expert_review": self.clone(ExpertReviewTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.IDENTIFIED_DOCUMENTS_RAW),
            "markdown": self.local_target(FilenameEnum.IDENTIFIED_DOCUMENTS_MARKDOWN),
            "documents_to_find": self.local_target(FilenameEnum.IDENTIFIED_DOCUMENTS_TO_FIND),
            "documents_to_create": self.local_target(FilenameEnum.IDENTIFIED_DOCUMENTS_TO_CREATE),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["identify_purpose"]["raw"].open("r") as f:
                identify_purpose_dict = json.load(f)
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["consolidate_assumptions_markdown"]["short"].open("r") as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["related_resources"]["markdown"].open("r") as f:
                related_resources_markdown = f.read()
            with self.input()["swot_analysis"]["markdown"].open("r") as f:
                swot_analysis_markdown = f.read()
            with self.input()["team_markdown"].open("r") as f:
                team_markdown = f.read()
            with self.input()["expert_review"].open("r") as f:
                expert_review = f.read()

            query = (
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<related-projects>\n{related_resources_markdown}\n</related-projects>\n\n"
                f"<swot>\n{swot_analysis_markdown}\n</swot>\n\n"
                f"<team>\n{team_markdown}\n</team>\n\n"
                f"<expert-review>\n{expert_review}\n</expert-review>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "identify_documents",
                "status": "pending",
                "prompt_text": json.dumps(
                    {"query": query, "identify_purpose_dict": identify_purpose_dict}, ensure_ascii=False,
                    default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                ),
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            # Invoke the LLM.
            identify_documents = IdentifyDocuments.execute(
                llm=llm,
                query=query,
                identify_purpose_dict=identify_purpose_dict,
            )
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(identify_documents.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 017-3-identified_documents_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.IDENTIFIED_DOCUMENTS_RAW.value,
                "stage": "identify_documents",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = identify_documents.to_markdown()  # Step 6: persist 017-4-identified_documents.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.IDENTIFIED_DOCUMENTS_MARKDOWN.value,
                "stage": "identify_documents",
                "content_type": "markdown",
                "content": markdown_content,
            })
            # Step 6: persist 017-5-identified_documents_to_find.json
            with tempfile.TemporaryDirectory() as scratch_dir:
                scratch_path = os.path.join(scratch_dir, "content.json")
                identify_documents.save_json_documents_to_find(scratch_path)
                with open(scratch_path, encoding="utf-8", newline="") as scratch_file:
                    documents_to_find_content = scratch_file.read()
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.IDENTIFIED_DOCUMENTS_TO_FIND.value,
                "stage": "identify_documents",
                "content_type": "json",
                "content": documents_to_find_content,
            })
            # Step 6: persist 017-6-identified_documents_to_create.json
            with tempfile.TemporaryDirectory() as db_scratch_dir:
                db_scratch_path = os.path.join(db_scratch_dir, "content.json")
                identify_documents.save_json_documents_to_create(db_scratch_path)
                with open(db_scratch_path, encoding="utf-8", newline="") as db_scratch_file:
                    documents_to_create_content = db_scratch_file.read()
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.IDENTIFIED_DOCUMENTS_TO_CREATE.value,
                "stage": "identify_documents",
                "content_type": "json",
                "content": documents_to_create_content,
            })

            # Save the results.
            identify_documents.save_raw(self.output()["raw"].path)
            identify_documents.save_markdown(self.output()["markdown"].path)
            identify_documents.save_json_documents_to_find(self.output()["documents_to_find"].path)
            identify_documents.save_json_documents_to_create(self.output()["documents_to_create"].path)
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


class FilterDocumentsToFindTask(PlanTask):
    """Which of the documents to find matter in the first weeks?"""

    def requires(self):
        return {
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "project_plan": self.clone(ProjectPlanTask),
            "identified_documents": self.clone(IdentifyDocumentsTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.FILTER_DOCUMENTS_TO_FIND_RAW),
            "clean": self.local_target(FilenameEnum.FILTER_DOCUMENTS_TO_FIND_CLEAN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["identify_purpose"]["raw"].open("r") as f:
                identify_purpose_dict = json.load(f)
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["consolidate_assumptions_markdown"]["short"].open("r") as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["identified_documents"]["documents_to_find"].open("r") as f:
                documents_list = json.load(f)

            query = (
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<documents>\n{json.dumps(documents_list, indent=2)}\n</documents>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "filter_documents_to_find",
                "status": "pending",
                "prompt_text": json.dumps(
                    {"user_prompt": query, "documents": documents_list, "identify_purpose_dict": identify_purpose_dict},
                    ensure_ascii=False,
                    default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                ),
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            # Invoke the LLM.
            filter_documents = FilterDocumentsToFind.execute(
                llm=llm,
                user_prompt=query,
                documents=documents_list,
                identify_purpose_dict=identify_purpose_dict,
            )
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(filter_documents.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 017-7-filter_documents_to_find_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.FILTER_DOCUMENTS_TO_FIND_RAW.value,
                "stage": "filter_documents_to_find",
                "content_type": "json",
                "content": raw_content,
            })
            # Step 6: persist 017-8-filter_documents_to_find_clean.json
            clean_content = json.dumps(filter_documents.filtered_documents, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.FILTER_DOCUMENTS_TO_FIND_CLEAN.value,
                "stage": "filter_documents_to_find",
                "content_type": "json",
                "content": clean_content,
            })

            # Save the results.
            raw_output_path = self.output()["raw"].path
            filter_documents.save_raw(str(raw_output_path))
            clean_output_path = self.output()["clean"].path
            filter_documents.save_filtered_documents(str(clean_output_path))
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


class FilterDocumentsToCreateTask(PlanTask):
    """Which of the documents to create matter in the first weeks?"""

    def requires(self):
        return {
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "project_plan": self.clone(ProjectPlanTask),
            "identified_documents": self.clone(IdentifyDocumentsTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.FILTER_DOCUMENTS_TO_CREATE_RAW),
            "clean": self.local_target(FilenameEnum.FILTER_DOCUMENTS_TO_CREATE_CLEAN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["identify_purpose"]["raw"].open("r") as f:
                identify_purpose_dict = json.load(f)
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["consolidate_assumptions_markdown"]["short"].open("r") as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["identified_documents"]["documents_to_create"].open("r") as f:
                documents_list = json.load(f)

            query = (
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<documents>\n{json.dumps(documents_list, indent=2)}\n</documents>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "filter_documents_to_create",
                "status": "pending",
                "prompt_text": json.dumps(
                    {"user_prompt": query, "documents": documents_list, "identify_purpose_dict": identify_purpose_dict},
                    ensure_ascii=False,
                    default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                ),
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            # Invoke the LLM.
            filter_documents = FilterDocumentsToCreate.execute(
                llm=llm,
                user_prompt=query,
                documents=documents_list,
                identify_purpose_dict=identify_purpose_dict,
            )
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(filter_documents.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 017-9-filter_documents_to_create_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.FILTER_DOCUMENTS_TO_CREATE_RAW.value,
                "stage": "filter_documents_to_create",
                "content_type": "json",
                "content": raw_content,
            })
            # Step 6: persist 017-10-filter_documents_to_create_clean.json
            clean_content = json.dumps(filter_documents.filtered_documents, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.FILTER_DOCUMENTS_TO_CREATE_CLEAN.value,
                "stage": "filter_documents_to_create",
                "content_type": "json",
                "content": clean_content,
            })

            # Save the results.
            raw_output_path = self.output()["raw"].path
            filter_documents.save_raw(str(raw_output_path))
            clean_output_path = self.output()["clean"].path
            filter_documents.save_filtered_documents(str(clean_output_path))
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


class DraftDocumentsToFindTask(PlanTask):
    """Draft the documents to find, one by one."""

    def requires(self):
        return {
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "project_plan": self.clone(ProjectPlanTask),
            "filter_documents_to_find": self.clone(FilterDocumentsToFindTask),
        }

    def output(self):
        return self.local_target(FilenameEnum.DRAFT_DOCUMENTS_TO_FIND_CLEAN)

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input()["identify_purpose"]["raw"].open("r") as f:
                identify_purpose_dict = json.load(f)
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["consolidate_assumptions_markdown"]["short"].open("r") as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["filter_documents_to_find"]["clean"].open("r") as f:
                documents_to_find = json.load(f)

            # Drafting takes one call a document. A quick run drafts just enough to see how it looks.
            if self.speedvsdetail == SpeedVsDetailEnum.FAST_BUT_SKIP_DETAILS:
                logger.info("Drafting only 2 of %d documents to find", len(documents_to_find))
                documents_to_find = documents_to_find[:2]

            drafted_documents = []
            for index, document in enumerate(documents_to_find, start=1):
                logger.info(f"Drafting document {index} of {len(documents_to_find)}: {document['name']}")

                # Build the query.
                query = (
                    f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                    f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                    f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                    f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                    f"<document>\n{json.dumps(document, indent=2)}\n</document>"
                )

                # A function, so that the executor can try it with another model.
                def execute_draft_document_to_find(llm: LLM) -> DraftDocumentToFind:
                    return DraftDocumentToFind.execute(
                        llm=llm,
                        user_prompt=query,
                        identify_purpose_dict=identify_purpose_dict,
                    )

                # Step 3: LLM interaction, pending
                llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"
                interaction_id = db_service.create_llm_interaction({
                    "plan_id": plan_id,
                    "llm_model": llm_model,
                    "stage": "draft_documents_to_find",
                    "status": "pending",
                    "prompt_text": json.dumps(
                        {"user_prompt": query, "identify_purpose_dict": identify_purpose_dict}, ensure_ascii=False,
                        default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                    ),
                }).id

                try:
                    start_time = time.perf_counter()  # Step 4: the LLM call, timed
                    draft_document = llm_executor.run(execute_draft_document_to_find)
                    duration_seconds = time.perf_counter() - start_time
                except PipelineStopRequested:
                    # Not a failure of this document.
                    raise
                except Exception as e:
                    if interaction_id is not None:  # Step 8: LLM interaction, failed
                        db_service.update_llm_interaction(interaction_id, {
                            "status": "failed",
                            "error_message": f"{type(e).__name__}: {e}",
                        })
                        interaction_id = None
                    logger.error(f"Document {index} to find could not be drafted: {e}")
                    raise ValueError(f"No draft for document {index} to find: {document['name']}") from e
                else:
                    last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "completed",
                        "duration_seconds": duration_seconds,
                        "response_text": json.dumps(draft_document.to_dict(), indent=2),
                        "llm_model": getattr(last_attempt, "llm_model", llm_model),
                    })
                    interaction_id = None

                # Write what came back, in case a later document fails.
                raw_dict = draft_document.to_dict()
                raw_filename = FilenameEnum.DRAFT_DOCUMENTS_TO_FIND_RAW_TEMPLATE.value.format(index)

                file_content = json.dumps(raw_dict, indent=2)  # Step 6: persist raw_filename
                db_service.create_plan_content({
                    "plan_id": plan_id,
                    "filename": raw_filename,
                    "stage": "draft_documents_to_find",
                    "content_type": "json",
                    "content": file_content,
                })
                raw_path = self.run_id_dir / raw_filename
                with open(raw_path, "w") as f:
                    json.dump(raw_dict, f, indent=2)

                # Merge the draft into the document.
                drafted_documents.append({**document, **raw_dict["response"]})

            # Step 6: persist 017-12-draft_documents_to_find.json
            draft_documents_to_find_content = json.dumps(drafted_documents, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.DRAFT_DOCUMENTS_TO_FIND_CLEAN.value,
                "stage": "draft_documents_to_find",
                "content_type": "json",
                "content": draft_documents_to_find_content,
            })

            # Write all drafts to disk.
            with self.output().open("w") as f:
                json.dump(drafted_documents, f, indent=2)
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


class DraftDocumentsToCreateTask(PlanTask):
    """Draft the documents to create, one by one."""

    def requires(self):
        return {
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "project_plan": self.clone(ProjectPlanTask),
            "filter_documents_to_create": self.clone(FilterDocumentsToCreateTask),
        }

    def output(self):
        return self.local_target(FilenameEnum.DRAFT_DOCUMENTS_TO_CREATE_CLEAN)

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input()["identify_purpose"]["raw"].open("r") as f:
                identify_purpose_dict = json.load(f)
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["consolidate_assumptions_markdown"]["short"].open("r") as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["filter_documents_to_create"]["clean"].open("r") as f:
                documents_to_create = json.load(f)

            # Drafting takes one call a document. A quick run drafts just enough to see how it looks.
            if self.speedvsdetail == SpeedVsDetailEnum.FAST_BUT_SKIP_DETAILS:
                logger.info("Drafting only 2 of %d documents to create", len(documents_to_create))
                documents_to_create = documents_to_create[:2]

            drafted_documents = []
            for index, document in enumerate(documents_to_create, start=1):
                logger.info(f"Drafting document {index} of {len(documents_to_create)}: {document['name']}")

                # Build the query.
                query = (
                    f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                    f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                    f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                    f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                    f"<document>\n{json.dumps(document, indent=2)}\n</document>"
                )

                # A function, so that the executor can try it with another model.
                def execute_draft_document_to_create(llm: LLM) -> DraftDocumentToCreate:
                    return DraftDocumentToCreate.execute(
                        llm=llm,
                        user_prompt=query,
                        identify_purpose_dict=identify_purpose_dict,
                    )

                # Step 3: LLM interaction, pending
                llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"
                interaction_id = db_service.create_llm_interaction({
                    "plan_id": plan_id,
                    "llm_model": llm_model,
                    "stage": "draft_documents_to_create",
                    "status": "pending",
                    "prompt_text": json.dumps(
                        {"user_prompt": query, "identify_purpose_dict": identify_purpose_dict}, ensure_ascii=False,
                        default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                    ),
                }).id

                try:
                    start_time = time.perf_counter()  # Step 4: the LLM call, timed
                    draft_document = llm_executor.run(execute_draft_document_to_create)
                    duration_seconds = time.perf_counter() - start_time
                except PipelineStopRequested:
                    # Not a failure of this document.
                    raise
                except Exception as e:
                    if interaction_id is not None:  # Step 8: LLM interaction, failed
                        db_service.update_llm_interaction(interaction_id, {
                            "status": "failed",
                            "error_message": f"{type(e).__name__}: {e}",
                        })
                        interaction_id = None
                    logger.error(f"Document {index} to create could not be drafted: {e}")
                    raise ValueError(f"No draft for document {index} to create: {document['name']}") from e
                else:
                    last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "completed",
                        "duration_seconds": duration_seconds,
                        "response_text": json.dumps(draft_document.to_dict(), indent=2),
                        "llm_model": getattr(last_attempt, "llm_model", llm_model),
                    })
                    interaction_id = None

                # Write what came back, in case a later document fails.
                raw_dict = draft_document.to_dict()

                # Step 6: persist FilenameEnum.DRAFT_DOCUMENTS_TO_CREATE_RAW_TEMPLATE.format(index)
                file_content = json.dumps(raw_dict, indent=2)
                db_service.create_plan_content({
                    "plan_id": plan_id,
                    "filename": FilenameEnum.DRAFT_DOCUMENTS_TO_CREATE_RAW_TEMPLATE.format(index),
                    "stage": "draft_documents_to_create",
                    "content_type": "json",
                    "content": file_content,
                })
                raw_path = self.run_id_dir / FilenameEnum.DRAFT_DOCUMENTS_TO_CREATE_RAW_TEMPLATE.format(index)
                with raw_path.open("w") as f:
                    json.dump(raw_dict, f, indent=2)

                # Merge the draft into the document.
                drafted_documents.append({**document, **raw_dict["response"]})

            # Step 6: persist 017-14-draft_documents_to_create.json
            draft_documents_to_create_content = json.dumps(drafted_documents, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.DRAFT_DOCUMENTS_TO_CREATE_CLEAN.value,
                "stage": "draft_documents_to_create",
                "content_type": "json",
                "content": draft_documents_to_create_content,
            })

            # Write all drafts to disk.
            with open(self.file_path(FilenameEnum.DRAFT_DOCUMENTS_TO_CREATE_CLEAN), "w", encoding="utf-8") as f:
                json.dump(drafted_documents, f, indent=2)
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


class MarkdownWithDocumentsToCreateAndFindTask(PlanTask):
    """The documents on one page. There is no LLM involved."""

    def requires(self):
        return {
            "draft_documents_to_create": self.clone(DraftDocumentsToCreateTask),
            "draft_documents_to_find": self.clone(DraftDocumentsToFindTask),
        }

    def output(self):
        return self.local_target(FilenameEnum.DOCUMENTS_TO_CREATE_AND_FIND_MARKDOWN)

    def run_inner(self):
        db_service = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["draft_documents_to_create"].open("r") as f:
                documents_to_create = json.load(f)
            with self.input()["draft_documents_to_find"].open("r") as f:
                documents_to_find = json.load(f)

            markdown = markdown_with_documents(to_create=documents_to_create, to_find=documents_to_find)

            db_service.create_plan_content({  # Step 6: persist 017-15-documents_to_create_and_find.md
                "plan_id": plan_id,
                "filename": FilenameEnum.DOCUMENTS_TO_CREATE_AND_FIND_MARKDOWN.value,
                "stage": "markdown_with_documents_to_create_and_find",
                "content_type": "markdown",
                "content": markdown,
            })

            # Write the page to disk.
            output_path = self.output().path
            with open(output_path, "w", encoding="utf-8") as f:
                f.write(markdown)
        finally:
            if db_service is not None:  # Step 9: close the database service
                db_service.close()
