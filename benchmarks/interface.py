"""How light and quick the pages are: the first load, a long history, a long list of processes, a long chart.

Debian's Chromium opens the built pages of a real service on SQLite. Times are the browser's own: from the
navigation to the form that can be used, from a key press, a click or a dragged pointer to the next frame, and
between frames.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route, sync_playwright

from benchmarks import service

EXPORTS = 10_000
PROCESSES = 5_000
POINTS = 100_000
ROWS = 20_000
LOADS = 5
# What the pages promise.
MOST_SCRIPT_KB = 350
MOST_INTERACTIVE_MS = 2_000
MOST_INPUT_MS = 100
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"]
_FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
_CHECKOUT = Path(__file__).resolve().parent.parent
_START = datetime(2026, 1, 1, tzinfo=UTC)
_PATIENCE_MS = 120_000
# Notes tasks of more than 50 ms, the time from an input to its next frame, and the gaps between frames.
_OBSERVER = """
(() => {
  const seen = (window.__seen = { longTasks: [], inputs: [], moves: [], frames: [], usable: null })
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) seen.longTasks.push([startTime, duration])
  }).observe({ type: 'longtask', buffered: true })
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) {
      if (['keydown', 'click', 'pointerup'].includes(name)) seen.inputs.push(duration)
    }
  }).observe({ type: 'event', durationThreshold: 16, buffered: true })
  // The browser's own list has no moves of the pointer. The frame is shown after its callbacks.
  addEventListener('pointermove', ({ timeStamp, buttons }) => {
    if (buttons === 0) return
    requestAnimationFrame(() => setTimeout(() => seen.moves.push(performance.now() - timeStamp)))
  }, true)
  let last = performance.now()
  const frame = (now) => {
    seen.frames.push(now - last)
    last = now
    const ready = document.querySelector('form input[type=checkbox]')
    if (ready && seen.usable === null) seen.usable = now
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
})()
"""


def run(workdir: Path) -> list[dict[str, Any]]:
    """Measure the pages; return one result for each part, with times in milliseconds."""
    folder = workdir / "interface"
    folder.mkdir()
    database = folder / "lumber.db"
    url = f"sqlite:///{database}"
    subprocess.run([service.LUMBER, "migrate", "--database-url", url], check=True, stdout=subprocess.DEVNULL)
    _fill(database)
    with service.serving(folder / "data", url) as client, _browser() as browser:
        address = str(client.base_url).split("/api/")[0]
        results = [
            _first_load(browser, address),
            _history(browser, address),
            _processes(browser, address),
            _chart(browser, address),
        ]
    for result in results:
        print(json.dumps(result), file=sys.stderr, flush=True)
    return results


def table(results: list[dict[str, Any]]) -> str:
    """Return the results as a list in Markdown."""
    lines = ["| part | measure | value |", "|---|---|---:|"]
    for result in results:
        for name, value in result.items():
            if name != "part":
                lines.append(f"| {result['part']} | {name.replace('_', ' ')} | {value} |")
    return "\n".join(lines) + "\n"


def _first_load(browser: Browser, address: str) -> dict[str, Any]:
    """Open the first screen with an empty cache, several times."""
    sizes, times = [], []
    for _ in range(LOADS):
        with _page(browser) as page:
            page.goto(address)
            page.wait_for_function("window.__seen.usable !== null")
            page.wait_for_load_state("networkidle")
            scripts = "entry.name.endsWith('.js') ? entry.encodedBodySize : 0"
            entries = "performance.getEntriesByType('resource')"
            sizes.append(page.evaluate(f"{entries}.reduce((sum, entry) => sum + ({scripts}), 0)"))
            # Usable when the form stands and the browser is free to answer.
            times.append(
                page.evaluate(
                    """() => {
                        const { usable, longTasks } = window.__seen
                        const busy = longTasks.find(([start, ms]) => start <= usable && usable < start + ms)
                        return busy ? busy[0] + busy[1] : usable
                    }"""
                )
            )
    kilobytes = round(max(sizes) / 1000)
    is_within = kilobytes < MOST_SCRIPT_KB and statistics.median(times) < MOST_INTERACTIVE_MS
    return {
        "part": "first load",
        "compressed_script_kB": kilobytes,
        "interactive_ms_median": round(statistics.median(times)),
        "interactive_ms_max": round(max(times)),
        "within_budget": "yes" if is_within else "NO",
    }


def _history(browser: Browser, address: str) -> dict[str, Any]:
    """Turn pages, sort, type and scroll in a long history."""
    with _page(browser) as page:
        page.goto(f"{address}/exports?size=100")
        page.locator("tbody tr").nth(99).wait_for()
        _forget(page)
        page.get_by_role("button", name="Page 2").click()
        page.wait_for_url("**page=2**")
        page.locator("tbody tr").nth(99).wait_for()
        page.get_by_role("button", name="Rows", exact=True).click()
        page.locator("th[aria-sort=descending]", has_text="Rows").wait_for()
        page.wait_for_load_state("networkidle")
        page.get_by_role("textbox", name="Search").press_sequentially("parquet", delay=60)
        page.wait_for_load_state("networkidle")
        _scroll(page)
        return {"part": f"history of {EXPORTS:,}", **_smoothness(page)}


def _processes(browser: Browser, address: str) -> dict[str, Any]:
    """Open, search and scroll a long list of processes."""
    with _page(browser) as page:
        page.goto(address)
        processes = page.get_by_role("combobox", name="Processes")
        processes.wait_for()
        page.wait_for_load_state("networkidle")
        _forget(page)
        processes.click()
        page.get_by_role("option").nth(50).hover()
        _scroll(page)
        processes.press_sequentially("program-4321", delay=60)
        page.get_by_role("option", name="program-4321").wait_for()
        processes.press("Enter")
        return {"part": f"list of {PROCESSES:,} processes", **_smoothness(page)}


def _chart(browser: Browser, address: str) -> dict[str, Any]:
    """Drag across a chart of very many points, and move its handles with the mouse and with keys."""
    with _page(browser) as page:
        page.route("**/api/v1/export/preview", _with_many_points)
        page.goto(address)
        preview = page.get_by_role("region", name="Preview of logs")
        picture = preview.get_by_role("img", name=f"in {POINTS:,} bars")
        picture.locator("canvas").wait_for()
        page.wait_for_load_state("networkidle")
        page.get_by_role("button", name="Training").click()
        page.get_by_role("combobox", name="Split method").click()
        page.get_by_role("option", name="By time", exact=True).click()
        cut = preview.get_by_role("slider", name="Start of validation")
        cut.wait_for()
        page.wait_for_load_state("networkidle")
        picture.scroll_into_view_if_needed()
        _forget(page)
        _drag(page, cut, -150)
        page.wait_for_load_state("networkidle")
        edge = preview.get_by_role("slider", name="End of the range")
        edge.focus()
        for key in ("ArrowLeft",) * 20 + ("PageUp", "PageDown", "Escape"):
            page.keyboard.press(key, delay=30)
        _drag(page, edge, -200)
        preview.get_by_role("button", name="All time").wait_for()
        page.wait_for_load_state("networkidle")
        seen = _smoothness(page)
        moves = sorted(page.evaluate("window.__seen.moves"))
        slowest = max(seen["input_to_frame_ms_max"], moves[-1])
        return {
            "part": f"chart of {POINTS:,} points",
            **seen,
            "moves": len(moves),
            "move_to_frame_ms_median": round(statistics.median(moves)),
            "move_to_frame_ms_max": round(moves[-1]),
            "within_budget": "yes" if slowest < MOST_INPUT_MS else "NO",
        }


def _with_many_points(route: Route) -> None:
    """Let the service preview, and give its histogram of logs very many bars over the same time."""
    answer = route.fetch()
    report = answer.json()
    bars = report["kinds"]["logs"]["histogram"]
    first, last = (datetime.fromisoformat(text) for text in (bars[0]["start"], bars[-1]["end"]))
    step = (last - first) / POINTS
    report["kinds"]["logs"]["histogram"] = [
        {
            "start": (first + number * step).isoformat(),
            "end": (first + (number + 1) * step).isoformat(),
            "rows": number * 7919 % 100,
        }
        for number in range(POINTS)
    ]
    route.fulfill(response=answer, json=report)


def _drag(page: Page, handle: Locator, pixels: int) -> None:
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for turn in range(1, 41):
        page.mouse.move(x + pixels * turn / 40, y)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    page.mouse.up()


def _forget(page: Page) -> None:
    page.evaluate("Object.assign(window.__seen, { longTasks: [], inputs: [], moves: [], frames: [] })")


def _scroll(page: Page) -> None:
    for turn in range(20):
        page.mouse.wheel(0, 300 if turn % 10 < 8 else -600)
        page.evaluate("() => new Promise(requestAnimationFrame)")


def _smoothness(page: Page) -> dict[str, Any]:
    seen = page.evaluate("window.__seen")
    # Inputs faster than 16 ms are not reported by the browser.
    inputs = sorted(seen["inputs"]) or [16]
    frames = sorted(seen["frames"])
    tasks = [duration for _, duration in seen["longTasks"]]
    return {
        "input_to_frame_ms_median": round(statistics.median(inputs)),
        "input_to_frame_ms_max": round(inputs[-1]),
        "frame_gap_ms_p95": round(frames[len(frames) * 95 // 100]),
        "frame_gap_ms_max": round(frames[-1]),
        "long_tasks": len(tasks),
        "longest_task_ms": round(max(tasks, default=0)),
    }


@contextmanager
def _browser() -> Iterator[Browser]:
    found = subprocess.run(
        ["sh", _CHECKOUT / "scripts" / "chromium.sh"], check=True, stdout=subprocess.PIPE, text=True
    )
    with sync_playwright() as playwright:
        path = found.stdout.strip()
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS, timeout=_PATIENCE_MS)
        yield browser
        browser.close()


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(_PATIENCE_MS)
    context.add_init_script(_OBSERVER)
    yield context.new_page()
    context.close()


def _fill(database: Path) -> None:
    """Write log lines of many processes, and a ledger of many ended exports."""
    first = int(_START.timestamp()) * 1_000_000
    lines = [
        (first + number * 1_000_000, f"program-{number % PROCESSES}", f"line {number}")
        for number in range(ROWS)
    ]
    config = json.dumps({"data_types": ["logs"], "output_format": "parquet", "compression": "zstd"})
    exports = []
    for number in range(EXPORTS):
        began = first + int(timedelta(minutes=number) / timedelta(microseconds=1))
        identity = str(uuid.UUID(int=number * 2**96 + number))
        status = ("completed", "failed", "cancelled")[number % 10 % 3]
        ended = began + 1_000_000 * (number % 97 + 1)
        exports.append(
            (
                identity,
                status,
                "1",
                config,
                "0",
                number * 37 % 9_999,
                1_000 * number,
                began,
                ended,
                began,
                ended,
            )
        )
    connection = sqlite3.connect(database)
    with connection:
        connection.executemany(
            "INSERT INTO log_entries (timestamp, process_name, message) VALUES (?, ?, ?)", lines
        )
        connection.executemany(
            "INSERT INTO exports (id, status, data_version, config, config_hash, record_count, file_size, "
            "created_at, updated_at, started_at, finished_at, attempt) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            exports,
        )
    connection.close()
