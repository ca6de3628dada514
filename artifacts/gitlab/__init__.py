"""GitLab pipelines read to a typed structure, `extends` and `default` filled in."""

from artifacts.gitlab.model import Job, Pipeline
from artifacts.gitlab.reader import read_pipeline

__all__ = ["Job", "Pipeline", "read_pipeline"]
