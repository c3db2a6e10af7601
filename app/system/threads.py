"""Work shared out among threads, which Ctrl-C can end."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from app.system.interrupts import interrupts

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_threads(work: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None) -> list[Result]:
    """Applies a function to every item, in threads.

    Args:
        work: the function.
        items: what it is applied to.
        threads: how many work at the same time; None: a few more than there are cores.

    Returns:
        The results, in the order of the items.

    Raises:
        Exception: what `work` raised first; items that nobody has begun are left.
        Interrupted: likewise.
    """
    results = []
    with interrupts.deferred(), ThreadPoolExecutor(threads) as pool:
        try:
            for result in pool.map(work, items):
                results.append(result)
                interrupts.check()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results
