from app.teach.class_changes import ClassChanges


def test_without_a_change_the_model_has_its_classes_and_then_come_new_ones() -> None:
    assert ClassChanges().current(["red", "green"], ["green", "tea"]) == ["red", "green", "tea"]


def test_a_class_is_followed_through_its_names() -> None:
    changes = ClassChanges()
    changes.rename("tee", "tea")
    changes.rename("tea", "green tea")
    assert changes.names(["tee", "red"]) == ["green tea", "red"]
    assert changes.current(["red", "tee"], ["green tea"]) == ["red", "green tea"]


def test_a_deleted_class_is_gone_unless_it_is_named_again() -> None:
    changes = ClassChanges()
    changes.delete("tea")
    assert changes.current(["red", "tea"], []) == ["red"]
    assert changes.current(["red", "tea"], ["tea"]) == ["red", "tea"]


def test_a_model_that_was_taught_again_knows_the_names() -> None:
    changes = ClassChanges()
    changes.rename("tee", "tea")
    changes.delete("red")
    changes.forget()
    assert changes.current(["tee", "red"], []) == ["tee", "red"]
