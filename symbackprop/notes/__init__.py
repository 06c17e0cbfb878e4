"""Derivations that live in notes: blocks that the program writes, and hand derivations that it judges in place."""
