"""What one look at an image found."""

from dataclasses import dataclass

from app.arrays import Float32s
from app.cues.eyes import Eye
from app.cues.face import Face
from app.cues.hands import Hand
from app.cues.objects import Thing

_LEAST_PERSON = 0.25  # score; what the detector takes for a person more doubtfully is often a coat or a chair


@dataclass(frozen=True, eq=False)
class Findings:
    """What one look at an image found.

    Attributes:
        face: of the person who matters most; None without one.
        eyes: of that face, in any order; () without one.
        faces: how many faces there are.
        hands: up to two.
        things: objects, people among them, the surest first.
        scene: float32 (WIDTH,), as `app.cues.scene` makes it; None: not looked at.
    """

    face: Face | None = None
    eyes: tuple[Eye, ...] = ()
    faces: int = 0
    hands: tuple[Hand, ...] = ()
    things: tuple[Thing, ...] = ()
    scene: Float32s | None = None

    @property
    def nobody(self) -> bool:
        """Whether there is no sign of a person."""
        people = any(thing.name == "person" and thing.score >= _LEAST_PERSON for thing in self.things)
        return self.face is None and not self.hands and not people


@dataclass(frozen=True, eq=False)
class Cues:
    """What a model learns of an image beside its pixels, and what that was made of.

    Attributes:
        vector: float32 (C,), as `app.cues.vector.vector` makes it.
        findings: for people to see.
    """

    vector: Float32s
    findings: Findings
