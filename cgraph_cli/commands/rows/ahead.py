"""Work that several threads do ahead of its results, which come in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Work = TypeVar("_Work")
_Done = TypeVar("_Done")

_AHEAD = 2
"""The pieces of work that wait for each thread."""


def map_ahead(function: Callable[[_Work], _Done], works: Iterable[_Work], threads: int) -> Iterator[_Done]:
    """Map a function over pieces of work by some threads, a few pieces ahead of the results."""
    pool = ThreadPoolExecutor(threads)
    pending: deque[Future[_Done]] = deque()
    try:
        for work in works:
            pending.append(pool.submit(function, work))
            if len(pending) >= _AHEAD * threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
