"""From a structured request and selected files to the exact text a model reads; one template a target.

The catalogue: `templates/<target id>.md.j2` holds what is asked of one kind of file, `templates/frame.md.j2` the frame around all of them.
"""

from engine.prompts.build import TEMPLATES, Built, Included, Omitted, SelectedFile, build

__all__ = ["TEMPLATES", "Built", "Included", "Omitted", "SelectedFile", "build"]
