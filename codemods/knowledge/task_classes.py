"""Classes of Luigi, and of libraries on it, that tasks derive from."""

from __future__ import annotations

WITH_WORK = frozenset(
    "luigi.Task luigi.task.Task gokart.TaskOnKart gokart.task.TaskOnKart law.Task law.task.base.Task "
    "sciluigi.Task sciluigi.task.Task d6tflow.tasks.TaskData d6tflow.tasks.TaskCache d6tflow.tasks.TaskPickle "
    "d6tflow.tasks.TaskJson d6tflow.tasks.TaskCSVPandas d6tflow.tasks.TaskPqPandas "
    "luigi.contrib.external_program.ExternalProgramTask".split()
)
"""Those whose heirs do work of their own."""

WITHOUT_WORK = frozenset(
    "luigi.WrapperTask luigi.task.WrapperTask luigi.ExternalTask luigi.task.ExternalTask".split()
)
"""Those whose heirs only name other tasks or files, as a rule."""
