"""What Git said, in a user's words: what happened, what it means, what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workspace.errors import GitFailed
from workspace.secrets import mask_quick

SHOWN_LINES = 4


@dataclass(frozen=True, slots=True)
class Saying:
    """An expression over what Git says, and the sentence that stands for it; `{0}` is the expression's first group."""

    expression: str
    sentence: str


# The first that matches speaks, so the particular stand before the general.
SAYINGS: tuple[Saying, ...] = (
    Saying(
        r"would be overwritten by (?:checkout|merge)",
        "Files you changed would be overwritten. Commit them or put them in the stash, then try again.",
    ),
    Saying(r"(?:non-fast-forward|fetch first|\[rejected\])", "The server has commits that you do not have. Pull first, then push again."),
    Saying(r"\[remote rejected\].*\((.+)\)", "The server refused the push: {0}. Push to another branch, or ask who owns this one."),
    Saying(
        r"protected branch|pre-receive hook declined",
        "The server's own rules refused the push. Push to another branch and open a request to merge it.",
    ),
    Saying(
        r"could not read (?:Username|Password)|"
        r"Authentication failed|terminal prompts disabled|HTTP (?:Basic: Access denied|401)|error: 40[13]",
        "The server asks who you are. Sign in with Git's own credential helper (run the same command once in a terminal), then try again.",
    ),
    Saying(
        r"Permission denied \(publickey", "The server does not know your SSH key. Load it (ssh-add) or register it there, then try again."
    ),
    Saying(
        r"Host key verification failed",
        "This machine has not met the server yet. Connect to it once with ssh in a terminal and check its key, then try again.",
    ),
    Saying(r"Could not resolve host(?:name)?:? ?'?([\w.-]+)", "The server {0} was not found. Check the address and the network."),
    Saying(
        r"(?:Failed to connect|Connection (?:refused|timed out)|Could not connect)",
        "The server does not answer. Check the address and the network, then try again.",
    ),
    Saying(
        r"SSL certificate problem: (.+)", "The server's certificate was not accepted: {0}. Have it mended; the check is not switched off."
    ),
    Saying(
        r"[Rr]epository '?([^']*)'? (?:not found|does not exist)|not appear to be a git repository|returned error: 404",
        "There is no such repository on the server, or you may not see it. Check the address and your access.",
    ),
    Saying(r"transport '(\w+)' not allowed", "Addresses of the kind '{0}' are not used. Use https or ssh."),
    Saying(r"couldn't find remote ref", "The server has no branch of this name. Push yours first, or choose another."),
    Saying(r"unable to access .*: (.+)", "The server could not be reached: {0}."),
    Saying(
        r"index\.lock",
        "Another Git is at work in this repository, or one was killed there. Wait for it; if there is none, remove .git/index.lock.",
    ),
    Saying(
        r"unresolved conflict|needs merge|unmerged", "Some files are in conflict. Resolve them, stage them, and go on; or abort the merge."
    ),
    Saying(r"No local changes to save", "There is nothing to put in the stash."),
    Saying(r"already exists", "There is one of this name already. Choose another name."),
    Saying(r"not fully merged", "The branch has commits that are nowhere else, so it was not deleted."),
    Saying(
        r"refusing to merge unrelated histories",
        "The two histories have nothing in common, so they are not merged. Check that this is the right remote.",
    ),
    Saying(r"No space left on device", "The disk is full. Make room, then try again."),
    Saying(
        r"[Pp]ermission denied|insufficient permission|Read-only file system",
        "The repository may not be written by the user this program runs as. Change its permissions.",
    ),
    Saying(
        r"bad object|corrupt|loose object|bad tree|missing blob",
        "The repository's data is damaged or incomplete. Run git fsck in a terminal.",
    ),
)


def failure(action: str, said: Sequence[str]) -> GitFailed:
    """Return the error for a call that failed; Git's own last words are kept beside the sentence, without secrets."""
    told = [line.strip() for line in said if line.strip()]
    text = mask_quick("\n".join(told[-40:]))
    for saying in SAYINGS:
        found = re.search(saying.expression, text)
        if found:
            return GitFailed(saying.sentence.format(*(group or "" for group in found.groups())), said=text)
    kept = [line for line in text.splitlines() if not line.startswith("hint:")]
    last = " ".join(kept[-SHOWN_LINES:]).removeprefix("fatal: ").removeprefix("error: ")[:400].rstrip(".")
    return GitFailed(f"Git could not do this ({action}): {last or 'it gave no reason'}.", said=text)
