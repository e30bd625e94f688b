"""TemplateFile: the output that writes the templates of a kind's messages as a table."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lumber.dataset.derived import TEMPLATES, DerivedShards
from lumber.dataset.table_counts import template_counts
from lumber.engine.output import Job, KindDone, Made, MadeTable, Output, check_table
from lumber.formats import WriteOptions
from lumber.formats.staged_file import StagedFile
from lumber.steps.recipe import Recipe
from lumber.steps.split import TRAIN
from lumber.steps.templates.step import Templates


@dataclass(frozen=True, slots=True)
class TemplateFile(Output):
    """A table of the templates, in one file. The recipe must have templates."""

    reads_fit = True

    def jobs(self, done: KindDone) -> Sequence[Job]:
        """Return the job that writes the table."""
        spec = done.spec
        return [Job(write_templates, TemplateSpec(spec.recipe, spec.staging, spec.options))]

    def made(self, done: KindDone, answers: Sequence[tuple[StagedFile, ...]]) -> Made:
        """Return the table."""
        (files,) = answers
        counts = [
            template.count
            for step in done.spec.recipe.steps
            if isinstance(step, Templates) and step.table is not None
            for template in step.table.templates
        ]
        return Made(tables=(MadeTable(TEMPLATES, files, template_counts(counts)),))


@dataclass(frozen=True, slots=True)
class TemplateSpec:
    """The job: the recipe that holds the templates, and where and how they are written."""

    recipe: Recipe
    staging: Path
    options: WriteOptions


def write_templates(spec: TemplateSpec) -> tuple[StagedFile, ...]:
    """Run the job and return the file; none without templates. Raises an OutputError or ResidueFound."""
    shards = DerivedShards(TEMPLATES, TRAIN, spec.staging, spec.options, sys.maxsize)
    try:
        for step in spec.recipe.steps:
            if isinstance(step, Templates) and step.table is not None:
                shards.add(step.table.to_frame())
        files = tuple(shards.finish())
        check_table(spec.recipe, TEMPLATES, spec.staging, spec.options, files)
        return files
    except BaseException:
        shards.abort()
        raise
