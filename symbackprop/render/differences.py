"""What notations beside each other mean differently, beyond their letters: each says so where others differ.

A facet is computed from the records of the notations. Letters and styles of labels are seen; what the same derivation
cannot show in two notations at once (which index of a weight is its source's, from where layers are counted, where
the 1/m of a batch stands) is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from symbackprop.backward.slopes import slope_tree
from symbackprop.render.matrix_terms import Whole
from symbackprop.render.sentences import Formula, Sentence, Words
from symbackprop.render.setting import Setter
from symbackprop.render.views import View
from symbackprop.tables.notations import Notation
from symbackprop.vocabulary.expressions import Call, Ref
from symbackprop.vocabulary.quantities import Index, Quantity
from symbackprop.vocabulary.terms import Map


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a network in a notation: the setter of its formulas, and how it lays them out."""

    setter: Setter
    view: View
    whole: bool
    """Whether the formulas are matrix formulas."""

    @property
    def notation(self) -> Notation:
        """The notation."""
        return self.setter.notation

    def first(self, kind: str) -> Quantity | None:
        """The first quantity of a kind that the notation dresses."""
        return next((q for q in self.setter.network.quantities if q.kind == kind and q.latex is None), None)

    def name(self, quantity: Quantity) -> Formula:
        """A quantity as a whole."""
        return Formula(self.setter.set(Whole(quantity)))


@dataclass(frozen=True, slots=True)
class Facet:
    """Something that notations do differently: what two of them have in common that do it alike, and how it is told."""

    alike: Callable[[Notation], object]
    told: Callable[[Reader], Sentence]


def differences(reader: Reader, others: Sequence[Notation]) -> list[Sentence]:
    """The sentences that a notation needs beside others; none about what the network does not have."""
    found = []
    for facet in FACETS:
        own = facet.alike(reader.notation)
        if any(facet.alike(other) != own for other in others) and (sentence := facet.told(reader)):
            found.append(sentence)
    return found


def _indices_of_weights(reader: Reader) -> Sentence:
    weight = reader.first("weight")
    if weight is None or len(weight.axes) != 2:
        return ()
    i, j = (Index(letter, axis) for letter, axis in zip("ij", weight.axes, strict=True))
    rows = "source" if reader.view.layout.in_order(weight) else "target"
    return (
        Formula(reader.setter.set(Ref(weight, (i, j)))),
        Words(" is the weight from unit "), Formula(reader.setter.index(i)),
        Words(" to unit "), Formula(reader.setter.index(j)),
        Words("; as a matrix "), reader.name(weight),
        Words(f" has a row for every {rows} unit, and so has its gradient"), Words("."),
    )  # fmt: skip


def _numbers_of_layers(reader: Reader) -> Sentence:
    weight, z = reader.first("weight"), reader.first("pre-activation")
    if weight is None or z is None or weight.label is None:
        return ()
    source = reader.setter.label_text(weight.label, reader.notation.r_shift)
    before = "The inputs are layer " if weight.label.base is None else "From layer "
    after = "; from there " if weight.label.base is None else " "
    return (
        Words(before), Formula(reader.setter.markup.symbol(source)), Words(after),
        reader.name(weight), Words(" leads to "), reader.name(z), Words("."),
    )  # fmt: skip


def _vectors(reader: Reader) -> Sentence:
    if not any(q.axes for q in reader.setter.network.quantities):
        return ()
    return (Words(f"A vector is a {reader.notation.vectors.removesuffix('s')}."),)


def _samples(reader: Reader) -> Sentence:
    if reader.setter.network.batch is None:
        return ()
    return (Words(f"The samples of a batch are the {reader.notation.samples} of a matrix."),)


def _biases(reader: Reader) -> Sentence:
    bias = reader.first("bias")
    if bias is None:
        return ()
    if reader.notation.biases_in_weights:
        return (Words("The book counts a bias among the weights, from an input that is always 1; here it is "),
                reader.name(bias), Words("."))  # fmt: skip
    return (Words("A bias has a letter of its own, "), reader.name(bias), Words("."))


def _totals(reader: Reader) -> Sentence:
    if reader.setter.network.batch is None:
        return ()
    if reader.notation.adds_samples:
        return (Words("The book adds the costs of the samples up; here their mean is taken."),)
    return (Words("The cost of a batch is the mean of the costs of its samples."),)


def _errors(reader: Reader) -> Sentence:
    z = reader.first("pre-activation")
    if z is None:
        return ()
    setter = reader.setter
    gradient = setter.gradient(z, ())
    partial = setter.markup.partial(setter.entry(setter.network.cost, ()), setter.entry(z, ()))
    if gradient == partial:
        return (Words("The derivative by "), reader.name(z), Words(" has no letter of its own."))
    return (Formula(gradient), Words(" stands for "), Formula(partial), Words("."))


def _share_of_a_sample(reader: Reader) -> Sentence:
    batch, z = reader.setter.network.batch, reader.first("pre-activation")
    if batch is None or z is None:
        return ()
    share = Formula(reader.setter.markup.fraction("1", reader.setter.size(batch.size)))
    if reader.notation.per_example_delta:
        start = (Words("The book leaves the "), share, Words(" of a batch out of its errors and puts it into the"))
        return (*start, Words(" gradients of weights and biases; here every derivative by "), reader.name(z),
                Words(" has it, and is written as a partial."))  # fmt: skip
    return (Words("The "), share, Words(" of a batch is part of every derivative of the cost."))


def _slopes(reader: Reader) -> Sentence:
    if not reader.whole:
        return ()
    how = {"hadamard": "multiplies entry by entry", "diagonal": "is a diagonal matrix"}
    return (Words(f"A slope {how[reader.notation.slopes]}."),)


def _step_at_zero(reader: Reader) -> Sentence:
    network = reader.setter.network
    steps = (slope_tree(d.function, 0) for d in network.definitions if isinstance(d, Map) and d.function.head)
    if not any(isinstance(slope, Call) and slope.function.name == "step" for slope in steps):
        return ()
    own = Fraction(reader.notation.step_at_zero)
    set_ = reader.setter.markup.number
    text = (Words("Step(0) is "), Formula(set_(own)), Words(" in this notation"))
    if own == network.step_at_zero:
        return (*text, Words("."))
    return (*text, Words(", but "), Formula(set_(network.step_at_zero)), Words(" in every formula here."))


FACETS = (
    Facet(lambda n: n.weights, _indices_of_weights),
    Facet(lambda n: (n.r_shift, n.W_shift, n.z_shift, n.b_shift), _numbers_of_layers),
    Facet(lambda n: n.vectors, _vectors),
    Facet(lambda n: n.samples, _samples),
    Facet(lambda n: n.biases_in_weights, _biases),
    Facet(lambda n: n.adds_samples, _totals),
    Facet(lambda n: (bool(n.delta), n.gradient), _errors),
    Facet(lambda n: n.per_example_delta, _share_of_a_sample),
    Facet(lambda n: n.slopes, _slopes),
    Facet(lambda n: Fraction(n.step_at_zero), _step_at_zero),
)
"""What notations do differently that letters do not show."""
