import numpy as np

from app.cues.face import Face
from app.cues.findings import Findings
from app.cues.hands import Hand
from app.cues.objects import Thing

BOX = np.zeros(4, np.float32)


def test_any_sign_of_a_person_is_somebody() -> None:
    assert Findings().nobody and Findings(things=(Thing("cup", 0.9, BOX), Thing("person", 0.15, BOX))).nobody
    assert not Findings(things=(Thing("person", 0.6, BOX),)).nobody
    assert not Findings(face=Face(np.zeros((468, 3), np.float32), 0.4), faces=1).nobody
    assert not Findings(hands=(Hand(np.zeros((21, 3), np.float32), 0.5),)).nobody
