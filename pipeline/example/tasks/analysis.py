"""The first look at the plan."""

import json  # database-first steps
import logging
import time  # database-first steps

from pipeline.example.domain.analysis import IdentifyPlanType, IdentifyPurpose, PremiseAttack, RedlineGate
from pipeline.example.filenames import FilenameEnum
from pipeline.llm.base import LLM
from pipeline.llm.executor import LLMExecutor
from pipeline.plan_task import PlanTask

from .setup import SetupTask

logger = logging.getLogger(__name__)


class RedlineGateTask(PlanTask):
    """May anybody help with this plan at all?"""

    def requires(self):
        return self.clone(SetupTask)

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.REDLINE_GATE_RAW),
            "markdown": self.local_target(FilenameEnum.REDLINE_GATE_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input().open("r") as f:
                plan_prompt = f.read()

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "redline_gate",
                "status": "pending",
                "prompt_text": plan_prompt,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            # Judge the plan as it was typed in, before anything is added to it.
            redline_gate = RedlineGate.execute(llm, user_prompt=plan_prompt)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(redline_gate.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 002-1-redline_gate.json
                "plan_id": plan_id,
                "filename": FilenameEnum.REDLINE_GATE_RAW.value,
                "stage": "redline_gate",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = redline_gate.markdown  # Step 6: persist 002-2-redline_gate.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.REDLINE_GATE_MARKDOWN.value,
                "stage": "redline_gate",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Write the result to disk.
            output_raw_path = self.output()["raw"].path
            redline_gate.save_raw(str(output_raw_path))
            output_markdown_path = self.output()["markdown"].path
            redline_gate.save_markdown(str(output_markdown_path))
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


class PremiseAttackTask(PlanTask):
    """Is the premise worth a plan?"""

    def requires(self):
        return self.clone(SetupTask)

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.PREMISE_ATTACK_RAW),
            "markdown": self.local_target(FilenameEnum.PREMISE_ATTACK_MARKDOWN),
        }

    def run_inner(self):
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            llm_executor: LLMExecutor = self.create_llm_executor()

            # Read inputs from required tasks.
            with self.input().open("r") as f:
                plan_prompt = f.read()

            llm_model = str(self.llm_models[0]) if self.llm_models else "unknown"  # Step 3: LLM interaction, pending
            interaction_id = db_service.create_llm_interaction({
                "plan_id": plan_id,
                "llm_model": llm_model,
                "stage": "premise_attack",
                "status": "pending",
                "prompt_text": plan_prompt,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            # Several critics, one call each, so a broken model is replaced for the rest of them.
            premise_attack = PremiseAttack.execute(llm_executor, user_prompt=plan_prompt)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(premise_attack.to_dict(), indent=2)  # Step 5: the answer
            last_attempt = llm_executor.get_last_attempt()  # Step 5: LLM interaction, completed
            db_service.update_llm_interaction(interaction_id, {
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
                "llm_model": getattr(last_attempt, "llm_model", llm_model),
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 002-3-premise_attack.json
                "plan_id": plan_id,
                "filename": FilenameEnum.PREMISE_ATTACK_RAW.value,
                "stage": "premise_attack",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = premise_attack.to_markdown()  # Step 6: persist 002-4-premise_attack.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.PREMISE_ATTACK_MARKDOWN.value,
                "stage": "premise_attack",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Write the result to disk.
            output_raw_path = self.output()["raw"].path
            premise_attack.save_raw(output_raw_path)
            output_markdown_path = self.output()["markdown"].path
            premise_attack.save_markdown(output_markdown_path)
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


class IdentifyPurposeTask(PlanTask):
    """Is this a business, a private or another matter?"""

    def requires(self):
        return self.clone(SetupTask)

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.IDENTIFY_PURPOSE_RAW),
            "markdown": self.local_target(FilenameEnum.IDENTIFY_PURPOSE_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("Identifying purpose of the plan...")

            # Read inputs from required tasks.
            with self.input().open("r") as f:
                plan_prompt = f.read()

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "identify_purpose",
                "status": "pending",
                "prompt_text": plan_prompt,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            identify_purpose = IdentifyPurpose.execute(llm, plan_prompt)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(identify_purpose.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 002-5-identify_purpose_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.IDENTIFY_PURPOSE_RAW.value,
                "stage": "identify_purpose",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = identify_purpose.to_markdown()  # Step 6: persist 002-6-identify_purpose.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.IDENTIFY_PURPOSE_MARKDOWN.value,
                "stage": "identify_purpose",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Write the result to disk.
            identify_purpose.save_raw(self.output()["raw"].path)
            identify_purpose.save_markdown(self.output()["markdown"].path)
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


class PlanTypeTask(PlanTask):
    """Does the plan need a place in the world?"""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
        }

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.PLAN_TYPE_RAW),
            "markdown": self.local_target(FilenameEnum.PLAN_TYPE_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["setup"].open("r") as f:
                plan_prompt = f.read()
            with self.input()["identify_purpose"]["markdown"].open("r") as f:
                identify_purpose_markdown = f.read()

            # The purpose helps with plans that are only hinted at.
            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<purpose>\n{identify_purpose_markdown}\n</purpose>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "plan_type",
                "status": "pending",
                "prompt_text": query,
            }).id
            start_time = time.perf_counter()  # Step 4: the LLM call, timed

            identify_plan_type = IdentifyPlanType.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            raw_content = json.dumps(identify_plan_type.to_dict(), indent=2)  # Step 5: the answer
            db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                "status": "completed",
                "duration_seconds": duration_seconds,
                "response_text": raw_content,
            })
            interaction_id = None
            db_service.create_plan_content({  # Step 6: persist 002-7-plan_type_raw.json
                "plan_id": plan_id,
                "filename": FilenameEnum.PLAN_TYPE_RAW.value,
                "stage": "plan_type",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = identify_plan_type.to_markdown()  # Step 6: persist 002-8-plan_type.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.PLAN_TYPE_MARKDOWN.value,
                "stage": "plan_type",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Write the result to disk.
            output_raw_path = self.output()["raw"].path
            identify_plan_type.save_raw(str(output_raw_path))
            output_markdown_path = self.output()["markdown"].path
            identify_plan_type.save_markdown(str(output_markdown_path))
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
