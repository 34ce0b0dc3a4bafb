"""A server of ours in a process of its own, for benchmarks: where it answers, and what it and all that it starts use."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
COMMAND = [sys.executable, "-c", "from api.cli import main; main()"]


@dataclass(frozen=True)
class Used:
    """What a process and all that it started use at one moment."""

    seconds: float
    """Processor time, up to now."""
    megabytes: float
    """Memory that is theirs alone, or their part of what they share."""
    descriptors: int


@dataclass(frozen=True)
class Served:
    """A server that runs."""

    address: str
    process: int

    def used(self) -> Used:
        """What it and all that it started use now."""
        return used(self.process)


def joinedup(*arguments: object) -> str:
    """What a command prints. Ends the benchmark where it fails."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"joinedup {arguments[0]}: {done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def serving(store: Path | str, *options: str) -> Iterator[Served]:
    """Serve a store while this lasts."""
    command = [*COMMAND, "serve", "--store", str(store), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        try:
            assert process.stdout
            match = re.search(r"http://\S+?(?=/ )", process.stdout.readline())
            if not match:
                sys.exit("The server did not start.")
            yield Served(match[0], process.pid)
        finally:
            process.terminate()


def family(process: int) -> list[int]:
    """A process and all that it started."""
    found = [process]
    for one in found:
        with suppress(OSError):
            for thread in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (thread / "children").read_text().split()]
    return found


def used(process: int) -> Used:
    """What a process and all that it started use now."""
    ticks, kilobytes, descriptors = 0, 0, 0
    for one in family(process):
        with suppress(OSError):
            parts = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(parts[11]) + int(parts[12])
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
            descriptors += len(list(Path(f"/proc/{one}/fd").iterdir()))
    return Used(ticks / os.sysconf("SC_CLK_TCK"), kilobytes / 1024, descriptors)
