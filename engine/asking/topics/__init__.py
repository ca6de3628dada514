"""What the built-in architect can be asked: one file a family of questions, and the ordered table."""

from __future__ import annotations

from engine.asking.topic import Topic
from engine.asking.topics import building, checking, finding, running

# Where two fit equally well the earlier one answers: what is most often asked comes first.
TOPICS: tuple[Topic, ...] = (*running.TOPICS, *building.TOPICS, *checking.TOPICS, *finding.TOPICS)
