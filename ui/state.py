"""What a page remembers: the widgets' keys as constants, and one typed record a session for everything that is not a widget."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from collaboration.keys import VIEWER
from engine.activity import Feed
from ui import together
from ui.bridge import BRIDGE
from ui.gate import BROWSER_HEADER
from ui.sessions import REGISTRY, BrowserSession, close_when_left
from ui.shared import Shared
from workspace.trust import Watched

if TYPE_CHECKING:  # a page that has nothing to generate yet does not wait for what generates
    from architect.profile import Override, Profile
    from artifacts.records import Expectations
    from engine.asking.progress import Exchange
    from engine.asking.progress import Progress as AskProgress
    from engine.asking.records import Reply
    from engine.experiments.planning import Experiment
    from engine.experiments.records import Forecast, Progress, Results
    from engine.generate import Prepared
    from engine.job import Job
    from engine.live import Failure
    from engine.passes import Improvement
    from engine.pictures import Shown
    from engine.proving.job import ProofJob
    from engine.refining.job import RepairJob
    from engine.runs import RunRecord
    from providers.records import Verdict
    from workspace.command_run import Result
    from workspace.files import Workspace
    from workspace.repository.records import Conflict

# Keys of widgets; stable, since tests, guides and shared links name them.
WORKSPACE_PATH = "workspace_path"
OPEN_WORKSPACE = "open_workspace"
OPEN_SAMPLE = "open_sample"
CLONE, CLONE_INTO, CLONE_NAME, CLONE_CANCEL, CLONE_NOT = "clone", "clone_into", "clone_name", "clone_cancel", "clone_not"
RECENT, FORGET = "recent_", "forget_"
"""Each is followed by a place in the list of the folders opened lately."""

TARGET = "target"
FILES = "files"
ON_DISK = "on_disk"
FACTS = "facts"
INSTRUCTION = "instruction"
PRESET = "preset"
ADVANCED = "advanced"
"""The fold of the parameters below; open or not."""

ENSEMBLE_MODE = "ensemble_mode"
STRATEGY = "strategy"
ASYNC_MODE = "async_mode"
EXECUTION = "execution"
AGGREGATOR = "aggregator"
KNOB = "knob_"
"""Followed by the name of a number of the strategy or the execution."""
SINGLE = "single_member"
TEMPERATURE = "temperature"
MAX_TOKENS = "max_tokens"
TIMEOUT = "timeout"
AUTO_REPAIR = "repair_automatically"
REPAIR_ROUNDS = "repair_rounds"
BY_RECORD = "weigh_by_record"
REUSE = "reuse_answers"
BUDGET_RUN, BUDGET_DAY = "budget_run", "budget_day"
MONITOR_SCOPE, MONITOR_SPAN = "monitor_scope", "monitor_span"
MONITOR_LOG_LEVEL, MONITOR_LOG_FIND, MONITOR_LOG_ID, SHOW_IN_LOG = "monitor_log_level", "monitor_log_find", "monitor_log_id", "show_in_log"
MONITOR_CSV, MONITOR_JSON, MONITOR_REPORT = "monitor_csv", "monitor_json", "monitor_report"
WEIGHT = "weight_"
"""Followed by the preset's id and the member's place in it."""

GENERATE = "generate"
SEE_PROMPT = "see_prompt"
UNMASK = "unmask_"
"""Followed by the id of a secret that was found, and by how many runs were started."""

STOP = "stop"
COUNCIL = "council"
VERDICT = "verdict"
MEMBERS = "members"
REVIEW = "review"
APPLY = "apply"
CANDIDATE = "candidate"
TAKE_CANDIDATE = "take_candidate"
TAKE_DECISION = "take_decision"
REVIEW_FILE = "review_file"
REVIEW_VIEW = "review_view"
REVIEW_BESIDE = "review_beside"
DECISIONS = "decisions"
DECISION_SCOPE = "decision_scope"
EARLIER_RUN = "earlier_run"
COMPARE_RUN = "compare_run"
DELIVERED = "deliver_"
"""Followed by a hash of the run and the file, and of the block."""

DICTATION = "dictation"
PICTURES, PICTURE_STILL, PICTURE_FILE, PICTURE_REMOVE = "pictures", "picture_still", "picture_file", "picture_remove_"
"""The last is followed by the picture's place."""

FOLLOW_UP = "follow_up"
REFINE = "refine"
REPAIR = "repair"
IMPROVE, IMPROVE_CANCEL = "improve_", "improve_cancel"
"""The first is followed by the pass's id."""
REPAIR_CANCEL = "repair_cancel"
TRUST, TRUST_HERE, DISTRUST = "trust", "trust_here", "distrust"
"""The button on the page, the one in the sidebar, and the way back."""

GIT = "git_"
"""Followed by the name of a control of the Git panel, or by `file_` and a hash of a path."""

COMMAND, COMMAND_TOOL, COMMAND_RUN, COMMAND_CANCEL = "command_line", "command_tool", "command_run", "command_cancel"

PROVE = "prove"
PROVE_CANCEL = "prove_cancel"
OCCASION, OCCASION_BUDGET, OCCASION_SECONDS = "occasion", "occasion_budget", "occasion_seconds"
ROOM, ROOM_CHIP, ROOM_DOCK, ROOM_FEED = "room", "room_chip", "room_dock", "room_feed"
VOICE_CARD, VOICE_BAR = "voice_card_view", "voice_bar_view"
SHARED_FILE, SHARED_VIEW, MERGED = "shared_file", "shared_view", "merged"
EXPERIMENT_SOURCE, EXPERIMENT_SET, EXPERIMENT_FILE = "experiment_source", "experiment_set", "experiment_file"
EXPERIMENT_FORMAT, EXPERIMENT_PASTED, EXPERIMENT_OWN = "experiment_format", "experiment_pasted", "experiment_own"
EXPERIMENT_PRESETS, EXPERIMENT_STRATEGIES = "experiment_presets", "experiment_strategies"
EXPERIMENT_EXECUTIONS, EXPERIMENT_BUDGET = "experiment_executions", "experiment_budget"
EXPERIMENT_CONCURRENCY, EXPERIMENT_RESUME = "experiment_concurrency", "experiment_resume"
EXPERIMENT_START, EXPERIMENT_STOP = "experiment_start", "experiment_stop"
EXPERIMENT_SHOWN, EXPERIMENT_EXPORT = "experiment_shown", "experiment_export_"
"""The last is followed by what is taken away."""
ASK_QUESTION, ASK_STOP, ASK_CLEAR = "ask_question", "ask_stop", "ask_clear"
ASK_ROSTER, ASK_ENRICH, ASK_FILES = "ask_roster", "ask_enrich", "ask_files"
ASK_EXPERT, ASK_EXAMPLE, ASK_SOURCE, ASK_APPLY = "ask_expert_", "ask_example_", "ask_source_", "ask_apply_"
"""The last four are followed by the roster's id, or by the place in the conversation."""

_PAGE = "omni_page"
_ENTRY = "omni_token"

_KEPT = frozenset(
    {TARGET, INSTRUCTION, PRESET, ENSEMBLE_MODE, STRATEGY, ASYNC_MODE, SINGLE, TEMPERATURE, MAX_TOKENS, TIMEOUT, FOLLOW_UP}
    | {ASK_ROSTER, ASK_ENRICH, ASK_FILES, OCCASION, OCCASION_BUDGET, OCCASION_SECONDS}
    | {EXECUTION, AGGREGATOR, BY_RECORD, AUTO_REPAIR, REPAIR_ROUNDS}
    | {REUSE, BUDGET_RUN, BUDGET_DAY, MONITOR_SCOPE, MONITOR_SPAN}
    | {EXPERIMENT_SOURCE, EXPERIMENT_SET, EXPERIMENT_FORMAT, EXPERIMENT_PASTED, EXPERIMENT_OWN, EXPERIMENT_PRESETS, EXPERIMENT_STRATEGIES}
    | {EXPERIMENT_EXECUTIONS, EXPERIMENT_BUDGET, EXPERIMENT_CONCURRENCY, EXPERIMENT_RESUME, EXPERIMENT_SHOWN}
    | {CANDIDATE, REVIEW_FILE, REVIEW_VIEW, REVIEW_BESIDE, DECISION_SCOPE}
)
_KEPT_BEGIN = (WEIGHT, DELIVERED, KNOB)


@dataclass(slots=True, eq=False)
class PageState:
    """One session's work. `found` is the profile as the architect read it, `profile` the same with the user's corrections.

    `keys` are what the user typed on the Settings page for this session alone: vendor id -> its connection's values.
    `unmasked` are the ids of the secrets that the next run, and no other, sends as they are.
    `widgets` are the values of those widgets that a reloaded page shall show again.
    `version` grows when files on disk have changed through us, so that lists are read again. `path` is what the field of the
    folder is to show next, "" for what it shows. `cloning` is the address that is to be cloned once its place is confirmed.
    """

    workspace: Workspace | None = None
    path: str = ""
    cloning: str = ""
    clone_job: Job[str, Path] | None = None
    found: Profile | None = None
    profile: Profile | None = None
    overrides: tuple[Override, ...] = ()
    selection: tuple[str, ...] = ()
    pictures: tuple[Shown, ...] = field(default=(), repr=False)
    picture_edition: int = 0
    picture_problem: str = ""
    dictation_edition: int = 0
    dictation_problem: str = ""
    problem: str = ""
    notice: str = ""
    run_problem: str = ""
    review_problem: str = ""
    review_problem_of: str = ""
    deliver_problem: str = ""
    deliver_notice: str = ""
    reopened: RunRecord | None = None
    compared: RunRecord | None = None
    prepared: Prepared | None = None
    prepared_for: object = None
    unmasked: frozenset[str] = frozenset()
    unmask_edition: int = 0
    sent: Prepared | None = None
    sent_preset: str = ""
    verdict: Verdict | None = None
    failure: Failure | None = None
    repairing: RepairJob | None = None
    improving: Job[str, Improvement] | None = None
    proving: ProofJob | None = None
    activity: Feed = field(default_factory=Feed)
    git_job: Job[str, str] | None = None
    git_problem: str = ""
    git_notice: str = ""
    git_apart: bool = False
    git_conflicts: tuple[Conflict, ...] = ()
    git_message: str = ""
    git_asked: str = ""
    git_message_for: tuple[str, ...] = ()
    git_edition: int = 0
    command_problem: str = ""
    command_job: Job[tuple[str, ...], Result] | None = None
    command_results: tuple[Result, ...] = ()
    keys: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    unfolded: set[str] = field(default_factory=set)
    advanced: bool = False
    vendor_problems: dict[str, str] = field(default_factory=dict)
    models: dict[str, tuple[str, ...]] = field(default_factory=dict)
    asked_models: dict[str, Future[tuple[str, ...]]] = field(default_factory=dict)
    preset_problem: str = ""
    preset_notice: str = ""
    preset_drafts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    preset_edition: int = 0
    conversations: dict[str, tuple[Exchange, ...]] = field(default_factory=dict)
    asking: Job[AskProgress, Reply] | None = None
    ask_problem: str = ""
    warmed: set[tuple[str, ...]] = field(default_factory=set)
    experiment: Experiment | None = None
    experiment_job: Job[Progress, Results] | None = None
    experiment_results: Results | None = None
    experiment_offer: tuple[Experiment, Forecast] | None = None
    experiment_for: object = field(default=None, repr=False)
    experiment_upload: tuple[str, bytes] | None = None
    experiment_problem: str = ""
    version: int = 0
    widgets: dict[str, Any] = field(default_factory=dict)
    shared: Shared = field(default_factory=Shared)
    watching: str = ""
    heard_for: BrowserSession | None = None
    unhear: Callable[[], None] | None = None
    going: str = ""

    def leave(self) -> None:
        """End what nobody waits for any more; what an experiment was answered stays kept."""
        if self.experiment_job is not None:
            self.experiment_job.cancel()

    @property
    def conversation(self) -> tuple[Exchange, ...]:
        """Return what was asked about the open workspace."""
        return self.conversations.get(self.workspace.location, ()) if self.workspace else ()

    @conversation.setter
    def conversation(self, exchanges: tuple[Exchange, ...]) -> None:
        if self.workspace is not None:
            self.conversations[self.workspace.location] = exchanges

    @property
    def shown_again(self) -> RunRecord | None:
        """Return the run of the history that the verdict is from; None for a run of this visit."""
        again = self.reopened
        return again if again is not None and self.verdict is not None and self.verdict.run_id == again.summary.id else None

    @property
    def sent_shown(self) -> Prepared | None:
        """Return what was sent for the run that is shown; None for one of the history, of which the text alone is kept."""
        return None if self.shown_again else self.sent

    @property
    def prompt_text(self) -> str:
        """Return the exact prompt of the run that is shown, empty where there is none."""
        if self.shown_again:
            return self.shown_again.prompt
        return f"{self.sent.prompt.system}\n\n{self.sent.prompt.text}" if self.sent else ""

    @property
    def expectations(self) -> Expectations | None:
        """Return what the run that is shown was judged by."""
        if self.shown_again:
            return self.shown_again.expectations
        return self.sent.prompt.expectations if self.sent else None

    @property
    def instruction(self) -> str:
        """Return the user's own words for the run that is shown."""
        if self.shown_again:
            return self.shown_again.summary.instruction
        return self.sent.request.instruction if self.sent else ""


def page() -> PageState:
    """Return this session's record."""
    if _PAGE not in st.session_state:
        st.session_state[_PAGE] = _left_behind() or PageState()
    record: PageState = st.session_state[_PAGE]
    return record


def remember() -> None:
    """Keep what a reload of the page would lose, once a run of the script."""
    held, record = session(), page()
    held.record = record
    record.widgets = {key: st.session_state[key] for key in map(str, st.session_state) if key in _KEPT or key.startswith(_KEPT_BEGIN)}


def browser() -> str:
    """Return the id the gate gave this browser; "" where there is no gate, as in a test of a page by itself."""
    return st.context.headers.get(BROWSER_HEADER) or ""


def session() -> BrowserSession:
    """Return this page's entry in the registry, where the routes find its workspace and its run."""
    record = page()
    held = REGISTRY.get(st.session_state.get(_ENTRY, ""))
    if held is None or held.browser != browser():
        held = REGISTRY.open(browser())
        held.workspace = record.workspace
        st.session_state[_ENTRY] = held.token
    _connected(held.token).connected = True
    return held


def open_in(held: BrowserSession, record: PageState, workspace: Workspace, found: Profile, selection: tuple[str, ...]) -> None:
    """Make this the session's workspace, for the page and for its routes; what belonged to another one is dropped.

    It touches no session state: Streamlit may end a callback at any such access when the user acts again, and half of this is wrong.
    """
    if held.run is not None:
        held.run.cancel()
    held.run = None
    workspace = replace(workspace, gate=Watched(workspace.gate, lambda: together.role_of(held) != VIEWER))
    held.workspace = record.workspace = workspace
    record.path = workspace.location
    record.found = record.profile = found
    record.prepared = record.sent = record.verdict = record.failure = record.prepared_for = None
    record.overrides, record.selection, record.unmasked = (), selection, frozenset()
    record.pictures, record.picture_problem = (), ""
    record.reopened = record.compared = None
    if record.asking is not None:
        record.asking.cancel()
    record.asking, record.ask_problem = None, ""
    record.problem = record.notice = record.run_problem = record.review_problem = record.deliver_problem = record.deliver_notice = ""
    record.git_problem = record.git_notice = record.command_problem = record.git_message = ""
    record.git_job, record.git_apart, record.git_conflicts, record.git_message_for = None, False, (), ()
    record.command_job, record.command_results = None, ()
    record.version += 1


def _left_behind() -> PageState | None:
    """Return a copy of what this browser's page held before it was reloaded, with its workspace and its run; None on a first visit."""
    left = REGISTRY.leave_behind(browser())
    if left is None or not isinstance(left.record, PageState):
        return None
    record = replace(left.record, keys={vendor: dict(values) for vendor, values in left.record.keys.items()}, asked_models={})
    record.path = record.workspace.location if record.workspace else ""
    record.version += 1
    for key, kept in record.widgets.items():
        st.session_state.setdefault(key, kept)
    held = REGISTRY.open(browser())
    held.workspace, held.run, left.run = record.workspace, left.run, None
    held.membership, held.on_close, left.membership = left.membership, left.on_close, None
    st.session_state[_ENTRY] = held.token
    return record


def value(key: str, default: Any = None) -> Any:
    """Return a widget's value, also on a page that does not show it."""
    return st.session_state.get(key, default)


def _left(held: BrowserSession) -> None:
    """The page's connection is gone. It may come back, so its entry stays for a while; its run is watched by other means."""
    held.connected = False
    if REGISTRY.get(held.token) is held:
        BRIDGE.submit(close_when_left(REGISTRY, held))


@st.cache_resource(scope="session", show_spinner=False, on_release=_left)
def _connected(token: str) -> BrowserSession:
    """Return the entry; Streamlit lets go of what this returned when the page's connection ends."""
    held = REGISTRY.get(token)
    assert held is not None
    return held
