"""Mixed use by five scripted browsers for half an hour: what the app's and the sidecar's memory, threads and handles do meanwhile.

    python benchmarks/soak.py --minutes 30

Each browser has a folder of its own and, in an order of its own, opens it, generates, reviews, looks at what would be delivered
(nothing is applied), asks, chats in a session it shares with others, and visits Settings and the Monitor; now and then it reloads.
No vendor and no key: the built-in architect answers. Slopes are the median of all pairwise slopes after the warm-up, which is a
third of the time, at most ten minutes. Exit status 1 when a line is past its target or the log has an error.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.async_api import Browser, Page, async_playwright, expect  # noqa: E402
from playwright.async_api import Error as BrowserError  # noqa: E402

from tests.e2e.conftest import ARGUMENTS, App, start_app, stop_app  # noqa: E402
from tests.e2e.steps import IDLE  # noqa: E402

BROWSERS = 5
PATIENCE_MS = 90_000
CLICK_AGAIN_MS = 10_000
"""After this a visitor clicks a link of the navigation once more; it is counted in what is reported."""
SAMPLE_S = 5.0
MOST_MB = 1.0
"""In ten minutes, after the warm-up (SECURITY 40)."""
QUESTIONS = ("Which port does it listen on?", "How do I run it in a container?", "What does it need at run time?", "Why is the sky blue?")

expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Sample:
    """What a process held at a time."""

    at: float
    mb: float
    threads: int
    handles: int


@dataclass
class Visitor:
    """One browser: its page, its folder, its session's id, and what it has done."""

    number: int
    page: Page
    folder: Path
    rest: random.Random
    asked: int = 0
    done: Counter[str] = field(default_factory=Counter)
    trouble: list[str] = field(default_factory=list)

    async def settled(self) -> None:
        """Wait until the page's script has run to its end."""
        await self.page.wait_for_function(IDLE)

    async def go(self, name: str) -> None:
        """Click the page of this name in the navigation."""
        arrived = re.compile(f"/{name.lower()}$" if name != "Generate" else r":\d+/$")
        for patience_ms in (CLICK_AGAIN_MS, PATIENCE_MS):
            await self.page.get_by_test_id("stHeader").get_by_role("link", name=name, exact=True).click()
            try:
                await self.page.wait_for_url(arrived, timeout=patience_ms)
                break
            except BrowserError:
                if patience_ms == PATIENCE_MS:
                    raise
                self.done["(link clicked again)"] += 1
        await self.settled()


async def open_folder(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.go("Generate")
    await page.locator(".st-key-workspace_path input").fill(str(visitor.folder))
    await page.locator(".st-key-open_workspace button").click()
    await expect(page.locator(".st-key-workspace_chip")).to_contain_text(visitor.folder.name)
    await expect(page.locator(".st-key-generate button")).to_be_enabled()


async def generate(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.go("Generate")
    await page.locator(".st-key-generate button").click()
    await expect(page.locator(".st-key-verdict")).to_be_visible()
    await expect(page.locator(".st-key-stop")).to_have_count(0)
    await visitor.settled()


async def review(visitor: Visitor) -> None:
    await visitor.go("Review")
    views = visitor.page.locator(".st-key-review_view [role=radio]")
    for place in range(await views.count()):
        await views.nth(place).click()
        await visitor.settled()


async def deliver(visitor: Visitor) -> None:
    """Look at the differences; nothing is applied."""
    await visitor.go("Deliver")
    await expect(visitor.page.get_by_test_id("stMain")).to_contain_text("Dockerfile")


async def ask(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.go("Ask")
    if visitor.asked >= 4:
        await page.locator(".st-key-ask_clear button").click()
        await expect(page.locator(".prose")).to_have_count(0)
        await visitor.settled()
        visitor.asked = 0
    box = page.locator(".st-key-ask_question textarea")
    await box.fill(visitor.rest.choice(QUESTIONS))
    await box.press("Enter")
    visitor.asked += 1
    await expect(page.locator(".prose")).to_have_count(visitor.asked)
    await visitor.settled()


async def chat(visitor: Visitor) -> None:
    page = visitor.page
    if not await page.get_by_label("People and chat").is_visible():
        await page.locator(".tab").click()
    said = f"browser {visitor.number} says {visitor.done['chat']} at {time.monotonic():.3f}"
    box = page.locator(".drawer").get_by_label("Message", exact=True)
    await box.fill(said)
    await box.press("Enter")
    await expect(page.locator(".messages")).to_contain_text(said)
    await page.locator(".drawer").get_by_role("button", name="Close").click()


async def settings(visitor: Visitor) -> None:
    await visitor.go("Settings")


async def monitor(visitor: Visitor) -> None:
    await visitor.go("Monitor")
    await asyncio.sleep(5)


async def reload(visitor: Visitor) -> None:
    page = visitor.page
    await page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2])
    await expect(page.locator(".st-key-workspace_chip")).to_contain_text(visitor.folder.name)
    await visitor.settled()


ACTIONS: tuple[tuple[Callable[[Visitor], Awaitable[None]], int], ...] = (
    (open_folder, 1), (generate, 4), (review, 3), (deliver, 3), (ask, 4), (chat, 4), (settings, 1), (monitor, 1), (reload, 1),
)  # fmt: skip


async def visit(page: Page, address: str) -> None:
    """Open an address; again where the machine's network changed under the browser and a part of the page did not come."""
    for attempt in range(3):
        try:
            await page.goto(address)
            await expect(page.locator(".tab")).to_be_visible()
            await page.wait_for_function(IDLE)
        except (AssertionError, BrowserError):
            if attempt == 2:
                raise
        else:
            return


async def arrive(browser: Browser, app: App, number: int, folder: Path, sessions: list[str]) -> Visitor:
    """Sign in, open the folder, generate once, and create the session or join the one of the first browser."""
    context = await browser.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    visitor = Visitor(number, page, folder, random.Random(number))
    page.on("pageerror", lambda error: visitor.trouble.append(str(error)[:200]))
    await visit(page, app.link)
    await open_folder(visitor)
    await page.locator(".tab").click()
    await page.get_by_label("Your name").fill(f"Browser {number}")
    if sessions:
        await page.get_by_label("Join a session").fill(sessions[0])
        await page.get_by_role("button", name="Join", exact=True).click()
    else:
        await page.get_by_label("New session").fill("Soak")
        await page.get_by_role("button", name="Create session").click()
    await expect(page.locator(".drawer .person")).to_have_count(number + 1)
    if not sessions:
        sessions.append(await page.evaluate("globalThis[Symbol.for('omni.room')].wanted.session"))
    await page.locator(".drawer").get_by_role("button", name="Close").click()
    await open_folder(visitor)
    await generate(visitor)
    return visitor


async def use(visitor: Visitor, app: App, until: float, pictures: Path | None, pace: float) -> None:
    """Do one thing after the other; what fails is noted, and the page loaded again."""
    actions, weights = zip(*ACTIONS, strict=True)
    while time.monotonic() < until:
        action = visitor.rest.choices(actions, weights)[0]
        try:
            await action(visitor)
            visitor.done[action.__name__] += 1
        except (AssertionError, BrowserError) as error:
            visitor.trouble.append(f"{action.__name__}: {str(error).splitlines()[0][:160]}")
            if pictures is not None:
                with suppress(BrowserError):
                    await visitor.page.screenshot(path=pictures / f"{visitor.number}-{len(visitor.trouble)}-{action.__name__}.png")
            try:
                await visit(visitor.page, app.address)
            except (AssertionError, BrowserError) as again:
                visitor.trouble.append(f"coming back: {str(again).splitlines()[0][:160]}")
                continue
            visitor.asked = await visitor.page.locator(".prose").count() if action is ask else visitor.asked
        await asyncio.sleep(visitor.rest.uniform(0.2, 1.5) * pace)


def sample(pid: int, began: float) -> Sample:
    """Read what a process holds; the memory is what it shares with nobody (its anonymous pages)."""
    told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    megabytes = (int(told["RssAnon"].split()[0]) + int(told["VmSwap"].split()[0])) / 1024
    return Sample(time.monotonic() - began, megabytes, int(told["Threads"]), len(os.listdir(f"/proc/{pid}/fd")))


def sidecar_of(pid: int) -> int:
    """Return the process id of the app's child that carries the sessions."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    every = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    for child in [*map(int, children), *every]:
        if b"collaboration" in Path(f"/proc/{child}/cmdline").read_bytes():
            return child
    raise SystemExit("The app has no sidecar among its children; is the port taken, or WEBSOCKET_ENABLED off?")


async def watch(processes: dict[str, int], kept: dict[str, list[Sample]], began: float, until: float) -> None:
    while time.monotonic() < until:
        for name, pid in processes.items():
            kept[name].append(sample(pid, began))
        await asyncio.sleep(SAMPLE_S)


def slope(samples: list[Sample]) -> float:
    """Return MB in ten minutes: the median of the slopes between all pairs (Theil and Sen), which no single leap decides."""
    pairs = [(b.mb - a.mb) / (b.at - a.at) for a, b in itertools.combinations(samples, 2) if b.at > a.at]
    return median(pairs) * 600 if pairs else 0.0


def drift(values: list[int]) -> int:
    """Return by how much the last third is above the first, median against median."""
    third = max(1, len(values) // 3)
    return round(median(values[-third:]) - median(values[:third]))


async def soak(app: App, home: Path, minutes: float, browsers: int, pictures: Path | None, pace: float = 1.0) -> int:
    kept: dict[str, list[Sample]] = {"app": [], "sidecar": []}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        visitors, sessions = [], list[str]()
        for number in range(browsers):
            visitors.append(await arrive(browser, app, number, folder_for(home, number), sessions))
        began = time.monotonic()
        until, warm = began + minutes * 60, min(600.0, minutes * 20)
        processes = {"app": app.process.pid, "sidecar": sidecar_of(app.process.pid)}
        print(f"{browsers} browsers, {minutes:g} minutes of which {warm / 60:.1f} warm-up, load {os.getloadavg()[0]:.1f}", flush=True)
        await asyncio.gather(watch(processes, kept, began, until), *(use(visitor, app, until, pictures, pace) for visitor in visitors))
        await browser.close()
    return report(app, visitors, kept, warm)


def folder_for(home: Path, number: int) -> Path:
    folder = home / f"shop-{number}"
    folder.mkdir()
    (folder / "requirements.txt").write_text("flask==3.1\ngunicorn==23.0\nredis==5.0\n")
    (folder / "app.py").write_text(f"from flask import Flask\napp = Flask(__name__)\napp.run(port={7100 + number})\n")
    return folder


def report(app: App, visitors: list[Visitor], kept: dict[str, list[Sample]], warm: float) -> int:
    done = sum((visitor.done for visitor in visitors), Counter[str]())
    print("done: " + ", ".join(f"{name} {number}" for name, number in sorted(done.items())) + f"; load {os.getloadavg()[0]:.1f}")
    bad = 0
    print(f"{'process':9} {'MB first':>9} {'MB last':>8} {'MB / 10 min':>12} {'threads':>16} {'handles':>16}")
    for name, samples in kept.items():
        after = [one for one in samples if one.at >= warm] or samples
        rising = slope(after)
        threads, handles = [one.threads for one in after], [one.handles for one in after]
        bad += rising > MOST_MB
        print(
            f"{name:9} {after[0].mb:9.1f} {after[-1].mb:8.1f} {rising:+12.2f} {min(threads):5}-{max(threads)} ({drift(threads):+})".ljust(
                58
            )
            + f" {min(handles):5}-{max(handles)} ({drift(handles):+})"
        )
    lines = [json.loads(line) for line in (app.data / "omni_architect.log").read_text(encoding="utf-8").splitlines()]
    errors = [line for line in lines if line["level"] in ("error", "critical")]
    print(f"log: {len(lines)} lines, {len(errors)} errors, {sum(line['level'] == 'warning' for line in lines)} warnings")
    for line in errors[:10]:
        print("  ", json.dumps(line)[:400])
    trouble = Counter(each for visitor in visitors for each in visitor.trouble)
    print(f"browsers: {sum(trouble.values())} steps failed")
    for each, often in trouble.most_common(10):
        print(f"   {often} x {each}")
    return 1 if bad or errors else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--browsers", type=int, default=BROWSERS)
    parser.add_argument("--pace", type=float, default=1.0, help="times the rest between two things done, 0.2 to 1.5 s")
    parser.add_argument("--pictures", type=Path, help="a folder for a picture of each page whose step failed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        data = home / "data"
        data.mkdir()
        app = start_app(data, WEBSOCKET_ENABLED="true")
        try:
            return asyncio.run(soak(app, home, options.minutes, options.browsers, options.pictures, options.pace))
        finally:
            stop_app(app)


if __name__ == "__main__":
    sys.exit(main())
