"""A tree printed as one line of nested lists, and indices in their usual infix form."""

from __future__ import annotations

from symbackprop.reading.tree import (
    Abs,
    Add,
    App,
    At,
    Cases,
    Chain,
    Deriv,
    Div,
    Dots,
    Entry,
    Grad,
    Had,
    Indicator,
    Inner,
    Kronecker,
    Matrix,
    Mul,
    Neg,
    Node,
    Norm,
    Num,
    Outer,
    Pow,
    Prod,
    Range,
    Root,
    Rows,
    Sum,
    Sym,
    Transpose,
    Tuple,
    Update,
)


def sexpr(node: Node) -> str:
    """The tree as one line of nested lists, products flattened.

    >>> sexpr(Mul((Num("2"), Mul((Sym("w"), Sym("x")), ("",))), ("",)))
    '(mul 2 w x)'
    """
    match node:
        case Num(text=text):
            return text
        case Sym():
            return _name(node)
        case Dots():
            return "dots"
        case Add(terms=terms):
            return _list("add", terms)
        case Neg(body=body):
            return _list("neg", (body,))
        case Mul():
            return _list("mul", _flat(node))
        case Had(factors=factors):
            return _list("had", factors)
        case Outer(left=left, right=right):
            return _list("outer", (left, right))
        case Inner(left=left, right=right):
            return _list("inner", (left, right))
        case Div(numerator=above, denominator=below, elementwise=elementwise):
            return _list("eldiv" if elementwise else "div", (above, below))
        case Pow(base=base, exponent=exponent):
            return _list("pow", (base, exponent))
        case Root(body=body, degree=degree):
            return _list("sqrt", (body,) if degree is None else (body, degree))
        case Transpose(body=body):
            return _list("T", (body,))
        case App(function=function, arguments=arguments):
            return _list("app", (function, *arguments))
        case Deriv(kind=kind, of=of, by=by):
            return _list("pd" if kind == "partial" else "td", (of, *by))
        case Grad(of=of, by=wrt):
            return _list("grad", (of,) if wrt is None else (of, wrt))
        case Sum(ranges=ranges, body=body):
            return f"(sum ({' '.join(map(_range, ranges))}) {sexpr(body)})"
        case Prod(ranges=ranges, body=body):
            return f"(prod ({' '.join(map(_range, ranges))}) {sexpr(body)})"
        case Cases(branches=branches):
            shown = (f"({sexpr(v)} {'else' if c is None else sexpr(c)})" for v, c in branches)
            return f"(cases {' '.join(shown)})"
        case Indicator(condition=condition):
            return _list("ind", (condition,))
        case Kronecker(left=left, right=right):
            return f"(kron {compact(left)} {compact(right)})"
        case Abs(body=body):
            return _list("abs", (body,))
        case Norm(body=body, order=order):
            return _list("norm", (body,) if order is None else (body, order))
        case Matrix(rows=rows):
            return f"(mat {' '.join('(' + ' '.join(map(sexpr, row)) + ')' for row in rows)})"
        case Entry(body=body, indices=indices):
            return f"(idx {sexpr(body)} {' '.join(map(compact, indices))})"
        case At(body=body, condition=condition):
            return _list("at", (body, condition))
        case Tuple(items=items):
            return _list("tuple", items)
        case Update(target=target, value=value):
            return _list("<-", (target, value))
        case Chain(first=first, links=links):
            if len({operator for operator, _ in links}) == 1:
                return _list(links[0][0], (first, *(side for _, side in links)))
            return f"(chain {sexpr(first)} {' '.join(f'({op} {sexpr(side)})' for op, side in links)})"
        case Rows(rows=lines):
            return _list("rows", lines)
    raise TypeError(f"no printed form for {type(node).__name__}")


def compact(node: Node) -> str:
    """An index or a layer label in the usual infix form, without blanks.

    >>> compact(Add((Sym("l"), Neg(Num("1")))))
    'l-1'
    """
    match node:
        case Num(text=text):
            return text
        case Sym():
            return _name(node)
        case Neg(body=body):
            return "-" + compact(body)
        case Add(terms=terms):
            shown = compact(terms[0])
            for term in terms[1:]:
                shown += compact(term) if isinstance(term, Neg) else "+" + compact(term)
            return shown
        case Mul(factors=factors):
            return "*".join(f"({compact(f)})" if isinstance(f, Add | Neg) else compact(f) for f in factors)
    return sexpr(node)


def _name(symbol: Sym) -> str:
    shown = (symbol.accent + "." if symbol.accent else "") + symbol.base + "'" * symbol.primes
    if symbol.label:
        shown += "_" + symbol.label
    if symbol.layer is not None:
        shown += f"@({compact(symbol.layer)})"
    if symbol.sample is not None:
        shown += f"#({compact(symbol.sample)})"
    if symbol.indices:
        shown += f"[{','.join(map(compact, symbol.indices))}]"
    return shown


def _flat(node: Mul) -> list[Node]:
    factors: list[Node] = []
    for factor in node.factors:
        factors.extend(_flat(factor) if isinstance(factor, Mul) else [factor])
    return factors


def _list(head: str, parts: tuple[Node, ...] | list[Node]) -> str:
    return f"({' '.join([head, *map(sexpr, parts)])})"


def _range(item: Range) -> str:
    if item.condition is not None:
        shown = sexpr(item.condition)
        return shown if item.upper is None else f"({shown} _ {sexpr(item.upper)})"
    if item.lower is None and item.upper is None:
        return compact(item.index)
    lower = "_" if item.lower is None else sexpr(item.lower)
    upper = "_" if item.upper is None else sexpr(item.upper)
    return f"({compact(item.index)} {lower} {upper})"
