"""Named numbers of what was found, the same for a near and a far person, in the middle or at the edge of the image.

Lengths are in heights of the face, measured from its brow to its chin, turned upright with the head. An image and its
mirror image have the same numbers. What is not there is 0; "found" says so. Behind them stands the scene as a whole,
which has no names of its own.
"""

import math
from collections.abc import Iterable

import numpy as np

from app.arrays import Float32s
from app.cues import hands as hand_points
from app.cues.eyes import Eye
from app.cues.face import Face
from app.cues.findings import Findings
from app.cues.hands import MOST, Hand
from app.cues.objects import NAMES as OBJECTS
from app.cues.objects import Thing
from app.cues.scene import WIDTH
from app.errors import ModelError
from app.model.contract import CueSpec

VERSION = 1  # of the names and of what they mean; a model says for which it was trained
LOOKED = "looked"  # 1 in every vector; a model that gets a 0 there, and nothing else, knows that nobody looked
HELD = (  # objects that one holds
    *("bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "hot dog"),
    *("pizza", "donut", "cake", "remote", "cell phone", "book", "toothbrush"),
)
# Points of MediaPipe's face mesh.
_BROW, _CHIN, _NOSE, _MOUTH_TOP, _MOUTH_BOTTOM = 10, 152, 1, 13, 14
_MOUTH_CORNERS, _CHEEKS = (61, 291), (234, 454)
_EYES = ((33, 133), (263, 362))  # the corners of each
_EYE_BROWS = (105, 334)
_FINGERS = ((1, 2, 4), (5, 6, 8), (9, 10, 12), (13, 14, 16), (17, 18, 20))  # base, next joint and tip, from the thumb
_FINGER_NAMES = ("thumb", "index", "middle", "ring", "little")


def vector(findings: Findings) -> Float32s:
    """Describes what was found.

    Args:
        findings: of one look.

    Returns:
        float32 (C,), in the order of `NAMES`.
    """
    named = np.fromiter(_describe(findings).values(), np.float32, NAMED)
    return np.concatenate([named, np.zeros(WIDTH, np.float32) if findings.scene is None else findings.scene])


def _describe(findings: Findings) -> dict[str, float]:
    """Every cue by its name; the names are the same whatever was found."""
    frame = _FaceFrame(findings.face) if findings.face else None
    hands = _ordered(findings.hands, frame)
    cues = {LOOKED: 1.0} | _face_cues(findings, frame)
    for number in range(MOST):
        hand = hands[number] if number < len(hands) else None
        cues |= {f"hand {number + 1} {name}": value for name, value in _hand_cues(hand, frame).items()}
    return cues | _pair_cues(hands, frame) | _object_cues(findings.things, hands, frame)


class _FaceFrame:
    """Coordinates that move, turn and grow with a face."""

    def __init__(self, face: Face) -> None:
        self.face, flat = face, face.points[:, :2]
        eyes = [flat[list(eye)].mean(axis=0) for eye in _EYES]
        across = eyes[1] - eyes[0]
        self.angle = math.atan2(float(across[1]), float(across[0]))
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        self._axes = np.array([[cos, -sin], [sin, cos]], np.float32)
        self._origin = (eyes[0] + eyes[1]) / 2
        # in depth as well: a head that hangs is as high as before
        self.height = max(float(np.linalg.norm(face.points[_BROW] - face.points[_CHIN])), 1.0)
        self.points = self.of(flat)
        left, right = self.points[list(_CHEEKS)]
        self.mouth = self.points[list(_MOUTH_CORNERS)].mean(axis=0)
        self.ears, self.eyes = np.stack([left, right]), self.of(np.stack(eyes))
        self.chin = self.points[_CHIN]

    def of(self, points: Float32s) -> Float32s:
        """Turns points (n, 2), in px, into heights of the face from the middle between the eyes."""
        return np.asarray((points[:, :2] - self._origin) @ self._axes / np.float32(self.height), np.float32)


def _face_cues(findings: Findings, frame: _FaceFrame | None) -> dict[str, float]:
    names = (
        *("face found", "face several", "eyes open", "eyes open less", "eyes open more", "eyes look down"),
        *("eyes look aside", "mouth open", "mouth wide", "head turned", "head down", "head tilted", "brows raised"),
        *("nose low", "face narrow"),
    )
    if frame is None or findings.face is None:
        return dict.fromkeys(names, 0.0)
    points, deep = frame.points, findings.face.points
    opened = sorted(eye.openness for eye in findings.eyes)
    aside, down = np.mean([_gaze(eye, frame) for eye in findings.eyes], axis=0)
    width = max(_length(points[_CHEEKS[0]], points[_CHEEKS[1]]), 1e-3)
    left, right = _length(points[_NOSE], points[_CHEEKS[0]]), _length(points[_NOSE], points[_CHEEKS[1]])
    brows = np.mean([frame.eyes[side][1] - points[brow][1] for side, brow in enumerate(_EYE_BROWS)])
    values = (
        findings.face.score,
        float(findings.faces > 1),
        sum(opened) / 2,
        *opened,
        float(down),
        abs(float(aside)),
        _length(points[_MOUTH_TOP], points[_MOUTH_BOTTOM]),
        _length(points[_MOUTH_CORNERS[0]], points[_MOUTH_CORNERS[1]]),
        abs(left - right) / (left + right + 1e-3),
        float(deep[_CHIN, 2] - deep[_BROW, 2]) / frame.height,
        abs(math.sin(frame.angle)),
        float(brows),
        float(points[_NOSE][1]),
        width,
    )
    return dict(zip(names, values, strict=True))


def _gaze(eye: Eye, frame: _FaceFrame) -> Float32s:
    """Where the iris lies, right of and below the middle between the corners, as a share of the eye's width."""
    corners = frame.of(eye.lids[[0, 8]])
    off = frame.of(eye.iris[:1])[0] - corners.mean(axis=0)
    return np.asarray(off / np.float32(max(_length(*corners), 1e-3)), np.float32)


def _ordered(hands: Iterable[Hand], frame: _FaceFrame | None) -> list[Hand]:
    """The hand nearer to the mouth first; without a face, the surer one."""
    if frame is None:
        return sorted(hands, key=lambda hand: -hand.score)
    return sorted(hands, key=lambda hand: _length(_centre(frame.of(hand.points)), frame.mouth))


def _hand_cues(hand: Hand | None, frame: _FaceFrame | None) -> dict[str, float]:
    names = (
        *("found", "up", "flat", "spread", "pinch", *(f"{finger} stretched" for finger in _FINGER_NAMES), "open"),
        *("beside a face", "size", "aside", "low", "near mouth", "near ear", "near eye", "near chin"),
        *("tip near mouth", "tip near ear", "tip near eye", "wrist low"),
    )
    if hand is None:
        return dict.fromkeys(names, 0.0)
    own = [hand.score, *_shape_cues(hand)]
    return dict(zip(names, own + (_place_cues(hand, frame) if frame else [0.0] * (len(names) - len(own))), strict=True))


def _shape_cues(hand: Hand) -> list[float]:
    points = hand.points
    palm = max(_length(points[hand_points.WRIST], points[hand_points.MIDDLE_BASE]), 1e-3)
    along = (points[hand_points.MIDDLE_BASE] - points[hand_points.WRIST]) / palm
    across = points[hand_points.LITTLE_BASE] - points[hand_points.INDEX_BASE]
    normal = np.cross(along, across / max(float(np.linalg.norm(across)), 1e-3))
    stretched = [_stretched(points, finger) for finger in _FINGERS]
    return [
        float(-along[1]),
        abs(float(normal[2])),
        _length(points[hand_points.INDEX_TIP], points[hand_points.LITTLE_TIP]) / palm,
        _length(points[hand_points.THUMB_TIP], points[hand_points.INDEX_TIP]) / palm,
        *stretched,
        float(np.mean(stretched[1:])),
    ]


def _stretched(points: Float32s, finger: tuple[int, int, int]) -> float:
    """The cosine between the first and the last part of a finger: 1 when it is straight, -1 when it is folded back."""
    base, joint, tip = points[list(finger)]
    first, last = joint - base, tip - joint
    return float(first @ last / max(float(np.linalg.norm(first) * np.linalg.norm(last)), 1e-6))


def _place_cues(hand: Hand, frame: _FaceFrame) -> list[float]:
    points = frame.of(hand.points)
    centre, tips = _centre(points), points[[finger[-1] for finger in _FINGERS]]
    palm = _length(points[hand_points.WRIST], points[hand_points.MIDDLE_BASE])
    places = (frame.mouth[None], frame.ears, frame.eyes)
    return [
        1.0,
        min(palm, 3.0),
        min(abs(float(centre[0] - frame.mouth[0])), 4.0),
        float(np.clip(centre[1] - frame.mouth[1], -3, 4)),
        *(_near(centre[None], place) for place in places),
        _near(centre[None], frame.chin[None]),
        *(_near(tips, place) for place in places),
        float(np.clip(points[hand_points.WRIST][1] - frame.mouth[1], -3, 4)),
    ]


def _pair_cues(hands: list[Hand], frame: _FaceFrame | None) -> dict[str, float]:
    names = ("hands together", "hands level", "hands both by face")
    if len(hands) < MOST:
        return dict.fromkeys(names, 0.0)
    one, other = (hand.points[:, :2] for hand in hands)
    palm = (_length(one[0], one[9]) + _length(other[0], other[9])) / 2 + 1e-3
    gap = _centre(one) - _centre(other)
    by_face = min(_near(_centre(frame.of(points))[None], frame.mouth[None]) for points in (one, other)) if frame else 0
    values = (_fades(float(np.linalg.norm(gap)) / palm / 2), _fades(abs(float(gap[1])) / palm), float(by_face))
    return dict(zip(names, values, strict=True))


def _object_cues(things: Iterable[Thing], hands: list[Hand], frame: _FaceFrame | None) -> dict[str, float]:
    """The surest of each class; for what one holds, how near to a hand, mouth and ear, and whether below the face."""
    cues = dict.fromkeys((f"{name} seen" for name in OBJECTS.values()), 0.0)
    cues["people several"] = 0.0
    cues |= {f"{name} {place}": 0.0 for name in HELD for place in ("in hand", "at mouth", "at ear", "below face")}
    for thing in things:
        seen = f"{thing.name} seen"
        if thing.name == "person" and cues[seen] and thing.score > cues["people several"]:
            cues["people several"] = thing.score
        cues[seen] = max(cues[seen], thing.score)
        if thing.name in HELD:
            for place, value in _place_of(thing, hands, frame).items():
                cues[f"{thing.name} {place}"] = max(cues[f"{thing.name} {place}"], thing.score * value)
    return cues


def _place_of(thing: Thing, hands: list[Hand], frame: _FaceFrame | None) -> dict[str, float]:
    places = {"in hand": max((_in_hand(thing, hand) for hand in hands), default=0.0)}
    if frame is None:
        return places
    left, top, right, bottom = thing.box
    corners = frame.of(np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32))
    low, high = corners.min(axis=0), corners.max(axis=0)

    def gap(point: Float32s) -> float:
        return float(np.linalg.norm(np.maximum(np.maximum(low - point, point - high), 0)))

    below = float(1 / (1 + math.exp(-4 * (float((low[1] + high[1]) / 2) - float(frame.chin[1])))))
    at_ear = max(_fades(2 * gap(ear)) for ear in frame.ears)
    return places | {"at mouth": _fades(2 * gap(frame.mouth)), "at ear": at_ear, "below face": below}


def _in_hand(thing: Thing, hand: Hand) -> float:
    low, high = thing.box[:2], thing.box[2:]
    points = hand.points[:, :2]
    palm = _length(points[0], points[9]) + 1e-3
    gaps = np.linalg.norm(np.maximum(np.maximum(low - points, points - high), 0), axis=1)
    return hand.score * _fades(float(np.median(gaps)) / palm)


def _near(points: Float32s, places: Float32s) -> float:
    """1 where a point lies on a place, 0.37 one height of the face away from the nearest."""
    return _fades(float(np.linalg.norm(points[:, None] - places[None], axis=2).min()))


def _fades(distance: float) -> float:
    return math.exp(-distance)


def _centre(points: Float32s) -> Float32s:
    return np.asarray(points[[0, 5, 9, 13, 17], :2].mean(axis=0))


def _length(one: Float32s, other: Float32s) -> float:
    return float(np.linalg.norm(one - other))


_DESCRIBED = tuple(_describe(Findings()))
NAMED = len(_DESCRIBED)  # how many cues, the first ones, have a meaning of their own; the others are the scene's
NAMES = (*_DESCRIBED, *(f"scene {number}" for number in range(WIDTH)))
SPEC = CueSpec(VERSION, NAMES)


def check_spec(spec: CueSpec) -> None:
    """Checks that a model was trained on the cues that this program finds.

    Args:
        spec: of the model's contract.

    Raises:
        ModelError: it was trained on others.
    """
    if spec != SPEC:
        raise ModelError(
            f"the model takes {len(spec.names)} cues of version {spec.version}, this program finds {len(NAMES)} of "
            f"version {VERSION}; train it again, or set cues.use to off"
        )
