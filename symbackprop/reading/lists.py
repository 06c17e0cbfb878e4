"""Lists of a math list: elements, numbers, scripts and groups, by recursive descent over the tokens."""

from __future__ import annotations

from collections.abc import Mapping

from symbackprop.reading import commands as tex
from symbackprop.reading.macros import Macro
from symbackprop.reading.mathlist import MAX_NESTING, Item, nest, too_deep
from symbackprop.reading.tokens import Token
from symbackprop.vocabulary.errors import InputError, Place

END = Token("end", "", 0, 0)


class Lists:
    """The part of the math-list builder that knows no command; ``Builder`` adds those."""

    def __init__(self, tokens: list[Token], text: str, macros: Mapping[str, Macro]) -> None:
        self.tokens = tokens
        self.text = text
        self.macros = macros
        self.at = 0
        self.depth = 0
        self.opened: list[Token] = []

    def place(self, token: Token) -> Place:
        if token is END:
            return Place(self.text, max(0, len(self.text.rstrip()) - 1), max(1, len(self.text.rstrip())))
        return Place(self.text, token.start, token.end)

    def peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else END

    def deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise too_deep(self.text, token.start, token.end)

    def top(self) -> list[Item]:
        """The whole list."""
        items = self.items("end", END)
        if self.opened:
            raise InputError("unclosed", f"this '{self.opened[0].text}' is never closed", self.place(self.opened[0]))
        return items

    def switch_mathematics(self, token: Token) -> None:
        """Check that ``$``, ``\\[`` and ``\\(`` come in pairs."""
        text = token.text
        if text == "$" and self.opened and self.opened[-1].text == "$":
            self.opened.pop()
        elif text in ("$", "\\[", "\\("):
            if self.opened:
                raise InputError(
                    "unclosed", f"this '{self.opened[-1].text}' is never closed", self.place(self.opened[-1])
                )
            self.opened.append(token)
        elif not self.opened or self.opened.pop().text != {"\\]": "\\[", "\\)": "\\("}[text]:
            raise InputError("unbalanced", f"this '{text}' was never opened", self.place(token))

    def refuse_doubled_backslash(self, token: Token) -> None:
        """Refuse a row break that is a command with its backslash doubled."""
        word = ""
        at = self.at
        while at < len(self.tokens) and self.tokens[at].kind == "letter" and not self.tokens[at].gap and len(word) < 20:
            word += self.tokens[at].text
            at += 1
        if len(word) > 1 and token.kind == "newline" and f"\\{word}" in tex.KNOWN:
            place = Place(self.text, token.start, token.end + len(word))
            raise InputError("doubled-backslash", f"\\\\{word} is a row break and letters", place, f"write \\{word}")

    def items(self, stop: str, opener: Token) -> list[Item]:
        """The list up to ``stop``: end, ``}``, right, cell (``&``, ``\\``, ``\\end``), ``]`` or dollar."""
        found: list[Item] = []
        over = -1
        while True:
            token = self.peek()
            kind = token.kind
            if token is END:
                if stop != "end":
                    raise InputError("unclosed", f"this '{opener.text}' is never closed", self.place(opener))
                break
            if kind == "}":
                if stop == "}":
                    self.at += 1
                    break
                if stop == "end":
                    raise InputError("unbalanced", "this '}' was never opened", self.place(token))
                raise InputError("unclosed", f"this '{opener.text}' is never closed", self.place(opener))
            if kind in ("&", "newline") or token.text in ("\\newline", "\\cr"):
                if stop == "cell":
                    break
                if stop != "end":
                    raise InputError(
                        "misplaced-row", f"'{token.text}' cannot stand inside of '{opener.text}'", self.place(token)
                    )
                self.at += 1
                self.refuse_doubled_backslash(token)
                self.skip_row_space()
                found.append(self.item("amp" if kind == "&" else "newline", token))
                continue
            if kind == "$" or token.text in ("\\[", "\\]", "\\(", "\\)"):
                if stop not in ("end", "dollar"):
                    raise InputError("unclosed", f"this '{opener.text}' is never closed", self.place(opener))
                self.at += 1
                self.switch_mathematics(token)
                found.append(self.item("newline", token))
                continue
            if token.text == "\\right":
                if stop == "right":
                    break
                raise InputError("unbalanced", "this \\right has no \\left", self.place(token))
            if token.text == "\\end":
                if stop == "cell":
                    break
                if stop == "end":
                    raise InputError("unbalanced", "this \\end has no \\begin", self.place(token))
                raise InputError("unclosed", f"this '{opener.text}' is never closed", self.place(opener))
            if stop == "]" and token.text == "]":
                self.at += 1
                break
            if token.text == "\\over":
                if over >= 0:
                    raise InputError("double-over", "two \\over in one group", self.place(token))
                self.at += 1
                over = len(found)
                continue
            self.element(found, token)
        if over >= 0:
            above, below = found[:over], found[over:]
            if not above or not below:
                raise InputError("missing-operand", "\\over needs something on both sides", self.place(opener))
            start, end = above[0].start, below[-1].stop
            fraction = Item("fraction", "\\over", start, end, nest(above, self.text), nest(below, self.text), stop=end)
            return [fraction]
        if stop in ("end", "cell"):
            return found
        return nest([item for item in found if item.kind != "space"], self.text)

    def skip_row_space(self) -> None:
        """Skip ``*`` and ``[10pt]`` after a row break."""
        if self.tokens[self.at - 1].kind != "newline":
            return
        if self.peek().text == "[" and not self.peek().gap:
            end = self.at
            while end < len(self.tokens) and self.tokens[end].text != "]" and end - self.at < 12:
                end += 1
            inside = "".join(token.text for token in self.tokens[self.at + 1 : end])
            if inside.endswith(("pt", "em", "ex", "mm", "cm", "in")):
                self.at = end + 1

    def item(self, kind: str, token: Token, body: list[Item] | None = None, end: int = 0) -> Item:
        end = end or token.end
        return Item(kind, token.text, token.start, end, body if body is not None else [], stop=end)

    def element(self, found: list[Item], token: Token) -> None:
        """Read one element of a list: a nucleus, or a script or prime for the last one."""
        kind = token.kind
        if kind in "^_" or kind == "'":
            self.script(found, token)
        elif kind == "digit":
            found.append(self.number())
        elif kind == "letter":
            self.at += 1
            found.append(Item("sym", token.text, token.start, token.end, [], stop=token.end))
        elif kind == "{":
            found.append(self.group())
        elif kind == "command":
            self.command(found, token)
        else:
            self.at += 1
            if token.text == "." and [t.text for t in self.tokens[self.at : self.at + 2]] == [".", "."]:
                end = self.tokens[self.at + 1].end
                self.at += 2
                found.append(Item("op", "\\ldots", token.start, end, [], stop=end))
            elif token.text != "~":
                found.append(self.item("op", token))

    def number(self) -> Item:
        first = self.peek()
        digits = ""
        end = first.end
        while True:
            token = self.peek()
            if token.kind == "digit" and (not digits or (token.start == end and not token.gap) or token.start < end):
                digits += token.text
            elif token.text == "." and digits and "." not in digits and token.start == end and self.after_point():
                digits += "."
            else:
                break
            end = token.end
            self.at += 1
        return Item("num", digits, first.start, end, [], stop=end)

    def after_point(self) -> bool:
        """Whether the point at hand belongs to the number before it (0.5, or 1. before an operator)."""
        following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else END
        if following.kind == "digit":
            return not following.gap
        return following.text in ("-", "+", "(", "[", ")", "]") and not following.gap

    def script(self, found: list[Item], token: Token) -> None:
        if not found or found[-1].kind in ("amp", "newline", "space"):
            found.append(Item("empty", "", token.start, token.start, [], stop=token.start))
        owner = found[-1]
        self.at += 1
        if token.kind == "'":
            owner.primes += 1
            owner.stop = token.end
            return
        body, stop = self.script_body(token, owner)
        if token.kind == "^":
            while body and body[-1].kind == "sym" and body[-1].text == "\\prime" and body[-1].sup is None:
                body.pop()
                owner.primes += 1
            while body and body[-1].kind == "empty" and body[-1].sub is None and body[-1].sup is None:
                owner.primes += body.pop().primes
            owner.stop = stop
            if not body:
                return
            if owner.sup is not None:
                raise InputError(
                    "double-script",
                    "two superscripts in a row",
                    self.place(token),
                    "put braces around what the second one belongs to",
                )
            owner.sup, owner.sup_at = body, token.start
        else:
            if owner.sub is not None:
                raise InputError(
                    "double-script",
                    "two subscripts in a row",
                    self.place(token),
                    "put braces around what the second one belongs to",
                )
            owner.sub, owner.sub_at = body, token.start
        owner.stop = stop

    def script_body(self, script: Token, owner: Item) -> tuple[list[Item], int]:
        token = self.peek()
        if token is END or token.kind in ("}", "&", "newline", "^", "_", "$"):
            raise InputError("missing-argument", f"'{script.text}' needs something", self.place(script))
        if token.kind == "{":
            self.deeper(token)
            self.at += 1
            body = self.items("}", token)
            self.depth -= 1
            return body, self.tokens[self.at - 1].end
        if token.kind == "'":
            self.at += 1
            return [Item("empty", "", token.start, token.end, [], primes=1, stop=token.end)], token.end
        if token.text in ("(", "["):
            raise self.short_bracket(script, token, owner)
        before = self.at
        found: list[Item] = []
        if token.kind == "digit":
            self.at += 1
            found.append(self.item("num", token))
            following = self.peek()
            if following.kind == "digit" and not following.gap:
                last = self.at
                while last < len(self.tokens) and self.tokens[last].kind == "digit":
                    last += 1
                number = self.text[token.start : self.tokens[last - 1].end]
                written = self.text[owner.start : owner.end]
                raise InputError(
                    "short-script",
                    f"TeX puts only '{token.text}' in the script here",
                    Place(self.text, script.start, self.tokens[last - 1].end),
                    f"write {written}{script.text}{{{number}}}",
                )
            return found, token.end
        while not found:
            if self.peek() is END:
                raise InputError("missing-argument", f"'{script.text}' needs something", self.place(script))
            self.deeper(token)
            self.element(found, self.peek())
            self.depth -= 1
        return found, self.tokens[max(before, self.at - 1)].end

    def short_bracket(self, script: Token, token: Token, owner: Item) -> InputError:
        closing = {"(": ")", "[": "]"}[token.text]
        depth, end = 0, self.at
        for position in range(self.at, min(len(self.tokens), self.at + 60)):
            depth += {token.text: 1, closing: -1}.get(self.tokens[position].text, 0)
            if depth == 0:
                end = position
                break
        inside = self.text[token.start : self.tokens[end].end]
        written = self.text[owner.start : owner.end]
        name = "superscript" if script.kind == "^" else "subscript"
        return InputError(
            "paren-script",
            f"TeX puts only '{token.text}' in the {name} here",
            Place(self.text, script.start, token.end),
            f"write {written}{script.text}{{{inside}}}",
        )

    def group(self) -> Item:
        token = self.peek()
        self.deeper(token)
        self.at += 1
        first = self.peek()
        body = self.items("}", token)
        self.depth -= 1
        end = self.tokens[self.at - 1].end
        if first.text in tex.SWITCHES:
            return self.font(tex.SWITCHES[first.text], body, token.start, end)
        if len(body) == 1 and body[0].sub is None and body[0].sup is None and not body[0].primes:
            body[0].stop = end
            return body[0]
        return Item("group", "{", token.start, end, body, stop=end)

    def argument(self, command: Token) -> tuple[list[Item], int]:
        """The argument of a command: a group's list, or one element."""
        while self.peek().text in tex.DROPPED:
            self.at += 1
        token = self.peek()
        if token is END or token.kind in ("}", "&", "newline", "^", "_", "$") or token.text in ("\\right", "\\end"):
            raise InputError("missing-argument", f"{command.text} needs an argument", self.place(command))
        self.deeper(token)
        found: list[Item] = []
        if token.kind == "{":
            self.at += 1
            found = self.items("}", token)
        elif token.kind == "digit":
            self.at += 1
            found.append(self.item("num", token))
        else:
            while not found:
                if self.peek() is END:
                    raise InputError("missing-argument", f"{command.text} needs an argument", self.place(command))
                self.element(found, self.peek())
        self.depth -= 1
        return found, self.tokens[self.at - 1].end

    def raw(self, command: Token) -> list[Token]:
        """The tokens of an argument that is not mathematics."""
        token = self.peek()
        if token is END:
            raise InputError("missing-argument", f"{command.text} needs an argument", self.place(command))
        self.at += 1
        if token.kind != "{":
            return [token]
        depth, first = 1, self.at
        while self.at < len(self.tokens):
            depth += {"{": 1, "}": -1}.get(self.tokens[self.at].kind, 0)
            self.at += 1
            if depth == 0:
                return self.tokens[first : self.at - 1]
        raise InputError("unclosed", "this '{' is never closed", self.place(token))

    def command(self, found: list[Item], token: Token) -> None:
        """Read a command and add what it builds."""
        raise NotImplementedError

    def font(self, family: str, body: list[Item], start: int, end: int) -> Item:
        """A stretch in another font."""
        return Item("font", family, start, end, body, stop=end)
