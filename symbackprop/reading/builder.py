"""From tokens to a math list: what each TeX command builds."""

from __future__ import annotations

import re
from collections.abc import Mapping

from symbackprop.reading import commands as tex
from symbackprop.reading.lists import END, Lists
from symbackprop.reading.macros import Macro, expand, take_definitions
from symbackprop.reading.mathlist import Item, nest
from symbackprop.reading.tokens import Token, tokenize
from symbackprop.vocabulary.errors import InputError, Place, nearest


def scan(text: str, macros: Mapping[str, Macro] | None = None) -> list[Item]:
    r"""The math list of a formula; ``&`` and ``\\`` outside of tables stay in it as items of their own.

    >>> [(item.kind, item.text) for item in scan(r"\hat y = W^{(1)} x")]
    [('accent', 'hat'), ('op', '='), ('sym', 'W'), ('sym', 'x')]
    """
    tokens, own = take_definitions(tokenize(text), text)
    known = {**macros, **own} if macros else own
    builder = Builder(expand(tokens, known, text), text, known)
    return builder.top()


def build(tokens: list[Token], text: str) -> list[Item]:
    """The math list of tokens that were not written in TeX but are placed in ``text``."""
    return Builder(tokens, text, {}).top()


class Builder(Lists):
    """Lists with the commands of TeX mathematics."""

    def command(self, found: list[Item], token: Token) -> None:
        self.at += 1
        name = token.text
        if name in tex.SYMBOLS:
            found.append(Item("sym", name, token.start, token.end, [], stop=token.end))
        elif name in tex.OPERATORS or name in tex.DOTS or name in tex.OPENING or name in tex.CLOSING:
            found.append(self.item("op", token))
        elif name in tex.DROPPED or name in tex.SWITCHES:
            pass
        elif name in tex.FRACTIONS:
            above, _ = self.argument(token)
            below, end = self.argument(token)
            found.append(Item("fraction", name, token.start, end, above, below, stop=end))
        elif name in tex.ACCENTS:
            body, end = self.argument(token)
            found.append(Item("accent", tex.ACCENTS[name], token.start, end, body, stop=end))
        elif name in tex.FONTS:
            if self.peek().text == "*":
                self.at += 1
            body, end = self.argument(token)
            found.append(self.font(tex.FONTS[name], body, token.start, end))
        elif name in tex.TEXTS:
            found.append(self.prose(token))
        elif name in tex.BIG:
            found.append(self.item("big", token))
        elif name == "\\left":
            found.append(self.fence(token))
        elif name == "\\begin":
            found.append(self.table(token))
        elif name in tex.SIZES:
            if self.peek().text not in tex.DELIMITERS:
                raise InputError("bad-delimiter", f"{name} needs a delimiter", self.place(token))
        elif name in tex.WIDE_SPACES:
            found.append(self.item("space", token))
        else:
            self.rarer_command(found, token)

    def rarer_command(self, found: list[Item], token: Token) -> None:
        name = token.text
        if name in ("\\|", "\\Vert", "\\vert", "\\&", "\\%", "\\lt", "\\gt"):
            found.append(Item("op", tex.SAME_DELIMITER.get(name, name), token.start, token.end, [], stop=token.end))
        elif name == "\\sqrt":
            degree = None
            if self.peek().text == "[":
                opener = self.peek()
                self.at += 1
                degree = self.items("]", opener)
            body, end = self.argument(token)
            found.append(Item("root", name, token.start, end, body, degree, stop=end))
        elif name in tex.SPACED:
            if self.wide(token):
                found.append(self.item("space", token))
        elif name in tex.DROPPED_WITH_ARGUMENT:
            if self.peek().text == "*":
                self.at += 1
            self.raw(token)
        elif name in tex.COLOURS:
            self.raw(token)
            self.transparent(found, token)
        elif name in tex.TRANSPARENT:
            self.transparent(found, token)
        elif name in tex.BRACES:
            self.transparent(found, token)
            while self.peek().kind in ("^", "_"):
                script = self.peek()
                self.at += 1
                self.argument(script)
        elif name in ("\\underset", "\\overset", "\\stackrel"):
            self.annotated(found, token)
        elif name == "\\substack":
            found.append(self.substack(token))
        elif name == "\\not":
            following = self.peek()
            if following.text not in ("=", "\\in", "\\equiv"):
                raise InputError("unknown-symbol", "\\not is read before = only", self.place(token))
            self.at += 1
            text = "\\neq" if following.text == "=" else "\\notin"
            found.append(Item("op", text, token.start, following.end, [], stop=following.end))
        else:
            found.append(Item("unknown", name, token.start, token.end, [], stop=token.end))

    def wide(self, token: Token) -> bool:
        """Whether a space is so wide that it keeps formulas apart; its width is taken."""
        if self.peek().text == "*":
            self.at += 1
        braced = self.peek().kind == "{"
        if braced:
            width = "".join(part.text for part in self.raw(token))
        else:
            first = self.at
            while self.peek().kind == "digit" or self.peek().text in ("-", "+", "."):
                self.at += 1
            self.at += 2
            width = "".join(part.text for part in self.tokens[first : self.at])
        found = re.fullmatch(r"([-+]?\d*\.?\d*)([a-z]{2})", width)
        if found is None and braced:
            return True
        if found is None or found[2] not in tex.EMS:
            raise InputError(
                "bad-space", f"{token.text} needs a width", self.place(token), f"write {token.text}{{1em}}"
            )
        return (
            float(f"{found[1]}0" if found[1][-1:] in ("", ".", "+", "-") else found[1]) * tex.EMS[found[2]] >= tex.WIDE
        )

    def transparent(self, found: list[Item], token: Token) -> None:
        body, end = self.argument(token)
        found.append(Item("group", token.text, token.start, end, body, stop=end))

    def prose(self, token: Token) -> Item:
        """A ``\\text``: its words, and as a list the mathematics in dollars inside of it."""
        opener = self.peek()
        words = self.raw(token)
        end = self.tokens[self.at - 1].end if opener.kind == "{" else opener.end
        first = next((i for i, word in enumerate(words) if word.kind == "$"), None)
        plain = words if first is None else words[:first]
        shown = "".join((" " if word.gap else "") + word.text for word in plain if word.kind not in "{}")
        if words and plain == words and opener.kind == "{" and self.text[end - 2 : end - 1] == " ":
            shown += " "
        body: list[Item] = []
        if first is not None:
            inside = [word for word in words[first:] if word.kind != "$"]
            if not shown.strip() or words[0].kind == "command":
                inside = [word for word in words if word.kind != "$"]
                shown = ""
            builder = Builder(inside, self.text, self.macros)
            builder.depth = self.depth
            body = nest(builder.top(), self.text)
            if not shown:
                return Item("group", token.text, token.start, end, body, stop=end)
        return Item("text", shown, token.start, end, body, stop=end)

    def fence(self, token: Token) -> Item:
        opening = self.delimiter(token)
        self.deeper(token)
        body = self.items("right", token)
        self.depth -= 1
        right = self.peek()
        self.at += 1
        closing = self.delimiter(right)
        end = self.tokens[self.at - 1].end
        return Item("fence", opening, token.start, end, body, close=closing, stop=end)

    def delimiter(self, command: Token) -> str:
        token = self.peek()
        if token.text not in tex.DELIMITERS:
            raise InputError(
                "bad-delimiter",
                f"{command.text} needs a delimiter",
                self.place(command),
                f"write {command.text}( or {command.text}.",
            )
        self.at += 1
        return tex.SAME_DELIMITER.get(token.text, token.text)

    def annotated(self, found: list[Item], token: Token) -> None:
        """Something with a note above or below; under a sum sign the note is its range."""
        note, _ = self.argument(token)
        self.transparent(found, token)
        group = found[-1]
        body = group.body
        if len(body) == 1 and body[0].kind == "big":
            found[-1] = body[0]
            body[0].stop = group.stop
            if token.text == "\\underset":
                body[0].sub, body[0].sub_at = note, token.start
            else:
                body[0].sup, body[0].sup_at = note, token.start
        elif not (len(body) == 1 and body[0].kind == "op") and not all(item.kind == "text" for item in note):
            raise InputError("unread-note", f"what {token.text} adds is not read", self.place(token), "leave it out")

    def substack(self, token: Token) -> Item:
        opener = self.peek()
        if opener.kind != "{":
            raise InputError("missing-argument", "\\substack needs a group", self.place(token))
        self.at += 1
        inside = self.raw_rows(opener)
        end = self.tokens[self.at - 1].end
        return Item("group", "\\substack", token.start, end, inside, stop=end)

    def raw_rows(self, opener: Token) -> list[Item]:
        depth, first = 1, self.at
        while depth and self.at < len(self.tokens):
            depth += {"{": 1, "}": -1}.get(self.tokens[self.at].kind, 0)
            self.at += 1
        if depth:
            raise InputError("unclosed", "this '{' is never closed", self.place(opener))
        inside = [
            Token("other", ",", t.start, t.end) if t.kind == "newline" else t for t in self.tokens[first : self.at - 1]
        ]
        builder = Builder(inside, self.text, self.macros)
        builder.depth = self.depth + 1
        return nest(builder.top(), self.text)

    def environment_name(self, command: Token) -> str:
        return "".join(token.text for token in self.raw(command))

    def table(self, token: Token) -> Item:
        name = self.environment_name(token)
        name_end = self.tokens[self.at - 1].end
        known = tex.ALIGNING | tex.CASES | tex.MATRICES
        if name not in known:
            close = nearest(name, sorted(known))
            raise InputError(
                "unknown-environment",
                f"there is no environment '{name}' in formulas",
                Place(self.text, token.start, name_end),
                f"did you mean {close}?" if close else None,
            )
        if self.peek().text == "[":
            while self.peek() is not END and self.peek().text != "]":
                self.at += 1
            self.at += 1
        if name in tex.WITH_COLUMNS:
            self.raw(token)
        self.deeper(token)
        rows: list[list[list[Item]]] = [[]]
        flat = name in tex.ALIGNING
        while True:
            cell = self.items("cell", token)
            rows[-1].append(cell if flat else nest(cell, self.text))
            separator = self.peek()
            self.at += 1
            if separator.kind == "&":
                continue
            if separator.text != "\\end":
                rows.append([])
                self.refuse_doubled_backslash(separator)
                self.skip_row_space()
                continue
            closing = self.environment_name(separator)
            if closing != name:
                raise InputError(
                    "env-mismatch",
                    f"\\begin{{{name}}} is closed by \\end{{{closing}}}",
                    Place(self.text, separator.start, self.tokens[self.at - 1].end),
                    f"write \\end{{{name}}}",
                )
            break
        self.depth -= 1
        if rows[-1] == [[]]:
            rows.pop()
        end = self.tokens[self.at - 1].end
        return Item("table", name, token.start, end, [], rows=rows, stop=end)
