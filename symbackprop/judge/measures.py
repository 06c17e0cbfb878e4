"""The two ways of putting numbers into a claim: rationals that are exact, and reals that are certified."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from symbackprop.judge.instances import Chance, Rationals
from symbackprop.judge.normal import Normal, Ratio
from symbackprop.judge.reals import Interval, Reals, agree, differs, shown
from symbackprop.judge.subjects import derivative
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.functions import Function

ENOUGH_DIGITS = 25


class Measure(Protocol):
    """How values are made, compared and shown."""

    def algebra(self, step_at_zero: Fraction, chance: Chance) -> Any:
        """The algebra of the values; its ``kinked`` says whether Step was taken at 0."""

    def equal(self, left: Any, right: Any) -> bool | None:
        """Whether two values are equal, None where that cannot be told."""

    def zero(self, value: Any) -> bool:
        """Whether a value is zero."""

    def shown(self, value: Any) -> str:
        """A value in a witness."""


class Exactly:
    """Rational numbers."""

    def algebra(self, step_at_zero: Fraction, chance: Chance) -> Rationals:
        """Rationals with chance for what is not specified."""
        return Rationals(step_at_zero, chance)

    def equal(self, left: Fraction, right: Fraction) -> bool:
        """Whether they are equal."""
        return left == right

    def zero(self, value: Fraction) -> bool:
        """Whether it is zero."""
        return value == 0

    def shown(self, value: Fraction) -> str:
        """The fraction."""
        return str(Fraction(value))


class Certified:
    """Real numbers as intervals that contain them."""

    def __init__(self, digits: int = 50) -> None:
        self.digits = digits

    def algebra(self, step_at_zero: Fraction, chance: Chance) -> RealsByChance:
        """Intervals with chance for what is not specified."""
        return RealsByChance(self.digits, step_at_zero, chance)

    def equal(self, left: Interval, right: Interval) -> bool | None:
        """False where they certainly differ, True where they agree to many digits."""
        if differs(left, right):
            return False
        return True if agree(left, right) >= ENOUGH_DIGITS else None

    def zero(self, value: Interval) -> bool:
        """Whether it is zero, as far as can be told."""
        return value.lo <= 0 <= value.hi

    def shown(self, value: Interval) -> str:
        """Its first digits."""
        return shown(value)


class RealsByChance(Reals):
    """Certified reals in which unspecified functions and partials have values drawn for their arguments."""

    def __init__(self, digits: int, step_at_zero: Fraction, chance: Chance) -> None:
        super().__init__(digits, step_at_zero, self.drawn)
        self.chance = chance
        self.kinked = False
        self.active: bool | None = None
        native = dict(self.native)
        for name in ("step", "sign", "relu", "abs"):
            native[FUNCTIONS[name]] = self._watched(self.native[FUNCTIONS[name]], name in ("step", "sign"))
        self.native = native

    def _watched(self, plain: Any, jumps: bool) -> Any:
        def watched(z: Interval) -> Interval:
            self.kinked = self.kinked or jumps and z.lo == z.hi == 0
            self.active = self.active is not False and z.lo > 0
            found: Interval = plain(z)
            return found

        return watched

    def symbol(self, name: str) -> Interval:
        """Pi, or a value drawn for the name."""
        if name == "pi":
            return super().symbol(name)
        return self.number(self.chance.value(name))

    def drawn(self, function: Function, arguments: Sequence[Interval], slope: int) -> Interval:
        """The value drawn for a function at arguments that are the same to many digits."""
        if slope:
            function = derivative(function, slope - 1)
        at = tuple(f"{(z.lo + z.hi) / 2:.20e}" if z.lo != z.hi else f"{Decimal(z.lo):.20e}" for z in arguments)
        return self.number(self.chance.value(function.name, at))


class Proving(Normal):
    """Formulas in normal form over the leaves as unknowns: equal ones are equal for all values of the leaves."""

    kinked = False
    active: bool | None = None


class Proof:
    """Normal forms: what is equal in them is proved; what is not may still be equal."""

    def __init__(self, budget: int = 6_000) -> None:
        self.budget = budget
        self._normal = Proving(budget)

    def algebra(self, step_at_zero: Fraction, chance: Chance) -> Proving:
        """Rational functions of the leaves, for every value of Step(0); always the same one."""
        return self._normal

    def equal(self, left: Ratio, right: Ratio) -> bool | None:
        """True where they have the same normal form."""
        return True if self._normal.equal(left, right) else None

    def zero(self, value: Ratio) -> bool:
        """Whether it is zero."""
        return self._normal.equal(value, self._normal.number(Fraction(0)))

    def shown(self, value: Ratio) -> str:
        """Nothing: a normal form is no witness."""
        return ""


def irrational(error: InputError) -> bool:
    """Whether an error says that rational numbers do not suffice."""
    return error.code == "not-rational"
