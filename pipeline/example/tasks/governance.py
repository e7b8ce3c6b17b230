"""Who watches over the project."""

import json  # database-first steps
import logging
import time  # database-first steps

from pipeline.example.domain.governance import (
    GovernancePhase1Audit,
    GovernancePhase2Bodies,
    GovernancePhase3ImplPlan,
    GovernancePhase4DecisionEscalationMatrix,
    GovernancePhase5MonitoringProgress,
    GovernancePhase6Extra,
)
from pipeline.example.filenames import FilenameEnum
from pipeline.llm.base import LLM
from pipeline.plan_task import PlanTask

from .setup import SetupTask
from .strategic_planning import StrategicDecisionsMarkdownTask, ScenariosMarkdownTask
from .assumptions import ConsolidateAssumptionsMarkdownTask
from .planning import ProjectPlanTask

logger = logging.getLogger(__name__)


class GovernancePhase1AuditTask(PlanTask):
    """Audit and transparency."""

    def requires(self):
        return {
            'setup': self.clone(SetupTask),
            'strategic_decisions_markdown': self.clone(StrategicDecisionsMarkdownTask),
            'scenarios_markdown': self.clone(ScenariosMarkdownTask),
            'consolidate_assumptions_markdown': self.clone(ConsolidateAssumptionsMarkdownTask),
            'project_plan': self.clone(ProjectPlanTask),
        }

    def output(self):
        return {
            'raw': self.local_target(FilenameEnum.GOVERNANCE_PHASE1_AUDIT_RAW),
            'markdown': self.local_target(FilenameEnum.GOVERNANCE_PHASE1_AUDIT_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()['setup'].open('r') as f:
                plan_prompt = f.read()
            with self.input()['strategic_decisions_markdown']['markdown'].open('r') as f:
                strategic_decisions_markdown = f.read()
            with self.input()['scenarios_markdown']['markdown'].open('r') as f:
                scenarios_markdown = f.read()
            with self.input()['consolidate_assumptions_markdown']['short'].open('r') as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()['project_plan']['markdown'].open('r') as f:
                project_plan_markdown = f.read()

            # Build the query.
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
                "stage": "governance_phase1_audit",
                "status": "pending",
                "prompt_text": query,
            }).id

            # Execute.
            try:
                start_time = time.perf_counter()  # Step 4: the LLM call, timed
                governance_phase1_audit = GovernancePhase1Audit.execute(llm, query)
                duration_seconds = time.perf_counter() - start_time
            except Exception as e:
                if interaction_id is not None:  # Step 8: LLM interaction, failed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": f"{type(e).__name__}: {e}",
                    })
                    interaction_id = None
                logger.error("GovernancePhase1Audit failed: %s", e)
                raise
            else:
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": json.dumps(governance_phase1_audit.to_dict(), indent=2),
                })
                interaction_id = None

            # Step 6: persist 006-1-governance_phase1_audit_raw.json
            raw_content = json.dumps(governance_phase1_audit.to_dict(), indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.GOVERNANCE_PHASE1_AUDIT_RAW.value,
                "stage": "governance_phase1_audit",
                "content_type": "json",
                "content": raw_content,
            })
            markdown_content = governance_phase1_audit.to_markdown()  # Step 6: persist 006-2-governance_phase1_audit.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.GOVERNANCE_PHASE1_AUDIT_MARKDOWN.value,
                "stage": "governance_phase1_audit",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Save the results.
            output_raw_path = self.output()['raw'].path
            output_markdown_path = self.output()['markdown'].path
            governance_phase1_audit.save_raw(str(output_raw_path))
            governance_phase1_audit.save_markdown(str(output_markdown_path))
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


class GovernancePhase2BodiesTask(PlanTask):
    """Which bodies decide and supervise."""

    def requires(self):
        return {
            'setup': self.clone(SetupTask),
            'strategic_decisions_markdown': self.clone(StrategicDecisionsMarkdownTask),
            'scenarios_markdown': self.clone(ScenariosMarkdownTask),
            'consolidate_assumptions_markdown': self.clone(ConsolidateAssumptionsMarkdownTask),
            'project_plan': self.clone(ProjectPlanTask),
            'governance_phase1_audit': self.clone(GovernancePhase1AuditTask),
        }

    def output(self):
        return {
            'raw': self.local_target(FilenameEnum.GOVERNANCE_PHASE2_BODIES_RAW),
            'markdown': self.local_target(FilenameEnum.GOVERNANCE_PHASE2_BODIES_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()['setup'].open('r') as f:
                plan_prompt = f.read()
            with self.input()['strategic_decisions_markdown']['markdown'].open('r') as f:
                strategic_decisions_markdown = f.read()
            with self.input()['scenarios_markdown']['markdown'].open('r') as f:
                scenarios_markdown = f.read()
            with self.input()['consolidate_assumptions_markdown']['short'].open('r') as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()['project_plan']['markdown'].open('r') as f:
                project_plan_markdown = f.read()
            with self.input()['governance_phase1_audit']['markdown'].open('r') as f:
                governance_phase1_audit_markdown = f.read()

            # Build the query.
            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<audit>\n{governance_phase1_audit_markdown}\n</audit>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "governance_phase2_bodies",
                "status": "pending",
                "prompt_text": query,
            }).id

            # Execute.
            try:
                start_time = time.perf_counter()  # Step 4: the LLM call, timed
                governance_phase2_bodies = GovernancePhase2Bodies.execute(llm, query)
                duration_seconds = time.perf_counter() - start_time
            except Exception as e:
                if interaction_id is not None:  # Step 8: LLM interaction, failed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": f"{type(e).__name__}: {e}",
                    })
                    interaction_id = None
                logger.error("GovernancePhase2Bodies failed: %s", e)
                raise
            else:
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": json.dumps(governance_phase2_bodies.to_dict(), indent=2),
                })
                interaction_id = None

            # Step 6: persist 006-3-governance_phase2_bodies_raw.json
            raw_content = json.dumps(governance_phase2_bodies.to_dict(), indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.GOVERNANCE_PHASE2_BODIES_RAW.value,
                "stage": "governance_phase2_bodies",
                "content_type": "json",
                "content": raw_content,
            })
            # Step 6: persist 006-4-governance_phase2_bodies.md
            markdown_content = governance_phase2_bodies.to_markdown()
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.GOVERNANCE_PHASE2_BODIES_MARKDOWN.value,
                "stage": "governance_phase2_bodies",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Save the results.
            governance_phase2_bodies.save_raw(self.output()['raw'].path)
            governance_phase2_bodies.save_markdown(self.output()['markdown'].path)
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


class GovernancePhase3ImplPlanTask(PlanTask):
    """How the bodies come into being."""

    def requires(self):
        return {
            'setup': self.clone(SetupTask),
            'strategic_decisions_markdown': self.clone(StrategicDecisionsMarkdownTask),
            'scenarios_markdown': self.clone(ScenariosMarkdownTask),
            'consolidate_assumptions_markdown': self.clone(ConsolidateAssumptionsMarkdownTask),
            'project_plan': self.clone(ProjectPlanTask),
            'governance_phase2_bodies': self.clone(GovernancePhase2BodiesTask),
        }

    def output(self):
        return {
            'raw': self.local_target(FilenameEnum.GOVERNANCE_PHASE3_IMPL_PLAN_RAW),
            'markdown': self.local_target(FilenameEnum.GOVERNANCE_PHASE3_IMPL_PLAN_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()['setup'].open('r') as f:
                plan_prompt = f.read()
            with self.input()['strategic_decisions_markdown']['markdown'].open('r') as f:
                strategic_decisions_markdown = f.read()
            with self.input()['scenarios_markdown']['markdown'].open('r') as f:
                scenarios_markdown = f.read()
            with self.input()['consolidate_assumptions_markdown']['short'].open('r') as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()['project_plan']['markdown'].open('r') as f:
                project_plan_markdown = f.read()
            with self.input()['governance_phase2_bodies']['markdown'].open('r') as f:
                governance_phase2_bodies_markdown = f.read()

            # The whole of the earlier phases goes in, so that names of bodies and roles stay the same.
            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<bodies>\n{governance_phase2_bodies_markdown}\n</bodies>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "governance_phase3_impl_plan",
                "status": "pending",
                "prompt_text": query,
            }).id

            # Execute.
            try:
                start_time = time.perf_counter()  # Step 4: the LLM call, timed
                governance_phase3_impl_plan = GovernancePhase3ImplPlan.execute(llm, query)
                duration_seconds = time.perf_counter() - start_time
            except Exception as e:
                if interaction_id is not None:  # Step 8: LLM interaction, failed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": f"{type(e).__name__}: {e}",
                    })
                    interaction_id = None
                logger.error("GovernancePhase3ImplPlan failed: %s", e)
                raise
            else:
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": json.dumps(governance_phase3_impl_plan.to_dict(), indent=2),
                })
                interaction_id = None

            # Step 6: persist 006-5-governance_phase3_impl_plan_raw.json
            raw_content = json.dumps(governance_phase3_impl_plan.to_dict(), indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.GOVERNANCE_PHASE3_IMPL_PLAN_RAW.value,
                "stage": "governance_phase3_impl_plan",
                "content_type": "json",
                "content": raw_content,
            })
            # Step 6: persist 006-6-governance_phase3_impl_plan.md
            markdown_content = governance_phase3_impl_plan.to_markdown()
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.GOVERNANCE_PHASE3_IMPL_PLAN_MARKDOWN.value,
                "stage": "governance_phase3_impl_plan",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Save the results.
            output_raw_path = self.output()['raw'].path
            output_markdown_path = self.output()['markdown'].path
            governance_phase3_impl_plan.save_raw(str(output_raw_path))
            governance_phase3_impl_plan.save_markdown(str(output_markdown_path))
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


class GovernancePhase4DecisionEscalationMatrixTask(PlanTask):
    """Which issue goes to which body."""

    def requires(self):
        return {
            'setup': self.clone(SetupTask),
            'strategic_decisions_markdown': self.clone(StrategicDecisionsMarkdownTask),
            'scenarios_markdown': self.clone(ScenariosMarkdownTask),
            'consolidate_assumptions_markdown': self.clone(ConsolidateAssumptionsMarkdownTask),
            'project_plan': self.clone(ProjectPlanTask),
            'governance_phase2_bodies': self.clone(GovernancePhase2BodiesTask),
            'governance_phase3_impl_plan': self.clone(GovernancePhase3ImplPlanTask),
        }

    def output(self):
        return {
            'raw': self.local_target(FilenameEnum.GOVERNANCE_PHASE4_DECISION_ESCALATION_MATRIX_RAW),
            'markdown': self.local_target(FilenameEnum.GOVERNANCE_PHASE4_DECISION_ESCALATION_MATRIX_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()['setup'].open('r') as f:
                plan_prompt = f.read()
            with self.input()['strategic_decisions_markdown']['markdown'].open('r') as f:
                strategic_decisions_markdown = f.read()
            with self.input()['scenarios_markdown']['markdown'].open('r') as f:
                scenarios_markdown = f.read()
            with self.input()['consolidate_assumptions_markdown']['short'].open('r') as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()['project_plan']['markdown'].open('r') as f:
                project_plan_markdown = f.read()
            with self.input()['governance_phase2_bodies']['markdown'].open('r') as f:
                governance_phase2_bodies_markdown = f.read()
            with self.input()['governance_phase3_impl_plan']['markdown'].open('r') as f:
                governance_phase3_impl_plan_markdown = f.read()

            # The whole of the earlier phases goes in, so that names of bodies and roles stay the same.
            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<bodies>\n{governance_phase2_bodies_markdown}\n</bodies>\n\n"
                f"<implementation>\n{governance_phase3_impl_plan_markdown}\n</implementation>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "governance_phase4_decision_escalation_matrix",
                "status": "pending",
                "prompt_text": query,
            }).id

            # Execute.
            try:
                start_time = time.perf_counter()  # Step 4: the LLM call, timed
                governance_phase4_decision_escalation_matrix = GovernancePhase4DecisionEscalationMatrix.execute(llm, query)
                duration_seconds = time.perf_counter() - start_time
            except Exception as e:
                if interaction_id is not None:  # Step 8: LLM interaction, failed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": f"{type(e).__name__}: {e}",
                    })
                    interaction_id = None
                logger.error("GovernancePhase4DecisionEscalationMatrix failed: %s", e)
                raise
            else:
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": json.dumps(governance_phase4_decision_escalation_matrix.to_dict(), indent=2),
                })
                interaction_id = None

            # Step 6: persist 006-7-governance_phase4_decision_escalation_matrix_raw.json
            raw_content = json.dumps(governance_phase4_decision_escalation_matrix.to_dict(), indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.GOVERNANCE_PHASE4_DECISION_ESCALATION_MATRIX_RAW.value,
                "stage": "governance_phase4_decision_escalation_matrix",
                "content_type": "json",
                "content": raw_content,
            })
            # Step 6: persist 006-8-governance_phase4_decision_escalation_matrix.md
            markdown_content = governance_phase4_decision_escalation_matrix.to_markdown()
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.GOVERNANCE_PHASE4_DECISION_ESCALATION_MATRIX_MARKDOWN.value,
                "stage": "governance_phase4_decision_escalation_matrix",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Save the results.
            governance_phase4_decision_escalation_matrix.save_raw(self.output()['raw'].path)
            governance_phase4_decision_escalation_matrix.save_markdown(self.output()['markdown'].path)
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


class GovernancePhase5MonitoringProgressTask(PlanTask):
    """How progress is watched."""

    def requires(self):
        return {
            'setup': self.clone(SetupTask),
            'strategic_decisions_markdown': self.clone(StrategicDecisionsMarkdownTask),
            'scenarios_markdown': self.clone(ScenariosMarkdownTask),
            'consolidate_assumptions_markdown': self.clone(ConsolidateAssumptionsMarkdownTask),
            'project_plan': self.clone(ProjectPlanTask),
            'governance_phase2_bodies': self.clone(GovernancePhase2BodiesTask),
            'governance_phase3_impl_plan': self.clone(GovernancePhase3ImplPlanTask),
            'governance_phase4_decision_escalation_matrix': self.clone(GovernancePhase4DecisionEscalationMatrixTask),
        }

    def output(self):
        return {
            'raw': self.local_target(FilenameEnum.GOVERNANCE_PHASE5_MONITORING_PROGRESS_RAW),
            'markdown': self.local_target(FilenameEnum.GOVERNANCE_PHASE5_MONITORING_PROGRESS_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()['setup'].open('r') as f:
                plan_prompt = f.read()
            with self.input()['strategic_decisions_markdown']['markdown'].open('r') as f:
                strategic_decisions_markdown = f.read()
            with self.input()['scenarios_markdown']['markdown'].open('r') as f:
                scenarios_markdown = f.read()
            with self.input()['consolidate_assumptions_markdown']['short'].open('r') as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()['project_plan']['markdown'].open('r') as f:
                project_plan_markdown = f.read()
            with self.input()['governance_phase2_bodies']['markdown'].open('r') as f:
                governance_phase2_bodies_markdown = f.read()
            with self.input()['governance_phase3_impl_plan']['markdown'].open('r') as f:
                governance_phase3_impl_plan_markdown = f.read()
            with self.input()['governance_phase4_decision_escalation_matrix']['markdown'].open('r') as f:
                governance_phase4_decision_escalation_matrix_markdown = f.read()

            # The whole of the earlier phases goes in, so that names of bodies and roles stay the same.
            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<bodies>\n{governance_phase2_bodies_markdown}\n</bodies>\n\n"
                f"<implementation>\n{governance_phase3_impl_plan_markdown}\n</implementation>\n\n"
                f"<escalation>\n{governance_phase4_decision_escalation_matrix_markdown}\n</escalation>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "governance_phase5_monitoring_progress",
                "status": "pending",
                "prompt_text": query,
            }).id

            # Execute.
            try:
                start_time = time.perf_counter()  # Step 4: the LLM call, timed
                governance_phase5_monitoring_progress = GovernancePhase5MonitoringProgress.execute(llm, query)
                duration_seconds = time.perf_counter() - start_time
            except Exception as e:
                if interaction_id is not None:  # Step 8: LLM interaction, failed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": f"{type(e).__name__}: {e}",
                    })
                    interaction_id = None
                logger.error("GovernancePhase5MonitoringProgress failed: %s", e)
                raise
            else:
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": json.dumps(governance_phase5_monitoring_progress.to_dict(), indent=2),
                })
                interaction_id = None

            # Step 6: persist 006-9-governance_phase5_monitoring_progress_raw.json
            raw_content = json.dumps(governance_phase5_monitoring_progress.to_dict(), indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.GOVERNANCE_PHASE5_MONITORING_PROGRESS_RAW.value,
                "stage": "governance_phase5_monitoring_progress",
                "content_type": "json",
                "content": raw_content,
            })
            # Step 6: persist 006-10-governance_phase5_monitoring_progress.md
            markdown_content = governance_phase5_monitoring_progress.to_markdown()
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.GOVERNANCE_PHASE5_MONITORING_PROGRESS_MARKDOWN.value,
                "stage": "governance_phase5_monitoring_progress",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Save the results.
            output_raw_path = self.output()['raw'].path
            output_markdown_path = self.output()['markdown'].path
            governance_phase5_monitoring_progress.save_raw(str(output_raw_path))
            governance_phase5_monitoring_progress.save_markdown(str(output_markdown_path))
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


class GovernancePhase6ExtraTask(PlanTask):
    """Gaps and tough questions."""

    def requires(self):
        return {
            'setup': self.clone(SetupTask),
            'strategic_decisions_markdown': self.clone(StrategicDecisionsMarkdownTask),
            'scenarios_markdown': self.clone(ScenariosMarkdownTask),
            'consolidate_assumptions_markdown': self.clone(ConsolidateAssumptionsMarkdownTask),
            'project_plan': self.clone(ProjectPlanTask),
            'governance_phase1_audit': self.clone(GovernancePhase1AuditTask),
            'governance_phase2_bodies': self.clone(GovernancePhase2BodiesTask),
            'governance_phase3_impl_plan': self.clone(GovernancePhase3ImplPlanTask),
            'governance_phase4_decision_escalation_matrix': self.clone(GovernancePhase4DecisionEscalationMatrixTask),
            'governance_phase5_monitoring_progress': self.clone(GovernancePhase5MonitoringProgressTask),
        }

    def output(self):
        return {
            'raw': self.local_target(FilenameEnum.GOVERNANCE_PHASE6_EXTRA_RAW),
            'markdown': self.local_target(FilenameEnum.GOVERNANCE_PHASE6_EXTRA_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()['setup'].open('r') as f:
                plan_prompt = f.read()
            with self.input()['strategic_decisions_markdown']['markdown'].open('r') as f:
                strategic_decisions_markdown = f.read()
            with self.input()['scenarios_markdown']['markdown'].open('r') as f:
                scenarios_markdown = f.read()
            with self.input()['consolidate_assumptions_markdown']['short'].open('r') as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()['project_plan']['markdown'].open('r') as f:
                project_plan_markdown = f.read()
            with self.input()['governance_phase1_audit']['markdown'].open('r') as f:
                governance_phase1_audit_markdown = f.read()
            with self.input()['governance_phase2_bodies']['markdown'].open('r') as f:
                governance_phase2_bodies_markdown = f.read()
            with self.input()['governance_phase3_impl_plan']['markdown'].open('r') as f:
                governance_phase3_impl_plan_markdown = f.read()
            with self.input()['governance_phase4_decision_escalation_matrix']['markdown'].open('r') as f:
                governance_phase4_decision_escalation_matrix_markdown = f.read()
            with self.input()['governance_phase5_monitoring_progress']['markdown'].open('r') as f:
                governance_phase5_monitoring_progress_markdown = f.read()

            # The whole of the earlier phases goes in, so that names of bodies and roles stay the same.
            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<audit>\n{governance_phase1_audit_markdown}\n</audit>\n\n"
                f"<bodies>\n{governance_phase2_bodies_markdown}\n</bodies>\n\n"
                f"<implementation>\n{governance_phase3_impl_plan_markdown}\n</implementation>\n\n"
                f"<escalation>\n{governance_phase4_decision_escalation_matrix_markdown}\n</escalation>\n\n"
                f"<monitoring>\n{governance_phase5_monitoring_progress_markdown}\n</monitoring>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "governance_phase6_extra",
                "status": "pending",
                "prompt_text": query,
            }).id

            # Execute.
            try:
                start_time = time.perf_counter()  # Step 4: the LLM call, timed
                governance_phase6_extra = GovernancePhase6Extra.execute(llm, query)
                duration_seconds = time.perf_counter() - start_time
            except Exception as e:
                if interaction_id is not None:  # Step 8: LLM interaction, failed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": f"{type(e).__name__}: {e}",
                    })
                    interaction_id = None
                logger.error("GovernancePhase6Extra failed: %s", e)
                raise
            else:
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": json.dumps(governance_phase6_extra.to_dict(), indent=2),
                })
                interaction_id = None

            # Step 6: persist 006-11-governance_phase6_extra_raw.json
            raw_content = json.dumps(governance_phase6_extra.to_dict(), indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.GOVERNANCE_PHASE6_EXTRA_RAW.value,
                "stage": "governance_phase6_extra",
                "content_type": "json",
                "content": raw_content,
            })
            # Step 6: persist 006-12-governance_phase6_extra.md
            markdown_content = governance_phase6_extra.to_markdown()
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.GOVERNANCE_PHASE6_EXTRA_MARKDOWN.value,
                "stage": "governance_phase6_extra",
                "content_type": "markdown",
                "content": markdown_content,
            })

            # Save the results.
            governance_phase6_extra.save_raw(self.output()['raw'].path)
            governance_phase6_extra.save_markdown(self.output()['markdown'].path)
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


class ConsolidateGovernanceTask(PlanTask):
    """The governance of the project on one page. There is no LLM involved."""

    def requires(self):
        return {
            'governance_phase1_audit': self.clone(GovernancePhase1AuditTask),
            'governance_phase2_bodies': self.clone(GovernancePhase2BodiesTask),
            'governance_phase3_impl_plan': self.clone(GovernancePhase3ImplPlanTask),
            'governance_phase4_decision_escalation_matrix': self.clone(GovernancePhase4DecisionEscalationMatrixTask),
            'governance_phase5_monitoring_progress': self.clone(GovernancePhase5MonitoringProgressTask),
            'governance_phase6_extra': self.clone(GovernancePhase6ExtraTask),
        }

    def output(self):
        return self.local_target(FilenameEnum.CONSOLIDATE_GOVERNANCE_MARKDOWN)

    def run_inner(self):
        db_service = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()['governance_phase1_audit']['markdown'].open('r') as f:
                governance_phase1_audit_markdown = f.read()
            with self.input()['governance_phase2_bodies']['markdown'].open('r') as f:
                governance_phase2_bodies_markdown = f.read()
            with self.input()['governance_phase3_impl_plan']['markdown'].open('r') as f:
                governance_phase3_impl_plan_markdown = f.read()
            with self.input()['governance_phase4_decision_escalation_matrix']['markdown'].open('r') as f:
                governance_phase4_markdown = f.read()
            with self.input()['governance_phase5_monitoring_progress']['markdown'].open('r') as f:
                governance_phase5_markdown = f.read()
            with self.input()['governance_phase6_extra']['markdown'].open('r') as f:
                governance_phase6_extra_markdown = f.read()

            # Build the document.
            markdown = []
            markdown.append(f"# Audit and transparency\n\n{governance_phase1_audit_markdown}")
            markdown.append(f"# Governance bodies\n\n{governance_phase2_bodies_markdown}")
            markdown.append(f"# Setting up the bodies\n\n{governance_phase3_impl_plan_markdown}")
            markdown.append(f"# Escalation matrix\n\n{governance_phase4_markdown}")
            markdown.append(f"# Monitoring\n\n{governance_phase5_markdown}")
            markdown.append(f"# Gaps and tough questions\n\n{governance_phase6_extra_markdown}")

            content = "\n\n".join(markdown)

            db_service.create_plan_content({  # Step 6: persist 006-13-consolidate_governance.md
                "plan_id": plan_id,
                "filename": FilenameEnum.CONSOLIDATE_GOVERNANCE_MARKDOWN.value,
                "stage": "consolidate_governance",
                "content_type": "markdown",
                "content": content,
            })

            with self.output().open('w') as f:
                f.write(content)
        finally:
            if db_service is not None:  # Step 9: close the database service
                db_service.close()
