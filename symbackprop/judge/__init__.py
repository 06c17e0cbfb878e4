"""Judging hand derivations: what is right, what is wrong, where, why and by which witness."""
