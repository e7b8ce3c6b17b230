"""What the plan takes for granted."""

import json
import logging
import time  # database-first steps

from pipeline.example.domain.assumptions import DistillAssumptions, MakeAssumptions, ReviewAssumptions
from pipeline.example.domain.shorten_markdown import ShortenMarkdown
from pipeline.example.filenames import FilenameEnum
from pipeline.llm.base import LLM
from pipeline.llm.executor import LLMExecutor, PipelineStopRequested
from pipeline.plan_task import PlanTask

from .setup import SetupTask
from .analysis import IdentifyPurposeTask, PlanTypeTask
from .strategic_planning import StrategicDecisionsMarkdownTask, ScenariosMarkdownTask
from .context import PhysicalLocationsTask, CurrencyStrategyTask, IdentifyRisksTask

logger = logging.getLogger(__name__)


class MakeAssumptionsTask(PlanTask):
    """Answer the questions that the plan leaves open."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "plan_type": self.clone(PlanTypeTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "physical_locations": self.clone(PhysicalLocationsTask),
            "currency_strategy": self.clone(CurrencyStrategyTask),
            "identify_risks": self.clone(IdentifyRisksTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.MAKE_ASSUMPTIONS_RAW),
            "clean": self.local_target(FilenameEnum.MAKE_ASSUMPTIONS_CLEAN),
            "markdown": self.local_target(FilenameEnum.MAKE_ASSUMPTIONS_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("Making assumptions about the plan...")

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
            with self.input()["identify_risks"]["markdown"].open("r") as f:
                identify_risks_markdown = f.read()

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<purpose>\n{json.dumps(identify_purpose_dict['response'], indent=2)}\n</purpose>\n\n"
                f"<plan-type>\n{json.dumps(plan_type_dict['response'], indent=2)}\n</plan-type>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<locations>\n{physical_locations_markdown}\n</locations>\n\n"
                f"<currencies>\n{currency_strategy_markdown}\n</currencies>\n\n"
                f"<risks>\n{identify_risks_markdown}\n</risks>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "make_assumptions",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            make_assumptions = MakeAssumptions.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(make_assumptions.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 003-3-make_assumptions_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.MAKE_ASSUMPTIONS_RAW.value,
                "stage": "make_assumptions",
                "content_type": "json",
                "content": raw_content,
            })
            # Step 6: persist 003-4-make_assumptions.json
            clean_content = json.dumps(make_assumptions.assumptions, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.MAKE_ASSUMPTIONS_CLEAN.value,
                "stage": "make_assumptions",
                "content_type": "json",
                "content": clean_content,
            })
            markdown_content = make_assumptions.to_markdown()  # Step 6: persist 003-5-make_assumptions.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.MAKE_ASSUMPTIONS_MARKDOWN.value,
                "stage": "make_assumptions",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Write the result to disk.
            output_raw_path = self.output()["raw"].path
            make_assumptions.save_raw(str(output_raw_path))
            output_clean_path = self.output()["clean"].path
            make_assumptions.save_assumptions(str(output_clean_path))
            output_markdown_path = self.output()["markdown"].path
            make_assumptions.save_markdown(str(output_markdown_path))
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


class DistillAssumptionsTask(PlanTask):
    """The assumptions in one sentence each."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "make_assumptions": self.clone(MakeAssumptionsTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.DISTILL_ASSUMPTIONS_RAW),
            "markdown": self.local_target(FilenameEnum.DISTILL_ASSUMPTIONS_MARKDOWN),
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
            with self.input()["strategic_decisions_markdown"]["markdown"].open("r") as f:
                strategic_decisions_markdown = f.read()
            with self.input()["scenarios_markdown"]["markdown"].open("r") as f:
                scenarios_markdown = f.read()
            with self.input()["make_assumptions"]["clean"].open("r") as f:
                assumptions_raw_data = json.load(f)

            # Non-ASCII characters stay readable, "\u20ac" is not a price.
            assumptions_json = json.dumps(assumptions_raw_data, ensure_ascii=False, separators=(",", ":"))
            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<purpose>\n{json.dumps(identify_purpose_dict['response'], indent=2)}\n</purpose>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{assumptions_json}\n</assumptions>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "distill_assumptions",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            distill_assumptions = DistillAssumptions.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(distill_assumptions.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 003-6-distill_assumptions_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.DISTILL_ASSUMPTIONS_RAW.value,
                "stage": "distill_assumptions",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = distill_assumptions.to_markdown()  # Step 6: persist 003-7-distill_assumptions.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.DISTILL_ASSUMPTIONS_MARKDOWN.value,
                "stage": "distill_assumptions",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Write the result to disk.
            output_raw_path = self.output()["raw"].path
            distill_assumptions.save_raw(str(output_raw_path))
            output_markdown_path = self.output()["markdown"].path
            distill_assumptions.save_markdown(str(output_markdown_path))
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


class ReviewAssumptionsTask(PlanTask):
    """Find the weak points of the assumptions."""

    def requires(self):
        return {
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "plan_type": self.clone(PlanTypeTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "physical_locations": self.clone(PhysicalLocationsTask),
            "currency_strategy": self.clone(CurrencyStrategyTask),
            "identify_risks": self.clone(IdentifyRisksTask),
            "make_assumptions": self.clone(MakeAssumptionsTask),
            "distill_assumptions": self.clone(DistillAssumptionsTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.REVIEW_ASSUMPTIONS_RAW),
            "markdown": self.local_target(FilenameEnum.REVIEW_ASSUMPTIONS_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # The documents to review, in the order in which a reader needs them.
            title_key_pairs = [
                ("Purpose", "identify_purpose"),
                ("Plan type", "plan_type"),
                ("Strategic decisions", "strategic_decisions_markdown"),
                ("Scenarios", "scenarios_markdown"),
                ("Locations", "physical_locations"),
                ("Currencies", "currency_strategy"),
                ("Risks", "identify_risks"),
                ("Assumptions", "make_assumptions"),
                ("Distilled assumptions", "distill_assumptions"),
            ]

            # Read the files.
            markdown_parts = []
            for title, key in title_key_pairs:
                path = self.input()[key]["markdown"].path
                try:
                    with open(path, "r", encoding="utf-8") as f:
                        text = f.read()
                except OSError as e:
                    logger.error(f"The document {title!r} cannot be read from {path}: {e}")
                    raise
                markdown_parts.append(f"# {title}\n\n{text}")
            full_markdown = "\n\n".join(markdown_parts)

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "review_assumptions",
                "status": "pending",
                "prompt_text": full_markdown,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            review_assumptions = ReviewAssumptions.execute(llm, full_markdown)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(review_assumptions.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 003-8-review_assumptions_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.REVIEW_ASSUMPTIONS_RAW.value,
                "stage": "review_assumptions",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = review_assumptions.to_markdown()  # Step 6: persist 003-9-review_assumptions.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.REVIEW_ASSUMPTIONS_MARKDOWN.value,
                "stage": "review_assumptions",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Write the result to disk.
            output_raw_path = self.output()["raw"].path
            review_assumptions.save_raw(str(output_raw_path))
            output_markdown_path = self.output()["markdown"].path
            review_assumptions.save_markdown(str(output_markdown_path))
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


class ConsolidateAssumptionsMarkdownTask(PlanTask):
    """All that is assumed on one page, in full and in short."""

    def requires(self):
        return {
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "plan_type": self.clone(PlanTypeTask),
            "physical_locations": self.clone(PhysicalLocationsTask),
            "currency_strategy": self.clone(CurrencyStrategyTask),
            "identify_risks": self.clone(IdentifyRisksTask),
            "make_assumptions": self.clone(MakeAssumptionsTask),
            "distill_assumptions": self.clone(DistillAssumptionsTask),
            "review_assumptions": self.clone(ReviewAssumptionsTask),
        }

    def output(self):
        return {
            "full": self.local_target(FilenameEnum.CONSOLIDATE_ASSUMPTIONS_FULL_MARKDOWN),
            "short": self.local_target(FilenameEnum.CONSOLIDATE_ASSUMPTIONS_SHORT_MARKDOWN),
        }

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            llm_executor: LLMExecutor = self.create_llm_executor()

            # The sections of the page, in order.
            title_path_list = [
                ("Purpose", self.input()["identify_purpose"]["markdown"].path),
                ("Plan type", self.input()["plan_type"]["markdown"].path),
                ("Physical locations", self.input()["physical_locations"]["markdown"].path),
                ("Currency strategy", self.input()["currency_strategy"]["markdown"].path),
                ("Risks", self.input()["identify_risks"]["markdown"].path),
                ("Assumptions", self.input()["make_assumptions"]["markdown"].path),
                ("Distilled assumptions", self.input()["distill_assumptions"]["markdown"].path),
                ("Review of the assumptions", self.input()["review_assumptions"]["markdown"].path),
            ]

            full_markdown_sections = []
            short_markdown_sections = []
            for title, path in title_path_list:
                with open(path, "r", encoding="utf-8") as f:
                    document = f.read()
                full_markdown_sections.append(f"# {title}\n\n{document}")

                def execute_shorten_markdown(llm: LLM) -> ShortenMarkdown:
                    return ShortenMarkdown.execute(llm, document)

                # Step 3: LLM interaction, pending
                llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"
                interaction_id = db_service.create_llm_interaction({
                    "plan_id": plan_id,
                    "llm_model": llm_model,
                    "stage": "consolidate_assumptions_markdown",
                    "status": "pending",
                    "prompt_text": document,
                }).id

                try:
                    start_time = time.perf_counter()  # Step 4: the LLM call, timed
                    shorten_markdown = llm_executor.run(execute_shorten_markdown)
                    duration_seconds = time.perf_counter() - start_time
                except PipelineStopRequested:
                    # The user wants to stop; that is not a section that failed.
                    raise
                except Exception as e:
                    if interaction_id is not None:  # Step 8: LLM interaction, failed
                        db_service.update_llm_interaction(interaction_id, {
                            "status": "failed",
                            "error_message": f"{type(e).__name__}: {e}",
                        })
                        interaction_id = None
                    # One section that cannot be shortened is no reason to lose the page.
                    logger.error(f"The section {title!r} could not be shortened: {e}")
                    short_markdown_sections.append(f"# {title}\n\n*This section could not be shortened.*")
                    continue
                else:
                    last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "completed",
                        "duration_seconds": duration_seconds,
                        "response_text": str(shorten_markdown.response),
                        "llm_model": getattr(last_attempt, "llm_model", llm_model),
                    })
                    interaction_id = None
                short_markdown_sections.append(f"# {title}\n\n{shorten_markdown.markdown}")

            # Write both versions to disk.
            full_markdown = "\n\n".join(full_markdown_sections)

            db_service.create_plan_content({  # Step 6: persist 003-10-consolidate_assumptions_full.md
                "plan_id": plan_id,
                "filename": FilenameEnum.CONSOLIDATE_ASSUMPTIONS_FULL_MARKDOWN.value,
                "stage": "consolidate_assumptions_markdown",
                "content_type": "markdown",
                "content": full_markdown,
            })
            output_full_markdown_path = self.output()["full"].path
            with open(output_full_markdown_path, "w", encoding="utf-8") as f:
                f.write(full_markdown)

            short_markdown = "\n\n".join(short_markdown_sections)

            db_service.create_plan_content({  # Step 6: persist 003-11-consolidate_assumptions_short.md
                "plan_id": plan_id,
                "filename": FilenameEnum.CONSOLIDATE_ASSUMPTIONS_SHORT_MARKDOWN.value,
                "stage": "consolidate_assumptions_markdown",
                "content_type": "markdown",
                "content": short_markdown,
            })
            output_short_markdown_path = self.output()["short"].path
            with open(output_short_markdown_path, "w", encoding="utf-8") as f:
                f.write(short_markdown)
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
