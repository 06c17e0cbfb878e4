"""Networks of many layers alike: built when they are looked into, and shortened where one layer stands for many.

A run of equal layers says the same of each of them, the number apart. :meth:`DeepNetwork.shortened` is a network whose
run is cut down to a few layers, numbered as no real layer is; what is told of the middle one holds of every layer of
the run but for those next to its ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from symbackprop.networks.model import Network, Shortened, Stretch

if TYPE_CHECKING:
    from symbackprop.networks.layers import Layer

FIRST = 13
"""Layers before this one are never cut out: their number, less two, may have one digit, and is set without braces."""

BESIDE = 3
"""How many layers on either side of the one that stands for a run are kept with it, and at the run's ends."""

SHORTEST = 40
"""A run of fewer layers is not cut down."""

NUMBERS, APART = 4_200_000, 1_000
"""The number of the layer that stands for the first run, and how far those of the next runs are from one another."""


class Numbered(NamedTuple):
    """A layer and its number."""

    number: int
    layer: Layer


Build = Callable[[Sequence[Numbered]], Network]


class DeepNetwork(Network):
    """A network of layers in a row; its definitions are written when they are first asked for."""

    __slots__ = ("_build", "_layers", "_short")
    _build: Build
    _layers: Sequence[Numbered]
    _short: Shortened

    def __getattr__(self, name: str) -> object:
        """What the short network does not share with this one, found missing."""
        if name not in _BUILT:
            raise AttributeError(name)
        built = self._build(self._layers)
        for built_name in _BUILT:
            object.__setattr__(self, built_name, getattr(built, built_name))
        return getattr(self, name)

    def with_facts(self, title: str, step_at_zero: Fraction) -> Network:
        """The same network with a title and a convention for Step(0)."""
        short = Shortened(self._short.network.with_facts(title, step_at_zero), self._short.stretches)
        return _unbuilt(self._layers, self._build, short)

    def shortened(self) -> Shortened | None:
        """The network with its runs cut down; None of one that was changed after it was made."""
        return getattr(self, "_short", None)


_BUILT = ("definitions", "leaves", "cost", "prediction", "constraints", "batch", "_names")
"""What is different in a network and in the one that it is shortened to."""


def deep_network(layers: Sequence[Layer], build: Build) -> Network:
    """The network of layers in a row, numbered from one; written out at once unless there are runs to cut down.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> short = read_pattern("relu*1000").shortened()
    >>> short.stretches, len(short.network.parameters)
    ((Stretch(first=14, last=997, example=4200000),), 24)
    """
    numbered = [Numbered(*pair) for pair in enumerate(layers, start=1)]
    kept: list[Numbered] = []
    stretches: list[Stretch] = []
    for run in _runs(numbered):
        stretch = Stretch(
            max(FIRST, run[0].number + BESIDE) + 1, run[-1].number - BESIDE, NUMBERS + APART * len(stretches)
        )
        if stretch.last - stretch.first < SHORTEST:
            kept += run
            continue
        example, layer = stretch.example, run[0].layer
        kept += [numbered for numbered in run if numbered.number < stretch.first]
        kept += [Numbered(number, layer) for number in range(example - BESIDE, example + BESIDE + 1)]
        kept += [numbered for numbered in run if numbered.number >= stretch.last]
        stretches.append(stretch)
    if not stretches:
        return build(numbered)
    return _unbuilt(numbered, build, Shortened(build(kept), tuple(stretches)))


def _runs(layers: Sequence[Numbered]) -> Iterator[list[Numbered]]:
    """The layers, those that follow one another and are the same together."""
    for _, run in groupby(layers, key=lambda numbered: id(numbered.layer)):
        yield list(run)


def _unbuilt(layers: Sequence[Numbered], build: Build, short: Shortened) -> DeepNetwork:
    """A network that is known by its short one until it is looked into."""
    network = object.__new__(DeepNetwork)
    for name in Network.__dataclass_fields__:
        if name not in _BUILT:
            object.__setattr__(network, name, getattr(short.network, name))
    for name, value in (("_layers", layers), ("_build", build), ("_short", short)):
        object.__setattr__(network, name, value)
    return network
