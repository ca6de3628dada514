"""What the replay of published answers reads: members, runs, outcomes."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.support.replay_data import read

PROMPT = 'def double(x):\n    """ Twice.\n    >>> double(2)\n    4\n    """\n'
PAGE = """# Results
## Prompt
```python
{prompt}```
Finish it.
## Unit tests
```python
assert double(3) == 6
```
## Runs
### Run 1
Result: Pass
```python
def double(x):
    return 2 * x
```
### Run 2
Result: Fail
```python
def double(x):
    return x
```
"""


def test_a_folder_a_model_gives_its_runs(tmp_path: Path):
    for member in ("a", "b"):
        (tmp_path / member).mkdir()
        (tmp_path / member / "7.md").write_text(PAGE.format(prompt=PROMPT))
    (task,) = read(tmp_path)
    assert (task.id, task.entry, sorted(task.answers)) == ("007", "double", ["a", "b"])
    assert [answer.solved for answer in task.answers["a"]] == [True, False]
    assert "return 2 * x" in task.answers["a"][0].text


def test_result_files_give_one_run_and_tasks_that_a_member_lacks_are_left_out(tmp_path: Path):
    def row(number: int) -> str:
        return json.dumps({"task_id": f"H/{number}", "prompt": PROMPT, "entry_point": "double", "source_codes": ["x"], "is_solved": True})

    (tmp_path / "One-Direct-HumanEval-Python3-0.0-1.jsonl").write_text(f"{row(1)}\n{row(2)}\n")
    (tmp_path / "Two-CoT-Python3-0-1.jsonl").write_text(f"{row(1)}\n")
    (task,) = read(tmp_path)
    assert sorted(task.answers) == ["One-Direct", "Two-CoT"]
