"""Analyses asked off the event loop: each once per version and parameters, for as long as anybody waits for it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from graph.analysis import Analysis, Result
from graph.dataset import Dataset
from graph.progress import Progress, followed

_Key = tuple[str, str, int, str]


@dataclass
class Job:
    """One run of an analysis."""

    answer: Future[Result[Any]]
    progress: Progress
    waiting: int = 0


class Asking:
    """Runs analyses, a few at a time, and keeps the newest answers.

    Who asks what is being worked out joins in. A run that nobody waits for any more is told to stop.
    """

    def __init__(self, *, most: int = 32, at_once: int = 16):
        self._most = most
        self._kept: OrderedDict[_Key, Job] = OrderedDict()
        self._running: dict[_Key, Job] = {}
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="analysis")

    def ask(self, dataset: Dataset, analysis: Analysis, parameters: Mapping[str, Any]) -> Result[Any]:
        """The answer. Raises BadParameter, and what the analysis raises."""
        with self.waiting(dataset, analysis, parameters) as job:
            return job.answer.result()

    @contextmanager
    def waiting(self, dataset: Dataset, analysis: Analysis, parameters: Mapping[str, Any]) -> Iterator[Job]:
        """The run that gives the answer, finished or not; it goes on while anybody is within. Raises BadParameter."""
        given = analysis.given(parameters)
        key = (analysis.name, dataset.audience, dataset.version, repr(sorted(given.items())))
        with self._lock:
            job = self._kept.get(key) or self._running.get(key)
            if job is None:
                job = self._running[key] = self._begun(key, dataset, analysis, given)
            if key in self._kept:
                self._kept.move_to_end(key)
            job.waiting += 1
        try:
            yield job
        finally:
            with self._lock:
                job.waiting -= 1
                if not job.waiting and not job.answer.done():
                    job.progress.stop.set()
                    job.answer.cancel()  # where it has not begun
                    if self._running.get(key) is job:
                        del self._running[key]

    def close(self) -> None:
        """Stop every run and take no more."""
        with self._lock:
            for job in self._running.values():
                job.progress.stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begun(self, key: _Key, dataset: Dataset, analysis: Analysis, given: Mapping[str, Any]) -> Job:
        """Begin a run. The caller holds the lock, so that the run is known before it can be over."""
        progress = Progress()

        def run() -> Result[Any]:
            found = None
            try:
                with followed(progress):
                    found = analysis.function(dataset, **given)
            finally:
                with self._lock:  # whoever began the run holds it until `job` is known
                    self._over(key, job, keep=found is not None)
            return found

        job = Job(self._pool.submit(run), progress)
        return job

    def _over(self, key: _Key, job: Job, *, keep: bool) -> None:
        if self._running.get(key) is not job:
            return
        del self._running[key]
        if keep:
            self._kept[key] = job
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
