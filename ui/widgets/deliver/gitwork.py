"""What the Git panel's buttons do: short work at once, long work in the background with its progress and Cancel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from engine.activity import Area
from engine.job import Job
from ui import state
from ui.bridge import BRIDGE, BridgeBusyError
from workspace.errors import Diverged, GitFailed, MergeConflict, WorkspaceError
from workspace.files import Workspace
from workspace.processes import LineListener
from workspace.repository.program import Git, open_git

T = TypeVar("T")

SHORT_S = 60.0
NAME, EMAIL = f"{state.GIT}name", f"{state.GIT}email"


def look(workspace: Workspace, work: Callable[[Git], Awaitable[T]]) -> T | WorkspaceError:
    """Do something that only looks and return what came of it, or the error that says why nothing did."""
    opening = opened(workspace)

    async def whole() -> T:
        return await work(await opening())

    return _called(whole())


def plainly(work: Coroutine[Any, Any, T]) -> T | WorkspaceError:
    """Do something that needs no repository, and return what came of it or the error."""
    return _called(work)


def opened(workspace: Workspace) -> Callable[[], Coroutine[Any, Any, Git]]:
    """Return the way to open Git with the name and address that were given on the page, for those who set none.

    What the page's fields hold is read now: on the loop's own thread there is no page.
    """
    who = (str(state.value(NAME) or ""), str(state.value(EMAIL) or ""))
    return lambda: open_git(workspace, who)


def _called(work: Coroutine[Any, Any, T]) -> T | WorkspaceError:
    try:
        return BRIDGE.call(work, SHORT_S)
    except WorkspaceError as problem:
        return problem
    except (TimeoutError, BridgeBusyError):
        return GitFailed("Git did not answer in time. Look again in a moment.")


def act(workspace: Workspace, action: str, work: Callable[[Git], Awaitable[str]]) -> bool:
    """Do one short thing now: say what came of it on the page, and tell the session's listeners. Tells whether it worked."""
    page, opening = state.page(), opened(workspace)

    async def whole() -> str:
        async with page.activity.during(Area.GIT, action, workspace.location) as outcome:
            outcome.summary = await work(await opening())
        return outcome.summary

    page.git_problem = page.git_notice = ""
    done = _called(whole())
    if isinstance(done, WorkspaceError):
        page.git_problem = done.message
        if isinstance(done, MergeConflict):
            page.git_apart, page.git_conflicts = True, done.conflicts
        return False
    page.git_notice = done
    page.version += 1
    return True


def begin(workspace: Workspace, action: str, work: Callable[[Git, LineListener], Awaitable[str]]) -> None:
    """Begin long work in the background; the page watches it and can cancel it."""
    page = state.page()
    if page.git_job is not None and not page.git_job.over:
        return
    job: Job[str, str] = Job(action, "starting", (WorkspaceError,))
    opening = opened(workspace)

    async def whole(tell: Callable[[str], None]) -> str:
        async with page.activity.during(Area.GIT, action, workspace.location) as outcome:
            try:
                outcome.summary = await work(await opening(), tell)
            except Diverged:
                page.git_apart, page.git_conflicts = True, ()
                raise
        page.git_apart, page.git_conflicts = False, ()
        return outcome.summary

    page.git_problem = page.git_notice = ""
    try:
        job.attach(BRIDGE.submit(job.run(whole)).cancel)
    except BridgeBusyError as problem:
        page.git_problem = str(problem)
        return
    page.git_job = job


def collect() -> None:
    """Say once what long work came to."""
    page, job = state.page(), state.page().git_job
    if job is None or not job.over or job.taken:
        return
    job.taken = True
    page.git_problem, page.git_notice = job.problem, job.result or ("" if job.problem else f"{job.name} was stopped.")
    page.version += 1
