"""The flows of gradients: factors and bounds, with numbers where they are asked for, and the ways to print them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING

from symbackprop.backward.derivation import given_targets
from symbackprop.networks.model import Network
from symbackprop.networks.spec import Spec, build, notation_of
from symbackprop.vocabulary import flows
from symbackprop.vocabulary.errors import InputError, unknown

if TYPE_CHECKING:
    from symbackprop.render.flows.telling import Telling

FORMATS = ("text", "latex", "markdown", "html", "json")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which numbers are put in: values for the leaves, or a rule for random weights."""

    at: str | None = None
    init: str | None = None
    samples: int = 1000
    seed: int = 0
    watched: Callable[[Sequence[int]], Iterable[int]] = field(default=iter, compare=False)
    """Goes through the blocks of random networks, and may say how far it has come."""

    def check(self) -> None:
        """Refuse a rule that does not exist and numbers of samples that cannot be, before any work is done."""
        if self.init is not None:
            from symbackprop.factors.initial import checked

            checked(self.init, self.samples, self.seed)


@dataclass(frozen=True, repr=False)
class Flow:
    """The factors of the gradients of one network, or of two side by side, with the ways to print them.

    >>> import symbackprop as sb
    >>> sb.flow("sigmoid*10").verdict[-1]
    'Dead units: none of these slopes is ever exactly 0; a saturated unit only comes close to it.'
    """

    tellings: tuple[Telling, ...]

    def __repr__(self) -> str:
        return f"<Flow of {' against '.join(telling.flow.source for telling in self.tellings)}>"

    def __str__(self) -> str:
        return self.render("text")

    @property
    def plain(self) -> flows.Flow:
        """The factors of the (first) network, as data."""
        return self.tellings[0].flow

    @property
    def verdict(self) -> tuple[str, ...]:
        """What makes its gradients vanish, what makes them explode, what decides, a sentence each."""
        return self.plain.verdict

    def render(self, format: str = "text") -> str:
        """The flow as text, latex, markdown, html or json."""
        if format not in FORMATS:
            raise unknown("format", format, FORMATS)
        shown: str = import_module(f"symbackprop.render.flows.{format}").render(self.tellings)
        return shown

    def plot(self, kind: str = "svg") -> bytes:
        """The sizes of the gradient layer by layer on a logarithmic scale, as ``svg`` or ``png``.

        Raises :class:`InputError` where there are no numbers (``at``, ``init``), or no matplotlib for a PNG.
        """
        from symbackprop.render.flows.plot import plot

        return plot(self.tellings, kind)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows."""
        from symbackprop.render.flows.html import fragment

        markdown = self.render("markdown")
        return {
            "text/plain": self.render("text"),
            "text/html": fragment(self.tellings),
            "text/markdown": re.sub(r"```math\n(.*?)\n```", r"$$\n\1\n$$", markdown, flags=re.DOTALL),
        }


def flow_of_spec(spec: Spec, numbers: Numbers, net: Network | None = None, against: Spec | None = None) -> Flow:
    """The flow that a spec asks for, beside that of another one if there is one.

    Raises :class:`InputError` for a network, a target or numbers that cannot be used.
    """
    numbers.check()
    found = [_telling(spec, numbers, net)]
    if against is not None:
        found.append(_telling(against, numbers, None))
    return Flow(tuple(found))


def _telling(spec: Spec, numbers: Numbers, net: Network | None) -> Telling:
    from symbackprop.factors.flow import flow_of
    from symbackprop.render.flows.telling import Telling

    notation = notation_of(spec.values.get("notation", "slater"))
    if net is None:
        net = build(replace(spec, values={"step_at_zero": notation.step_at_zero, **spec.values}))
    targets = [net.quantity(name) for name in spec.values["wrt"]] if spec.values.get("wrt") else None
    if targets and (given := given_targets(net, targets)):
        raise InputError("given-target", f"the gradient by {given[0].name} is given, so it has no factors")
    if targets and net.cost in targets:
        raise InputError("target-is-cost", f"{net.cost.name} is the cost itself, whose derivative by itself is 1")
    flow = flow_of(net, targets)
    at = spec.values.get("at") if numbers.at is None else numbers.at
    if at is not None:
        from symbackprop.factors.numbers import worked

        flow = replace(flow, worked=worked(net, flow, at))
    if numbers.init is not None:
        from symbackprop.factors.sampling import sampled

        flow = replace(flow, sampled=sampled(net, flow, numbers.init, numbers.samples, numbers.seed, numbers.watched))
    return Telling(flow, net, notation)
