"""The library: networks, derivations and their closed forms as SymPy expressions."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from operator import eq, ge, gt, le, lt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symbackprop.backward import derivation as backward
from symbackprop.backward.assumptions import Assumptions, read_assumptions
from symbackprop.backward.derivation import Step
from symbackprop.flowing import Flow, Numbers, flow_of_spec
from symbackprop.networks.model import Network
from symbackprop.networks.pattern import with_activation
from symbackprop.networks.spec import Spec, build, find_spec, notation_of, rate, read_spec, size
from symbackprop.render import formats
from symbackprop.render.listing import Telling, introduce
from symbackprop.render.outline import outline
from symbackprop.render.views import FORMS
from symbackprop.tables.activations import ACTIVATIONS
from symbackprop.vocabulary.errors import InputError, unknown
from symbackprop.vocabulary.verdicts import Judgement, Report, Verdict

if TYPE_CHECKING:
    import sympy

    from symbackprop.backward.worked import Worked
    from symbackprop.drawing.picture import Picture
    from symbackprop.render.reports.telling import Voice

PACKAGE = Path(__file__).parent
SPEC_FOLDERS = (PACKAGE / "derivations", PACKAGE.parent / "derivations")
"""Where shipped specs are: beside the installed package, or beside it in a checkout."""


@dataclass(frozen=True, repr=False)
class Derivation:
    """A derivation with the ways to print it.

    >>> d = derive(network("relu"), wrt="W0")
    >>> d.closed_form
    x*(-y + ReLU(W0*x))*Heaviside(W0*x, 1)
    """

    plain: backward.Derivation
    tellings: tuple[Telling, ...]

    def __repr__(self) -> str:
        targets = ", ".join(quantity.name for quantity in self.plain.targets)
        return f"<Derivation of {self.network.source or 'a network'} by {targets}>"

    def __str__(self) -> str:
        return self.render("text")

    @property
    def network(self) -> Network:
        """The network that was differentiated."""
        return self.plain.network

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, from the cost back."""
        with uncollected():
            return self.plain.steps

    @property
    def closed_form(self) -> sympy.Expr:
        """The gradient by the only target, written out to inputs and weights, as a SymPy expression.

        Raises :class:`InputError` where there are several targets; :meth:`gradient` takes a name.
        """
        if len(self.plain.targets) != 1:
            listed = ", ".join(q.name for q in self.plain.targets)
            raise InputError("several-targets", f"there are {len(self.plain.targets)} gradients: {listed}",
                             hint='derive(net, wrt="W0"), or derivation.gradient("W0")')  # fmt: skip
        return self.gradient(self.plain.targets[0].name)

    def gradient(self, name: str) -> sympy.Expr:
        """The gradient by a quantity, written out to inputs and weights, as a SymPy expression."""
        from symbackprop.symbolic.convert import to_sympy

        forms = self.plain.forms
        adjoint = forms.adjoint(self.network.quantity(name))
        return to_sympy(forms.in_leaves(adjoint), self.network.step_at_zero)

    def render(self, format: str = "latex") -> str:
        """The derivation in an output format; one that holds pictures gets them.

        >>> derive(network("relu"), show="closed").render("text").splitlines()[-1].strip()
        '∂C/∂W⁽⁰⁾ = (ReLU(W⁽⁰⁾ x) - y) Step(W⁽⁰⁾ x) x'
        """
        chosen = formats.find(format)
        with uncollected():
            if chosen.pictured is None:
                return chosen.render(self.plain, self.tellings)
            from symbackprop.drawing.figures import figures

            return chosen.pictured(self.plain, self.tellings, figures(self.plain, self.tellings))

    def latex(self) -> str:
        """The derivation as LaTeX."""
        return self.render("latex")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows."""
        from symbackprop.render.cell import fragment
        from symbackprop.render.mathml import MATHML

        displays = _in_dollars(self.render("aligned"))
        return {
            "text/plain": self.render("text"),
            "text/html": fragment(outline(self.plain, self.tellings, markup=MATHML)),
            "text/markdown": displays,
            "text/latex": displays,
        }


@dataclass(frozen=True, repr=False)
class Drawing:
    """A picture with the ways to write it.

    >>> draw("relu").svg().startswith("<svg")
    True
    """

    picture: Picture

    def __repr__(self) -> str:
        return f"<Drawing: {self.picture.title}>"

    def render(self, format: str = "svg") -> str:
        """The picture as svg or tikz."""
        from symbackprop.drawing import drawing

        drawing.known(next(iter(drawing.SUBJECTS)), format)
        return drawing.FORMATS[format](self.picture)

    def svg(self) -> str:
        """The picture as SVG."""
        return self.render("svg")

    def tikz(self) -> str:
        """The picture as TikZ."""
        return self.render("tikz")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows."""
        return {"image/svg+xml": self.svg(), "text/plain": f"{self.picture.title}. {self.picture.description}"}


@dataclass(frozen=True, repr=False)
class Verification:
    """The verdicts on a hand derivation, with the ways to print them.

    >>> found = verify("relu", "dC/dW0 = (y - r1)*step(z1)*x")
    >>> found.verdict, found.claims[0].mistakes
    ('wrong', ('sign',))
    """

    report: Report
    voice: Voice | None

    def __repr__(self) -> str:
        from symbackprop.render.reports.telling import summary

        return f"<Verification: {summary(self.claims)}>"

    def __str__(self) -> str:
        return self.render("text")

    @property
    def verdict(self) -> Verdict:
        """The worst of the verdicts."""
        return self.report.verdict

    @property
    def claims(self) -> tuple[Judgement, ...]:
        """The verdict on every claim."""
        return self.report.judgements

    def render(self, format: str = "text") -> str:
        """The report as text, markdown, html or json."""
        if format not in REPORTS:
            raise unknown("format", format, REPORTS)
        renderer: Any = import_module(f"symbackprop.render.reports.{format}")
        shown: str = renderer.render([self.report], [self.voice])
        return shown

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows."""
        from symbackprop.render.cell import report
        from symbackprop.render.reports import latex

        return {
            "text/plain": self.render("text"),
            "text/html": report(self.report, self.voice),
            "text/markdown": self.render("markdown"),
            "text/latex": latex.render([self.report], [self.voice]),
        }


def shown(net: Network) -> dict[str, str]:
    """What a notebook shows of a network.

    >>> print(shown(network("relu"))["text/plain"])
    The network relu
    <BLANKLINE>
    Functions
        ReLU(z) = max(0, z)
        Step(z) = 1 if z ≥ 0, 0 if z < 0
    <BLANKLINE>
    Forward pass
        z⁽¹⁾ = W⁽⁰⁾ x
        ŷ = r⁽¹⁾ = ReLU(z⁽¹⁾)
        U = y - r⁽¹⁾
        C = 1/2 (y - r⁽¹⁾)²
    """
    from symbackprop.render.cell import introduction
    from symbackprop.render.formats.aligned import blocks
    from symbackprop.render.formats.text import lines
    from symbackprop.render.markup import LATEX
    from symbackprop.render.mathml import MATHML
    from symbackprop.render.text import TEXT

    plain, telling = backward.derive(net), Telling(notation_of("slater"))
    told, plainly, in_tex = (introduce(plain, telling, markup) for markup in (MATHML, TEXT, LATEX))
    return {
        "text/plain": "\n".join(lines(plainly)),
        "text/html": introduction(told),
        "text/latex": _in_dollars("\n\n".join(blocks(in_tex))),
    }


def _in_dollars(blocks: str) -> str:
    """Blocks of formulas as displays."""
    return "\n\n".join(f"$$\n{block}\n$$" for block in blocks.strip().split("\n\n"))


REPORTS = ("text", "markdown", "html", "json")


def verify(
    net: Network | str,
    hand: str | Sequence[str],
    kind: str = "txt",
    assume: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
    notation: object = None,
    step_at_zero: object = None,
    **options: Any,
) -> Verification:
    r"""The verdicts on a hand derivation: a claim, several, or the text of a file of a ``kind`` (tex, md, ipynb, txt).

    ``net`` is a network, a pattern or a spec's name; ``names`` what the author calls its quantities, ``assume`` signs
    such as ``x > 0``; further options are keys of a spec file (``cost``, ``batch``, ``l2``), for a network given by a
    pattern. Raises :class:`InputError` for a network or an option that cannot be used; a claim that cannot be read has
    the verdict ``unread``.

    >>> claim = r"\frac{\partial C}{\partial W^{(0)}} = (r^{(1)} - y) \, \mathrm{Step}(z^{(1)}) \, x"
    >>> verify("relu", claim).verdict
    'proved'
    >>> verify("relu relu", r"\frac{dC}{dv} = (r^{(2)} - y) r^{(1)}", names={"v": "W1"}).claims[0].assumption
    'z2 > 0'
    """
    from symbackprop.grading import Grader, Options

    spec = spec_of(net) if isinstance(net, str) else Spec()
    spec = with_options(spec, options)
    given = Options(tuple(assume), names or {}, notation, step_at_zero)
    grader = Grader(spec, given, net if isinstance(net, Network) else None)
    if isinstance(hand, str) and kind == "txt" and "\n" not in hand.strip():
        hand = [hand]
    return Verification(*(grader.text(hand, "", kind) if isinstance(hand, str) else grader.claims(hand)))


def flow(
    net: Network | str,
    wrt: str | Iterable[str] | None = None,
    at: str | None = None,
    init: str | None = None,
    samples: int = 1000,
    seed: int = 0,
    **options: Any,
) -> Flow:
    """The gradients by ``wrt`` (default: every weight and bias) as products of factors, and what bounds them.

    ``at`` gives values (``W0=0.5, x=2, y=1``; ``W*=0.5`` all other weights), ``init`` a rule for random weights
    (``he``, ``xavier``, ``lecun``, ``uniform:a``); options are the keys of a spec file, among them ``against``, another
    network that is told beside this one.

    >>> flow("relu*3", at="W*=0.5, x=2, y=1", wrt="W0").plain.worked.gradients[0].size
    '0.375'
    """
    spec = with_options(spec_of(net) if isinstance(net, str) else Spec(values={"network": "relu"}), options)
    if wrt is not None:
        spec = with_options(spec, {"wrt": [wrt] if isinstance(wrt, str) else list(wrt)})
    return flow_spec(spec, Numbers(at, init, samples, seed), net if isinstance(net, Network) else None)


def flow_spec(spec: Spec, numbers: Numbers, net: Network | None = None) -> Flow:
    """The flow that a spec asks for, and the one that it is to stand beside."""
    name = spec.values.get("against")
    return flow_of_spec(spec, numbers, net, _against(spec, name) if name else None)


def spec_of(argument: str) -> Spec:
    """The spec that a NETWORK argument means: a file, a shipped name or a pattern."""
    return find_spec(argument, SPEC_FOLDERS)


def network(pattern: str, **options: Any) -> Network:
    """The network of a pattern or of a shipped spec's name; options are the keys of a spec file.

    >>> network("2 -> 3 tanh -> 1", cost="mse", batch="m").quantity("x").shape
    ('m', 2)
    """
    return build(with_options(spec_of(pattern), options))


def load(path: str | Path) -> Network:
    """The network of a spec file."""
    return build(spec_of(str(path)))


def with_options(spec: Spec, options: Mapping[str, Any]) -> Spec:
    """A spec with some of its keys given anew; checked as if they stood in the file."""
    given = {key: value for key, value in options.items() if value is not None}
    checked = read_spec("network = 'relu'")
    return replace(checked, text=spec.text, name=spec.name, values={**spec.values, **given})


def derive(net: Network | str, wrt: str | Iterable[str] | None = None, **options: Any) -> Derivation:
    """The derivation of the gradients by ``wrt`` (default: every weight and bias).

    ``net`` is a network, a pattern or a spec's name; options are the keys of a spec file (``form``, ``show``,
    ``substitute``, ``notation``, ``update``; and those of the network where it is given by a pattern).
    """
    spec = Spec(values={"network": "relu"})
    if isinstance(net, str):
        spec = spec_of(net)
    spec = with_options(spec, options)
    if wrt is not None:
        spec = with_options(spec, {"wrt": [wrt] if isinstance(wrt, str) else list(wrt)})
    with uncollected():
        return derive_spec(spec, net if isinstance(net, Network) else None)


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for garbage meanwhile: it would go over a derivation again and again, and find next to nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def export(net: Network | str, to: str = "numpy", wrt: str | Iterable[str] | None = None, **options: Any) -> str:
    """The source of a program that computes the cost and the gradients by ``wrt`` (default: every weight and bias).

    ``to`` is numpy, torch, jax or sympy; ``net`` a network, a pattern or a spec's name; options are the keys of a spec
    file that concern the network (``cost``, ``batch``, ``l2``, ``step_at_zero``).

    >>> namespace = {"__name__": "exported"}
    >>> exec(export("relu", to="numpy"), namespace)
    >>> cost, gradients = namespace["cost_and_gradients"](x=2.0, W0=0.5, y=3.0)
    >>> float(cost), float(gradients["W0"])
    (2.0, -4.0)
    """
    spec = spec_of(net) if isinstance(net, str) else Spec(values={"network": "relu"})
    spec = with_options(spec, {**options, "wrt": None if wrt is None else [wrt] if isinstance(wrt, str) else list(wrt)})
    return export_spec(spec, to, net if isinstance(net, Network) else None)


def export_spec(spec: Spec, to: str, net: Network | None = None, command: str = "") -> str:
    """The program that a spec asks for; ``command`` is told in it as what has written it."""
    from symbackprop.exporters import targets

    target = targets.find(to)
    if net is None:
        net = build(spec)
    batch = size("batch", spec.values.get("batch"))
    return targets.source(net, target, tuple(spec.values.get("wrt") or ()), batch, command)


def derive_spec(spec: Spec, net: Network | None = None, notations: Sequence[object] = ()) -> Derivation:
    """What a spec asks for; ``notations`` (several side by side) in place of its own, which is called ``own`` there."""
    values = spec.values
    _one_of("form", values.get("form", "auto"), FORMS)
    _one_of("show", values.get("show", "steps"), ("steps", "closed", "deltas"))
    substitute = _one_of("substitute", values.get("substitute", "auto"), ("auto", "full", "none"))
    step_size = rate("update", values.get("update") or None) or ""
    own = values.get("notation", "slater")
    told = [notation_of(own if asked == "own" else asked) for asked in notations or [own]]
    tellings = tuple(
        Telling(
            notation,
            values.get("form", "auto"),
            values.get("show", "steps"),
            step_size,
            beside=(*told[:number], *told[number + 1 :]),
        )
        for number, notation in enumerate(told)
    )
    if net is None:
        net = build(replace(spec, values={"step_at_zero": tellings[0].notation.step_at_zero, **values}))
    targets = [net.quantity(name) for name in values["wrt"]] if values.get("wrt") else None
    if targets and (given := backward.given_targets(net, targets)):
        raise InputError("given-target", f"the gradient by {given[0].name} is given, so there is nothing to derive")
    if targets and net.cost in targets:
        raise InputError("target-is-cost", f"{net.cost.name} is the cost itself, whose derivative by itself is 1")
    assumptions = read_assumptions([*values.get("assume", ()), *_sign_conditions(values, net)], net)
    worked = None
    if values.get("at") is not None:
        from symbackprop.backward.worked import work_out

        worked = work_out(net, values["at"])
        _check_agreement(assumptions, worked)
    plain = backward.derive(net, targets, substitute, assumptions, worked)  # type: ignore[arg-type]
    if values.get("against"):
        other = derive_spec(_against(spec, values["against"]), notations=notations).plain
        tellings = tuple(replace(telling, against=other) for telling in tellings)
    return Derivation(plain, tellings)


def draw(net: Network | str, what: str = "network", wrt: str | Iterable[str] | None = None, **options: Any) -> Drawing:
    """A picture of a network: its layers (``what="network"``) or its computation graph (``what="graph"``).

    ``net`` is a network, a pattern or a spec's name; ``wrt`` the targets to which a graph shows the way back; options
    are the keys of a spec file, such as ``notation`` and ``at``. Raises :class:`InputError`.

    >>> print(draw("relu", notation="nielsen").picture.description)
    From left to right: one input x; weights w² to one unit a²; and the cost.
    """
    spec = with_options(spec_of(net) if isinstance(net, str) else Spec(values={"network": "relu"}), options)
    if wrt is not None:
        spec = with_options(spec, {"wrt": [wrt] if isinstance(wrt, str) else list(wrt)})
    return draw_spec(spec, what, net if isinstance(net, Network) else None)


def draw_spec(spec: Spec, what: str, net: Network | None = None) -> Drawing:
    """The picture of what a spec asks for."""
    from symbackprop.drawing import drawing

    drawing.known(what, next(iter(drawing.FORMATS)))
    derivation = derive_spec(spec, net)
    return Drawing(drawing.SUBJECTS[what].draw(derivation.plain, derivation.tellings[0].notation))


def _sign_conditions(values: Mapping[str, Any], net: Network) -> list[str]:
    """Those of an author's assumptions that are about signs; the others are for whoever judges claims."""
    stated = values.get("forward", {}).get("assume", [])
    return [text for text in stated if isinstance(text, str) and _is_sign_condition(text, net)]


def _is_sign_condition(text: str, net: Network) -> bool:
    try:
        return bool(read_assumptions([text], net).words)
    except InputError:
        return False


def _against(spec: Spec, name: str) -> Spec:
    """The spec to compare with: the same network with another activation, or another network."""
    values = {key: value for key, value in spec.values.items() if key != "against"}
    activations = {**ACTIVATIONS, **values.get("activations", {})}
    if name not in activations:
        other = spec_of(name)
        if other.text:
            return other
        if not re.search(r"[\s>*]", name) and name != "k":
            raise unknown("activation", name, activations)
        return Spec(values={**values, "network": name})
    if "network" not in values:
        raise InputError("no-pattern", "a network given by equations has no activation to exchange")
    return Spec(spec.text, spec.name, {**values, "network": with_activation(values["network"], name)})


def _check_agreement(assumptions: Assumptions, worked: Worked) -> None:
    """Refuse numbers that an assumption excludes."""
    holds = {">": gt, ">=": ge, "<": lt, "<=": le, "=": eq}
    for quantity, relation, bound in assumptions.conditions:
        for (q, _), value in worked.values.items():
            if q is quantity and not holds[relation](value, bound):
                raise InputError(
                    "contradiction",
                    f"with the values given, {q.name} is {value}, but {q.name} {relation} {bound} is assumed",
                )


def _one_of(key: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise unknown(key, value, allowed)
    return value
