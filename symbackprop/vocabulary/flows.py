"""The flow of a gradient: the factors it is a product of, their bounds, and numbers that stand beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

from symbackprop.vocabulary.expressions import Expression, Ref
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Index, Quantity
from symbackprop.vocabulary.terms import Factor

NormKind = Literal["abs", "max", "2", "F"]


class Norm(NamedTuple):
    """A norm of a quantity: of a scalar its absolute value (``abs``), of anything its largest entry (``max``) or its
    Frobenius norm (``F``), of a vector its length, of a matrix its largest singular value (``2``)."""

    kind: NormKind
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class BoundTerm:
    """A product that bounds: the slope bounds with their powers, a coefficient, norms of quantities.

    ``slopes`` counts how often the slope of each function is in it; ``coefficient`` is a product of numbers, sizes and
    hyperparameters whose absolute value multiplies.
    """

    slopes: Mapping[Function, int]
    norms: tuple[Norm, ...]
    coefficient: Expression


Bound = tuple[BoundTerm, ...] | None
"""A sum of products; None where nothing bounds the factor."""


@dataclass(frozen=True, slots=True)
class Link:
    """A local derivative: of the entry ``upper`` by the entry ``lower``, a coefficient times factors."""

    upper: Ref
    lower: Ref
    factors: tuple[Factor, ...]
    coefficient: Expression
    summed: tuple[Index, ...] = ()
    """The indices over which the chain rule sums."""


Path = tuple[Link, ...]
"""Links one after another, the one nearest to the cost first."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The part of a gradient between two quantities through which all of it passes, ``upper`` nearer to the cost.

    ``paths`` are the ways between them, one for a plain chain, and none if they are too many to be written;
    ``function`` is the softmax, where that is what lies between. ``above`` is the number of the stage that ends where
    this one begins (None: it begins where the upstream gradient ends), ``layer`` the number of its layer.
    """

    upper: Quantity
    lower: Quantity
    paths: tuple[Path, ...]
    above: int | None
    layer: int
    bound: Bound
    function: Function | None = None


Item = Norm | tuple[BoundTerm, ...]
"""What a long product of bounds is written with beside its slopes: norms, and sums that stand in parentheses."""

ENDS = 3
"""So many items, and twice as many stages, are remembered of each end of a long product."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Everything from the upstream gradient down to the end of one stage, so that no product is ever walked again.

    ``count`` stages, of which ``first`` are the numbers of the topmost; the product of their bounds has the powers
    ``slopes`` of slope bounds, a ``coefficient`` and ``items`` others, of which the topmost and the lowest are given.
    ``unbounded`` is the number of a stage that nothing bounds (None: all are bounded).
    """

    count: int
    first: tuple[int, ...]
    slopes: Mapping[Function, int]
    coefficient: Expression
    items: int
    top: tuple[Item, ...]
    bottom: tuple[Item, ...]
    unbounded: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """What one occurrence of a target adds to its gradient: upstream, the stages from there down, its own link.

    ``start`` is where the upstream gradient is taken (None: there is no such place), ``last`` the number of the stage
    nearest to the target (None: there is none between), ``bound`` that of its own link. Where the target stands in the
    cost itself there is none of these, and ``direct`` is what it adds.
    """

    start: Quantity | None
    last: int | None
    own: Link | None
    bound: Bound
    direct: Expression | None = None


@dataclass(frozen=True, slots=True)
class Gradient:
    """The gradient by a target as a sum of products, one for each of its occurrences."""

    target: Ref
    shares: tuple[Share, ...]


Cell = tuple[str, ...]
"""A number, or the least and the greatest of several."""


@dataclass(frozen=True, slots=True)
class LayerNumbers:
    """The numbers of one layer, each as it is printed; empty where there is none.

    ``z`` and ``slope`` are values (least and greatest), ``weight`` the value or the 2-norm, ``factor`` what the size of
    the gradient is multiplied by, ``bound`` what that never exceeds, ``size`` the norm of the gradient below the layer,
    ``log10`` its decimal logarithm (None where it is 0).
    """

    layer: int
    z: Cell
    slope: Cell
    weight: str
    factor: str
    bound: str
    size: str
    log10: float | None


@dataclass(frozen=True, slots=True)
class GradientNumbers:
    """The norm of a gradient and the bound on it, as printed; ``dead`` where it is exactly 0."""

    target: Quantity
    size: str
    bound: str
    log10: float | None
    dead: bool


@dataclass(frozen=True, slots=True)
class Worked:
    """Numbers put into a flow: the upstream gradient, then layer by layer down, then the gradients."""

    upstream: str
    upstream_log10: float | None
    layers: tuple[LayerNumbers, ...]
    gradients: tuple[GradientNumbers, ...]
    exact: bool
    remarks: tuple[str, ...] = ()


class Spread(NamedTuple):
    """Decimal logarithms over samples: root mean square, median, 5 % and 95 % quantile; None where the value is 0."""

    rms: float | None
    median: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class LayerSpread:
    """The gradients of one weight over random initial weights.

    ``gradient`` is the norm of the cost's gradient by the weight, ``delta`` that by the layer's pre-activation;
    ``theory`` is the decimal logarithm of the root mean square of the latter that the variance formula predicts,
    ``alive`` the share of samples whose gradient is not 0.
    """

    weight: Quantity
    gradient: Spread
    delta: Spread
    theory: float | None
    alive: float


@dataclass(frozen=True, slots=True)
class Sampled:
    """Gradients over random initial weights, and what is known of them."""

    initialisation: str
    rule: str
    samples: int
    seed: int
    layers: tuple[LayerSpread, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """The factors of the gradients of one network, with their bounds and the verdict in words."""

    source: str
    title: str
    stages: tuple[Stage, ...]
    tallies: tuple[Tally, ...]
    """For each stage everything above it and itself."""
    layers: tuple[Quantity, ...]
    """For each layer a quantity that names it."""
    gradients: tuple[Gradient, ...]
    functions: tuple[Function, ...]
    """Those whose slopes are factors, in the order of the layers from the cost."""
    verdict: tuple[str, ...]
    step_at_zero: Fraction
    upstream: Mapping[Quantity, Expression] = field(default_factory=dict)
    """The upstream gradient at each place where a product starts."""
    worked: Worked | None = None
    sampled: Sampled | None = None

    @property
    def longest(self) -> Tally | None:
        """The tally of the longest product; None where no stage lies between the cost and a target."""
        return max(self.tallies, key=lambda tally: tally.count, default=None)
