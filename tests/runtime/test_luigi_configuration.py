"""What a luigi.cfg nearby says of how tasks are run does not count; what it says of a task's own parameters does."""

from pathlib import Path

import pytest

from tests.runtime.command import Command, assert_ended

OF_THE_RUN = [
    "[core]\nlog_level=NOPE\n",
    "[worker]\ntask_process_context=os.nosuch\n",
    "[worker]\ntimeout=0.001\nforce_multiprocessing=true\n",
    "[DEFAULT]\nlog_level=NOPE\nworkers=x\n[core]\nscheduler_host=${NO_SUCH_VARIABLE}\n",
    "[core]\nno_configure_logging=false\nlogging_conf_file=/no/such/file\n",
    "[scheduler]\nretry_count=x\n[execution_summary]\nsummary_length=x\n",
]


@pytest.mark.parametrize("configuration", OF_THE_RUN)
def test_how_tasks_are_run_is_not_theirs(configuration: str, sqlite_command: Command) -> None:
    sqlite_command.directory.mkdir(exist_ok=True)
    (sqlite_command.directory / "luigi.cfg").write_text(configuration)
    ended = sqlite_command.run()
    assert_ended(ended, 0)
    assert len(ended.stderr.splitlines()) == 1 + 6 - 1 + 3


@pytest.mark.parametrize("text", ["garbage", "[core\n", "[a]\nx=1\n[a]\nx=2\n"])
def test_a_file_that_cannot_be_read_is_told_in_a_line(text: str, sqlite_command: Command) -> None:
    sqlite_command.directory.mkdir(exist_ok=True)
    (sqlite_command.directory / "luigi.cfg").write_text(text)
    for command in (["run", "--prompt", "x"], ["show", "p1"]):
        ended = sqlite_command(*command)
        assert_ended(ended, 2)
        assert ended.stderr.decode().startswith("pipeline: Luigi's configuration file cannot be read: ")
        assert len(ended.stderr.splitlines()) == 1


def test_a_task_gets_its_own_parameters(sqlite_command: Command, tmp_path: Path) -> None:
    command = Command(sqlite_command.directory, sqlite_command.database_url, "own:Configured")
    command.directory.mkdir(exist_ok=True)
    (command.directory / "own.py").write_text(
        "import luigi\n"
        "from pipeline.plan_task import PlanTask\n"
        "class Configured(PlanTask):\n"
        "    word = luigi.Parameter()\n"
        "    def output(self):\n"
        "        return luigi.LocalTarget(self.run_id_dir / 'word.txt')\n"
        "    def run_inner(self):\n"
        "        (self.run_id_dir / 'word.txt').write_text(self.word)\n"
    )
    (command.directory / "luigi.cfg").write_text("[DEFAULT]\nroot=te\n[Configured]\nword=%(root)sa\n")
    assert_ended(command.run(), 0)
    assert (command.run_dir / "word.txt").read_text() == "tea"
