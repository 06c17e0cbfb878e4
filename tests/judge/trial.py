"""The judge asked about plants."""

from __future__ import annotations

from symbackprop.judge.claims import Claim, Link
from symbackprop.judge.deciding import summary
from symbackprop.judge.readings import Unsupported
from symbackprop.judge.reals import Undecided
from symbackprop.judge.verifying import Verifier, Written
from symbackprop.reading import tree as t
from symbackprop.reading.tree import Node
from symbackprop.vocabulary.errors import InputError, Place
from symbackprop.vocabulary.verdicts import Judgement

RIGHT = ("proved", "agrees", "agrees-except-at-kinks")


class Trial:
    """Judges claims about the network of a sheet."""

    def __init__(self, subject) -> None:
        self.verifier = Verifier(subject)

    def verdict(self, left: Node, right: Node) -> str:
        """The verdict on one equality, without a name for what is wrong with it."""
        link = Link(left, right, "=")
        try:
            return summary(self.verifier.decided(Claim(t.Chain(left, (("=", right),)), (link,)))).verdict
        except Undecided:
            return "undecided"
        except (Unsupported, InputError):
            return "unread"

    def judged(self, left: Node, right: Node) -> Judgement:
        """The judgement on one equality."""
        claim = Claim(t.Chain(left, (("=", right),)), (Link(left, right, "="),))
        return self.verifier.judged(Written("=", 0, "=", ""), claim, Place("=", 0, 1), 0)
