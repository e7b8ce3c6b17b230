"""The pipeline before the refactoring: 61 tasks and the one that closes the run."""

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
from .report import ReportTask, FullPlanPipeline

__all__ = [
    "StartTimeTask",
    "SetupTask",
    "RedlineGateTask",
    "PremiseAttackTask",
    "IdentifyPurposeTask",
    "PlanTypeTask",
    "PotentialLeversTask",
    "DeduplicateLeversTask",
    "EnrichLeversTask",
    "FocusOnVitalFewLeversTask",
    "StrategicDecisionsMarkdownTask",
    "CandidateScenariosTask",
    "SelectScenarioTask",
    "ScenariosMarkdownTask",
    "PhysicalLocationsTask",
    "CurrencyStrategyTask",
    "IdentifyRisksTask",
    "MakeAssumptionsTask",
    "DistillAssumptionsTask",
    "ReviewAssumptionsTask",
    "ConsolidateAssumptionsMarkdownTask",
    "PreProjectAssessmentTask",
    "ProjectPlanTask",
    "GovernancePhase1AuditTask",
    "GovernancePhase2BodiesTask",
    "GovernancePhase3ImplPlanTask",
    "GovernancePhase4DecisionEscalationMatrixTask",
    "GovernancePhase5MonitoringProgressTask",
    "GovernancePhase6ExtraTask",
    "ConsolidateGovernanceTask",
    "RelatedResourcesTask",
    "FindTeamMembersTask",
    "EnrichTeamMembersWithContractTypeTask",
    "EnrichTeamMembersWithBackgroundStoryTask",
    "EnrichTeamMembersWithEnvironmentInfoTask",
    "ReviewTeamTask",
    "TeamMarkdownTask",
    "SWOTAnalysisTask",
    "ExpertReviewTask",
    "DataCollectionTask",
    "IdentifyDocumentsTask",
    "FilterDocumentsToFindTask",
    "FilterDocumentsToCreateTask",
    "DraftDocumentsToFindTask",
    "DraftDocumentsToCreateTask",
    "MarkdownWithDocumentsToCreateAndFindTask",
    "CreateWBSLevel1Task",
    "CreateWBSLevel2Task",
    "WBSProjectLevel1AndLevel2Task",
    "CreatePitchTask",
    "ConvertPitchToMarkdownTask",
    "IdentifyTaskDependenciesTask",
    "EstimateTaskDurationsTask",
    "CreateWBSLevel3Task",
    "WBSProjectLevel1AndLevel2AndLevel3Task",
    "CreateScheduleTask",
    "ReviewPlanTask",
    "ExecutiveSummaryTask",
    "QuestionsAndAnswersTask",
    "PremortemTask",
    "ReportTask",
    "FullPlanPipeline",
]
