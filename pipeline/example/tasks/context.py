"""Where, in which money, and what may go wrong."""

import json
import logging
import time  # database-first steps

from pipeline.example.domain.context import CurrencyStrategy, IdentifyRisks, PhysicalLocations
from pipeline.example.filenames import FilenameEnum
from pipeline.llm.base import LLM
from pipeline.plan_task import PlanTask

from .setup import SetupTask
from .analysis import IdentifyPurposeTask, PlanTypeTask
from .strategic_planning import StrategicDecisionsMarkdownTask, ScenariosMarkdownTask

logger = logging.getLogger(__name__)


class PhysicalLocationsTask(PlanTask):
    """Propose locations, unless the plan is purely digital."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "plan_type": self.clone(PlanTypeTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.PHYSICAL_LOCATIONS_RAW),
            "markdown": self.local_target(FilenameEnum.PHYSICAL_LOCATIONS_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("Identifying physical locations...")

            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["identify_purpose"]["raw"].open("r") as f:
                identify_purpose_dict = json.load(f)
            with self.input()["plan_type"]["raw"].open("r") as f:
                plan_type_dict = json.load(f)
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()

            output_raw_path = self.output()["raw"].path
            output_markdown_path = self.output()["markdown"].path

            plan_type = plan_type_dict["response"].get("plan_type")
            if plan_type == "physical":
                query = (
                    f"<plan>\n{plan_prompt}\n</plan>\n\n"
                    f"<purpose>\n{json.dumps(identify_purpose_dict['response'], indent=2)}\n</purpose>\n\n"
                    f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                    f"<scenarios>\n{scenarios_markdown}\n</scenarios>"
                )

                interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                    "plan_id": plan_id,
                    "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                    "stage": "physical_locations",
                    "status": "pending",
                    "prompt_text": query,
                }).id
                start_time = time.perf_counter()  # Step 4: the LLM call, timed

                physical_locations = PhysicalLocations.execute(llm, query)
                duration_seconds = time.perf_counter() - start_time
                raw_content = json.dumps(physical_locations.to_dict(), indent=2)  # Step 5: the answer
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": raw_content,
                })
                interaction_id = None
                db_service.create_plan_content({  # Step 6: persist 002-20-physical_locations_raw.json
                    "plan_id": plan_id,
                    "filename": FilenameEnum.PHYSICAL_LOCATIONS_RAW.value,
                    "stage": "physical_locations",
                    "content_type": "json",
                    "content": raw_content,
                })
                markdown_content = physical_locations.to_markdown()  # Step 6: persist 002-21-physical_locations.md
                db_service.create_plan_content({
                    "plan_id": plan_id,
                    "filename": FilenameEnum.PHYSICAL_LOCATIONS_MARKDOWN.value,
                    "stage": "physical_locations",
                    "content_type": "markdown",
                    "content": markdown_content,
                })

                # Write the physical locations to disk.
                physical_locations.save_raw(str(output_raw_path))
                physical_locations.save_markdown(str(output_markdown_path))
            else:
                # A digital plan needs no place; a model that is asked anyway makes one up.
                logger.info(f"Plan type is {plan_type!r}, so there are no locations to look for.")
                data = {
                    "comment": "The plan is carried out entirely with computers. No location is needed.",
                    "response": {"requirements": [], "locations": []},
                }

                db_raw_content = json.dumps(data, indent=2)  # Step 6: persist 002-20-physical_locations_raw.json
                db_service.create_plan_content({
                    "plan_id": plan_id,
                    "filename": FilenameEnum.PHYSICAL_LOCATIONS_RAW.value,
                    "stage": "physical_locations",
                    "content_type": "json",
                    "content": db_raw_content,
                })
                with open(output_raw_path, "w") as f:
                    json.dump(data, f, indent=2)

                markdown = "The plan is carried out entirely with computers. **No location is needed.**\n"

                db_service.create_plan_content({  # Step 6: persist 002-21-physical_locations.md
                    "plan_id": plan_id,
                    "filename": FilenameEnum.PHYSICAL_LOCATIONS_MARKDOWN.value,
                    "stage": "physical_locations",
                    "content_type": "markdown",
                    "content": markdown,
                })
                with open(output_markdown_path, "w", encoding="utf-8") as f:
                    f.write(markdown)
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


class CurrencyStrategyTask(PlanTask):
    """Choose the currencies."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "plan_type": self.clone(PlanTypeTask),
            "physical_locations": self.clone(PhysicalLocationsTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.CURRENCY_STRATEGY_RAW),
            "markdown": self.local_target(FilenameEnum.CURRENCY_STRATEGY_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["identify_purpose"]["raw"].open("r") as f:
                identify_purpose_dict = json.load(f)
            with self.input()["plan_type"]["raw"].open("r") as f:
                plan_type_dict = json.load(f)
            with self.input()["physical_locations"]["markdown"].open("r") as f:
                physical_locations_markdown = f.read()
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<purpose>\n{json.dumps(identify_purpose_dict['response'], indent=2)}\n</purpose>\n\n"
                f"<plan-type>\n{json.dumps(plan_type_dict['response'], indent=2)}\n</plan-type>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<locations>\n{physical_locations_markdown}\n</locations>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "currency_strategy",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            currency_strategy = CurrencyStrategy.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(currency_strategy.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 002-22-currency_strategy_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.CURRENCY_STRATEGY_RAW.value,
                "stage": "currency_strategy",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = currency_strategy.to_markdown()  # Step 6: persist 002-23-currency_strategy.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.CURRENCY_STRATEGY_MARKDOWN.value,
                "stage": "currency_strategy",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Write the result to disk.
            output_raw_path = self.output()["raw"].path
            currency_strategy.save_raw(str(output_raw_path))
            output_markdown_path = self.output()["markdown"].path
            currency_strategy.save_markdown(str(output_markdown_path))
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


class IdentifyRisksTask(PlanTask):
    """List what may go wrong."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "plan_type": self.clone(PlanTypeTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "physical_locations": self.clone(PhysicalLocationsTask),
            "currency_strategy": self.clone(CurrencyStrategyTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.IDENTIFY_RISKS_RAW),
            "markdown": self.local_target(FilenameEnum.IDENTIFY_RISKS_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("Identifying risks...")

            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["identify_purpose"]["raw"].open("r") as f:
                identify_purpose_dict = json.load(f)
            with self.input()["plan_type"]["raw"].open("r") as f:
                plan_type_dict = json.load(f)
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["physical_locations"]["markdown"].open("r") as f:
                physical_locations_markdown = f.read()
            with self.input()["currency_strategy"]["markdown"].open("r") as f:
                currency_strategy_markdown = f.read()

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<purpose>\n{json.dumps(identify_purpose_dict['response'], indent=2)}\n</purpose>\n\n"
                f"<plan-type>\n{json.dumps(plan_type_dict['response'], indent=2)}\n</plan-type>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<locations>\n{physical_locations_markdown}\n</locations>\n\n"
                f"<currencies>\n{currency_strategy_markdown}\n</currencies>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "identify_risks",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            identify_risks = IdentifyRisks.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(identify_risks.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 003-1-identify_risks_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.IDENTIFY_RISKS_RAW.value,
                "stage": "identify_risks",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = identify_risks.to_markdown()  # Step 6: persist 003-2-identify_risks.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.IDENTIFY_RISKS_MARKDOWN.value,
                "stage": "identify_risks",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Write the result to disk.
            output_raw_path = self.output()["raw"].path
            identify_risks.save_raw(str(output_raw_path))
            output_markdown_path = self.output()["markdown"].path
            identify_risks.save_markdown(str(output_markdown_path))
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
