"""A run as one JSON document."""

from __future__ import annotations

import json

from engine.export import run_document, run_json
from tests.support.verdicts import SLIM, failed, verdict
from tests.support.verdicts import answered as candidate
from tests.support.verdicts import file as dockerfile


def test_the_document_is_json_with_everything_about_the_run():
    document = json.loads(run_json(verdict(candidate(0, dockerfile(SLIM)), failed(1)), "the prompt"))
    assert document["run_id"] == "r1"
    assert document["winner"] == "fake/m0"
    assert document["prompt"] == "the prompt"
    assert document["artifacts"] == [{"path": "Dockerfile", "content": SLIM, "kind": "dockerfile"}]
    assert document["assessment"]["score"] == 0.9
    answered, silent = document["individual_responses"]
    assert answered["response"] == SLIM
    assert {"path": "Dockerfile", "name": "port", "value": "8000", "line": 5, "blocking": True} in answered["assessment"]["decisions"]
    assert (silent["assessment"], silent["error"]["message"]) == (None, "Too many requests.")


def test_without_a_prompt_or_a_result_the_document_says_so():
    document = run_document(verdict(failed(0), winner=None))
    assert "prompt" not in document
    assert (document["artifacts"], document["assessment"], document["winner"]) == ([], None, None)


def test_files_are_not_repeated_in_every_assessment():
    document = run_document(verdict(candidate(0, dockerfile(SLIM))))
    assert "artifacts" not in document["assessment"]
    assert "artifacts" not in document["individual_responses"][0]["assessment"]
