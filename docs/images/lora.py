"""Makes the picture of a LoRA's data, in light, on a wide screen.

    ./launch setup
    uv run --with playwright --with pillow docs/images/lora.py

A real server looks through the pictures of `examples/first-lora`, as it does before any job.
Nothing is trained.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from app import FLAGS, ROOT, SCREENS, photograph, served, smaller
from home import GPU
from playwright.sync_api import FilePayload, Page, expect, sync_playwright

TO = Path(__file__).parent / "app" / "new-data-lora-light-wide.webp"
SOON = 60_000  # ms
JOB = """\
format = 1
recipe = "diffusion-pipe"
name = "my-sdxl-lora"

[settings]
model = "sdxl"
checkpoint_path = "{model}"
resolutions = ["1024"]

[[settings.directories]]
path = "{pictures}"
caption_prefix = "paperhills, "
num_repeats = 5

[compute]
name = "local"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the browser")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tuneyard-") as base, sync_playwright() as playwright:
        pictures = Path(base) / "my-style"
        shutil.copytree(ROOT / "examples/first-lora/pictures", pictures)
        browser = playwright.chromium.launch(executable_path=wanted.chromium, args=FLAGS)
        tuneyard = Path(sys.executable).with_name("tuneyard")
        with served(tuneyard, Path(base) / "home", GPU) as link:
            screen = SCREENS[0]
            page = browser.new_context(
                viewport={"width": screen.width, "height": screen.height},
                color_scheme="light",
                reduced_motion="reduce",
                locale="en-US",
            ).new_page()
            page.goto(link)
            look(page, pictures)
            TO.write_bytes(smaller(photograph(page, screen)))
            print(TO, flush=True)
        browser.close()


def look(page: Page, pictures: Path) -> None:
    """Begins a LoRA of SDXL with these pictures, and waits for what is found in them.

    The model is named as a file of this computer, so that the Hub isn't asked for it.
    """
    model = pictures.with_name("sdxl.safetensors")
    model.write_bytes((2).to_bytes(8, "little") + b"{}")  # a header that says nothing
    job = JOB.format(model=model, pictures=pictures)
    file: FilePayload = {"name": "job.toml", "mimeType": "text/plain", "buffer": job.encode()}
    page.get_by_role("link", name="New job").first.click()
    page.locator("input[type=file][accept='.toml']").set_input_files(file)
    expect(page.get_by_role("heading", name="How should it be trained?")).to_be_visible()
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("cell", name="1024 × 1024")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("6,000").first).to_be_visible(timeout=SOON)


if __name__ == "__main__":
    main()
