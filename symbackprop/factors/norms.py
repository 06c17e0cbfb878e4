"""Norms of vectors and matrices of decimals, never less than they are."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import log2


def length(entries: Sequence[Decimal]) -> Decimal:
    """The Euclidean length.

    >>> length([Decimal(3), Decimal(-4)])
    Decimal('5')
    """
    return abs(entries[0]) if len(entries) == 1 else sum((v * v for v in entries), Decimal(0)).sqrt()


SAFE = 1 + 1e-9
"""What a bound in floating point is rounded up by."""


def spectral(matrix: Sequence[Sequence[Decimal]]) -> Decimal:
    """An upper bound of the largest singular value, at most a few parts in a thousand too large for 100 x 100.

    With A = M^T M it is ``||A^k||_F^(1/(2k))``, which is at most n^(1/(4k)) times the largest singular value; k is a
    power of two by repeated squaring (Golub and Van Loan, Matrix Computations, section 2.3).

    >>> f"{spectral([[Decimal(3), Decimal(0)], [Decimal(4), Decimal(5)]]):.6f}"  # the exact value is sqrt(45)
    '6.708204'
    """
    largest = max(abs(v) for row in matrix for v in row)
    if not largest:
        return Decimal(0)
    rows = [[float(v / largest) for v in row] for row in matrix]
    if len(rows) > len(rows[0]):
        rows = [list(column) for column in zip(*rows, strict=True)]
    gram = [[_dot(a, b) for b in rows] for a in rows]
    squarings = max(6, min(30, round(24 - 4.5 * log2(len(gram)))))
    exponent, total = 1.0, 0.0
    for _ in range(squarings):
        frobenius = sum(v * v for row in gram for v in row) ** 0.5
        total += exponent * log2(frobenius)
        gram = [[v / frobenius for v in row] for row in gram]
        gram = [[_dot(a, b) for b in gram] for a in gram]
        exponent /= 2
    frobenius = sum(v * v for row in gram for v in row) ** 0.5
    total += exponent * log2(frobenius)
    return largest * Decimal(2 ** (total / 2) * SAFE)


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(map(float.__mul__, a, b))
