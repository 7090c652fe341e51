"""A remembered property is worked out once for each object."""

import msgspec
import pytest

from emailauth.core.remembered import remembered


class Circle(msgspec.Struct, frozen=True, dict=True):
    radius: int

    @remembered
    def area(self) -> list[int]:
        """Three times the square."""
        return [3 * self.radius**2]


def test_it_is_worked_out_once_for_each_object() -> None:
    one, other = Circle(2), Circle(3)
    assert (one.area, other.area) == ([12], [27])
    assert one.area is one.area


def test_it_is_no_part_of_the_object() -> None:
    known = Circle(2)
    assert known.area == [12]
    assert known == Circle(2)
    assert msgspec.to_builtins(known) == {"radius": 2}
    assert repr(known) == "Circle(radius=2)"


def test_it_cannot_be_set() -> None:
    with pytest.raises(AttributeError):
        Circle(2).area = [0]


def test_the_class_has_its_documentation() -> None:
    assert Circle.area.__doc__ == "Three times the square."
