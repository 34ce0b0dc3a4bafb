"""Make the README's pictures from the example: `make pictures`."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PICTURES = {
    "overview": ("/", None),
    "flows": ("/analyses/shared-blockers?min_departments=3", "figure:has(#flows)"),
    "matrix": ("/matrix", ".scroll:has(table.matrix)"),
    "explore": ("/explore?centre=programme/troubled-families", "#board"),
    "front-line-gap": ("/analyses/front-line-gap", "figure"),
    "fix-first": ("/analyses/if-removed?barriers=late-money,rival-offers", None),
}
"""Where each picture is taken, and which part of the page it shows: its beginning, or one element."""
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--force-color-profile=srgb"]  # fmt: skip


def main() -> None:
    """Load the example into a store of its own, serve it, and photograph the main views."""
    joinedup = Path(sys.executable).with_name("joinedup")
    with tempfile.TemporaryDirectory() as folder:
        store = f"{folder}/store"
        subprocess.run(
            [joinedup, "load", HERE / "major-projects", HERE / "deep-dive", "--store", store], check=True
        )
        command = [joinedup, "serve", "--store", store, "--port", "0"]
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
            sync_playwright() as play,
        ):
            assert server.stdout
            address = re.search(r"http://\S+?(?=/ )", server.stdout.readline())
            assert address
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
            for name, (path, part) in PICTURES.items():
                page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
                page.goto(address[0] + path, wait_until="networkidle")
                picture = HERE / "pictures" / f"{name}.png"
                if part:
                    page.locator(part).first.screenshot(path=picture)
                else:
                    page.screenshot(path=picture)
                print(picture.name)
            browser.close()
            server.terminate()


if __name__ == "__main__":
    main()
