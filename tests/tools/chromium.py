"""A browser without a window or a network: what a page looks like, what is in it, what it does when used."""

import json
import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.tools.presence import program

FLAGS = (
    "--headless",
    "--no-sandbox",  # root, as in a container, may not have one
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no page may need the network
    "--enable-logging=stderr",
    "--virtual-time-budget=10000",  # run the page's timers, without waiting for them
)

# What the console says when the page is at fault.
FAULT = re.compile(r'CONSOLE.*"((?:Uncaught|Failed|Refused|Not allowed) .*)", source:')

# The result is put where --dump-dom shows it, in characters that HTML leaves alone.
PROBE = """
<script>
(async () => {
  let result;
  if (document.readyState !== "complete") await new Promise((loaded) => addEventListener("load", loaded));
  try {
    result = { value: (await (async () => { %s\n })()) ?? null };
  } catch (error) {
    result = { error: String(error) };
  }
  const element = document.createElement("pre");
  element.id = "symbackprop-probe";
  element.textContent = encodeURIComponent(JSON.stringify(result));
  document.documentElement.append(element);
})();
</script>
"""


class PageError(AssertionError):
    """A page that raises an error or does not answer."""


def require_chromium() -> str:
    """Return the path of Chromium, or skip or fail the test where it is missing."""
    return program("chromium", "chromium-browser", "google-chrome")


def chromium_screenshot(html_path: Path, png_path: Path, width: int = 1280, height: int = 800) -> None:
    """Write a picture of the page's first screen, `width` by `height` pixels. Raises PageError."""
    __tracebackhide__ = True
    _run(html_path, f"--screenshot={png_path}", f"--window-size={width},{height}")


def chromium_pdf(html_path: Path, pdf_path: Path) -> None:
    """Print the page to a PDF. Raises PageError."""
    __tracebackhide__ = True
    _run(html_path, f"--print-to-pdf={pdf_path}", "--no-pdf-header-footer")


def chromium_dom(html_path: Path) -> str:
    """Return the page as HTML after its scripts have run. Raises PageError."""
    __tracebackhide__ = True
    return _run(html_path, "--dump-dom")


def chromium_eval(html_path: Path, javascript: str, width: int = 1280, height: int = 800) -> Any:
    """Run the body of an async function in the page, and return what it returns, by way of JSON. Raises PageError.

    The page is a copy in a temporary directory: it must not need files beside it. Of the height, some 140 pixels go to
    the browser's own frame.
    """
    __tracebackhide__ = True
    page = html_path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory, html_path.name)
        copy.write_text(page + PROBE % javascript, encoding="utf-8")
        dom = _run(copy, "--dump-dom", f"--window-size={width},{height}")
    answer = re.search(r'<pre id="symbackprop-probe">([^<]*)</pre>', dom)
    if not answer:
        raise PageError("the script did not come to an end")
    result = json.loads(unquote(answer[1]))
    if "error" in result:
        raise PageError(result["error"])
    return result["value"]


def _run(html_path: Path, *arguments: str) -> str:
    __tracebackhide__ = True
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [require_chromium(), *FLAGS, f"--user-data-dir={profile}", *arguments, html_path.resolve().as_uri()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # so that its many children end with it
        )
        try:
            output, messages = (stream.decode("utf-8", "replace") for stream in process.communicate(timeout=120))
        except subprocess.TimeoutExpired:
            raise PageError(f"{html_path.name}: no answer from the browser") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
    if process.returncode:
        raise PageError(messages)
    if faults := [found[1] for found in FAULT.finditer(messages)]:
        raise PageError("\n".join(faults))
    return output
