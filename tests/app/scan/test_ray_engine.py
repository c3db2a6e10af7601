"""A real cluster of two nodes on this machine: the same table as by processes, also when one node is lost."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.scan.__main__ import main
from tests.app.scan.archive import answered, archive

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'daily-activity[ray]'")
pytestmark = [
    pytest.mark.timeout(600),  # beginning a node takes long on a busy machine
    pytest.mark.filterwarnings("ignore"),  # Ray's own
]


@pytest.fixture
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    os.environ.setdefault("RAY_agent_register_timeout_ms", "250000")
    started = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        yield started
    finally:
        ray.shutdown()
        started.shutdown()


def test_two_nodes_one_of_which_is_killed_give_the_same_table(cluster: Any, model: Path, tmp_path: Path) -> None:
    films = archive(tmp_path / "films", films=8)
    node = cluster.add_node(num_cpus=1)
    flags = [str(films), "--model", str(model), "--pieces", "1", "--output"]
    assert main([*flags, str(tmp_path / "pool.csv"), "--workers", "1"]) == 0
    ray_flags = ["--engine", "ray", "--address", cluster.address]
    assert main([*flags, str(tmp_path / "ray.csv"), *ray_flags]) == 0
    killed = threading.Thread(target=kill_in_mid_run, args=(cluster, node, tmp_path / "killed.csv"))
    killed.start()
    assert main([*flags, str(tmp_path / "killed.csv"), *ray_flags]) == 0
    killed.join()
    expected = (tmp_path / "pool.csv").read_bytes()
    assert (tmp_path / "ray.csv").read_bytes() == expected
    assert (tmp_path / "killed.csv").read_bytes() == expected


def kill_in_mid_run(cluster: Any, node: Any, output: Path) -> None:
    while answered(output) < 3 and not output.exists():
        time.sleep(0.01)
    cluster.remove_node(node, allow_graceful=False)


def test_a_cluster_that_is_not_there_is_named(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--model", str(model), "--output", str(tmp_path / "o.csv")]
    assert main(["x.mp4", "--engine", "ray", "--address", "127.0.0.1:1", *flags]) == 2
    assert "127.0.0.1:1" in capsys.readouterr().err
