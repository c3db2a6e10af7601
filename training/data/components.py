"""Connected components: which of many items belong together when pairs of them do."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csgraph

from app.arrays import Ints


def connected_components(count: int, links: npt.ArrayLike) -> Ints:
    """Numbers the sets of items that are linked directly or by way of others.

    Args:
        count: how many items there are, N.
        links: pairs of item numbers, (n, 2) with any n; an item without a link is a set of its own.

    Returns:
        int64 (N,): the number of each item's set; sets are numbered 0, 1, 2... in the order of their first items.

    Example:
        >>> connected_components(5, [(1, 4), (4, 0)]).tolist()
        [0, 0, 1, 2, 0]
    """
    left, right = np.asarray(links, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(left), bool), (left, right)), shape=(count, count))
    _, found = csgraph.connected_components(graph, directed=False)
    return numbered(found)


def numbered(sets: npt.ArrayLike) -> Ints:
    """Renumbers sets 0, 1, 2... in the order in which they first appear.

    Args:
        sets: integers (N,), the number of each item's set.

    Returns:
        int64 (N,), the new number of each item's set.

    Example:
        >>> numbered([7, 3, 7, 5]).tolist()
        [0, 1, 0, 2]
    """
    _, first, place = np.unique(np.asarray(sets), return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[place]
