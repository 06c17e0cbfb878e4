"""The closed forms of adjoints, cut where a person would write a name: the error of a layer, what is used twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from symbackprop.backward.closed import ClosedForms, common_factor
from symbackprop.backward.sweep import Contribution
from symbackprop.networks.closing import instantiate
from symbackprop.networks.model import Network
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.arithmetic import add, mul
from symbackprop.vocabulary.expressions import MINUS_ONE, Call, Expression, Number, Ref, Sum, letters, nodes, size
from symbackprop.vocabulary.quantities import Index, Quantity, fresh_letter
from symbackprop.vocabulary.terms import Combination, Definition, Map, Term

SHORT, LONG = 12, 60
"""An adjoint of fewer nodes is written out wherever it is used; one of more is named even if it is used once."""


class NamedForms(ClosedForms):
    """Closed forms in which the adjoints of ``named`` quantities stand as quantities of their own.

    ``targets`` tells which adjoints are asked for, so that what only others need is neither counted nor named.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> net = read_pattern("relu relu")
    >>> forms = NamedForms(net, net.parameters)
    >>> forms.adjoint(net.quantity("W0"))
    Mul(Ref(dC/dz1, ()), Ref(x, ()))
    >>> forms.named[net.quantity("z1")][1]
    Mul(Ref(dC/dz2, ()), Ref(W1, ()), Call(step, (Ref(z1, ()),), 0))
    """

    def __init__(self, network: Network, targets: Iterable[Quantity]) -> None:
        super().__init__(network)
        self.named: dict[Quantity, tuple[Quantity, Expression]] = {}
        self._asked = set(targets)
        self._leaves = frozenset(network.leaves)
        self._softmax = dict(_softmaxes(network))
        self._uses: Counter[Quantity] = Counter()
        todo, seen = list(self._asked), set(self._asked)
        while todo:
            adjoint = self.adjoints.get(todo.pop())
            for contribution in adjoint.contributions if adjoint else ():
                if contribution.upstream is None:
                    continue
                self._uses[contribution.upstream.quantity] += 1
                if contribution.upstream.quantity not in seen:
                    seen.add(contribution.upstream.quantity)
                    todo.append(contribution.upstream.quantity)

    def _adjoint_of(self, quantity: Quantity) -> Expression:
        form = super()._adjoint_of(quantity)
        if not self._deserves_a_name(quantity, form):
            return form
        adjoint = Quantity(f"dC/d{quantity.name}", "auxiliary", quantity.axes, quantity.label)
        self.named[quantity] = adjoint, form
        return Ref(adjoint, self.indices(quantity))

    def share(self, contribution: Contribution) -> Expression:
        """What one contribution comes to; of a softmax all at once, r_j (g_j - sum_k g_k r_k), without its sums."""
        output = self._softmax.get(contribution.definition.quantity)
        if output is None:
            return super().share(contribution)
        indices = tuple(i for i in contribution.definition.indices if isinstance(i, Index))
        gradient, own = self._adjoint[output.quantity], self.indices(output.quantity)
        axis = output.indices.index(next(i for i in output.indices if i not in output.arguments[1].indices))
        taken = {i.letter for i in indices} | self.closing.reserved | letters(gradient)
        other = Index(fresh_letter(taken), indices[axis].dimension)
        others = (*indices[:axis], other, *indices[axis + 1 :])
        here, there = (
            self.without_inline(instantiate(gradient, own, at, taken | {other.letter})) for at in (indices, others)
        )
        mean = self.total((other,), mul(there, Ref(output.quantity, others)))
        r = Ref(output.quantity, indices)
        factored = mul(common_factor(add(here, mul(MINUS_ONE, mean))), r)
        multiplied_out = common_factor(add(mul(here, r), mul(MINUS_ONE, mean, r)))  # r - y of a cross-entropy
        return self.in_letters(contribution, min(factored, multiplied_out, key=size))

    def _deserves_a_name(self, quantity: Quantity, form: Expression) -> bool:
        if isinstance(form, Ref | Number) or quantity in self._leaves or quantity is self.network.cost:
            return False
        if quantity.kind == "pre-activation" or quantity in self._asked:
            return True
        length = size(form)
        return length > LONG or (self._uses[quantity] > 1 and (length > SHORT or _costly(form)))


def _costly(form: Expression) -> bool:
    """Whether working the form out twice is more than a few products of entries."""
    return any(isinstance(e, Sum | Call) for e in nodes(form))


def _softmaxes(network: Network) -> Iterator[tuple[Quantity, Map]]:
    """The definition of every softmax, r = e/S with e = exp(z) and S = sum e, by its e; e and S are used there only."""
    known = {d.quantity: d for d in network.definitions}
    uses = Counter(q for d in network.definitions for q in _used(d))
    for definition in network.definitions:
        if not isinstance(definition, Map) or definition.function is not FUNCTIONS["quotient"]:
            continue
        above, below = definition.arguments
        e, total = known.get(above.quantity), known.get(below.quantity)
        if (
            isinstance(e, Map)
            and e.function is FUNCTIONS["exp"]
            and isinstance(total, Combination)
            and uses[e.quantity] == 2
            and uses[total.quantity] == 1
            and total.terms == (Term((Ref(e.quantity, e.arguments[0].indices),)),)
            and e.arguments[0].indices == e.indices
            and above.indices == definition.indices
            and len(below.indices) == len(above.indices) - 1
            and tuple(i for i in above.indices if i in below.indices) == below.indices
        ):
            yield e.quantity, definition


def _used(definition: Definition) -> Iterator[Quantity]:
    if isinstance(definition, Map):
        yield from (a.quantity for a in definition.arguments)
    else:
        yield from (f.quantity for term in definition.terms for f in term.factors if isinstance(f, Ref))
