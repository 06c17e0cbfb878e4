"""Reading formulas as people write them, LaTeX or plain text, with the names that are declared."""

from symbackprop.reading.macros import read_macros
from symbackprop.reading.reader import Reading, Row, read
from symbackprop.reading.sexpr import sexpr
from symbackprop.reading.symbols import Symbol, SymbolTable

__all__ = ["Reading", "Row", "Symbol", "SymbolTable", "read", "read_macros", "sexpr"]
