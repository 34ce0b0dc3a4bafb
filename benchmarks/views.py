"""How long until a network is on the screen: the Explore page beside plain pyvis and plain cytoscape.js.

python benchmarks/views.py [--sizes 100 500 1000 10000 50000] [--seconds 60] [--store FOLDER] [--cytoscape FOLDER]

Needs Chromium. cytoscape.js is fetched by hand, as it does not ship: `npm install cytoscape@3.34.4` in a temporary
folder, which --cytoscape names; without it that column is empty. What takes longer than --seconds is broken off, and
larger sizes are not tried.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Error, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

import generate
from served import joinedup, serving

REPOSITORY = Path(__file__).parent.parent
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--allow-file-access-from-files"]
PLAIN = """<!DOCTYPE html><meta charset="utf-8"><div id="it" style="width:1200px;height:800px"></div>
<script src="cytoscape.min.js"></script><script>const elements = {elements};
cytoscape({{ container: document.getElementById("it"), elements, layout: {{ name: "cose", animate: false }},
ready() {{ requestAnimationFrame(() => document.documentElement.dataset.ready = "yes"); }} }});</script>"""
SETTLED = """<script>network.once("stabilizationIterationsDone",
() => requestAnimationFrame(() => document.documentElement.dataset.ready = "yes"));</script></body>"""


def made(folder: Path, size: int) -> Path:
    """A store in which at least so many things are linked."""
    rows = generate.joined_up(size, 30, max(20, size // 10), 2 * size)
    (folder / "tables").mkdir()
    generate.write_rows(folder / "tables", rows)
    joinedup("load", folder / "tables", "--store", folder / "store")
    return folder / "store"


def shown(browser: Browser, address: str, ready: str, seconds: float) -> float | None:
    """The seconds from asking for a page until it says that its picture is there; None where that takes too long."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(seconds * 1000)
    try:
        started = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.locator(ready).wait_for(state="attached")
        return time.perf_counter() - started
    except Error:
        return None
    finally:
        page.close()


def pyvis_page(found: dict[str, Any], folder: Path) -> Path:
    """What plain pyvis makes of a slice, with the library in the page; it says when it has settled."""
    from pyvis.network import Network

    network = Network(cdn_resources="in_line")
    for place, thing in enumerate(found["things"]):
        network.add_node(place, label=thing[1])
    for link in found["links"]:
        network.add_edge(link[0], link[1])
    file = folder / "pyvis.html"
    file.write_text(network.generate_html().replace("</body>", SETTLED), encoding="utf-8")
    return file


def cytoscape_page(found: dict[str, Any], folder: Path, library: Path) -> Path:
    """What plain cytoscape.js makes of a slice, laid out by its own cose."""
    nodes = [{"data": {"id": str(n), "label": thing[1]}} for n, thing in enumerate(found["things"])]
    edges = [{"data": {"source": str(link[0]), "target": str(link[1])}} for link in found["links"]]
    target = folder / "cytoscape.min.js"
    target.write_bytes((library / "node_modules/cytoscape/dist/cytoscape.min.js").read_bytes())
    file = folder / "cytoscape.html"
    file.write_text(PLAIN.format(elements=json.dumps([*nodes, *edges])), encoding="utf-8")
    return file


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 500, 1_000, 10_000, 50_000])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--store", type=Path, help="one that holds enough; else it is made")
    parser.add_argument("--cytoscape", type=Path, help="the folder with node_modules/cytoscape")
    asked = parser.parse_args()
    if not CHROMIUM.exists():
        sys.exit("Chromium is not installed.")
    print(
        "| things | links | server, first time | Explore ready | again | pyvis | cytoscape.js | pyvis / Explore | cytoscape / Explore |"
    )
    print("|---" * 9 + "|")
    tiring: set[str] = set()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder = Path(name)
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with serving(asked.store or made(folder, max(asked.sizes))) as server:
            address = server.address
            httpx.get(f"{address}/explore", timeout=300)
            for size in asked.sizes:
                view = f"?show=all&most={size}"
                started = time.perf_counter()
                found = httpx.get(f"{address}/explore.json{view}", timeout=300).json()
                server = time.perf_counter() - started
                ready = "#board[data-ready]"
                first, again = (
                    shown(browser, f"{address}/explore{view}", ready, asked.seconds) for _ in "12"
                )
                plain: dict[str, float | None] = {"pyvis": None, "cytoscape": None}
                for kind in plain:
                    if kind in tiring or (kind == "cytoscape" and not asked.cytoscape):
                        continue
                    started = time.perf_counter()
                    page = (
                        pyvis_page(found, folder)
                        if kind == "pyvis"
                        else cytoscape_page(found, folder, asked.cytoscape)
                    )
                    making = time.perf_counter() - started
                    taken = shown(browser, page.as_uri(), "html[data-ready]", asked.seconds)
                    plain[kind] = making + taken if taken is not None else None
                    if taken is None:
                        tiring.add(kind)
                best = again or first
                cells = [
                    f"{found['count']:,}",
                    f"{len(found['links']):,}",
                    *map(_seconds, (server, first, again)),
                ]
                for kind in plain:
                    cells.append(f"> {asked.seconds:.0f} s" if kind in tiring else _seconds(plain[kind]))
                for kind in plain:
                    least = asked.seconds if kind in tiring else plain[kind]
                    more = "> " if kind in tiring else ""
                    cells.append(f"{more}{least / best:.0f}" if least and best else "–")
                print("| " + " | ".join(cells) + " |", flush=True)
        browser.close()


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s"


if __name__ == "__main__":
    main()
