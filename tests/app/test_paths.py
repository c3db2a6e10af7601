from app import paths
from tests.conftest import ROOT


def test_the_projects_own_files_are_there() -> None:
    assert paths.PROJECT == ROOT
    assert paths.MODELS.is_dir()
    assert all(path.is_file() for path in (paths.CONFIG, paths.GENERAL_MODEL, paths.DEMO_CLIP))
