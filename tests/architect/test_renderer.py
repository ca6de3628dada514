"""A request becomes files with reasons; words, gaps and lost edits are told in notes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from architect import answer_text, plan_for, render
from architect.errors import NoPlan, UnknownTarget
from architect.plan import Family
from architect.profile import Profile, Role
from architect.request import Rendering, Request, Style, Target
from architect.syntax.users import final_image
from artifacts.parse import parse_answer
from tests.architect.samples import SAMPLES, sample, together
from tests.support.docker_tools import compose_config, hadolint

BOTH = (Target("dockerfile"), Target("compose"))


def draw(profile: Profile, words: str = "", style: Style = Style.LEAN, **more: object) -> Rendering:
    """Render both targets."""
    return render(Request(profile=profile, targets=BOTH, instruction=words, **more), style)  # type: ignore[arg-type]


def text(rendering: Rendering, path: str = "Dockerfile") -> str:
    """Return the content of one drawn file."""
    return next(artifact.content for artifact in rendering.artifacts if artifact.path == path)


def test_real_tools_accept_what_is_drawn(tmp_path: Path) -> None:
    """hadolint has no finding in any style, Compose reads the file."""
    renderings = [draw(profile, style=style) for style in Style for profile in (*map(sample, SAMPLES), together())]
    dockerfiles = [a.content for rendering in renderings for a in rendering.artifacts if a.path.endswith("Dockerfile")]
    assert hadolint(*dockerfiles, tmp=tmp_path) == [[]] * len(dockerfiles)
    for rendering in renderings:
        assert compose_config(text(rendering, "compose.yaml"), tmp_path, ["POSTGRES_PASSWORD"]) == ""


def test_several_components_give_one_dockerfile_each() -> None:
    """And one Compose file that ties them and the database."""
    rendering = draw(together())
    paths = [artifact.path for artifact in rendering.artifacts]
    assert paths == ["backend/Dockerfile", "frontend/Dockerfile", "backend/.dockerignore", "frontend/.dockerignore", "compose.yaml"]
    assert {reason.path for reason in rendering.reasons} == set(paths)


def test_the_answer_is_read_back_as_the_same_files() -> None:
    """Two sentences, then one named block a file: the parser of every member's answer finds them all."""
    rendering = draw(together())
    parsed = parse_answer(answer_text(rendering))
    assert {artifact.path: artifact.content for artifact in parsed.artifacts} == {a.path: a.content for a in rendering.artifacts}
    assert [artifact.kind for artifact in parsed.artifacts] == [artifact.kind for artifact in rendering.artifacts]
    assert parsed.problems == ()
    assert parsed.prose.startswith("Drawn from the repository's own files: backend/Dockerfile")


def test_nothing_to_draw_is_an_empty_answer_with_a_note() -> None:
    """A library has no image, and the note says so."""
    profile = sample("flask")
    library = profile.replacing(replace(profile.components[0], role=Role.LIBRARY))
    rendering = draw(library)
    assert rendering.artifacts == ()
    assert answer_text(rendering) == ""
    assert "is a library" in rendering.notes[0]
    with pytest.raises(NoPlan, match="library"):
        plan_for(library.components[0], Style.LEAN)


def test_an_unknown_target_names_the_choices() -> None:
    """The error says what there is."""
    with pytest.raises(UnknownTarget, match="dockerfile"):
        render(Request(profile=sample("go"), targets=(Target("helmet"),)), Style.LEAN)


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("family", [Family.ALPINE, Family.DEBIAN])
def test_the_kind_of_base_image_can_be_asked_for(style: Style, family: Family) -> None:
    """Whatever the house style would take, the wish wins."""
    rendering = draw(sample("flask"), f"use {family}", style)
    last = [line for line in text(rendering).splitlines() if line.startswith("FROM ")][-1]
    assert ("alpine" in last) is (family is Family.ALPINE)
    assert not any(note.startswith("Not honoured") for note in rendering.notes)


def test_a_wish_that_cannot_be_met_is_said() -> None:
    """Python's packages do not run in a distroless image as they are."""
    component = sample("flask").components[0]
    assert all(final_image(plan_for(component, style)).family is not Family.DISTROLESS for style in Style)
    rendering = draw(sample("flask"), "use a distroless image")
    assert any(note.startswith("Not honoured by the architect: flask: a distroless base image") for note in rendering.notes)


def test_words_reach_every_file() -> None:
    """Port, variable, label, worker count, account: in the Dockerfile and in Compose."""
    words = "port 9000, set env REGION=eu, add label team=core, run as user 1001. use gunicorn with 4 workers; add Redis"
    rendering = draw(sample("flask"), words)
    dockerfile, compose = text(rendering), text(rendering, "compose.yaml")
    assert "EXPOSE 9000\n" in dockerfile
    assert "ENV REGION=eu\n" in dockerfile
    assert 'team="core"' in dockerfile
    assert "USER 1001:1001\n" in dockerfile
    assert '"0.0.0.0:9000", "app:app", "--workers", "4"]' in dockerfile
    assert '"9000:9000"' in compose
    assert "redis:" in compose
    assert rendering.notes[0].startswith("Honoured from the instruction: port 9000;")


def test_untouched_previous_files_are_no_edits() -> None:
    """Words that follow up on what any house style drew replace it without a warning."""
    first = draw(sample("flask"), style=Style.CACHED)
    again = draw(sample("flask"), "port 9000", previous=first.artifacts)
    assert not any("previous version" in note for note in again.notes)
    third = draw(sample("flask"), "port 9000.\nuse Alpine", previous=again.artifacts)
    assert not any("previous version" in note for note in third.notes)


def test_lost_edits_are_named() -> None:
    """Lines that somebody wrote by hand are not carried over, and the note quotes them."""
    first = draw(sample("flask"))
    edited = tuple(replace(a, content=a.content + "RUN echo mine\n") if a.path == "Dockerfile" else a for a in first.artifacts)
    again = draw(sample("flask"), "port 9000", previous=edited)
    (note,) = [note for note in again.notes if "previous version" in note]
    assert note.startswith("Dockerfile:")
    assert "`RUN echo mine`" in note
