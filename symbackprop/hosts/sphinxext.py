"""Sphinx: the directives ``derive``, ``draw`` and ``verify``, in reStructuredText and in MyST.

In ``conf.py`` stands ``extensions = ["symbackprop.hosts.sphinxext"]``, and ``symbackprop_notation = "nielsen"`` for a
notation of all directives that say no other. Whatever is wrong is a warning with file and line, so ``sphinx-build -W``
fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from symbackprop import __version__
from symbackprop.cli.orders import options
from symbackprop.hosts.asking import Asked, asked, objections, told
from symbackprop.networks.spec import notation_of
from symbackprop.notes.asking import specs_of
from symbackprop.notes.dialects.sphinx import content
from symbackprop.notes.judging import judged_text
from symbackprop.notes.labels import Labels
from symbackprop.notes.pictures import fitted
from symbackprop.render.outline import Display, Heading, Part, outline
from symbackprop.render.sentences import Sentence, Words
from symbackprop.vocabulary.errors import InputError

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata, OptionSpec

_LOG = logging.getLogger(__name__)


class Directive(SphinxDirective):
    """A command in a document: its argument is the command line, its fields are options."""

    optional_arguments = 1
    final_argument_whitespace = True
    command: ClassVar[str]

    def run(self) -> list[nodes.Node]:
        """What the directive stands for; where something is wrong, the page says so too."""
        try:
            order = asked(self.command, "".join(self.arguments), "directive", self.options)
            for path in specs_of(order.order, self.folder()):
                self.env.note_dependency(str(path))
            return self.shown(order)
        except InputError as error:
            text = told(error)
            self.warn(text, error.code, self.get_location())
            return [nodes.warning("", nodes.literal_block(text, text))]

    def shown(self, order: Asked) -> list[nodes.Node]:
        """What an order stands for."""
        raise NotImplementedError

    def folder(self) -> Path:
        """Where the document is."""
        return Path(self.env.doc2path(self.env.docname)).parent

    def warn(self, text: str, code: str, location: str) -> None:
        """Warn of something; ``suppress_warnings`` knows it as ``symbackprop.CODE``."""
        _LOG.warning("%s", text, type="symbackprop", subtype=code, location=location)


class Derive(Directive):
    """A derivation; with a label its equations can be referred to."""

    command = "derive"
    option_spec: ClassVar[OptionSpec] = dict.fromkeys(options("derive", "directive"), directives.unchanged)

    def shown(self, order: Asked) -> list[nodes.Node]:
        """The parts of the derivation."""
        labels = Labels() if order.order.values["label"] else None
        if labels is not None:
            order.label(labels)
        derivation = order.derivation(self.folder(), self.config.symbackprop_notation)
        parts = outline(derivation.plain, derivation.tellings, split=labels is not None)
        return [node for part in parts for node in self.part(part, labels)]

    def part(self, part: Part, labels: Labels | None) -> Iterator[nodes.Node]:
        """A part of a derivation."""
        if isinstance(part, Heading):
            yield nodes.paragraph("", "", nodes.strong(part.text, f"{part.text}."))
        elif isinstance(part, Display):
            yield from self.display(part, labels)
        else:
            yield nodes.paragraph("", "", *_inline(part))

    def display(self, display: Display, labels: Labels | None) -> Iterator[nodes.Node]:
        """Equations, which the ``math`` domain knows if they have a label."""
        text = content(display.equations)
        label = labels.of(display.name) if labels else None
        node = nodes.math_block(text, text, label=label, docname=self.env.docname, number=None)
        node["no-wrap"] = node["nowrap"] = False
        self.set_source_info(node)
        if label is not None:
            domain = self.env.get_domain("math")
            domain.note_equation(self.env.docname, label, location=node)  # type: ignore[attr-defined]
            node["number"] = domain.get_equation_number_for(label)  # type: ignore[attr-defined]
            target = nodes.target("", "", ids=[nodes.make_id(f"equation-{label}")])
            self.state.document.note_explicit_target(target)
            yield target
        yield node


class Draw(Directive):
    """A picture, for those builders that set HTML or LaTeX; the others get it in words."""

    command = "draw"
    option_spec: ClassVar[OptionSpec] = dict.fromkeys(options("draw", "directive"), directives.unchanged)

    def shown(self, order: Asked) -> list[nodes.Node]:
        """The picture in every way in which it can be set."""
        drawing = order.drawing(self.folder(), self.config.symbackprop_notation)
        words = f"{drawing.picture.title}. {drawing.picture.description}"
        parts = {"html": drawing.svg(), "latex": f"\n\n{fitted(drawing.picture)}\n\n", "text": words}
        return [nodes.raw("", text, format=name) for name, text in parts.items()]


class Verify(Directive):
    """A hand derivation, shown as it stands; a claim in it that is not right is warned of, where it stands."""

    command = "verify"
    has_content = True
    option_spec: ClassVar[OptionSpec] = dict.fromkeys(options("verify", "directive"), directives.unchanged)

    def shown(self, order: Asked) -> list[nodes.Node]:
        """What stands in the directive, after it was judged."""
        grader = order.grader(self.folder(), self.config.symbackprop_notation)
        if not self.content:
            raise InputError("no-claims", "there is nothing to judge", hint="the derivation stands in the directive")
        in_rst = type(self.state).__module__.startswith("docutils.")
        source, above = self.content.items[0]
        if not in_rst:  # MyST counts from the directive on
            above = self.lineno + self.content_offset
        judged = judged_text("\n" * above + "\n".join(self.content), "rst" if in_rst else "md", "", grader)
        for verdict, line, text in objections(judged):
            self.warn(text, verdict, f"{source}:{max(line, above + 1)}")
        container = nodes.container("\n".join(self.content), classes=["symbackprop", judged.report.verdict])
        self.state.nested_parse(self.content, self.content_offset, container)
        return [container]


def _inline(sentence: Sentence) -> Iterable[nodes.Node]:
    for part in sentence:
        yield nodes.Text(part.text) if isinstance(part, Words) else nodes.math(part.text, part.text)


def _check(app: Sphinx, config: Config) -> None:
    """Warn once of a notation that does not exist, and leave it out."""
    try:
        notation_of(config.symbackprop_notation or "slater")
    except InputError as error:
        _LOG.warning("symbackprop_notation: %s", told(error), type="symbackprop", subtype=error.code)
        config.symbackprop_notation = ""


def setup(app: Sphinx) -> ExtensionMetadata:
    """Tell Sphinx of the directives."""
    app.add_directive("derive", Derive)
    app.add_directive("draw", Draw)
    app.add_directive("verify", Verify)
    app.add_latex_package("tikz")
    app.add_config_value("symbackprop_notation", "", "env", str)
    app.connect("config-inited", _check)
    app.add_config_value("symbackprop_version", __version__, "env", str)  # what another version wrote is written anew
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
