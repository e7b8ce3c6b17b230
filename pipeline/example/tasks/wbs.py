"""The work breakdown structure, level by level."""

import json
import logging
import time  # database-first steps
from pathlib import Path

from pipeline.example.domain.wbs import WBSProject, WBSTask, project_from_levels, with_subtasks
from pipeline.example.domain.wbs_prompts import (
    CreateWBSLevel1,
    CreateWBSLevel2,
    CreateWBSLevel3,
    EstimateWBSTaskDurations,
    IdentifyWBSTaskDependencies,
)
from pipeline.example.filenames import FilenameEnum
from pipeline.llm.base import LLM
from pipeline.llm.executor import LLMExecutor, PipelineStopRequested
from pipeline.plan_task import PlanTask
from pipeline.speed_vs_detail import SpeedVsDetailEnum

from .strategic_planning import StrategicDecisionsMarkdownTask, ScenariosMarkdownTask
from .planning import ProjectPlanTask
from .documents import DataCollectionTask

logger = logging.getLogger(__name__)


class CreateWBSLevel1Task(PlanTask):
    """The project in a title."""

    def requires(self):
        return {
            "project_plan": self.clone(ProjectPlanTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.WBS_LEVEL1_RAW),
            "clean": self.local_target(FilenameEnum.WBS_LEVEL1_CLEAN),
            "project_title": self.local_target(FilenameEnum.WBS_LEVEL1_PROJECT_TITLE),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("Creating Work Breakdown Structure (WBS) Level 1...")

            # Read inputs from required tasks.
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "create_wbs_level1",
                "status": "pending",
                "prompt_text": project_plan_markdown,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            create_wbs_level1 = CreateWBSLevel1.execute(llm, project_plan_markdown)
            duration_seconds = time.perf_counter() - start_time
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": json.dumps(create_wbs_level1.raw_response_dict(), indent=2),
            })
            interaction_id = None

            # Save the raw output.
            wbs_level1_raw_dict = create_wbs_level1.raw_response_dict()

            raw_content = json.dumps(wbs_level1_raw_dict, indent=2)  # Step 6: persist 018-1-wbs_level1_raw.json
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.WBS_LEVEL1_RAW.value,
                "stage": "create_wbs_level1",
                "content_type": "json",
                "content": raw_content,
            })
            # Step 6: persist 018-3-wbs_level1_project_title.json
            project_title_content = json.dumps(create_wbs_level1.project_title)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.WBS_LEVEL1_PROJECT_TITLE.value,
                "stage": "create_wbs_level1",
                "content_type": "json",
                "content": project_title_content,
            })
            with self.output()["raw"].open("w") as f:
                json.dump(wbs_level1_raw_dict, f, indent=2)

            # Save the cleaned up result.
            wbs_level1_dict = create_wbs_level1.cleanedup_dict()

            clean_content = json.dumps(wbs_level1_dict, indent=2)  # Step 6: persist 018-2-wbs_level1.json
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.WBS_LEVEL1_CLEAN.value,
                "stage": "create_wbs_level1",
                "content_type": "json",
                "content": clean_content,
            })
            with self.output()["clean"].open("w") as f:
                json.dump(wbs_level1_dict, f, indent=2)

            # Save the title on its own; other services only want that.
            with self.output()["project_title"].open("w") as f:
                f.write(json.dumps(create_wbs_level1.project_title))

            logger.info("WBS Level 1 created.")
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


class CreateWBSLevel2Task(PlanTask):
    """Phases and their tasks."""

    def requires(self):
        return {
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "project_plan": self.clone(ProjectPlanTask),
            "wbs_level1": self.clone(CreateWBSLevel1Task),
            "data_collection": self.clone(DataCollectionTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.WBS_LEVEL2_RAW),
            "clean": self.local_target(FilenameEnum.WBS_LEVEL2_CLEAN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("Creating Work Breakdown Structure (WBS) Level 2...")

            # Read inputs from required tasks.
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["wbs_level1"]["clean"].open("r") as f:
                wbs_level1_list = json.load(f)
            with self.input()["data_collection"]["markdown"].open("r") as f:
                data_collection_markdown = f.read()

            query = (
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<project>\n{json.dumps(wbs_level1_list, indent=2)}\n</project>\n\n"
                f"<data-to-collect>\n{data_collection_markdown}\n</data-to-collect>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "create_wbs_level2",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            create_wbs_level2 = CreateWBSLevel2.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": json.dumps(create_wbs_level2.raw_response_dict(), indent=2),
            })
            interaction_id = None

            # Save the raw output.
            wbs_level2_raw_dict = create_wbs_level2.raw_response_dict()

            raw_content = json.dumps(wbs_level2_raw_dict, indent=2)  # Step 6: persist 018-4-wbs_level2_raw.json
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.WBS_LEVEL2_RAW.value,
                "stage": "create_wbs_level2",
                "content_type": "json",
                "content": raw_content,
            })
            clean_content = json.dumps(create_wbs_level2.phases, indent=2)  # Step 6: persist 018-5-wbs_level2.json
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.WBS_LEVEL2_CLEAN.value,
                "stage": "create_wbs_level2",
                "content_type": "json",
                "content": clean_content,
            })
            with self.output()["raw"].open("w") as f:
                json.dump(wbs_level2_raw_dict, f, indent=2)

            # Save the cleaned up result.
            with self.output()["clean"].open("w") as f:
                json.dump(create_wbs_level2.phases, f, indent=2)

            logger.info("WBS Level 2 created.")
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


class WBSProjectLevel1AndLevel2Task(PlanTask):
    """Both levels as one tree. There is no LLM involved."""

    def requires(self):
        return {
            "wbs_level1": self.clone(CreateWBSLevel1Task),
            "wbs_level2": self.clone(CreateWBSLevel2Task),
        }

    def output(self):
        return self.local_target(FilenameEnum.WBS_PROJECT_LEVEL1_AND_LEVEL2)

    def run_inner(self):
        db_service = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["wbs_level1"]["clean"].open("r") as f:
                level1 = json.load(f)
            with self.input()["wbs_level2"]["clean"].open("r") as f:
                level2 = json.load(f)

            wbs_project = project_from_levels(level1, level2)
            json_representation = json.dumps(wbs_project.to_dict(), indent=2)

            db_service.create_plan_content({  # Step 6: persist 019-wbs_project_level1_and_level2.json
                "plan_id": plan_id,
                "filename": FilenameEnum.WBS_PROJECT_LEVEL1_AND_LEVEL2.value,
                "stage": "wbs_project_level1_and_level2",
                "content_type": "json",
                "content": json_representation,
            })
            with self.output().open("w") as f:
                f.write(json_representation)
        finally:
            if db_service is not None:  # Step 9: close the database service
                db_service.close()


class IdentifyTaskDependenciesTask(PlanTask):
    """Which task waits for which?"""

    def requires(self):
        return {
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "project_plan": self.clone(ProjectPlanTask),
            "wbs_level2": self.clone(CreateWBSLevel2Task),
            "data_collection": self.clone(DataCollectionTask),
        }

    def output(self):
        return self.local_target(FilenameEnum.TASK_DEPENDENCIES_RAW)

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("Identifying task dependencies...")

            # Read inputs from required tasks.
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["wbs_level2"]["clean"].open("r") as f:
                major_phases_list = json.load(f)
            with self.input()["data_collection"]["markdown"].open("r") as f:
                data_collection_markdown = f.read()

            # The phases come last: models follow ids best that they have just read.
            query = (
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<data-to-collect>\n{data_collection_markdown}\n</data-to-collect>\n\n"
                f"<phases>\n{json.dumps(major_phases_list, indent=2)}\n</phases>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "identify_task_dependencies",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            identify_dependencies = IdentifyWBSTaskDependencies.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": json.dumps(identify_dependencies.raw_response_dict(), indent=2),
            })
            interaction_id = None

            dependencies_raw_dict = identify_dependencies.raw_response_dict()

            # Step 6: persist 021-task_dependencies_raw.json
            task_dependencies_raw_content = json.dumps(dependencies_raw_dict, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.TASK_DEPENDENCIES_RAW.value,
                "stage": "identify_task_dependencies",
                "content_type": "json",
                "content": task_dependencies_raw_content,
            })
            with self.output().open("w") as f:
                json.dump(dependencies_raw_dict, f, indent=2)
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


class EstimateTaskDurationsTask(PlanTask):
    """How long does each task take?"""

    def requires(self):
        return {
            "project_plan": self.clone(ProjectPlanTask),
            "wbs_project": self.clone(WBSProjectLevel1AndLevel2Task),
        }

    def output(self):
        return self.local_target(FilenameEnum.TASK_DURATIONS_CLEAN)

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("Estimating task durations...")
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["wbs_project"].open("r") as f:
                wbs_project = WBSProject.from_dict(json.load(f))

            # Small chunks: estimates for more than a few tasks at once get careless.
            task_ids = [task.id for task in wbs_project.phase_tasks]
            chunk_size = 3
            task_ids_chunks = [task_ids[i : i + chunk_size] for i in range(0, len(task_ids), chunk_size)]

            if self.speedvsdetail == SpeedVsDetailEnum.FAST_BUT_SKIP_DETAILS:
                logger.info("Estimating only 2 of %d chunks", len(task_ids_chunks))
                task_ids_chunks = task_ids_chunks[:2]

            accumulated_task_duration_list = []
            for index, task_ids_chunk in enumerate(task_ids_chunks, start=1):
                logger.info("Estimating durations, chunk %d of %d", index, len(task_ids_chunks))

                query = (
                    f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                    f"<structure>\n{wbs_project.to_outline()}\n</structure>\n\n"
                    f"Estimate these tasks: {', '.join(task_ids_chunk)}"
                )

                def execute_estimate_task_durations(llm: LLM) -> EstimateWBSTaskDurations:
                    return EstimateWBSTaskDurations.execute(llm, query)

                # Step 3: LLM interaction, pending
                llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"
                interaction_id = db_service.create_llm_interaction({
                    "plan_id": plan_id,
                    "llm_model": llm_model,
                    "stage": "estimate_task_durations",
                    "status": "pending",
                    "prompt_text": query,
                }).id

                try:
                    start_time = time.perf_counter()  # Step 4: the LLM call, timed
                    estimate_durations = llm_executor.run(execute_estimate_task_durations)
                    duration_seconds = time.perf_counter() - start_time
                except PipelineStopRequested:
                    raise
                except Exception as e:
                    if interaction_id is not None:  # Step 8: LLM interaction, failed
                        db_service.update_llm_interaction(interaction_id, {
                            "status": "failed",
                            "error_message": f"{type(e).__name__}: {e}",
                        })
                        interaction_id = None
                    logger.error(f"Chunk {index} could not be estimated: {e}")
                    raise ValueError(f"No durations for the tasks {task_ids_chunk}") from e
                else:
                    last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "completed",
                        "duration_seconds": duration_seconds,
                        "response_text": json.dumps(estimate_durations.raw_response_dict(), indent=2),
                        "llm_model": getattr(last_attempt, "llm_model", llm_model),
                    })
                    interaction_id = None

                durations_raw_dict = estimate_durations.raw_response_dict()

                # Write the raw answer of this chunk.
                filename = FilenameEnum.TASK_DURATIONS_RAW_TEMPLATE.format(index)

                file_content = json.dumps(durations_raw_dict, indent=2)  # Step 6: persist filename
                db_service.create_plan_content({
                    "plan_id": plan_id,
                    "filename": filename,
                    "stage": "estimate_task_durations",
                    "content_type": "json",
                    "content": file_content,
                })
                raw_chunk_path = self.run_id_dir / filename
                with open(raw_chunk_path, "w") as f:
                    json.dump(durations_raw_dict, f, indent=2)

                accumulated_task_duration_list.extend(estimate_durations.durations_of(task_ids_chunk))

            # Step 6: persist 022-2-task_durations.json
            task_durations_content = json.dumps(accumulated_task_duration_list, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.TASK_DURATIONS_CLEAN.value,
                "stage": "estimate_task_durations",
                "content_type": "json",
                "content": task_durations_content,
            })

            # Write the durations of all chunks.
            aggregated_path = self.file_path(FilenameEnum.TASK_DURATIONS_CLEAN)
            with open(aggregated_path, "w") as f:
                json.dump(accumulated_task_duration_list, f, indent=2)

            logger.info(f"Durations of {len(accumulated_task_duration_list)} tasks written to {aggregated_path}")
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


class CreateWBSLevel3Task(PlanTask):
    """The subtasks of each task."""

    def requires(self):
        return {
            "project_plan": self.clone(ProjectPlanTask),
            "wbs_project": self.clone(WBSProjectLevel1AndLevel2Task),
            "task_durations": self.clone(EstimateTaskDurationsTask),
            "data_collection": self.clone(DataCollectionTask),
        }

    def output(self):
        return self.local_target(FilenameEnum.WBS_LEVEL3_CLEAN)

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("Creating Work Breakdown Structure (WBS) Level 3...")
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input()["project_plan"]["markdown"].open("r") as f:
                project_plan_markdown = f.read()
            with self.input()["wbs_project"].open("r") as f:
                wbs_project = WBSProject.from_dict(json.load(f))
            with self.input()["task_durations"].open("r") as f:
                task_duration_list = json.load(f)
            with self.input()["data_collection"]["markdown"].open("r") as f:
                data_collection_markdown = f.read()

            # Put the durations into the tree, so that the prompt shows them where they belong.
            days_by_task_id = {item["task_id"]: item["days_realistic"] for item in task_duration_list}

            def visit_task(task: WBSTask) -> None:
                days = days_by_task_id.get(task.id)
                if days is not None:
                    task.details["days"] = days
                for child in task.children:
                    visit_task(child)

            visit_task(wbs_project.root)

            tasks_to_decompose = wbs_project.phase_tasks
            logger.info("There are %d tasks to decompose.", len(tasks_to_decompose))
            if self.speedvsdetail == SpeedVsDetailEnum.FAST_BUT_SKIP_DETAILS:
                logger.info("Decomposing only 2 of them.")
                tasks_to_decompose = tasks_to_decompose[:2]

            project_json = json.dumps(wbs_project.to_dict(), indent=2)
            wbs_level3_result_accumulated = []
            total_tasks = len(tasks_to_decompose)
            for index, task in enumerate(tasks_to_decompose, start=1):
                logger.info("Decomposing task %d of %d", index, total_tasks)

                query = (
                    f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                    f"<data-to-collect>\n{data_collection_markdown}\n</data-to-collect>\n\n"
                    f"<structure>\n{project_json}\n</structure>\n\n"
                    f"Decompose this task: {task.id} {task.title}"
                )

                def execute_create_wbs_level3(llm: LLM) -> CreateWBSLevel3:
                    return CreateWBSLevel3.execute(llm, query)

                # Step 3: LLM interaction, pending
                llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"
                interaction_id = db_service.create_llm_interaction({
                    "plan_id": plan_id,
                    "llm_model": llm_model,
                    "stage": "create_wbs_level3",
                    "status": "pending",
                    "prompt_text": query,
                }).id

                try:
                    start_time = time.perf_counter()  # Step 4: the LLM call, timed
                    create_wbs_level3 = llm_executor.run(execute_create_wbs_level3)
                    duration_seconds = time.perf_counter() - start_time
                except PipelineStopRequested:
                    # Stopping is not an error of this task.
                    raise
                except Exception as e:
                    if interaction_id is not None:  # Step 8: LLM interaction, failed
                        db_service.update_llm_interaction(interaction_id, {
                            "status": "failed",
                            "error_message": f"{type(e).__name__}: {e}",
                        })
                        interaction_id = None
                    logger.error(f"Task {task.id} could not be decomposed: {e}")
                    raise ValueError(f"No subtasks for task {task.id}") from e
                else:
                    last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "completed",
                        "duration_seconds": duration_seconds,
                        "response_text": json.dumps(create_wbs_level3.raw_response_dict(), indent=2),
                        "llm_model": getattr(last_attempt, "llm_model", llm_model),
                    })
                    interaction_id = None

                wbs_level3_raw_dict = create_wbs_level3.raw_response_dict()

                # Write the raw answer for this task.
                raw_filename = FilenameEnum.WBS_LEVEL3_RAW_TEMPLATE.value.format(index)

                file_content = json.dumps(wbs_level3_raw_dict, indent=2)  # Step 6: persist raw_filename
                db_service.create_plan_content({
                    "plan_id": plan_id,
                    "filename": raw_filename,
                    "stage": "create_wbs_level3",
                    "content_type": "json",
                    "content": file_content,
                })
                raw_chunk_path = self.run_id_dir / raw_filename
                with open(raw_chunk_path, "w") as f:
                    json.dump(wbs_level3_raw_dict, f, indent=2)

                wbs_level3_result_accumulated.extend(create_wbs_level3.subtasks_of(task.id))

            # Step 6: persist 023-2-wbs_level3.json
            wbs_level3_content = json.dumps(wbs_level3_result_accumulated, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.WBS_LEVEL3_CLEAN.value,
                "stage": "create_wbs_level3",
                "content_type": "json",
                "content": wbs_level3_content,
            })

            # Write all subtasks.
            with self.output().open("w") as f:
                json.dump(wbs_level3_result_accumulated, f, indent=2)

            logger.info("WBS Level 3 created with %d subtasks", len(wbs_level3_result_accumulated))
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


class WBSProjectLevel1AndLevel2AndLevel3Task(PlanTask):
    """All levels as one tree and as a table. There is no LLM involved."""

    def requires(self):
        return {
            "wbs_project12": self.clone(WBSProjectLevel1AndLevel2Task),
            "wbs_level3": self.clone(CreateWBSLevel3Task),
        }

    def output(self):
        return {
            "full": self.local_target(FilenameEnum.WBS_PROJECT_LEVEL1_AND_LEVEL2_AND_LEVEL3),
            "csv": self.local_target(FilenameEnum.WBS_PROJECT_LEVEL1_AND_LEVEL2_AND_LEVEL3_CSV),
        }

    def run_inner(self):
        db_service = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["wbs_project12"].open("r") as f:
                wbs_project12 = WBSProject.from_dict(json.load(f))
            with self.input()["wbs_level3"].open("r") as f:
                wbs_level3_list = json.load(f)

            wbs_project = with_subtasks(wbs_project12, wbs_level3_list)
            json_representation = json.dumps(wbs_project.to_dict(), indent=2)

            db_service.create_plan_content({  # Step 6: persist 023-3-wbs_project_level1_and_level2_and_level3.json
                "plan_id": plan_id,
                "filename": FilenameEnum.WBS_PROJECT_LEVEL1_AND_LEVEL2_AND_LEVEL3.value,
                "stage": "wbs_project_level1_and_level2_and_level3",
                "content_type": "json",
                "content": json_representation,
            })
            with self.output()["full"].open("w") as f:
                f.write(json_representation)

            csv_representation = wbs_project.to_csv_string()

            db_service.create_plan_content({  # Step 6: persist 023-4-wbs_project_level1_and_level2_and_level3.csv
                "plan_id": plan_id,
                "filename": FilenameEnum.WBS_PROJECT_LEVEL1_AND_LEVEL2_AND_LEVEL3_CSV.value,
                "stage": "wbs_project_level1_and_level2_and_level3",
                "content_type": "csv",
                "content": csv_representation,
            })
            Path(self.output()["csv"].path).write_text(csv_representation, encoding="utf-8")
        finally:
            if db_service is not None:  # Step 9: close the database service
                db_service.close()
