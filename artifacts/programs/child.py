"""What runs inside the child of `running.py`: nothing of this project is imported here."""

import ast
import io
import json
import math
import os
import resource
import signal
import sys

CALL_S = 0.5
MAX_SLOW = 3
MAX_VALUE = 300
FORBIDDEN = ("subprocess", "socket", "os.", "shutil", "ctypes", "pty", "winreg", "ftplib", "urllib", "http", "webbrowser", "signal")


class Silent(io.StringIO):
    """Takes what a program prints and keeps none of it."""

    def write(self, text: str) -> int:
        """Return that all of it was taken."""
        return len(text)


def guard() -> None:
    """Refuse what a function that computes has no need of."""
    allowed = tuple({os.path.realpath(path) for path in (sys.base_prefix, *sys.path) if path and path != "/"})
    slash = os.path.realpath

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, mode, flags, *_ = (*arguments, None, None, None)
            writes = isinstance(mode, str) and any(letter in mode for letter in "wax+")
            if writes or (isinstance(flags, int) and flags & 3) or not isinstance(path, str) or not slash(path).startswith(allowed):
                raise PermissionError("a judged program opens no files")
        elif event.startswith(FORBIDDEN) and event not in ("os.listdir", "os.scandir"):
            raise PermissionError(f"a judged program may not do this: {event}")

    sys.addaudithook(hook)


def slow(*_: object) -> None:
    """End a call that takes too long."""
    raise TimeoutError


def same(value: object, expected: object) -> bool:
    """Tell whether a result is the stated one; floats as closely as they are printed."""
    if isinstance(value, float) and isinstance(expected, int | float):
        return math.isclose(value, expected, rel_tol=1e-6, abs_tol=1e-9)
    return bool(value == expected)


def shown(value: object, depth: int = 0) -> str:
    """Return a result as text that is equal for equal results."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if depth < 4 and isinstance(value, list | tuple):
        inside = ",".join(shown(entry, depth + 1) for entry in value[:60])
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if isinstance(value, set | frozenset):
        return "{" + ",".join(sorted(shown(entry, depth + 1) for entry in value)) + "}"
    return repr(value)


def main() -> None:
    """Read a program and calls, run them, write whether each gave what was stated and what it gave."""
    given = json.loads(sys.stdin.read())
    out, late = os.dup(1), 0
    answers: list[tuple[bool | None, str]] = []
    sys.stdin.close()
    sys.stdout = sys.stderr = Silent()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGALRM, slow)
    limit, write = signal.setitimer, os.write
    space: dict[str, object] = {"__name__": "answer"}
    failed = ""
    expected_of = [None if not expected else ast.literal_eval(expected) for _, expected in given["calls"]]
    guard()
    try:
        limit(signal.ITIMER_REAL, 2.0)
        exec(compile(given["code"], "answer", "exec"), space)  # noqa: S102 - running the program is what this is for
    except BaseException as error:  # noqa: BLE001 - an answer may raise anything
        failed = f"does not load: {type(error).__name__}"
    for (call, stated), expected in zip(given["calls"], expected_of, strict=True):
        if failed or late >= MAX_SLOW:
            answers.append((False, failed or "not tried: too slow"))
            continue
        try:
            limit(signal.ITIMER_REAL, CALL_S)
            value = eval(call, space)  # noqa: S307 - as above
            answers.append((same(value, expected) if stated else None, shown(value)[:MAX_VALUE]))
        except TimeoutError:
            late += 1
            answers.append((False, "too slow"))
        except BaseException as error:  # noqa: BLE001
            answers.append((False, f"raises {type(error).__name__}"))
        finally:
            limit(signal.ITIMER_REAL, 0)
    write(out, json.dumps(answers).encode())
    os._exit(0)


if __name__ == "__main__":
    main()
