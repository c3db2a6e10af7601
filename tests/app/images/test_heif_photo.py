import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.images.heif_photo import UnknownKindError, find_photo, may_be_heif
from tests import heif, toy


def test_a_grid_names_its_tiles_in_order(tmp_path: Path) -> None:
    data = heif.write(tmp_path / "a.heic", toy.corners(), tile=(32, 64), asks=[heif.turned(1)]).read_bytes()
    photo = find_photo(data)
    assert photo[:4] == (96, 64, 2, 2)
    assert [(each.kind, bytes(each.content)) for each in photo.properties[1:]] == [(b"irot", b"\x01")]
    tiles = list(photo.tiles)
    assert [tile.kind for tile in tiles] == [b"avc1"] * 4
    starts = [data.index(tile.data) for tile in tiles]
    assert starts == sorted(starts)


def test_a_film_is_no_photograph(clip: Path) -> None:
    data = clip.read_bytes()
    assert may_be_heif(data) == (clip.suffix == ".mp4")
    with pytest.raises(UnknownKindError):
        find_photo(data)


@pytest.mark.parametrize("of_tile", [False, True])
def test_a_photograph_of_another_kind_is_refused(tmp_path: Path, of_tile: bool) -> None:
    data = heif.write(tmp_path / "a.heic", toy.corners(), tile=(32, 32)).read_bytes()
    kind = b"avc1" if of_tile else b"grid"
    with pytest.raises(UnknownKindError, match="iovl"):
        list(find_photo(data.replace(kind, b"iovl")).tiles)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_index_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, drawn: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "whole.heic"
    if not path.exists():
        heif.write(path, toy.corners(), tile=(32, 32))
    data = bytearray(path.read_bytes())
    index = data.index(b"mdat")
    for _ in range(drawn.draw(st.integers(1, 6))):
        data[drawn.draw(st.integers(0, index))] = drawn.draw(st.integers(0, 255))
    with contextlib.suppress(UnknownKindError):
        list(find_photo(bytes(data)).tiles)
