import numpy as np

from app.cues.findings import Findings
from app.cues.objects import Thing
from app.entities import Activity
from app.labelling.presence import ABSENT_S, Presence, with_findings

PERSON = Findings(things=(Thing("person", 0.9, np.zeros(4, np.float32)),))


def test_nobody_is_there_at_first_and_a_second_after_somebody_was() -> None:
    presence = Presence()
    assert presence.nobody(Findings().nobody, 0.0)
    assert not presence.nobody(PERSON.nobody, 0.1)
    assert not presence.nobody(Findings().nobody, 0.1 + ABSENT_S / 2)
    assert presence.nobody(Findings().nobody, 0.1 + ABSENT_S)
    assert not presence.nobody(PERSON.nobody, 5.0)


def test_nobody_does_nothing() -> None:
    drinking = Activity("drinking", 0.9, 0.0)
    assert with_findings(drinking, PERSON, False).label == "drinking"
    empty = with_findings(drinking, Findings(), True)
    assert (empty.label, empty.nobody, empty.findings is not None) == (None, True, True)
