"""The people that the project needs, described step by step."""

import json
import logging
import time  # database-first steps

from pipeline.example.domain.team import (
    EnrichTeamMembersWithBackgroundStory,
    EnrichTeamMembersWithContractType,
    EnrichTeamMembersWithEnvironmentInfo,
    FindTeamMembers,
    ReviewTeam,
)
from pipeline.example.domain.team_markdown import TeamMarkdownDocumentBuilder
from pipeline.example.filenames import FilenameEnum
from pipeline.llm.base import LLM
from pipeline.plan_task import PlanTask

from .setup import SetupTask
from .strategic_planning import StrategicDecisionsMarkdownTask, ScenariosMarkdownTask
from .assumptions import ConsolidateAssumptionsMarkdownTask
from .planning import PreProjectAssessmentTask, ProjectPlanTask
from .resources import RelatedResourcesTask

logger = logging.getLogger(__name__)


class FindTeamMembersTask(PlanTask):
    """Which roles does the project need?"""

    def requires(self):
        return {
            'setup': self.clone(SetupTask),
            'strategic_decisions_markdown': self.clone(StrategicDecisionsMarkdownTask),
            'scenarios_markdown': self.clone(ScenariosMarkdownTask),
            'consolidate_assumptions_markdown': self.clone(ConsolidateAssumptionsMarkdownTask),
            'preproject': self.clone(PreProjectAssessmentTask),
            'project_plan': self.clone(ProjectPlanTask),
            'related_resources': self.clone(RelatedResourcesTask),
        }

    def output(self):
        return {
            'raw': self.local_target(FilenameEnum.FIND_TEAM_MEMBERS_RAW),
            'clean': self.local_target(FilenameEnum.FIND_TEAM_MEMBERS_CLEAN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("FindTeamMembers: loading files...")

            # Read inputs from required tasks.
            with self.input()['setup'].open('r') as f:
                plan_prompt = f.read()
            with self.input()['strategic_decisions_markdown']['markdown'].open('r') as f:
                strategic_decisions_markdown = f.read()
            with self.input()['scenarios_markdown']['markdown'].open('r') as f:
                scenarios_markdown = f.read()
            with self.input()['consolidate_assumptions_markdown']['short'].open('r') as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()['preproject']['clean'].open('r') as f:
                pre_project_assessment = json.load(f)
            with self.input()['project_plan']['markdown'].open('r') as f:
                project_plan_markdown = f.read()
            with self.input()['related_resources']['markdown'].open('r') as f:
                related_resources_markdown = f.read()

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<assessment>\n{json.dumps(pre_project_assessment, indent=2)}\n</assessment>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<related-projects>\n{related_resources_markdown}\n</related-projects>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "find_team_members",
                "status": "pending",
                "prompt_text": query,
            }).id

            # Execute.
            try:
                start_time = time.perf_counter()  # Step 4: the LLM call, timed
                find_team_members = FindTeamMembers.execute(llm, query)
                duration_seconds = time.perf_counter() - start_time
            except Exception as e:
                if interaction_id is not None:  # Step 8: LLM interaction, failed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": f"{type(e).__name__}: {e}",
                    })
                    interaction_id = None
                logger.error("FindTeamMembers failed: %s", e)
                raise
            else:
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": json.dumps(find_team_members.to_dict(), indent=2),
                })
                interaction_id = None

            # Save the raw output.
            raw_dict = find_team_members.to_dict()

            raw_content = json.dumps(raw_dict, indent=2)  # Step 6: persist 008-1-find_team_members_raw.json
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.FIND_TEAM_MEMBERS_RAW.value,
                "stage": "find_team_members",
                "content_type": "json",
                "content": raw_content,
            })
            with self.output()['raw'].open("w") as f:
                json.dump(raw_dict, f, indent=2)

            # Save the cleaned up result.
            team_member_list = find_team_members.team_member_list

            clean_content = json.dumps(team_member_list, indent=2)  # Step 6: persist 008-2-find_team_members.json
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.FIND_TEAM_MEMBERS_CLEAN.value,
                "stage": "find_team_members",
                "content_type": "json",
                "content": clean_content,
            })
            with self.output()['clean'].open("w") as f:
                json.dump(team_member_list, f, indent=2)

            logger.info("FindTeamMembers: found %d roles", len(team_member_list))
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


class EnrichTeamMembersWithContractTypeTask(PlanTask):
    """How is each of them bound to the project?"""

    def requires(self):
        return {
            'setup': self.clone(SetupTask),
            'strategic_decisions_markdown': self.clone(StrategicDecisionsMarkdownTask),
            'scenarios_markdown': self.clone(ScenariosMarkdownTask),
            'consolidate_assumptions_markdown': self.clone(ConsolidateAssumptionsMarkdownTask),
            'preproject': self.clone(PreProjectAssessmentTask),
            'project_plan': self.clone(ProjectPlanTask),
            'find_team_members': self.clone(FindTeamMembersTask),
            'related_resources': self.clone(RelatedResourcesTask),
        }

    def output(self):
        return {
            'raw': self.local_target(FilenameEnum.ENRICH_TEAM_MEMBERS_CONTRACT_TYPE_RAW),
            'clean': self.local_target(FilenameEnum.ENRICH_TEAM_MEMBERS_CONTRACT_TYPE_CLEAN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("EnrichTeamMembersWithContractType: loading files...")

            # Read inputs from required tasks.
            with self.input()['setup'].open('r') as f:
                plan_prompt = f.read()
            with self.input()['strategic_decisions_markdown']['markdown'].open('r') as f:
                strategic_decisions_markdown = f.read()
            with self.input()['scenarios_markdown']['markdown'].open('r') as f:
                scenarios_markdown = f.read()
            with self.input()['consolidate_assumptions_markdown']['short'].open('r') as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()['preproject']['clean'].open('r') as f:
                pre_project_assessment = json.load(f)
            with self.input()['project_plan']['markdown'].open('r') as f:
                project_plan_markdown = f.read()
            with self.input()['find_team_members']['clean'].open('r') as f:
                team_member_list = json.load(f)
            with self.input()['related_resources']['markdown'].open('r') as f:
                related_resources_markdown = f.read()

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<assessment>\n{json.dumps(pre_project_assessment, indent=2)}\n</assessment>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<team>\n{json.dumps(team_member_list, indent=2)}\n</team>\n\n"
                f"<related-projects>\n{related_resources_markdown}\n</related-projects>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "enrich_team_members_with_contract_type",
                "status": "pending",
                "prompt_text": json.dumps(
                    {"query": query, "team_member_list": team_member_list}, ensure_ascii=False,
                    default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                ),
            }).id

            # Execute.
            try:
                start_time = time.perf_counter()  # Step 4: the LLM call, timed
                enrich_team_members_with_contract_type = EnrichTeamMembersWithContractType.execute(llm, query, team_member_list)
                duration_seconds = time.perf_counter() - start_time
            except Exception as e:
                if interaction_id is not None:  # Step 8: LLM interaction, failed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": f"{type(e).__name__}: {e}",
                    })
                    interaction_id = None
                logger.error("EnrichTeamMembersWithContractType failed: %s", e)
                raise
            else:
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": json.dumps(enrich_team_members_with_contract_type.to_dict(), indent=2),
                })
                interaction_id = None

            # Save the raw output.
            raw_dict = enrich_team_members_with_contract_type.to_dict()

            # Step 6: persist 009-1-enrich_team_members_contract_type_raw.json
            raw_content = json.dumps(raw_dict, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.ENRICH_TEAM_MEMBERS_CONTRACT_TYPE_RAW.value,
                "stage": "enrich_team_members_with_contract_type",
                "content_type": "json",
                "content": raw_content,
            })
            with self.output()['raw'].open("w") as f:
                json.dump(raw_dict, f, indent=2)

            # Save the cleaned up result.
            team_member_list = enrich_team_members_with_contract_type.team_member_list

            # Step 6: persist 009-2-enrich_team_members_contract_type.json
            clean_content = json.dumps(team_member_list, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.ENRICH_TEAM_MEMBERS_CONTRACT_TYPE_CLEAN.value,
                "stage": "enrich_team_members_with_contract_type",
                "content_type": "json",
                "content": clean_content,
            })
            with self.output()['clean'].open("w") as f:
                json.dump(team_member_list, f, indent=2)

            logger.info("EnrichTeamMembersWithContractType: done")
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


class EnrichTeamMembersWithBackgroundStoryTask(PlanTask):
    """What would a good candidate bring?"""

    def requires(self):
        return {
            'setup': self.clone(SetupTask),
            'strategic_decisions_markdown': self.clone(StrategicDecisionsMarkdownTask),
            'scenarios_markdown': self.clone(ScenariosMarkdownTask),
            'consolidate_assumptions_markdown': self.clone(ConsolidateAssumptionsMarkdownTask),
            'preproject': self.clone(PreProjectAssessmentTask),
            'project_plan': self.clone(ProjectPlanTask),
            'enrich_team_members_with_contract_type': self.clone(EnrichTeamMembersWithContractTypeTask),
            'related_resources': self.clone(RelatedResourcesTask),
        }

    def output(self):
        return {
            'raw': self.local_target(FilenameEnum.ENRICH_TEAM_MEMBERS_BACKGROUND_STORY_RAW),
            'clean': self.local_target(FilenameEnum.ENRICH_TEAM_MEMBERS_BACKGROUND_STORY_CLEAN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("EnrichTeamMembersWithBackgroundStory: loading files...")

            # Read inputs from required tasks.
            with self.input()['setup'].open('r') as f:
                plan_prompt = f.read()
            with self.input()['strategic_decisions_markdown']['markdown'].open('r') as f:
                strategic_decisions_markdown = f.read()
            with self.input()['scenarios_markdown']['markdown'].open('r') as f:
                scenarios_markdown = f.read()
            with self.input()['consolidate_assumptions_markdown']['short'].open('r') as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()['preproject']['clean'].open('r') as f:
                pre_project_assessment = json.load(f)
            with self.input()['project_plan']['markdown'].open('r') as f:
                project_plan_markdown = f.read()
            with self.input()['enrich_team_members_with_contract_type']['clean'].open('r') as f:
                team_member_list = json.load(f)
            with self.input()['related_resources']['markdown'].open('r') as f:
                related_resources_markdown = f.read()

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<assessment>\n{json.dumps(pre_project_assessment, indent=2)}\n</assessment>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<team>\n{json.dumps(team_member_list, indent=2)}\n</team>\n\n"
                f"<related-projects>\n{related_resources_markdown}\n</related-projects>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "enrich_team_members_with_background_story",
                "status": "pending",
                "prompt_text": json.dumps(
                    {"query": query, "team_member_list": team_member_list}, ensure_ascii=False,
                    default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                ),
            }).id

            # Execute.
            try:
                start_time = time.perf_counter()  # Step 4: the LLM call, timed
                enrich_team_members_with_background_story = EnrichTeamMembersWithBackgroundStory.execute(llm, query, team_member_list)
                duration_seconds = time.perf_counter() - start_time
            except Exception as e:
                if interaction_id is not None:  # Step 8: LLM interaction, failed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": f"{type(e).__name__}: {e}",
                    })
                    interaction_id = None
                logger.error("EnrichTeamMembersWithBackgroundStory failed: %s", e)
                raise
            else:
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": json.dumps(enrich_team_members_with_background_story.to_dict(), indent=2),
                })
                interaction_id = None

            # Save the raw output.
            raw_dict = enrich_team_members_with_background_story.to_dict()

            # Step 6: persist 010-1-enrich_team_members_background_story_raw.json
            raw_content = json.dumps(raw_dict, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.ENRICH_TEAM_MEMBERS_BACKGROUND_STORY_RAW.value,
                "stage": "enrich_team_members_with_background_story",
                "content_type": "json",
                "content": raw_content,
            })
            with self.output()['raw'].open("w") as f:
                json.dump(raw_dict, f, indent=2)

            # Save the cleaned up result.
            team_member_list = enrich_team_members_with_background_story.team_member_list

            # Step 6: persist 010-2-enrich_team_members_background_story.json
            clean_content = json.dumps(team_member_list, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.ENRICH_TEAM_MEMBERS_BACKGROUND_STORY_CLEAN.value,
                "stage": "enrich_team_members_with_background_story",
                "content_type": "json",
                "content": clean_content,
            })
            with self.output()['clean'].open("w") as f:
                json.dump(team_member_list, f, indent=2)

            logger.info("EnrichTeamMembersWithBackgroundStory: done")
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


class EnrichTeamMembersWithEnvironmentInfoTask(PlanTask):
    """What does each of them work with?"""

    def requires(self):
        return {
            'setup': self.clone(SetupTask),
            'strategic_decisions_markdown': self.clone(StrategicDecisionsMarkdownTask),
            'scenarios_markdown': self.clone(ScenariosMarkdownTask),
            'consolidate_assumptions_markdown': self.clone(ConsolidateAssumptionsMarkdownTask),
            'preproject': self.clone(PreProjectAssessmentTask),
            'project_plan': self.clone(ProjectPlanTask),
            'enrich_team_members_with_background_story': self.clone(EnrichTeamMembersWithBackgroundStoryTask),
            'related_resources': self.clone(RelatedResourcesTask),
        }

    def output(self):
        return {
            'raw': self.local_target(FilenameEnum.ENRICH_TEAM_MEMBERS_ENVIRONMENT_INFO_RAW),
            'clean': self.local_target(FilenameEnum.ENRICH_TEAM_MEMBERS_ENVIRONMENT_INFO_CLEAN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("EnrichTeamMembersWithEnvironmentInfo: loading files...")

            # Read inputs from required tasks.
            with self.input()['setup'].open('r') as f:
                plan_prompt = f.read()
            with self.input()['strategic_decisions_markdown']['markdown'].open('r') as f:
                strategic_decisions_markdown = f.read()
            with self.input()['scenarios_markdown']['markdown'].open('r') as f:
                scenarios_markdown = f.read()
            with self.input()['consolidate_assumptions_markdown']['short'].open('r') as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()['preproject']['clean'].open('r') as f:
                pre_project_assessment = json.load(f)
            with self.input()['project_plan']['markdown'].open('r') as f:
                project_plan_markdown = f.read()
            with self.input()['enrich_team_members_with_background_story']['clean'].open('r') as f:
                team_member_list = json.load(f)
            with self.input()['related_resources']['markdown'].open('r') as f:
                related_resources_markdown = f.read()

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<assessment>\n{json.dumps(pre_project_assessment, indent=2)}\n</assessment>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<team>\n{json.dumps(team_member_list, indent=2)}\n</team>\n\n"
                f"<related-projects>\n{related_resources_markdown}\n</related-projects>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "enrich_team_members_with_environment_info",
                "status": "pending",
                "prompt_text": json.dumps(
                    {"query": query, "team_member_list": team_member_list}, ensure_ascii=False,
                    default=lambda value: getattr(value, "_value_", getattr(value, "__dict__", str(value)))
                ),
            }).id

            # Execute.
            try:
                start_time = time.perf_counter()  # Step 4: the LLM call, timed
                enrich_team_members_with_environment_info = EnrichTeamMembersWithEnvironmentInfo.execute(llm, query, team_member_list)
                duration_seconds = time.perf_counter() - start_time
            except Exception as e:
                if interaction_id is not None:  # Step 8: LLM interaction, failed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": f"{type(e).__name__}: {e}",
                    })
                    interaction_id = None
                logger.error("EnrichTeamMembersWithEnvironmentInfo failed: %s", e)
                raise
            else:
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": json.dumps(enrich_team_members_with_environment_info.to_dict(), indent=2),
                })
                interaction_id = None

            # Save the raw output.
            raw_dict = enrich_team_members_with_environment_info.to_dict()

            # Step 6: persist 011-1-enrich_team_members_environment_info_raw.json
            raw_content = json.dumps(raw_dict, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.ENRICH_TEAM_MEMBERS_ENVIRONMENT_INFO_RAW.value,
                "stage": "enrich_team_members_with_environment_info",
                "content_type": "json",
                "content": raw_content,
            })
            with self.output()['raw'].open("w") as f:
                json.dump(raw_dict, f, indent=2)

            # Save the cleaned up result.
            team_member_list = enrich_team_members_with_environment_info.team_member_list

            # Step 6: persist 011-2-enrich_team_members_environment_info.json
            clean_content = json.dumps(team_member_list, indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.ENRICH_TEAM_MEMBERS_ENVIRONMENT_INFO_CLEAN.value,
                "stage": "enrich_team_members_with_environment_info",
                "content_type": "json",
                "content": clean_content,
            })
            with self.output()['clean'].open("w") as f:
                json.dump(team_member_list, f, indent=2)

            logger.info("EnrichTeamMembersWithEnvironmentInfo: done")
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


class ReviewTeamTask(PlanTask):
    """Who is missing?"""

    def requires(self):
        return {
            'setup': self.clone(SetupTask),
            'strategic_decisions_markdown': self.clone(StrategicDecisionsMarkdownTask),
            'scenarios_markdown': self.clone(ScenariosMarkdownTask),
            'consolidate_assumptions_markdown': self.clone(ConsolidateAssumptionsMarkdownTask),
            'preproject': self.clone(PreProjectAssessmentTask),
            'project_plan': self.clone(ProjectPlanTask),
            'enrich_team_members_with_environment_info': self.clone(EnrichTeamMembersWithEnvironmentInfoTask),
            'related_resources': self.clone(RelatedResourcesTask),
        }

    def output(self):
        return self.local_target(FilenameEnum.REVIEW_TEAM_RAW)

    def run_with_llm(self, llm: LLM) -> None:
        db_service = interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("ReviewTeam: loading files...")

            # Read inputs from required tasks.
            with self.input()['setup'].open('r') as f:
                plan_prompt = f.read()
            with self.input()['strategic_decisions_markdown']['markdown'].open('r') as f:
                strategic_decisions_markdown = f.read()
            with self.input()['scenarios_markdown']['markdown'].open('r') as f:
                scenarios_markdown = f.read()
            with self.input()['consolidate_assumptions_markdown']['short'].open('r') as f:
                consolidate_assumptions_markdown = f.read()
            with self.input()['preproject']['clean'].open('r') as f:
                pre_project_assessment = json.load(f)
            with self.input()['project_plan']['markdown'].open('r') as f:
                project_plan_markdown = f.read()
            with self.input()['enrich_team_members_with_environment_info']['clean'].open('r') as f:
                team_member_list = json.load(f)
            with self.input()['related_resources']['markdown'].open('r') as f:
                related_resources_markdown = f.read()

            query = (
                f"<plan>\n{plan_prompt}\n</plan>\n\n"
                f"<strategic-decisions>\n{strategic_decisions_markdown}\n</strategic-decisions>\n\n"
                f"<scenarios>\n{scenarios_markdown}\n</scenarios>\n\n"
                f"<assumptions>\n{consolidate_assumptions_markdown}\n</assumptions>\n\n"
                f"<assessment>\n{json.dumps(pre_project_assessment, indent=2)}\n</assessment>\n\n"
                f"<project-plan>\n{project_plan_markdown}\n</project-plan>\n\n"
                f"<team>\n{json.dumps(team_member_list, indent=2)}\n</team>\n\n"
                f"<related-projects>\n{related_resources_markdown}\n</related-projects>"
            )

            interaction_id = db_service.create_llm_interaction({  # Step 3: LLM interaction, pending
                "plan_id": plan_id,
                "llm_model": str(getattr(llm, "model", type(llm).__name__)),
                "stage": "review_team",
                "status": "pending",
                "prompt_text": query,
            }).id

            # Execute.
            try:
                start_time = time.perf_counter()  # Step 4: the LLM call, timed
                review_team = ReviewTeam.execute(llm, query)
                duration_seconds = time.perf_counter() - start_time
            except Exception as e:
                if interaction_id is not None:  # Step 8: LLM interaction, failed
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": f"{type(e).__name__}: {e}",
                    })
                    interaction_id = None
                logger.error("ReviewTeam failed: %s", e)
                raise
            else:
                db_service.update_llm_interaction(interaction_id, {  # Step 5: LLM interaction, completed
                    "status": "completed",
                    "duration_seconds": duration_seconds,
                    "response_text": json.dumps(review_team.to_dict(), indent=2),
                })
                interaction_id = None

            # Save the raw output.
            raw_dict = review_team.to_dict()

            review_team_raw_content = json.dumps(raw_dict, indent=2)  # Step 6: persist 012-review_team_raw.json
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.REVIEW_TEAM_RAW.value,
                "stage": "review_team",
                "content_type": "json",
                "content": review_team_raw_content,
            })
            with self.output().open("w") as f:
                json.dump(raw_dict, f, indent=2)

            logger.info("ReviewTeam: done")
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


class TeamMarkdownTask(PlanTask):
    """The team on one page. There is no LLM involved."""

    def requires(self):
        return {
            'enrich_team_members_with_environment_info': self.clone(EnrichTeamMembersWithEnvironmentInfoTask),
            'review_team': self.clone(ReviewTeamTask),
        }

    def output(self):
        return self.local_target(FilenameEnum.TEAM_MARKDOWN)

    def run_inner(self):
        db_service = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            logger.info("TeamMarkdown: loading files...")

            # Read inputs from required tasks.
            with self.input()['enrich_team_members_with_environment_info']['clean'].open('r') as f:
                team_member_list = json.load(f)
            with self.input()['review_team'].open('r') as f:
                team_review_dict = json.load(f)

            # Combine the files.
            builder = TeamMarkdownDocumentBuilder()
            builder.append_roles(team_member_list)
            builder.append_separator()
            builder.append_review(team_review_dict["response"])

            team_content = builder.to_string()  # Step 6: persist 013-team.md
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.TEAM_MARKDOWN.value,
                "stage": "team_markdown",
                "content_type": "markdown",
                "content": team_content,
            })
            builder.write_to_file(self.output().path)

            logger.info("TeamMarkdown: done")
        finally:
            if db_service is not None:  # Step 9: close the database service
                db_service.close()
