"""When everything happens."""

import json
import logging
import os  # database-first steps
import tempfile  # database-first steps

from pipeline.example.domain.schedule import ProjectSchedule, project_start
from pipeline.example.domain.schedule_export import CSVGanttExporter, InteractiveGanttExporter, MermaidGanttExporter
from pipeline.example.domain.wbs import WBSProject
from pipeline.example.filenames import FilenameEnum
from pipeline.plan_task import PlanTask

from .setup import StartTimeTask
from .wbs import (
    CreateWBSLevel1Task,
    IdentifyTaskDependenciesTask,
    EstimateTaskDurationsTask,
    WBSProjectLevel1AndLevel2AndLevel3Task,
)

logger = logging.getLogger(__name__)


class CreateScheduleTask(PlanTask):
    """Compute the schedule and draw it. There is no LLM involved."""

    def requires(self):
        return {
            "start_time": self.clone(StartTimeTask),
            "wbs_level1": self.clone(CreateWBSLevel1Task),
            "dependencies": self.clone(IdentifyTaskDependenciesTask),
            "durations": self.clone(EstimateTaskDurationsTask),
            "wbs_project123": self.clone(WBSProjectLevel1AndLevel2AndLevel3Task),
        }

    def output(self):
        return {
            "mermaid_html": self.local_target(FilenameEnum.SCHEDULE_GANTT_MERMAID_HTML),
            "dhtmlx_html": self.local_target(FilenameEnum.SCHEDULE_GANTT_DHTMLX_HTML),
            "machai_csv": self.local_target(FilenameEnum.SCHEDULE_GANTT_MACHAI_CSV),
        }

    def run_inner(self):
        db_service = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()  # Step 1: database service
            # Read inputs from required tasks.
            with self.input()["start_time"].open("r") as f:
                start_time_dict = json.load(f)
            with self.input()["wbs_level1"]["project_title"].open("r") as f:
                title = json.load(f)
            with self.input()["dependencies"].open("r") as f:
                dependencies = json.load(f)["dependencies"]
            with self.input()["durations"].open("r") as f:
                durations = json.load(f)
            with self.input()["wbs_project123"]["full"].open("r") as f:
                wbs_project = WBSProject.from_dict(json.load(f))

            # The project starts on the day of the stored start time. Not today: a schedule that is computed
            # again has to be the same schedule.
            project_schedule = ProjectSchedule.create(
                wbs_project=wbs_project,
                dependencies=dependencies,
                durations=durations,
                start=project_start(start_time_dict),
            )
            logger.info("The schedule has %d activities", len(project_schedule.activities))

            with tempfile.TemporaryDirectory() as scratch_dir:  # Step 6: persist 026-1-schedule_gantt_mermaid.html
                scratch_path = os.path.join(scratch_dir, "content.html")
                MermaidGanttExporter.save(project_schedule=project_schedule, path=scratch_path, title=title)
                with open(scratch_path, encoding="utf-8", newline="") as scratch_file:
                    mermaid_html_content = scratch_file.read()
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.SCHEDULE_GANTT_MERMAID_HTML.value,
                "stage": "create_schedule",
                "content_type": "html",
                "content": mermaid_html_content,
            })
            with tempfile.TemporaryDirectory() as db_scratch_dir:  # Step 6: persist 026-2-schedule_gantt_dhtmlx.html
                db_scratch_path = os.path.join(db_scratch_dir, "content.html")
                InteractiveGanttExporter.save(project_schedule=project_schedule, path=db_scratch_path, title=title)
                with open(db_scratch_path, encoding="utf-8", newline="") as db_scratch_file:
                    dhtmlx_html_content = db_scratch_file.read()
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.SCHEDULE_GANTT_DHTMLX_HTML.value,
                "stage": "create_schedule",
                "content_type": "html",
                "content": dhtmlx_html_content,
            })
            with tempfile.TemporaryDirectory() as scratch_dir_2:  # Step 6: persist 026-3-schedule_gantt_machai.csv
                scratch_path_2 = os.path.join(scratch_dir_2, "content.csv")
                CSVGanttExporter.save(project_schedule=project_schedule, path=scratch_path_2)
                with open(scratch_path_2, encoding="utf-8", newline="") as scratch_file_2:
                    machai_csv_content = scratch_file_2.read()
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": FilenameEnum.SCHEDULE_GANTT_MACHAI_CSV.value,
                "stage": "create_schedule",
                "content_type": "csv",
                "content": machai_csv_content,
            })

            # Export to the three formats.
            MermaidGanttExporter.save(
                project_schedule=project_schedule,
                path=self.output()["mermaid_html"].path,
                title=title,
            )
            InteractiveGanttExporter.save(
                project_schedule=project_schedule,
                path=str(self.output()["dhtmlx_html"].path),
                title=title,
            )
            CSVGanttExporter.save(project_schedule=project_schedule, path=self.output()["machai_csv"].path)
        finally:
            if db_service is not None:  # Step 9: close the database service
                db_service.close()
