"""The grammar of paths inside a workspace: POSIX, relative, without `..`; nothing here touches the disk."""

from __future__ import annotations

from workspace.errors import InvalidPath, OutsideWorkspace, WriteRefused

MAX_DEPTH = 64
MAX_NAME_BYTES = 255
MAX_PATH_BYTES = 4096
TEMP_PREFIX = ".omni-write-"
TEMP_SUFFIX = ".tmp"

_REPOSITORY_FOLDERS = frozenset({".git", ".hg", ".svn", ".bzr", "git~1"})
# Characters some file systems drop when comparing names, so that ".g\u200cit" would become ".git".
_IGNORABLE = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0x00AD])


def split(path: str) -> tuple[str, ...]:
    """Return the parts of a path relative to the workspace; () for "" and ".".

    Raises InvalidPath (NUL, not UTF-8, too long or deep) and OutsideWorkspace (absolute, `..`).
    """
    if "\0" in path:
        raise InvalidPath("The path holds a NUL character, which no file name can. Choose the file from the list.")
    try:
        size = len(path.encode())
    except UnicodeEncodeError as error:
        raise InvalidPath("The file's name is not valid UTF-8. Rename the file to use it here.") from error
    if size > MAX_PATH_BYTES:
        raise InvalidPath(f"The path is {size:,} bytes long; at most {MAX_PATH_BYTES:,} can be used.")
    if path.startswith("/"):
        raise OutsideWorkspace(f"{shown(path)} is an absolute path. Give a path relative to the workspace.", path)
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if ".." in parts:
        raise OutsideWorkspace(f"{shown(path)} uses '..', which could leave the workspace. Write the path without it.", path)
    if len(parts) > MAX_DEPTH:
        raise InvalidPath(f"{shown(path)} is {len(parts)} folders deep; at most {MAX_DEPTH} are followed.", path)
    for part in parts:
        if len(part.encode()) > MAX_NAME_BYTES:
            raise InvalidPath(f"A name in {shown(path)} is longer than {MAX_NAME_BYTES} bytes.", path)
    return parts


def split_for_writing(path: str) -> tuple[str, ...]:
    """Return the parts of a path that may be written; stricter than `split`.

    Raises also WriteRefused: version-control folders, control characters, our own temporary names, a folder's path.
    """
    parts = split(path)
    if not parts or path.endswith("/"):
        raise WriteRefused(f"{shown(path)} does not name a file. Give a file name.", path)
    if is_repository_data(parts):
        raise WriteRefused(f"{shown(path)} lies in version-control data, which is never written. Use the Git panel instead.", path)
    if any(ord(char) < 32 or 127 <= ord(char) < 160 or ord(char) in _IGNORABLE for char in path):
        raise WriteRefused(f"{shown(path)} holds control or invisible characters. Choose a plain file name.", path)
    if parts[-1].startswith(TEMP_PREFIX):
        raise WriteRefused(f"{shown(path)} is a name the program keeps for its temporary files. Choose another.", path)
    return parts


def is_repository_data(parts: tuple[str, ...]) -> bool:
    """Tell whether a path lies in `.git` or its like, however it is spelt (case, trailing dots, invisible characters)."""
    return any(part.translate(_IGNORABLE).casefold().rstrip(" .").split(":")[0] in _REPOSITORY_FOLDERS for part in parts)


def join(*parts: str) -> str:
    """Join parts to a path relative to the workspace."""
    return "/".join(part for part in parts if part)


def parent(path: str) -> str:
    """Return the folder of a path; "" is the workspace itself, and its own parent."""
    return path.rpartition("/")[0]


def shown(path: str) -> str:
    """Return a path fit for a message: quoted, control characters escaped, shortened in the middle."""
    text = "".join(char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode() for char in path)
    if len(text) > 160:
        text = f"{text[:75]}…{text[-75:]}"
    return f"'{text}'"
