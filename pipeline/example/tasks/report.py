"""The report, and the end of the run."""

import json
import logging

from pipeline.example.domain.report import ReportGenerator
from pipeline.example.filenames import FilenameEnum
from pipeline.plan_task import PlanTask

from .setup import StartTimeTask, SetupTask
from .analysis import RedlineGateTask, PremiseAttackTask, IdentifyPurposeTask, PlanTypeTask
from .strategic_planning import (
    PotentialLeversTask,
    DeduplicateLeversTask,
    EnrichLeversTask,
    FocusOnVitalFewLeversTask,
    StrategicDecisionsMarkdownTask,
    CandidateScenariosTask,
    SelectScenarioTask,
    ScenariosMarkdownTask,
)
from .context import PhysicalLocationsTask, CurrencyStrategyTask, IdentifyRisksTask
from .assumptions import (
    MakeAssumptionsTask,
    DistillAssumptionsTask,
    ReviewAssumptionsTask,
    ConsolidateAssumptionsMarkdownTask,
)
from .planning import PreProjectAssessmentTask, ProjectPlanTask
from .governance import (
    GovernancePhase1AuditTask,
    GovernancePhase2BodiesTask,
    GovernancePhase3ImplPlanTask,
    GovernancePhase4DecisionEscalationMatrixTask,
    GovernancePhase5MonitoringProgressTask,
    GovernancePhase6ExtraTask,
    ConsolidateGovernanceTask,
)
from .resources import RelatedResourcesTask
from .team import (
    FindTeamMembersTask,
    EnrichTeamMembersWithContractTypeTask,
    EnrichTeamMembersWithBackgroundStoryTask,
    EnrichTeamMembersWithEnvironmentInfoTask,
    ReviewTeamTask,
    TeamMarkdownTask,
)
from .expert_review import SWOTAnalysisTask, ExpertReviewTask
from .documents import (
    DataCollectionTask,
    IdentifyDocumentsTask,
    FilterDocumentsToFindTask,
    FilterDocumentsToCreateTask,
    DraftDocumentsToFindTask,
    DraftDocumentsToCreateTask,
    MarkdownWithDocumentsToCreateAndFindTask,
)
from .wbs import (
    CreateWBSLevel1Task,
    CreateWBSLevel2Task,
    WBSProjectLevel1AndLevel2Task,
    IdentifyTaskDependenciesTask,
    EstimateTaskDurationsTask,
    CreateWBSLevel3Task,
    WBSProjectLevel1AndLevel2AndLevel3Task,
)
from .schedule import CreateScheduleTask
from .pitch_and_summary import (
    CreatePitchTask,
    ConvertPitchToMarkdownTask,
    ReviewPlanTask,
    ExecutiveSummaryTask,
    QuestionsAndAnswersTask,
    PremortemTask,
)

logger = logging.getLogger(__name__)


class ReportTask(PlanTask):
    """One page with everything that people read. There is no LLM involved."""

    def requires(self):
        return {
            "setup": self.clone(SetupTask),
            "redline_gate": self.clone(RedlineGateTask),
            "premise_attack": self.clone(PremiseAttackTask),
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
            "wbs_level1": self.clone(CreateWBSLevel1Task),
            "wbs_project123": self.clone(WBSProjectLevel1AndLevel2AndLevel3Task),
            "expert_review": self.clone(ExpertReviewTask),
            "project_plan": self.clone(ProjectPlanTask),
            "review_plan": self.clone(ReviewPlanTask),
            "executive_summary": self.clone(ExecutiveSummaryTask),
            "create_schedule": self.clone(CreateScheduleTask),
            "questions_and_answers": self.clone(QuestionsAndAnswersTask),
            "premortem": self.clone(PremortemTask),
        }

    def output(self):
        return self.local_target(FilenameEnum.REPORT)

    def run_inner(self):
        db_service = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # The title comes from the work breakdown structure.
            with self.input()["wbs_level1"]["project_title"].open("r") as f:
                title = json.load(f)

            rg = ReportGenerator()
            rg.append_markdown("Executive summary", self.input()["executive_summary"]["markdown"].path)
            # The three schedules show the same thing; the interactive one is the one to look at.
            rg.append_html("Schedule", self.input()["create_schedule"]["dhtmlx_html"].path)
            rg.append_markdown("Pitch", self.input()["pitch_markdown"]["markdown"].path)
            rg.append_markdown("Project plan", self.input()["project_plan"]["markdown"].path)
            rg.append_markdown("Strategic decisions", self.input()["strategic_decisions_markdown"]["markdown"].path)
            rg.append_markdown("Scenarios", self.input()["scenarios_markdown"]["markdown"].path)
            rg.append_markdown("Assumptions", self.input()["consolidate_assumptions_markdown"]["full"].path)
            rg.append_markdown("Governance", self.input()["consolidate_governance"].path)
            rg.append_markdown("Related projects", self.input()["related_resources"]["markdown"].path)
            rg.append_markdown("Data to collect", self.input()["data_collection"]["markdown"].path)
            rg.append_markdown("Documents", self.input()["documents_to_create_and_find"].path)
            rg.append_markdown("SWOT analysis", self.input()["swot_analysis"]["markdown"].path)
            rg.append_markdown("Team", self.input()["team_markdown"].path)
            rg.append_markdown("Expert criticism", self.input()["expert_review"].path)
            rg.append_csv("Work breakdown structure", self.input()["wbs_project123"]["csv"].path)
            rg.append_markdown("Review", self.input()["review_plan"]["markdown"].path)
            rg.append_html("Questions and answers", self.input()["questions_and_answers"]["html"].path)
            rg.append_markdown("Premortem", self.input()["premortem"]["markdown"].path)
            rg.append_markdown("Redline gate", self.input()["redline_gate"]["markdown"].path)
            rg.append_markdown("Premise attack", self.input()["premise_attack"]["markdown"].path)
            rg.append_text("The plan as it was asked for", self.input()["setup"].path)

            report_content = rg.generate_html(title)  # Step 6: persist 029-report.html
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.REPORT.value,
                "stage": "report",
                "content_type": "html",
                "content": report_content,
            })
            rg.save_report(self.output().path, title=title)

            logger.info("The report is at %s", self.output().path)
        finally:
            if db_service is not None:  # Step 9: close the database service
                db_service.close()


class FullPlanPipeline(PlanTask):
    """Requires everything, so that everything runs."""

    def requires(self):
        return {
            "start_time": self.clone(StartTimeTask),
            "setup": self.clone(SetupTask),
            "redline_gate": self.clone(RedlineGateTask),
            "premise_attack": self.clone(PremiseAttackTask),
            "identify_purpose": self.clone(IdentifyPurposeTask),
            "plan_type": self.clone(PlanTypeTask),
            "potential_levers": self.clone(PotentialLeversTask),
            "deduplicate_levers": self.clone(DeduplicateLeversTask),
            "enriched_levers": self.clone(EnrichLeversTask),
            "focus_on_vital_few_levers": self.clone(FocusOnVitalFewLeversTask),
            "strategic_decisions_markdown": self.clone(StrategicDecisionsMarkdownTask),
            "candidate_scenarios": self.clone(CandidateScenariosTask),
            "select_scenario": self.clone(SelectScenarioTask),
            "scenarios_markdown": self.clone(ScenariosMarkdownTask),
            "physical_locations": self.clone(PhysicalLocationsTask),
            "currency_strategy": self.clone(CurrencyStrategyTask),
            "identify_risks": self.clone(IdentifyRisksTask),
            "make_assumptions": self.clone(MakeAssumptionsTask),
            "assumptions": self.clone(DistillAssumptionsTask),
            "review_assumptions": self.clone(ReviewAssumptionsTask),
            "consolidate_assumptions_markdown": self.clone(ConsolidateAssumptionsMarkdownTask),
            "pre_project_assessment": self.clone(PreProjectAssessmentTask),
            "project_plan": self.clone(ProjectPlanTask),
            "governance_phase1_audit": self.clone(GovernancePhase1AuditTask),
            "governance_phase2_bodies": self.clone(GovernancePhase2BodiesTask),
            "governance_phase3_impl_plan": self.clone(GovernancePhase3ImplPlanTask),
            "governance_phase4_decision_escalation_matrix": self.clone(GovernancePhase4DecisionEscalationMatrixTask),
            "governance_phase5_monitoring_progress": self.clone(GovernancePhase5MonitoringProgressTask),
            "governance_phase6_extra": self.clone(GovernancePhase6ExtraTask),
            "consolidate_governance": self.clone(ConsolidateGovernanceTask),
            "related_resources": self.clone(RelatedResourcesTask),
            "find_team_members": self.clone(FindTeamMembersTask),
            "enrich_team_members_with_contract_type": self.clone(EnrichTeamMembersWithContractTypeTask),
            "enrich_team_members_with_background_story": self.clone(EnrichTeamMembersWithBackgroundStoryTask),
            "enrich_team_members_with_environment_info": self.clone(EnrichTeamMembersWithEnvironmentInfoTask),
            "review_team": self.clone(ReviewTeamTask),
            "team_markdown": self.clone(TeamMarkdownTask),
            "swot_analysis": self.clone(SWOTAnalysisTask),
            "expert_review": self.clone(ExpertReviewTask),
            "data_collection": self.clone(DataCollectionTask),
            "identified_documents": self.clone(IdentifyDocumentsTask),
            "filter_documents_to_find": self.clone(FilterDocumentsToFindTask),
            "filter_documents_to_create": self.clone(FilterDocumentsToCreateTask),
            "draft_documents_to_find": self.clone(DraftDocumentsToFindTask),
            "draft_documents_to_create": self.clone(DraftDocumentsToCreateTask),
            "documents_to_create_and_find": self.clone(MarkdownWithDocumentsToCreateAndFindTask),
            "wbs_level1": self.clone(CreateWBSLevel1Task),
            "wbs_level2": self.clone(CreateWBSLevel2Task),
            "wbs_project12": self.clone(WBSProjectLevel1AndLevel2Task),
            "pitch_raw": self.clone(CreatePitchTask),
            "pitch_markdown": self.clone(ConvertPitchToMarkdownTask),
            "dependencies": self.clone(IdentifyTaskDependenciesTask),
            "durations": self.clone(EstimateTaskDurationsTask),
            "wbs_level3": self.clone(CreateWBSLevel3Task),
            "wbs_project123": self.clone(WBSProjectLevel1AndLevel2AndLevel3Task),
            "plan_evaluator": self.clone(ReviewPlanTask),
            "executive_summary": self.clone(ExecutiveSummaryTask),
            "create_schedule": self.clone(CreateScheduleTask),
            "questions_and_answers": self.clone(QuestionsAndAnswersTask),
            "premortem": self.clone(PremortemTask),
            "report": self.clone(ReportTask),
        }

    def output(self):
        return self.local_target(FilenameEnum.PIPELINE_COMPLETE)

    def run_inner(self):
        db_service = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Step 6: persist 999-pipeline_complete.txt
            pipeline_complete_content = 'All tasks of the pipeline are complete.\n'
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.PIPELINE_COMPLETE.value,
                "stage": "full_plan_pipeline",
                "content_type": "txt",
                "content": pipeline_complete_content,
            })
            with self.output().open("w") as f:
                f.write("All tasks of the pipeline are complete.\n")
        finally:
            if db_service is not None:  # Step 9: close the database service
                db_service.close()
