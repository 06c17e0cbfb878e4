"""Building the layers of a pattern: chains of single neurons, dense layers, and two arbitrary layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbackprop.networks.builder import Builder, multiplied_out
from symbackprop.networks.closing import with_parameters
from symbackprop.networks.deep import Numbered, deep_network
from symbackprop.networks.model import Constraint, Network
from symbackprop.tables.activations import SOFTMAX
from symbackprop.tables.costs import Cost
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.arithmetic import add, mul, power, summed
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import HALF, MINUS_ONE, Expression, Number, Ref, Symbol
from symbackprop.vocabulary.formulas import read_formula
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Dimension, Index, Label, Quantity, fresh_indices, fresh_letter
from symbackprop.vocabulary.terms import Term


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a pattern: how many units (None: one neuron without an axis), which activation, biased or not."""

    width: int | str | None
    activation: Function
    bias: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """What is chosen beside the layers."""

    cost: Cost
    batch: int | str | None = None
    l2: str | None = None
    expand: bool = False


UNSPECIFIED_COST = Function("L", None, (), ("y", "p"), head="L", whole=True)
UPSTREAM = Function("upstream", None, (), ("r",), head="C", whole=True)


class _Letters:
    """Index letters that no symbolic size uses."""

    def __init__(self, sizes: set[str]) -> None:
        self.source = fresh_letter(sizes, "i")
        self.target = fresh_letter(sizes | {self.source}, "j")
        self.sample = fresh_letter(sizes | {self.source, self.target}, "s")


def layered_network(source: str, inputs: int | str | None, layers: list[Layer], options: Options) -> Network:
    """A network of layers in a row, from its input width (None: a scalar input) and its layers.

    z1 = x W0 + b1, r1 = f(z1), and so on; the cost compares the last activation with y.
    """
    return deep_network(layers, lambda numbered: _written_out(source, inputs, numbered, options))


def _written_out(source: str, inputs: int | str | None, layers: Sequence[Numbered], options: Options) -> Network:
    """The network of layers that bear these numbers."""
    builder = Builder(source)
    widths = [inputs, *(layer.width for _, layer in layers)]
    sizes = dict.fromkeys(w for w in (*widths, options.batch) if isinstance(w, str))
    hyper = options.l2
    letters = _Letters({*sizes, *([hyper] if hyper else [])})
    batch = Dimension("samples", options.batch) if options.batch is not None else None
    sample = (Index(letters.sample, batch),) if batch else ()

    def axis(number: int, width: int | str | None) -> tuple[Dimension, ...]:
        return () if width is None else (Dimension(f"n{number}", width),)

    batch_axis = (batch,) if batch else ()
    before = axis(0, inputs)
    previous = builder.leaf("x", "input", batch_axis + before, Label(None, 0))
    weights = []
    for number, layer in layers:
        after = axis(number, layer.width)
        i, j = (tuple(Index(x, d) for d in axes) for x, axes in ((letters.source, before), (letters.target, after)))
        label = Label(None, number)
        weight = builder.leaf(f"W{number - 1}", "weight", before + after, Label(None, number - 1))
        weights.append(weight)
        terms = [Term((Ref(weight, i + j), Ref(previous, sample + i)))]
        if layer.bias:
            terms.append(Term((Ref(builder.leaf(f"b{number}", "bias", after, label), j),)))
        pre = builder.combine(f"z{number}", "pre-activation", sample + j, tuple(terms), label)
        if layer.activation is SOFTMAX:
            previous = builder.softmax(f"r{number}", "activation", sample + j, Ref(pre, sample + j), label)
        else:
            previous = builder.map(
                f"r{number}", "activation", sample + j, layer.activation, (Ref(pre, sample + j),), label
            )
        before = after
    target = builder.leaf("y", "target", batch_axis + before, Label(None, layers[-1].number))
    if options.cost.targets_sum_to_one and widths[-1] not in (None, 1):
        builder.constraints.append(Constraint(target))
    cost = _cost(
        builder, options, previous, target, sample, tuple(Index(letters.target, d) for d in before), weights, hyper
    )
    return builder.build(
        cost,
        prediction=previous,
        batch=batch,
        sizes=tuple(sizes),
        hyperparameters=(Symbol(hyper),) if hyper and not _number(hyper) else (),
        cost_name=options.cost.name,
        remarks=_remarks(options.cost, layers[-1].layer.activation),
    )


def _remarks(cost: Cost, last: Function) -> tuple[str, ...]:
    if not cost.on_logits or last.name == "identity":
        return ()
    return (f"The cost {cost.name} takes logits, but the last layer applies {last.name} to them first.",)


def _cost(
    builder: Builder,
    options: Options,
    prediction: Quantity,
    target: Quantity,
    sample: tuple[Index, ...],
    unit: tuple[Index, ...],
    weights: list[Quantity],
    hyper: str | None,
) -> Quantity:
    """Define the cost: its formula summed over the outputs, averaged over the samples, plus the penalty."""
    p, y = Ref(prediction, sample + unit), Ref(target, sample + unit)
    written: Expression | None = None
    if options.cost.formula is None:
        if not sample and not hyper:
            return builder.map("C", "cost", (), UNSPECIFIED_COST, (y, p))
        per_sample = builder.map("L", "auxiliary", sample, UNSPECIFIED_COST, (y, p))
        total: Expression = Ref(per_sample, sample)
    else:
        tree = read_formula(options.cost.formula, {"y", "p", "n"}, FUNCTIONS)
        if options.cost.targets_sum_to_one and options.cost.on_logits and not unit:
            raise InputError(
                "softmax-of-one",
                f"{options.cost.name} takes the softmax of several units, and a chain ends in one, whose softmax is 1",
                hint="binary-cross-entropy-logits for one unit, or give the layer a width",
            )
        outputs = unit[0].dimension.size if unit else 1
        count = Number(outputs) if isinstance(outputs, int) else Symbol(outputs)
        values: dict[str, Expression] = {"y": y, "p": p, "n": count}
        total = with_parameters(tree, values)
        if options.expand and options.cost.square:
            written, total = total, multiplied_out(total)
        elif options.cost.square:
            u = builder.define("U", "difference", sample + unit, add(y, mul(MINUS_ONE, p)))
            values["u"] = Ref(u, sample + unit)
            total = with_parameters(read_formula(options.cost.square, {"u", "n"}, {}), values)
        total, written = summed(unit, total), written and summed(unit, written)
    if sample:
        m = sample[0].dimension.size
        count = Number(m) if isinstance(m, int) else Symbol(m)
        total = mul(power(count, MINUS_ONE), summed(sample, total))
        written = written and mul(power(count, MINUS_ONE), summed(sample, written))
    if hyper:
        rate: Expression = read_formula(hyper, {hyper}, {})
        penalties: list[Expression] = []
        for weight in weights:
            indices = fresh_indices(weight.axes, {hyper, *(i.letter for i in (*sample, *unit))})
            penalties.append(mul(HALF, rate, summed(indices, power(Ref(weight, indices), Number(2)))))
        total, written = add(total, *penalties), written and add(written, *penalties)
    return builder.define("C", "cost", (), total, written=written)


def _number(text: str) -> bool:
    return text[:1].isdigit() or text[:1] == "."


def general_network(source: str, activation: Function, bias: bool) -> Network:
    """Two arbitrary layers (k) and (k+1), the gradient of the cost with respect to the second's output given."""
    builder = Builder(source)
    k, k1 = Label("k", 0), Label("k", 1)
    first, second = Dimension("n_k", "n_k"), Dimension("n_k1", "n_k1")
    i, j = Index("i", first), Index("j", second)
    r = builder.leaf("r(k)", "activation", (first,), k)
    w = builder.leaf("W(k)", "weight", (first, second), k)
    z_formula: Expression = summed((i,), mul(Ref(w, (i, j)), Ref(r, (i,))))
    if bias:
        z_formula = add(z_formula, Ref(builder.leaf("b(k+1)", "bias", (second,), k1), (j,)))
    z = builder.define("z(k+1)", "pre-activation", (j,), z_formula, k1)
    if activation is SOFTMAX:
        out = builder.softmax("r(k+1)", "activation", (j,), Ref(z, (j,)), k1)
    else:
        out = builder.map("r(k+1)", "activation", (j,), activation, (Ref(z, (j,)),), k1)
    cost = builder.map("C", "cost", (), UPSTREAM, (Ref(out, (j,)),))
    return builder.build(cost, sizes=("n_k", "n_k1"))
