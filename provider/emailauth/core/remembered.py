"""What is worked out once: a property of each object, a function's results, and the union of two sets."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Generic, TypeVar, overload

K = TypeVar("K")
T = TypeVar("T")


class remembered(Generic[T]):  # noqa: N801 - stands where `property` does
    """As `functools.cached_property`, which in Python 3.11 takes a lock: this costs a quarter of it, and rules ask for a lot of them.

    Two threads may both work a value out; it is the same one, for it depends on frozen objects only. Those need a `__dict__`: structs by
    `dict=True`, where fields alone count when they are compared, printed and encoded.
    """

    def __init__(self, function: Callable[[Any], T]) -> None:
        self._function = function
        self._name = function.__name__
        self.__doc__ = function.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> "remembered[T]": ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> "T | remembered[T]":
        """The value; kept in the object, where Python finds it from then on before it comes here."""
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._function(instance)
        return value


class Kept(dict[K, T]):
    """The results of a function of one argument, which must be hashable; when there are too many, all are forgotten.

    `functools.lru_cache` notes at each look-up which one was used last: this costs more than to find it.
    """

    def __init__(self, function: Callable[[K], T], most: int) -> None:
        super().__init__()
        self._function = function
        self._most = most

    def __missing__(self, key: K) -> T:
        if len(self) >= self._most:
            self.clear()
        value = self[key] = self._function(key)
        return value


@lru_cache(4096)
def union(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """The same object for the same two sets: its hash is known, and to compare it takes one look."""
    return one | other
