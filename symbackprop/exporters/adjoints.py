"""The closed forms of adjoints, cut where a person would write a name: the error of a layer, what is used twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from symbackprop.backward.closed import ClosedForms
from symbackprop.networks.model import Network
from symbackprop.vocabulary.expressions import Call, Expression, Number, Ref, Sum, nodes, size
from symbackprop.vocabulary.quantities import Quantity

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

    def _deserves_a_name(self, quantity: Quantity, form: Expression) -> bool:
        if isinstance(form, Ref | Number) or quantity in self.network.leaves or quantity is self.network.cost:
            return False
        if quantity.kind == "pre-activation" or quantity in self._asked:
            return True
        length = size(form)
        return length > LONG or (self._uses[quantity] > 1 and (length > SHORT or _costly(form)))


def _costly(form: Expression) -> bool:
    """Whether working the form out twice is more than a few products of entries."""
    return any(isinstance(e, Sum | Call) for e in nodes(form))
