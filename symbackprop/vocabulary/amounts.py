"""Numbers of any size as people read them: never 0 that is not, never infinite."""

from __future__ import annotations

from decimal import Decimal
from math import floor


def power_of_ten(log10: float | None) -> str:
    """A number by its decimal logarithm.

    >>> power_of_ten(-6.0206), power_of_ten(1.5), power_of_ten(-12345.25), power_of_ten(None)
    ('9.54e-7', '31.6', '5.62e-12346', '0')
    """
    if log10 is None:
        return "0"
    if -3 <= log10 < 6:
        return f"{10**log10:.3g}" if log10 < 3 else f"{10**log10:.0f}"
    exponent = floor(log10)
    mantissa = f"{10 ** (log10 - exponent):.2f}"
    if mantissa == "10.00":
        mantissa, exponent = "1.00", exponent + 1
    return f"{mantissa}e{exponent}"


def shown(value: Decimal, digits: int = 6) -> str:
    """A number rounded to some digits, as it is read.

    >>> [shown(Decimal(text)) for text in ("0.25", "1E-400", "0", "123456.7", "-2")]
    ['0.25', '1e-400', '0', '123457', '-2']
    """
    if not value:
        return "0"
    rounded = Decimal(f"{value:.{digits - 1}e}").normalize()
    exponent = rounded.adjusted()
    if -4 <= exponent < digits + 3:
        return f"{rounded:f}"
    sign, figures, _ = rounded.as_tuple()
    text = "".join(map(str, figures))
    return f"{'-' * sign}{text[0]}{'.' + text[1:] if len(text) > 1 else ''}e{exponent}"
