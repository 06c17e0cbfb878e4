r"""The author's own commands: ``\newcommand``, ``\def`` and ``\DeclareMathOperator``, expanded before reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symbackprop.reading.tokens import Token, tokenize
from symbackprop.vocabulary.errors import InputError, Place

MAX_TOKENS = 100_000
MAX_DEPTH = 30
_DEFINING = frozenset(
    ["\\newcommand", "\\renewcommand", "\\providecommand", "\\def", "\\DeclareMathOperator", "\\DeclareRobustCommand"]
)


@dataclass(frozen=True, slots=True)
class Macro:
    """What a command stands for: the number of arguments, the default of the first one, and the body."""

    arity: int
    body: tuple[Token, ...]
    default: tuple[Token, ...] | None = None


def read_macros(text: str) -> dict[str, Macro]:
    r"""The macros defined in a text of definitions.

    >>> read_macros(r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}")["\\pd"].arity
    2
    """
    _, macros = take_definitions(tokenize(text), text)
    return macros


def take_definitions(tokens: list[Token], text: str) -> tuple[list[Token], dict[str, Macro]]:
    """The tokens without the definitions among them, and the macros these define."""
    if not any(token.text in _DEFINING for token in tokens):
        return tokens, {}
    macros: dict[str, Macro] = {}
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        if tokens[at].text in _DEFINING:
            at = _definition(tokens, at, text, macros)
        else:
            kept.append(tokens[at])
            at += 1
    return kept, macros


def _definition(tokens: list[Token], at: int, text: str, macros: dict[str, Macro]) -> int:
    opening = tokens[at]
    at += 1
    if at < len(tokens) and tokens[at].text == "*":
        at += 1
    name_tokens, at = argument(tokens, at, opening, text)
    if len(name_tokens) != 1 or name_tokens[0].kind != "command":
        raise InputError("bad-macro", f"{opening.text} needs the name of a command", _place(text, opening))
    name = name_tokens[0].text
    arity, default = 0, None
    while at < len(tokens) and tokens[at].text == "#":  # \def\name#1#2{...}
        arity += 1
        at += 2
    if at < len(tokens) and tokens[at].text == "[":
        count, at = _bracketed(tokens, at, text)
        arity = int(count[0].text) if len(count) == 1 and count[0].kind == "digit" else 0
        if at < len(tokens) and tokens[at].text == "[":
            given, at = _bracketed(tokens, at, text)
            default = tuple(given)
    body, at = argument(tokens, at, opening, text)
    if opening.text == "\\DeclareMathOperator":
        first = body[0] if body else opening
        body = [
            Token("command", "\\operatorname", first.start, first.end),
            Token("{", "{", first.start, first.end),
            *body,
            Token("}", "}", first.start, first.end),
        ]
    macros[name] = Macro(arity, tuple(body), default)
    return at


def argument(tokens: list[Token], at: int, opening: Token, text: str) -> tuple[list[Token], int]:
    """The tokens of one argument, a group without its braces or a single token, and where it ends."""
    if at >= len(tokens) or tokens[at].kind == "}":
        raise InputError("missing-argument", f"{opening.text} needs an argument", _place(text, opening))
    if tokens[at].kind != "{":
        return [tokens[at]], at + 1
    depth = 0
    for end in range(at, len(tokens)):
        if tokens[end].kind == "{":
            depth += 1
        elif tokens[end].kind == "}":
            depth -= 1
            if depth == 0:
                return tokens[at + 1 : end], end + 1
    raise InputError("unclosed", "this brace is never closed", _place(text, tokens[at]))


def _bracketed(tokens: list[Token], at: int, text: str) -> tuple[list[Token], int]:
    for end in range(at, len(tokens)):
        if tokens[end].text == "]":
            return tokens[at + 1 : end], end + 1
    raise InputError("unclosed", "this bracket is never closed", _place(text, tokens[at]))


def expand(tokens: list[Token], macros: Mapping[str, Macro], text: str) -> list[Token]:
    r"""The tokens with every macro replaced; what a body adds is placed at the call.

    >>> source = r"\half x"
    >>> macros = read_macros(r"\newcommand{\half}{\frac12}")
    >>> [(token.text, token.start) for token in expand(tokenize(source), macros, source)]
    [('\\frac', 0), ('1', 0), ('2', 0), ('x', 6)]
    """
    if not macros or not any(token.text in macros for token in tokens):
        return tokens
    done: list[Token] = []
    work: list[tuple[Token, int]] = [(token, 0) for token in reversed(tokens)]
    while work:
        token, depth = work.pop()
        macro = macros.get(token.text) if token.kind == "command" else None
        if macro is None:
            done.append(token)
            if len(done) > MAX_TOKENS:
                raise InputError("too-long", "the macros grow without end", _place(text, token))
            continue
        if depth >= MAX_DEPTH:
            raise InputError("too-deep", f"{token.text} is defined by itself", _place(text, token))
        arguments: list[list[Token]] = []
        for position in range(macro.arity):
            given = _take(work, token, text, macro.default if position == 0 else None)
            arguments.append(given)
        body: list[Token] = []
        parts = iter(macro.body)
        for part in parts:
            if part.text == "#":
                number = next(parts, part).text
                if not number.isdigit() or not 1 <= int(number) <= len(arguments):
                    raise InputError("bad-macro", f"{token.text} uses #{number}", _place(text, token))
                body.extend(arguments[int(number) - 1])
            else:
                body.append(Token(part.kind, part.text, token.start, token.end, part.gap))
        if len(work) + len(body) > MAX_TOKENS:
            raise InputError("too-long", "the macros grow without end", _place(text, token))
        work.extend((part, depth + 1) for part in reversed(body))
    return done


def _take(work: list[tuple[Token, int]], call: Token, text: str, default: tuple[Token, ...] | None) -> list[Token]:
    """Take one argument of a call from the tokens that follow it."""
    if default is not None:
        if not work or work[-1][0].text != "[":
            return [Token(part.kind, part.text, call.start, call.end, part.gap) for part in default]
        taken: list[Token] = []
        work.pop()
        while work:
            token = work.pop()[0]
            if token.text == "]":
                return taken
            taken.append(token)
        raise InputError("unclosed", f"the optional argument of {call.text} is never closed", _place(text, call))
    if not work or work[-1][0].kind == "}":
        raise InputError("missing-argument", f"{call.text} needs an argument", _place(text, call))
    first = work.pop()[0]
    if first.kind != "{":
        return [first]
    depth = 1
    inside: list[Token] = []
    while work:
        token = work.pop()[0]
        depth += 1 if token.kind == "{" else -1 if token.kind == "}" else 0
        if depth == 0:
            return inside
        inside.append(token)
    raise InputError("unclosed", "this brace is never closed", _place(text, first))


def _place(text: str, token: Token) -> Place:
    return Place(text, token.start, token.end)
