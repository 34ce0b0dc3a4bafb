"""Make the README's pictures from the example: `make pictures`."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PICTURES = {
    "overview": ("/", 1280, 1000),
    "shared-blockers": ("/analyses/shared-blockers?min_departments=3", 1280, 1100),
    "matrix": ("/matrix", 1280, 900),
    "network": ("/departments-network", 1280, 900),
}
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
            for name, (path, width, height) in PICTURES.items():
                page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
                page.goto(address[0] + path, wait_until="networkidle")
                page.screenshot(path=HERE / "pictures" / f"{name}.png")
                print(f"{name}.png")
            browser.close()
            server.terminate()


if __name__ == "__main__":
    main()
