"""One look after another at the images of a source: faces and hands are followed, and sought only where none is."""

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from app.arrays import Float32s, Image
from app.cues.eyes import EyeFinder
from app.cues.face import LEAST_THERE, SURE_FOUND, Face, FaceFinder, prominence
from app.cues.findings import Findings
from app.cues.hands import MOST, Hand, HandFinder
from app.cues.objects import ObjectFinder, Thing
from app.cues.region import Region, same
from app.cues.scene import SceneNetwork

_AROUND_FACE = 2.0
_SECOND_LOOK = 0.2  # how much less sure the second look may be and still count
_SEEK_EVERY = 3  # looks: how often what is not there is sought, and objects are; they take half of a look's time


class CueNetworks:
    """The helper networks, opened once and shared by all sources; one thread at a time may use them."""

    def __init__(self) -> None:
        """Opens them.

        Raises:
            ModelError: a file is missing or damaged.
        """
        self.face, self.eyes = FaceFinder(), EyeFinder()
        self.hands, self.objects, self.scene = HandFinder(), ObjectFinder(), SceneNetwork()


class Seen(NamedTuple):
    """What a finder remembers of a source between two looks.

    Attributes:
        looks: how many there were.
        face: the one that is followed.
        faces: how many were found when they were last sought.
        hands: those that are followed.
        things: the objects found when they were last sought.
    """

    looks: int = 0
    face: Face | None = None
    faces: int = 0
    hands: tuple[Hand, ...] = ()
    things: tuple[Thing, ...] = ()


class CueFinder:
    """Looks at the images of one source.

    Attributes:
        seen: what it remembers; set it to go on where another finder ended.
    """

    def __init__(self, networks: CueNetworks) -> None:
        """Starts with nothing known.

        Args:
            networks: the helper networks.
        """
        self._networks = networks
        self.seen = Seen()

    @property
    def seen(self) -> Seen:
        return Seen(self._looks, self._face, self._faces, self._hands, self._things)

    @seen.setter
    def seen(self, seen: Seen) -> None:
        self._looks, self._face, self._faces, self._hands, self._things = seen

    def look(self, image: Image) -> Findings:
        """Looks at the next image.

        Args:
            image: uint8 BGR (H, W, 3), the whole frame.

        Returns:
            What is there. The first image of a source, and every one of a source that was `reset`, is searched wholly.
        """
        scene = self._networks.scene.look(image)
        image = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
        seek = self._looks % _SEEK_EVERY == 0
        self._looks += 1
        if seek:
            self._things = tuple(self._networks.objects.detect(image))
        self._face = self._follow_face(image, seek)
        self._hands = self._follow_hands(image, seek)
        eyes = self._networks.eyes.look(image, self._face) if self._face else ()
        return Findings(self._face, eyes, self._faces, self._hands, self._things, scene)

    def reset(self) -> None:
        """Forgets what was seen: the next image has nothing to do with those before."""
        self._looks, self._face, self._hands = 0, None, ()

    def _follow_face(self, image: Image, seek: bool) -> Face | None:
        finder = self._networks.face
        followed = finder.look(image, self._face.region) if self._face else None
        if followed and followed.score < LEAST_THERE:
            followed = None
        if followed and not seek:
            return followed
        regions = finder.detect(image, least=SURE_FOUND) or self._seek_far_face(image) or finder.detect(image)
        if not regions and followed:  # the points may have slid onto something else
            regions = finder.detect(image, _wider(followed.region))
        self._faces = len(regions)
        if not regions:
            return None
        if followed and _is_still(followed, regions, image):
            return followed
        first = finder.look(image, regions[0])
        second = finder.look(image, first.region)  # the detector's region is rough; this one fits the points
        return max(first, second, key=lambda face: face.score + (face is second) * _SECOND_LOOK)

    def _seek_far_face(self, image: Image) -> list[Region]:
        """The detector misses small faces: it looks again at the head of the person who matters most."""
        people = [thing.box for thing in self._things if thing.name == "person"]
        heads = [Region((box[0] + box[2]) / 2, box[1] + 0.45 * _head(box), _head(box)) for box in people]
        nearest = max(heads, key=lambda head: prominence(head, image), default=None)
        return self._networks.face.detect(image, nearest, SURE_FOUND) if nearest else []

    def _follow_hands(self, image: Image, seek: bool) -> tuple[Hand, ...]:
        finder = self._networks.hands
        looks = (finder.look(image, hand.region) for hand in self._hands)
        followed = _different([hand for hand in looks if hand])
        if not seek or len(followed) == MOST:
            return tuple(followed)
        for region in finder.detect(image):
            if any(same(region, hand.region) for hand in followed):
                continue
            found = finder.look(image, region)
            found = (found and finder.look(image, found.region)) or found
            followed = _different([*followed, found]) if found else followed
            if len(followed) == MOST:
                break
        return tuple(followed)


def _wider(region: Region) -> Region:
    """A region in which the detector sees a face as it is used to."""
    return replace(region, side=region.side * _AROUND_FACE, angle=0.0)


def _is_still(face: Face, regions: list[Region], image: Image) -> bool:
    """Tells whether a followed face is one of those found, and no other person came clearly to the fore."""
    is_there = any(same(face.region, region) for region in regions)
    return is_there and prominence(regions[0], image) < 1.5 * prominence(face.region, image)


def _head(box: Float32s) -> float:
    """The side of a square that holds a person's head and shoulders."""
    return float(min(box[2] - box[0], box[3] - box[1])) * 1.2


def _different(hands: list[Hand]) -> list[Hand]:
    """Drops a hand that was found twice, as when one followed hand runs into the other."""
    kept: list[Hand] = []
    for hand in hands:
        if not any(same(hand.region, other.region) for other in kept):
            kept.append(hand)
    return kept
