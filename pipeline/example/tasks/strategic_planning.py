"""Levers and scenarios: what can be decided, and what has been."""

import json
import logging
import os  # database-first steps
import tempfile  # database-first steps
import time  # database-first steps

from pipeline.example.domain.levers import (
    DeduplicateLevers,
    EnrichPotentialLevers,
    FocusOnVitalFewLevers,
    IdentifyPotentialLevers,
)
from pipeline.example.domain.scenarios import CandidateScenarios, ScenariosMarkdown, SelectScenario
from pipeline.example.domain.strategic_decisions import StrategicDecisionsMarkdown
from pipeline.example.filenames import FilenameEnum
from pipeline.llm.executor import LLMExecutor
from pipeline.plan_task import PlanTask

from .setup import SetupTask
from .analysis import IdentifyPurposeTask, PlanTypeTask

logger = logging.getLogger(__name__)


class PotentialLeversTask(PlanTask):
    """Brainstorm about what can be decided differently."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "plan_type": self.clone(PlanTypeTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.POTENTIAL_LEVERS_RAW),
            "clean": self.local_target(FilenameEnum.POTENTIAL_LEVERS_CLEAN),
        }

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["identify_purpose"]["markdown"].open("r") as f:
                identify_purpose_markdown = f.read()
            with self.input()["plan_type"]["markdown"].open("r") as f:
                plan_type_markdown = f.read()

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<purpose>\n{identify_purpose_markdown}\n</purpose>\n\n"
                f"<plan-type>\n{plan_type_markdown}\n</plan-type>"
            )

            llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"  # Step 3: LLM interaction, pending
            interaction_id = db_service.create_llm_interaction({
                "plan_id": plan_id,
                "llm_model": llm_model,
                "stage": "potential_levers",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            identify_potential_levers = IdentifyPotentialLevers.execute(
                llm_executor=llm_executor,
                user_prompt=query,
            )
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(identify_potential_levers.to_dict(), indent=2)  # Step 5: the answer
            last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
            db_service.update_llm_interaction(interaction_id, {
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
                "llm_model": getattr(last_attempt, "llm_model", llm_model),
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 002-9-potential_levers_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.POTENTIAL_LEVERS_RAW.value,
                "stage": "potential_levers",
                "content_type": "json",
                "content": raw_content,
            })
            # Step 6: persist 002-10-potential_levers.json
            clean_content = json.dumps(identify_potential_levers.lever_list(), indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.POTENTIAL_LEVERS_CLEAN.value,
                "stage": "potential_levers",
                "content_type": "json",
                "content": clean_content,
            })

            # Write the result to disk.
            output_raw_path = self.output()["raw"].path
            identify_potential_levers.save_raw(str(output_raw_path))
            output_clean_path = self.output()["clean"].path
            identify_potential_levers.save_clean(str(output_clean_path))
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


class DeduplicateLeversTask(PlanTask):
    """Brainstorming repeats itself, so sort out what says the same."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "plan_type": self.clone(PlanTypeTask),
            "potential_levers": self.clone(PotentialLeversTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.DEDUPLICATED_LEVERS_RAW),
        }

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["identify_purpose"]["markdown"].open("r") as f:
                identify_purpose_markdown = f.read()
            with self.input()["plan_type"]["markdown"].open("r") as f:
                plan_type_markdown = f.read()
            with self.input()["potential_levers"]["clean"].open("r") as f:
                lever_item_list = json.load(f)

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<purpose>\n{identify_purpose_markdown}\n</purpose>\n\n"
                f"<plan-type>\n{plan_type_markdown}\n</plan-type>"
            )

            llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"  # Step 3: LLM interaction, pending
            interaction_id = db_service.create_llm_interaction({
                "plan_id": plan_id,
                "llm_model": llm_model,
                "stage": "deduplicate_levers",
                "status": "pending",
                "prompt_text": json.dumps(
                    {"project_context": query, "levers": lever_item_list}, ensure_ascii=False,
                    default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                ),
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            deduplicate_levers = DeduplicateLevers.execute(
                llm_executor,
                project_context=query,
                levers=lever_item_list,
            )
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(deduplicate_levers.to_dict(), indent=2)  # Step 5: the answer
            last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
            db_service.update_llm_interaction(interaction_id, {
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
                "llm_model": getattr(last_attempt, "llm_model", llm_model),
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 002-11-deduplicated_levers_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.DEDUPLICATED_LEVERS_RAW.value,
                "stage": "deduplicate_levers",
                "content_type": "json",
                "content": raw_content,
            })

            # Write the result to disk.
            output_raw_path = self.output()["raw"].path
            deduplicate_levers.save_raw(str(output_raw_path))
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


class EnrichLeversTask(PlanTask):
    """Say what each lever controls and which others it touches."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "plan_type": self.clone(PlanTypeTask),
            "deduplicate_levers": self.clone(DeduplicateLeversTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.ENRICHED_LEVERS_RAW),
        }

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["identify_purpose"]["markdown"].open("r") as f:
                identify_purpose_markdown = f.read()
            with self.input()["plan_type"]["markdown"].open("r") as f:
                plan_type_markdown = f.read()
            with self.input()["deduplicate_levers"]["raw"].open("r") as f:
                json_dict = json.load(f)
                levers = json_dict["deduplicated_levers"]

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<purpose>\n{identify_purpose_markdown}\n</purpose>\n\n"
                f"<plan-type>\n{plan_type_markdown}\n</plan-type>"
            )

            llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"  # Step 3: LLM interaction, pending
            interaction_id = db_service.create_llm_interaction({
                "plan_id": plan_id,
                "llm_model": llm_model,
                "stage": "enrich_levers",
                "status": "pending",
                "prompt_text": json.dumps(
                    {"project_context": query, "levers": levers}, ensure_ascii=False,
                    default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                ),
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            # The levers go in batches; all of them in one prompt makes small models sloppy.
            enrich_potential_levers = EnrichPotentialLevers.execute(llm_executor, query, levers)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(enrich_potential_levers.to_dict(), indent=2)  # Step 5: the answer
            last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
            db_service.update_llm_interaction(interaction_id, {
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
                "llm_model": getattr(last_attempt, "llm_model", llm_model),
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 002-12-enriched_levers_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.ENRICHED_LEVERS_RAW.value,
                "stage": "enrich_levers",
                "content_type": "json",
                "content": raw_content,
            })

            # Write the result to disk.
            enrich_potential_levers.save_raw(self.output()["raw"].path)
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


class FocusOnVitalFewLeversTask(PlanTask):
    """Apply the 80/20 rule."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "plan_type": self.clone(PlanTypeTask),
            "enriched_levers": self.clone(EnrichLeversTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.VITAL_FEW_LEVERS_RAW),
        }

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["identify_purpose"]["markdown"].open("r") as f:
                identify_purpose_markdown = f.read()
            with self.input()["plan_type"]["markdown"].open("r") as f:
                plan_type_markdown = f.read()
            with self.input()["enriched_levers"]["raw"].open("r") as f:
                levers = json.load(f)["enriched_levers"]

            # A triple-quoted prompt: its indentation is part of the text.
            query = f"""<plan>
{plan_prompt}
</plan>

<purpose>
{identify_purpose_markdown}
</purpose>

  <plan-type>
{plan_type_markdown}
  </plan-type>"""

            llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"  # Step 3: LLM interaction, pending
            interaction_id = db_service.create_llm_interaction({
                "plan_id": plan_id,
                "llm_model": llm_model,
                "stage": "focus_on_vital_few_levers",
                "status": "pending",
                "prompt_text": json.dumps(
                    {"project_context": query, "levers": levers}, ensure_ascii=False,
                    default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                ),
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            focus_on_vital_few_levers = FocusOnVitalFewLevers.execute(llm_executor, project_context=query, levers=levers)
            duration_seconds = time.perf_counter() - start_time
            # Step 5: the answer
            vital_few_levers_raw_content = json.dumps(focus_on_vital_few_levers.to_dict(), indent=2)
            last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
            db_service.update_llm_interaction(interaction_id, {
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": vital_few_levers_raw_content,
                "llm_model": getattr(last_attempt, "llm_model", llm_model),
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 002-13-vital_few_levers_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.VITAL_FEW_LEVERS_RAW.value,
                "stage": "focus_on_vital_few_levers",
                "content_type": "json",
                "content": vital_few_levers_raw_content,
            })

            # Write the result to disk.
            output_raw_path = self.file_path(FilenameEnum.VITAL_FEW_LEVERS_RAW)
            focus_on_vital_few_levers.save_raw(str(output_raw_path))
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


class StrategicDecisionsMarkdownTask(PlanTask):
    """A page that people can read. There is no LLM involved."""

    def requires(self):
        return {
            "enriched_levers": self.clone(EnrichLeversTask),
            "levers_vital_few": self.clone(FocusOnVitalFewLeversTask),
        }

    def output(self):
        return {
            "markdown": self.local_target(FilenameEnum.STRATEGIC_DECISIONS_MARKDOWN),
        }

    def run(self):
        db_service = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["enriched_levers"]["raw"].open("r") as f:
                enriched_levers = json.load(f)["enriched_levers"]
            with self.input()["levers_vital_few"]["raw"].open("r") as f:
                vital_data = json.load(f)

            result = StrategicDecisionsMarkdown.create(
                enriched_levers=enriched_levers,
                vital_levers=vital_data["vital_levers"],
                summary=vital_data["summary"],
            )

            markdown_content = result.markdown  # Step 6: persist 002-14-strategic_decisions.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.STRATEGIC_DECISIONS_MARKDOWN.value,
                "stage": "strategic_decisions_markdown",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Write the result to disk.
            output_markdown_path = self.output()["markdown"].path
            result.save_markdown(output_markdown_path)
        finally:
            if db_service is not None:  # Step 9: close the database service
                db_service.close()


class CandidateScenariosTask(PlanTask):
    """Combine the vital levers into scenarios."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "plan_type": self.clone(PlanTypeTask),
            "levers_vital_few": self.clone(FocusOnVitalFewLeversTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.CANDIDATE_SCENARIOS_RAW),
            "clean": self.local_target(FilenameEnum.CANDIDATE_SCENARIOS_CLEAN),
        }

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["identify_purpose"]["markdown"].open("r") as f:
                identify_purpose_markdown = f.read()
            with self.input()["plan_type"]["markdown"].open("r") as f:
                plan_type_markdown = f.read()
            with self.input()["levers_vital_few"]["raw"].open("r") as f:
                vital_levers = json.load(f)["vital_levers"]
            logger.info("Combining %d levers into scenarios", len(vital_levers))

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<purpose>\n{identify_purpose_markdown}\n</purpose>\n\n"
                f"<plan-type>\n{plan_type_markdown}\n</plan-type>"
            )

            llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"  # Step 3: LLM interaction, pending
            interaction_id = db_service.create_llm_interaction({
                "plan_id": plan_id,
                "llm_model": llm_model,
                "stage": "candidate_scenarios",
                "status": "pending",
                "prompt_text": json.dumps(
                    {"project_context": query, "vital_levers": vital_levers}, ensure_ascii=False,
                    default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                ),
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            scenarios = CandidateScenarios.execute(
                llm_executor=llm_executor,
                project_context=query,
                vital_levers=vital_levers,
            )
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(scenarios.to_dict(), indent=2)  # Step 5: the answer
            last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
            db_service.update_llm_interaction(interaction_id, {
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
                "llm_model": getattr(last_attempt, "llm_model", llm_model),
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 002-15-candidate_scenarios_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.CANDIDATE_SCENARIOS_RAW.value,
                "stage": "candidate_scenarios",
                "content_type": "json",
                "content": raw_content,
            })
            clean_content = json.dumps(  # Step 6: persist 002-16-candidate_scenarios.json
                {'core_tension': scenarios.exchange.response.core_tension, 'scenarios': scenarios.scenarios}, indent=2
            )
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.CANDIDATE_SCENARIOS_CLEAN.value,
                "stage": "candidate_scenarios",
                "content_type": "json",
                "content": clean_content,
            })

            # Write the results to disk.
            output_raw_path = self.output()["raw"].path
            output_clean_path = self.output()["clean"].path
            scenarios.save_raw(output_raw_path)
            scenarios.save_clean(output_clean_path)
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


class SelectScenarioTask(PlanTask):
    """Choose the scenario that the rest of the plan follows."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "plan_type": self.clone(PlanTypeTask),
            "levers_vital_few": self.clone(FocusOnVitalFewLeversTask),
            "candidate_scenarios": self.clone(CandidateScenariosTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.SELECTED_SCENARIO_RAW),
            "clean": self.local_target(FilenameEnum.SELECTED_SCENARIO_CLEAN),
        }

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["identify_purpose"]["markdown"].open("r") as f:
                identify_purpose_markdown = f.read()
            with self.input()["plan_type"]["markdown"].open("r") as f:
                plan_type_markdown = f.read()
            with self.input()["levers_vital_few"]["raw"].open("r") as f:
                lever_summary = json.load(f)["summary"]
            with self.input()["candidate_scenarios"]["clean"].open("r") as f:
                scenarios_list = json.load(f).get("scenarios", [])

            if not scenarios_list:
                raise ValueError("There are no scenarios to choose from.")

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<purpose>\n{identify_purpose_markdown}\n</purpose>\n\n"
                f"<plan-type>\n{plan_type_markdown}\n</plan-type>\n\n"
                f"<levers>\n{lever_summary}\n</levers>"
            )

            llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"  # Step 3: LLM interaction, pending
            interaction_id = db_service.create_llm_interaction({
                "plan_id": plan_id,
                "llm_model": llm_model,
                "stage": "select_scenario",
                "status": "pending",
                "prompt_text": json.dumps(
                    {"project_context": query, "scenarios": scenarios_list}, ensure_ascii=False,
                    default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                ),
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            select_scenario = SelectScenario.execute(
                llm_executor=llm_executor,
                project_context=query,
                scenarios=scenarios_list,
            )
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(select_scenario.to_dict(), indent=2)  # Step 5: the answer
            last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
            db_service.update_llm_interaction(interaction_id, {
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
                "llm_model": getattr(last_attempt, "llm_model", llm_model),
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 002-17-selected_scenario_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.SELECTED_SCENARIO_RAW.value,
                "stage": "select_scenario",
                "content_type": "json",
                "content": raw_content,
            })
            with tempfile.TemporaryDirectory() as scratch_dir:  # Step 6: persist 002-18-selected_scenario.json
                scratch_path = os.path.join(scratch_dir, "content.json")
                select_scenario.save_clean(scratch_path)
                with open(scratch_path, encoding="utf-8", newline="") as scratch_file:
                    clean_content = scratch_file.read()
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.SELECTED_SCENARIO_CLEAN.value,
                "stage": "select_scenario",
                "content_type": "json",
                "content": clean_content,
            })

            # Write the results to disk.
            select_scenario.save_raw(str(self.output()["raw"].path))
            select_scenario.save_clean(str(self.output()["clean"].path))
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


class ScenariosMarkdownTask(PlanTask):
    """The choice between the scenarios as a page. There is no LLM involved."""

    def requires(self):
        return {
            "candidate_scenarios": self.clone(CandidateScenariosTask),
            "selected_scenario": self.clone(SelectScenarioTask),
        }

    def output(self):
        return {
            "markdown": self.local_target(FilenameEnum.SCENARIOS_MARKDOWN),
        }

    def run(self):
        db_service = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["candidate_scenarios"]["clean"].open("r") as f:
                candidates = json.load(f)
            with self.input()["selected_scenario"]["clean"].open("r") as f:
                selected = json.load(f)

            scenarios_markdown = ScenariosMarkdown(candidates, selected)

            markdown_content = scenarios_markdown.to_markdown()  # Step 6: persist 002-19-scenarios.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.SCENARIOS_MARKDOWN.value,
                "stage": "scenarios_markdown",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Write the result to disk.
            output_markdown_path = self.output()["markdown"].path
            scenarios_markdown.save_markdown(str(output_markdown_path))
        finally:
            if db_service is not None:  # Step 9: close the database service
                db_service.close()
