import numpy as np

from app.cues.anchors import _anchors, decode

SIZE, POINTS = 128, 2


def outputs(*boxes: tuple[int, float, float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """What a detector would say: for each box an anchor's number, logit, offset and side in px."""
    regressors = np.zeros((896, 4 + 2 * POINTS), np.float32)
    logits = np.full((896, 1), -50, np.float32)
    for anchor, logit, x, y, side in boxes:
        regressors[anchor] = [x, y, side, side, x, y, x + 4, y]
        logits[anchor] = logit
    return regressors, logits


def test_the_anchors_of_the_published_graphs() -> None:
    assert len(_anchors(128)) == 896 and len(_anchors(192)) == 2016
    assert _anchors(128)[0].tolist() == [0.5 / 16, 0.5 / 16] and _anchors(128)[-1].tolist() == [7.5 / 8, 7.5 / 8]


def test_a_box_is_where_its_anchor_and_offset_say() -> None:
    (found,) = decode(*outputs((0, 2.0, 12.0, 28.0, 32.0)), SIZE, 0.5)  # the first anchor's middle is at 4 px
    assert np.allclose(found.box * SIZE, [0, 16, 32, 48])
    assert np.allclose(found.points * SIZE, [[16, 32], [20, 32]])
    assert abs(found.score - 1 / (1 + np.exp(-2))) < 1e-6


def test_boxes_that_overlap_become_one_weighed_by_score() -> None:
    (found,) = decode(*outputs((0, 3.0, 40.0, 40.0, 40.0), (1, 3.0, 44.0, 40.0, 40.0)), SIZE, 0.5)
    assert np.allclose(found.box * SIZE, [26, 24, 66, 64])


def test_boxes_apart_stay_and_the_surest_comes_first() -> None:
    found = decode(*outputs((0, 1.0, 20.0, 20.0, 20.0), (1, 3.0, 90.0, 90.0, 20.0)), SIZE, 0.5)
    assert [round(float(one.box[0] * SIZE)) for one in found] == [84, 14]


def test_nothing_sure_enough_is_nothing() -> None:
    assert decode(*outputs((0, -1.0, 20.0, 20.0, 20.0)), SIZE, 0.5) == []


def test_boxes_without_an_area_are_found_each() -> None:
    assert len(decode(*outputs((0, 3.0, 20.0, 20.0, 0.0), (1, 2.0, 20.0, 20.0, 0.0)), SIZE, 0.5)) == 2
