"""SymPy functions whose derivatives are the slopes of a network: no DiracDelta, however often one differentiates.

:class:`ReLU` is a function of its own. Step, sign, Abs, Max and Min are SymPy's, in every respect but two: they
print, compare, hash and pickle as what they are, but they differentiate as a network does (away from the kinks), and
they do not question SymPy's assumptions about a symbolic argument, which takes a time that doubles with every layer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy
from sympy.core.function import AppliedUndef, ArgumentIndexError, UndefinedFunction


def _sign_of(z: sympy.Expr) -> int | None:
    """The sign of a number, or of a symbol or a product of symbols that is declared to have one."""
    if not (z.is_number or z.is_Symbol or (z.is_Mul and all(factor.is_Atom for factor in z.args))):
        return None
    if z.is_zero:
        return 0
    if z.is_extended_positive:
        return 1
    return -1 if z.is_extended_negative else None


def _made(cls: type, *args: sympy.Expr) -> Any:
    """An application of a function, unevaluated and past SymPy's cache (which compares trees to any depth)."""
    made = sympy.Expr.__new__(cls, *args)
    made.nargs = sympy.FiniteSet(len(args))
    return made


class _Real:
    """What functions of real numbers have in common."""

    is_commutative = True

    def _eval_is_extended_real(self) -> bool | None:
        return True if self.args[0].is_extended_real else None  # type: ignore[attr-defined]

    def _eval_is_finite(self) -> bool | None:
        return True if self.args[0].is_finite else None  # type: ignore[attr-defined]


class _Standing(_Real):
    """A function of SymPy's under its own name, equal to SymPy's where the arguments are equal."""

    _stands_for: Any

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) not in (type(self), self._stands_for):
            return False
        return bool(self._hashable_content() == other._hashable_content())  # type: ignore[attr-defined]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def _eval_subs(self, old: sympy.Basic, new: sympy.Basic) -> sympy.Basic | None:
        return new if type(old) is self._stands_for and self == old else None

    def __hash__(self) -> int:
        return int(sympy.Basic.__hash__(self))


class Step(_Standing, sympy.Heaviside):
    """SymPy's ``Heaviside(z, H0)``, with derivative 0.

    >>> x = sympy.Symbol("x")
    >>> Step(x), Step(x).diff(x), Step(x) == sympy.Heaviside(x, 1), Step(0, 0)
    (Heaviside(x, 1), 0, True, 0)
    """

    _stands_for = sympy.Heaviside

    def __new__(cls, z: Any, H0: Any = 1, evaluate: bool = True) -> Any:
        z, H0 = sympy.sympify(z), sympy.sympify(H0)
        if evaluate:
            if z is sympy.nan:
                return z
            sign = _sign_of(z)
            if sign is not None:
                return H0 if sign == 0 else sympy.Integer(sign > 0)
        return _made(cls, z, H0)

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return sympy.S.Zero

    def _eval_derivative(self, s: sympy.Symbol) -> sympy.Expr:
        return sympy.S.Zero

    def _eval_is_nonnegative(self) -> bool | None:
        return True if self.args[1].is_nonnegative else None

    def _numpycode(self, printer: Any) -> str:
        z, at_zero = (printer._print(a) for a in self.args)
        return f"{printer._module_format(printer._module + '.heaviside')}({z}, {at_zero})"

    def _pythoncode(self, printer: Any) -> str:
        z, at_zero = (printer._print(a) for a in self.args)
        return f"(lambda z: (z > 0) + {at_zero}*(z == 0))({z})"

    _mpmathcode = _lambdacode = _pythoncode


class Sign(_Standing, sympy.sign):
    """SymPy's ``sign``, with derivative 0.

    >>> x = sympy.Symbol("x", real=True)
    >>> Sign(x).diff(x), sympy.sign(x).diff(x), Sign(-3)
    (0, 2*DiracDelta(x), -1)
    """

    _stands_for = sympy.sign

    def __new__(cls, z: Any, evaluate: bool = True) -> Any:
        z = sympy.sympify(z)
        sign = _sign_of(z) if evaluate else None
        return _made(cls, z) if sign is None else sympy.Integer(sign)

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return sympy.S.Zero

    def _eval_derivative(self, s: sympy.Symbol) -> sympy.Expr:
        return sympy.S.Zero

    def _eval_rewrite_as_Heaviside(self, z: sympy.Expr, **hints: object) -> sympy.Expr:
        return 2 * Step(z, sympy.S.Half) - 1


class Magnitude(_Standing, sympy.Abs):
    """SymPy's ``Abs`` of a real number, with derivative ``sign``.

    >>> x = sympy.Symbol("x")
    >>> Magnitude(x**2 - x).diff(x), Magnitude(-3)
    ((2*x - 1)*sign(x**2 - x), 3)
    """

    _stands_for = sympy.Abs

    def __new__(cls, z: Any, evaluate: bool = True) -> Any:
        z = sympy.sympify(z)
        sign = _sign_of(z) if evaluate else None
        return _made(cls, z) if sign is None else sign * z

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return Sign(self.args[0])

    def _eval_derivative(self, s: sympy.Symbol) -> sympy.Expr:
        return Sign(self.args[0]) * self.args[0].diff(s)

    def _eval_rewrite_as_Heaviside(self, z: sympy.Expr, **hints: object) -> sympy.Expr:
        return z * (2 * Step(z) - 1)


class _Choice(_Standing):
    """The larger or the smaller of two values."""

    _larger: int

    def __new__(cls, *values: Any, evaluate: bool = True) -> Any:
        if len(values) != 2:
            return sympy.sympify(values[0]) if len(values) == 1 else cls(values[0], cls(*values[1:]))
        a, b = sorted(map(sympy.sympify, values), key=lambda e: not e.is_number)
        sign = _sign_of(a - b) if evaluate and a.is_number and b.is_number else None
        if sign is not None:
            return a if sign == cls._larger else b
        made = _made(cls, a, b)
        made._argset = frozenset((a, b))
        return made

    @property
    def args(self) -> tuple[sympy.Expr, ...]:
        """The two values, a number first, then in the order written."""
        arguments: tuple[sympy.Expr, ...] = self._args  # type: ignore[attr-defined]
        return arguments

    def _hashable_content(self) -> tuple[object, ...]:
        return tuple(sympy.ordered(self._args))  # type: ignore[attr-defined]

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        if argindex not in (1, 2):
            raise ArgumentIndexError(self, argindex)
        a, b = self.args
        above = Step(b - a) if a.is_number else 1 - Step(a - b)
        return above if (argindex == 2) == (self._larger == 1) else 1 - above

    def _eval_rewrite_as_Heaviside(self, a: sympy.Expr, b: sympy.Expr, **hints: object) -> sympy.Expr:
        chosen = type(self)(a, b, evaluate=False)
        return a * chosen.fdiff(1) + b * chosen.fdiff(2)


class Largest(_Choice, sympy.Max):
    """SymPy's ``Max`` of two values, with derivatives in Step.

    >>> x = sympy.Symbol("x")
    >>> Largest(0, x), Largest(x, -1).diff(x), Largest(2, 3)
    (Max(0, x), Heaviside(x + 1, 1), 3)
    """

    _stands_for = sympy.Max
    _larger = 1


class Smallest(_Choice, sympy.Min):
    """SymPy's ``Min`` of two values, with derivatives in Step.

    >>> x = sympy.Symbol("x")
    >>> Smallest(1, x), Smallest(1, x).diff(x)
    (Min(1, x), 1 - Heaviside(x - 1, 1))
    """

    _stands_for = sympy.Min
    _larger = -1


for _own, _name in ((Step, "Heaviside"), (Sign, "sign"), (Magnitude, "Abs"), (Largest, "Max"), (Smallest, "Min")):
    _own.__name__ = _name  # what SymPy hashes, orders and prints by


class ReLU(_Real, sympy.Function):
    """``z*Heaviside(z, H0)``, the rectified linear unit, whose derivative is ``Heaviside(z, H0)``.

    >>> w, x = sympy.symbols("W0 x")
    >>> r = ReLU(w*x)
    >>> r, r.diff(w), r.rewrite(sympy.Heaviside), sympy.latex(r)
    (ReLU(W0*x), x*Heaviside(W0*x, 1), W0*x*Heaviside(W0*x, 1), '\\\\mathrm{ReLU}{\\\\left(W_{0} x \\\\right)}')
    >>> r.rewrite(sympy.Heaviside).diff(w)
    x*Heaviside(W0*x, 1)
    >>> r.subs({w: -2, x: 3}), ReLU(sympy.pi)
    (0, pi)
    """

    nargs = (1, 2)

    def __new__(cls, z: Any, H0: Any = 1, evaluate: bool = True) -> Any:
        z, H0 = sympy.sympify(z), sympy.sympify(H0)
        if evaluate:
            if z is sympy.nan:
                return z
            sign = _sign_of(z)
            if sign is not None:
                return z if sign > 0 else sympy.S.Zero
        return _made(cls, z, H0)

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return Step(*self.args) if argindex == 1 else sympy.S.Zero

    def _eval_derivative(self, s: sympy.Symbol) -> sympy.Expr:
        slope = self.args[0].diff(s)
        return slope if slope.is_zero else slope * Step(*self.args)

    def _eval_rewrite_as_Heaviside(self, z: sympy.Expr, H0: sympy.Expr, **hints: object) -> sympy.Expr:
        return z * Step(z, H0)

    def _eval_rewrite_as_Max(self, z: sympy.Expr, H0: sympy.Expr, **hints: object) -> sympy.Expr:
        return Largest(0, z)

    def _eval_rewrite_as_Piecewise(self, z: sympy.Expr, H0: sympy.Expr, **hints: object) -> sympy.Expr:
        return sympy.Piecewise((z, z > 0), (0, True))

    def _eval_is_nonnegative(self) -> bool | None:
        return True if self.args[0].is_extended_real else None

    def _shown(self) -> tuple[sympy.Expr, ...]:
        shown: tuple[sympy.Expr, ...] = self.args
        return shown[:1] if shown[1] == 1 else shown

    def _sympystr(self, printer: Any) -> str:
        return f"ReLU({', '.join(printer._print(a) for a in self._shown())})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = f"^{{{exp}}}" if exp else ""
        return rf"\mathrm{{ReLU}}{power}{{\left({printer._print(self.args[0])} \right)}}"

    def _numpycode(self, printer: Any) -> str:
        return f"{printer._module_format(printer._module + '.maximum')}({printer._print(self.args[0])}, 0)"

    def _pythoncode(self, printer: Any) -> str:
        return f"max({printer._print(self.args[0])}, 0)"

    _mpmathcode = _lambdacode = _pythoncode


class Unspecified(AppliedUndef):
    """An unspecified function whose derivative is another one: ``f(z)``, whose derivative is ``f_prime(z)``."""

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return unspecified(slope_name(self.func.__name__, argindex, len(self.args)))(*self.args)


def slope_name(name: str, position: int, parameters: int) -> str:
    """The name of the partial of an unspecified function by its parameter number ``position`` (from 1).

    >>> slope_name("f", 1, 1), slope_name("f", 2, 2)
    ('f_prime', 'f_prime_2')
    """
    return f"{name}_prime" if parameters == 1 else f"{name}_prime_{position}"


@lru_cache(maxsize=256)
def unspecified(name: str) -> Any:
    """The unspecified function of a name; equal to SymPy's ``Function(name)``.

    >>> x = sympy.Symbol("x")
    >>> f = unspecified("f")
    >>> f(x**2).diff(x), f(x) == sympy.Function("f")(x)
    (2*x*f_prime(x**2), True)
    """
    return UndefinedFunction(name, (Unspecified,))
