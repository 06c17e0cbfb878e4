"""What a formula comes to, worked out a second time: the primal written again, complex steps, matrices by NumPy.

Nothing of the judge is used. A network is described by its layers; its derivatives are those of the forward pass, by a
complex step of 1e-100, which is exact to the last digit inside an activation region. A formula is the tree that the
reader gives, its names those of a notation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact
from symbackprop.tables.notations import Notation

STEP = 1e-100


class Outside(Exception):
    """A formula that this evaluator does not understand."""


class Misshapen(Exception):
    """Matrices whose shapes do not meet."""


@dataclass(frozen=True)
class Layer:
    activation: str
    width: int | str | None = None
    bias: bool = False


@dataclass(frozen=True)
class Net:
    """A network as the pattern says it: a chain of single neurons where no layer has a width."""

    layers: tuple[Layer, ...]
    width: int | str | None = None
    cost: str = "half-squared"
    batch: int | str | None = None
    l2: bool = False
    general: bool = False

    @property
    def pattern(self) -> str:
        words = ["k" if self.general else ""] if self.width is None else [str(self.width)]
        for layer in self.layers:
            arrow = ["->", str(layer.width)] if layer.width is not None else []
            words += [*arrow, layer.activation, *(["bias"] if layer.bias else [])]
        return " ".join(w for w in words if w)

    @property
    def options(self) -> dict:
        found = {} if self.general else {"cost": self.cost}
        if self.batch is not None:
            found["batch"] = self.batch
        if self.l2:
            found["l2"] = "lambda"
        return found

    def axes(self) -> dict[str, tuple]:
        """The axes of every quantity, by its canonical name: numbers or names of sizes."""
        front = () if self.batch is None else (self.batch,)
        if self.general:
            k, n = ("k", "n_k"), ("k+1", "n_{k+1}")
            found = {f"r({k[0]})": ("in",), f"W({k[0]})": ("in", "out"), f"z({n[0]})": ("out",), f"r({n[0]})": ("out",)}
            if self.layers[0].bias:
                found[f"b({n[0]})"] = ("out",)
            return found | {"C": ()}
        dense = self.width is not None
        widths = [self.width, *(layer.width for layer in self.layers)]
        found: dict[str, tuple] = {"x": (*front, widths[0]) if dense else front}
        for k, layer in enumerate(self.layers, start=1):
            unit = (widths[k],) if dense else ()
            found[f"W{k - 1}"] = (widths[k - 1], widths[k]) if dense else ()
            if layer.bias:
                found[f"b{k}"] = unit
            found[f"z{k}"] = found[f"r{k}"] = (*front, *unit)
            if layer.activation == "softmax":
                found[f"e{k}"], found[f"S{k}"] = (*front, *unit), front
        found["y"] = found["U"] = found[f"r{len(self.layers)}"]
        return found | {"C": ()}


def _erf(z):
    real = np.vectorize(math.erf)(z.real) if z.ndim else np.array(math.erf(z.real))
    return real + 1j * z.imag * 2 / math.sqrt(math.pi) * np.exp(-(z.real**2))


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def functions(at_zero: float) -> dict:
    """The functions on complex arrays, so that a complex step differentiates them."""

    def step(z):
        return np.where(z.real > 0, 1.0, np.where(z.real == 0, at_zero, 0.0))

    root = math.sqrt(2 / math.pi)
    return {
        "identity": lambda z: z,
        "relu": lambda z: np.maximum(z.real, 0) + 1j * z.imag * step(z),
        "leaky-relu": lambda z: (
            np.where(z.real > 0, z.real, z.real / 100) + 1j * z.imag * (step(z) + (1 - step(z)) / 100)
        ),
        "elu": lambda z: np.where(z.real > 0, z, np.exp(np.where(z.real > 0, 0, z)) - 1),
        "sigmoid": _sigmoid,
        "tanh": np.tanh,
        "softplus": lambda z: np.log(1 + np.exp(z)),
        "silu": lambda z: z * _sigmoid(z),
        "gelu": lambda z: z * (1 + _erf(z / math.sqrt(2))) / 2,
        "gelu-tanh": lambda z: z * (1 + np.tanh(root * (z + 0.044715 * z**3))) / 2,
        "f": lambda z: np.sin(z) + z * z / 3 + z / 7,
        "exp": np.exp,
        "log": np.log,
        "step": lambda z: step(z) + 0j,
        "abs": lambda z: np.where(z.real >= 0, z, -z),
        "sign": lambda z: np.sign(z.real) + 0j,
    }


class World:
    """A network at a point: real values of every quantity, and all derivatives."""

    def __init__(self, net: Net, sizes: dict, rng: np.random.Generator, at_zero: float, scale: float = 1.0) -> None:
        self.net, self.sizes = net, sizes
        self.functions = functions(at_zero)
        self.names = net.axes()
        self.shapes = {name: tuple(self.size(a) for a in axes) for name, axes in self.names.items()}
        leaves = [n for n in self.names if n[0] in "xWby" or n == "r(k)"]
        self.leaves = {n: rng.normal(0, scale, self.shapes[n]) for n in leaves}
        if net.cost.startswith("cross-entropy") and "y" in self.leaves:
            y = np.abs(self.leaves["y"]) + 0.1
            self.leaves["y"] = y / y.sum(-1, keepdims=True)
        self.rate = float(rng.uniform(0.5, 2))
        self.random = rng.normal(0, 1, 8)
        self.values = {n: np.real(v) for n, v in self.forward().items()}
        self._derivatives: dict = {}

    def size(self, axis) -> int:
        return self.sizes[axis] if isinstance(axis, str) else axis

    def forward(self, by: str = "", entry: tuple = (), hold: str = "") -> dict:
        """All values, with an entry of one quantity moved by a complex step."""
        values: dict = {}

        def put(name, value):
            value = np.array(value, dtype=complex)
            if name == hold:
                value = np.array(self.values[name], dtype=complex)
            if name == by:
                value[entry] += 1j * STEP
            values[name] = value

        for name, value in self.leaves.items():
            put(name, value)
        if self.net.general:
            z = values["r(k)"] @ values["W(k)"]
            put("z(k+1)", z + values["b(k+1)"] if "b(k+1)" in values else z)
            put("r(k+1)", self.functions[self.net.layers[0].activation](values["z(k+1)"]))
            r, c = values["r(k+1)"], self.random[: len(values["r(k+1)"])]
            put("C", np.sum(np.sin(r + c) * c + r * r / 5) + np.prod(r + 2))
            return values
        last = values["x"]
        for k, layer in enumerate(self.net.layers, start=1):
            w = values[f"W{k - 1}"]
            z = last @ w if w.ndim else last * w
            put(f"z{k}", z + values[f"b{k}"] if layer.bias else z)
            if layer.activation == "softmax":
                put(f"e{k}", np.exp(values[f"z{k}"]))
                put(f"S{k}", values[f"e{k}"].sum(-1))
                put(f"r{k}", values[f"e{k}"] / values[f"S{k}"][..., None])
            else:
                put(f"r{k}", self.functions[layer.activation](values[f"z{k}"]))
            last = values[f"r{k}"]
        put("U", values["y"] - last)
        put("C", self.cost(values, last))
        return values

    def cost(self, values, p):
        y, u, name = values["y"], values["U"], self.net.cost
        outputs = p.shape[-1] if self.net.width is not None else 1
        if name == "half-squared":
            each = u * u / 2
        elif name in ("squared", "mse"):
            each = u * u / (outputs if name == "mse" else 1)
        elif name == "absolute":
            each = self.functions["abs"](u)
        elif name == "huber":
            each = np.where(np.abs(u.real) <= 1, u * u / 2, self.functions["abs"](u) - 0.5)
        elif name == "binary-cross-entropy":
            each = -y * np.log(p) - (1 - y) * np.log(1 - p)
        elif name == "binary-cross-entropy-logits":
            each = np.log(1 + np.exp(p)) - y * p
        elif name == "cross-entropy":
            each = -y * np.log(p)
        elif name == "cross-entropy-logits":
            each = -y * (p - np.log(np.exp(p).sum(-1, keepdims=True)))
        else:
            raise Outside(name)
        total = each.sum() / (1 if self.net.batch is None else self.size(self.net.batch))
        if self.net.l2:
            total = total + self.rate / 2 * sum((values[n] ** 2).sum() for n in values if n[0] == "W")
        return total

    def derivative(self, of: str, at: tuple, by: str, entry: tuple) -> float:
        """The derivative of one entry by another; that of softmax by its exponentials with the total held."""
        hold = f"S{by[1:]}" if by[0] == "e" and of[0] == "r" and of[1:] == by[1:] else ""
        key = by, entry, hold
        if key not in self._derivatives:
            moved = self.forward(by, entry, hold)
            self._derivatives[key] = {n: v.imag / STEP for n, v in moved.items()}
        return float(self._derivatives[key][of][at])

    def gradient(self, by: str) -> np.ndarray:
        """The derivatives of the cost by all entries."""
        shape = self.shapes[by]
        found = np.zeros(shape)
        for entry in product(*map(range, shape)):
            found[entry] = self.derivative("C", (), by, entry)
        return found

    @property
    def signs(self) -> tuple:
        """The activation region."""
        return tuple(tuple(np.sign(v).ravel()) for n, v in self.values.items() if n[0] == "z")


def worlds(net: Net, at_zero: float, seed: int, count: int = 24) -> list[World]:
    """Points in as many activation regions as chance finds, at sizes that differ from one another."""
    rng = np.random.default_rng(seed)
    names = list(dict.fromkeys(a for axes in net.axes().values() for a in axes if isinstance(a, str)))
    found: dict = {}
    for attempt in range(6 * count):
        sizes = {n: (2, 3, 4, 5, 2, 3)[(k + attempt // 5) % 5] for k, n in enumerate(names)}
        with np.errstate(all="ignore"):
            world = World(net, sizes, rng, at_zero, (1.0, 0.6, 1.5)[attempt % 3])
        if all(np.isfinite(v).all() for v in world.values.values()):
            found.setdefault((tuple(sizes.values()), world.signs), world)
        if len(found) >= count:
            break
    return list(found.values())


@dataclass(frozen=True)
class Wide:
    """An array that is repeated along the sides of size 1, as ``b 1^T`` is."""

    array: np.ndarray


ONES, ONES_ROW = object(), object()
KNOWN = {
    "ReLU": "relu", "Step": "step", "LReLU": "leaky-relu", "ELU": "elu", "sigma": "sigmoid", "tanh": "tanh", "softplus": "softplus",
    "SiLU": "silu", "GELU": "gelu", "exp": "exp", "log": "log", "ln": "log", "sign": "sign", "sgn": "sign", "max": "max", "diag": "diag",
}  # fmt: skip


@dataclass
class Reader:
    """Evaluates trees in a world; the letters are those of a notation."""

    net: Net
    notation: Notation
    world: World = None  # type: ignore[assignment]
    letters: dict = field(default_factory=dict)
    axes: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.axes = self.net.axes()
        n = self.notation
        self.families = {}
        for family, latex in (("z", n.z), ("r", n.r), ("W", n.W), ("b", n.b), ("x", n.x), ("y", n.y), ("C", n.cost)):
            self.families.setdefault(_plain(latex), family)
        if n.delta:
            self.families.setdefault(_plain(n.delta), "delta")
        for own in "USe":
            self.families.setdefault(own, own)
        used = {layer.activation for layer in self.net.layers}
        self.f = _plain(n.f) if "f" in used else None

    def quantity(self, name: t.Sym) -> str:
        """The canonical name of what a name means."""
        if name.sample is not None or name.primes:
            raise Outside("a sample")
        base = _plain(f"\\{name.accent} {name.base}" if name.accent else name.base)
        if name.label:
            base += "_" + name.label
        family = self.families.get(base)
        n = self.notation
        if family is None and base == _plain(n.prediction):
            return f"r{len(self.net.layers)}" if not self.net.general else "r(k+1)"
        if family in ("x", "y", "C", "U") and name.layer is None:
            return family
        if family is None or name.layer is None and family != "S":
            raise Outside(f"name {base}")
        shift = {
            "z": n.z_shift,
            "delta": n.z_shift,
            "r": n.r_shift,
            "W": n.W_shift,
            "b": n.b_shift,
            "S": n.z_shift,
            "e": n.z_shift,
        }
        family, plain = {"delta": "z"}.get(family, family), family
        if self.net.general:
            return self._labelled(family, compact(name.layer), shift[plain])
        if not isinstance(name.layer, t.Num):
            raise Outside("a letter for a layer")
        number = int(name.layer.text) - shift[plain]
        found = "x" if family == "r" and number == 0 else f"{family}{number}"
        if found not in self.axes:
            raise Outside(found)
        return found

    def _labelled(self, family: str, shown: str, shift: int) -> str:
        _, _, offset = shown.replace("-", "+-").partition("+")
        number = int(offset or 0) - shift + self.notation.r_shift
        found = f"{family}(k{number:+d})" if number else f"{family}(k)"
        if found not in self.axes:
            raise Outside(found)
        return found

    def is_delta(self, name: t.Sym) -> bool:
        return self.families.get(_plain(name.base)) == "delta" and not name.accent

    def gradient_of(self, name: t.Sym) -> str | None:
        """The quantity whose gradient a name such as ``dW`` or delta is."""
        if self.is_delta(name):
            return self.quantity(name)
        if self.notation.gradient == "d" and name.base.startswith("d") and len(name.base) > 1 and not name.accent:
            return self.quantity(replace(name, base=name.base[1:]))
        return None

    def order(self, quantity: str) -> list[int]:
        """The axes that written indices number."""
        axes = list(range(len(self.axes[quantity])))
        return axes[::-1] if quantity[0] == "W" and self.notation.weights == "target-first" else axes

    def laid(self, quantity: str, values: np.ndarray) -> float | np.ndarray:
        """Whole values in rows and columns."""
        n = self.notation
        if values.ndim == 0:
            return float(values)
        if values.ndim == 1:
            if self.net.batch is not None and self.axes[quantity] == (self.net.batch,):
                raise Outside("a vector of samples")
            return values[None, :] if n.vectors == "rows" else values[:, None]
        if quantity[0] == "W":
            return values.T if n.weights == "target-first" else values
        return values.T if n.samples == "columns" else values

    def lettered(self, *trees: t.Node) -> dict[str, int]:
        """The sizes of the letters that number axes."""
        found: dict[str, set] = {}
        for tree in trees:
            for name in names(tree):
                try:
                    quantity = self.gradient_of(name) or self.quantity(name)
                except Outside:
                    continue
                for script, axis in zip(name.indices, self.order(quantity), strict=False):
                    if isinstance(script, t.Sym):
                        found.setdefault(compact(script), set()).add(self.world.size(self.axes[quantity][axis]))
        return {letter: min(sizes) for letter, sizes in found.items()}

    # values

    def of(self, node: t.Node):
        way = getattr(self, "_" + type(node).__name__.lower(), None)
        if way is None:
            raise Outside(type(node).__name__)
        return way(node)

    def _num(self, node):
        return float(node.text)

    def _sym(self, node):
        if node.base == "1" and node.layer is None:
            return ONES
        if node.base == "lambda" and self.net.l2:
            return self.world.rate
        if node.base == "pi":
            return math.pi
        if node.base in self.world.sizes and not node.indices:
            return float(self.world.sizes[node.base])
        by = self.gradient_of(node)
        quantity = by or self.quantity(node)
        values = self.world.gradient(by) if by else self.world.values[quantity]
        if not node.indices:
            return self.laid(quantity, values)
        return float(values[self.point(quantity, node.indices)])

    def point(self, quantity, scripts):
        order = self.order(quantity)
        if len(scripts) != len(order):
            raise Outside("too few indices")
        at = [0] * len(order)
        for script, axis in zip(scripts, order, strict=True):
            if isinstance(script, t.Num):
                at[axis] = int(script.text) - 1
            elif compact(script) in self.letters:
                at[axis] = self.letters[compact(script)]
            else:
                raise Outside("an index")
            if at[axis] >= self.world.shapes[quantity][axis]:
                raise Outside("an index out of range")
        return tuple(at)

    def _add(self, node):
        values = [self.of(term) for term in node.terms]
        if any(v is ONES or v is ONES_ROW or isinstance(v, Wide) for v in values):
            arrays = [
                v.array if isinstance(v, Wide) else np.ones((1, 1)) if v is ONES or v is ONES_ROW else v for v in values
            ]
            if any(not isinstance(a, np.ndarray) for a in arrays):
                raise Outside("ones beside a number")
            full = [a for a, v in zip(arrays, values, strict=True) if isinstance(v, np.ndarray)]
            if not full:
                raise Outside("ones alone")
            try:
                total = sum(arrays[1:], arrays[0])
            except ValueError:
                raise Misshapen from None
            if total.shape != full[0].shape:
                raise Misshapen
            return total
        numbers = [not isinstance(v, np.ndarray) for v in values]
        if all(numbers):
            return sum(values)
        values = [_number(v) for v in values]
        if any(not isinstance(v, np.ndarray) for v in values):
            if all(not isinstance(v, np.ndarray) for v in values):
                return sum(values)
            raise Outside("a number added to an array")
        if len({v.shape for v in values}) > 1:
            raise Misshapen
        return sum(values[1:], values[0])

    def _neg(self, node):
        value = self.of(node.body)
        if value is ONES or value is ONES_ROW:
            return Wide(-np.ones((1, 1)))
        return Wide(-value.array) if isinstance(value, Wide) else -value

    def _mul(self, node):
        total = None
        for factor in node.factors:
            value = self.of(factor)
            total = value if total is None else times(total, value)
        return total

    def _had(self, node):
        total = None
        for factor in node.factors:
            value = self.of(factor)
            if value is ONES or value is ONES_ROW:
                raise Outside("ones")
            if total is None:
                total = value
                continue
            wide = isinstance(value, Wide) or isinstance(total, Wide)
            a, b = (v.array if isinstance(v, Wide) else v for v in (total, value))
            both = isinstance(a, np.ndarray) and isinstance(b, np.ndarray)
            if both and a.shape != b.shape and not wide and a.size > 1 and b.size > 1:
                raise Misshapen
            try:
                total = a * b
            except ValueError:
                raise Misshapen from None
            if wide and both and isinstance(value, Wide) and isinstance(total, Wide):
                total = Wide(total)
        return total

    def _transpose(self, node):
        value = self.of(node.body)
        if value is ONES:
            return ONES_ROW
        if isinstance(value, Wide) or value is ONES_ROW:
            raise Outside("transposed ones")
        return value.T if isinstance(value, np.ndarray) else value

    def _div(self, node):
        a, b = _number(self.of(node.numerator)), _number(self.of(node.denominator))
        if isinstance(b, np.ndarray) or not isinstance(b, float) or not isinstance(a, float | np.ndarray):
            raise Outside("a quotient of arrays")
        if b == 0:
            raise Outside("a division by zero")
        return a / b

    def _pow(self, node):
        base, exponent = self.of(node.base), self.of(node.exponent)
        if not isinstance(base, float) or not isinstance(exponent, float) or base == 0 and exponent < 0:
            raise Outside("a power of an array")
        value = base**exponent
        if isinstance(value, complex):
            raise Outside("a root")
        return value

    def _abs(self, node):
        value = self.of(node.body)
        if not isinstance(value, float):
            raise Outside("the size of an array")
        return abs(value)

    def _app(self, node):
        name = node.function
        base = _plain(name.base)
        if name.layer is not None or name.indices:
            raise Outside("a function with a layer")
        known = "f" if base == self.f else KNOWN.get(base)
        if known is None:
            raise Outside(f"function {base}")
        values = [self.of(a) for a in node.arguments]
        if known == "max":
            if len(values) == 2 and all(isinstance(v, float) for v in values):
                return max(values)
            raise Outside("max")
        if known == "diag":
            (value,) = values
            if not isinstance(value, np.ndarray) or 1 not in value.shape:
                raise Outside("diag")
            return np.diag(value.ravel())
        (value,) = values
        if not isinstance(value, float | np.ndarray):
            raise Outside("a function of ones")
        z = np.asarray(value, dtype=complex)
        if name.primes == 1:
            found = self.world.functions[known](z + 1j * STEP).imag / STEP
        elif name.primes == 0:
            found = self.world.functions[known](z).real
        else:
            raise Outside("a second derivative")
        return found if isinstance(value, np.ndarray) else float(found)

    def _indicator(self, node):
        return self._where(node.condition)

    def _where(self, condition):
        if not isinstance(condition, t.Chain) or len(condition.links) != 1:
            raise Outside("a condition")
        sign, right = condition.links[0]
        a, b = self.of(condition.first), self.of(right)
        compare = {">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal}.get(sign)
        if compare is None or not isinstance(a, float | np.ndarray):
            raise Outside("a condition")
        found = compare(a, b).astype(float) if isinstance(a, np.ndarray) else float(compare(a, b))
        return found

    def _deriv(self, node):
        of = node.of
        if not isinstance(of, t.Sym) or len(node.by) != 1 or not isinstance(node.by[0], t.Sym):
            raise Outside("a derivative of a formula")
        by = node.by[0]
        top, bottom = self.quantity(of), self.quantity(by)
        if top == "C" and not by.indices:
            return self.laid(bottom, self.world.gradient(bottom))
        if len(of.indices) != len(self.axes[top]) or len(by.indices) != len(self.axes[bottom]):
            raise Outside("a Jacobian")
        return self.world.derivative(top, self.point(top, of.indices), bottom, self.point(bottom, by.indices))

    def _grad(self, node):
        if node.by is None:
            raise Outside("a gradient by nothing")
        return self._deriv(t.Deriv("partial", node.of, (node.by,)))

    def _sum(self, node):
        if (
            any(r.lower is not None or r.upper is not None or r.condition is not None for r in node.ranges)
            or not node.ranges
        ):
            raise Outside("limits")
        bound = [compact(r.index) for r in node.ranges]
        sizes = self.lettered(node.body)
        if any(b not in sizes for b in bound):
            raise Outside("a letter that numbers nothing")
        outer, total = self.letters, None
        for point in product(*(range(sizes[b]) for b in bound)):
            self.letters = {**outer, **dict(zip(bound, point, strict=True))}
            value = self.of(node.body)
            total = value if total is None else total + value
        self.letters = outer
        return total

    def _kronecker(self, node):
        left, right = (self.letters.get(compact(s)) for s in (node.left, node.right))
        if left is None or right is None:
            raise Outside("a delta")
        return float(left == right)

    # claims

    def equal(self, left: t.Node, right: t.Node, world: World) -> bool:
        """Whether two formulas have the same value in a world, for all values of their letters."""
        self.world = world
        free = free_letters(left) | free_letters(right)
        sizes = self.lettered(left, right)
        if any(letter not in sizes for letter in free):
            raise Outside("a free letter")
        for point in product(*(range(sizes[letter]) for letter in free)):
            self.letters = dict(zip(free, point, strict=True))
            try:
                a, b = _number(self.of(left)), _number(self.of(right))
            except Misshapen:
                return False
            if isinstance(b, Wide) or b is ONES or b is ONES_ROW or not isinstance(a, float | np.ndarray):
                raise Outside("ones")
            if isinstance(a, np.ndarray) != isinstance(b, np.ndarray):
                if np.any(a) or np.any(b):
                    return False
                continue
            if isinstance(a, np.ndarray) and a.shape != b.shape:
                return False
            scale = np.max(np.abs(a)) + np.max(np.abs(b)) + 1e-6
            off = np.max(np.abs(np.asarray(a) - b)) / scale
            if 1e-9 < off < 1e-6:
                raise Outside("too close to tell")
            if off >= 1e-6:
                return False
        return True


def times(a, b):
    """A product of two values."""
    if isinstance(a, Wide) or isinstance(b, Wide):
        raise Outside("a product with repeated ones")
    ones = (ONES, ONES_ROW)
    if a in ones if not isinstance(a, np.ndarray) else False:
        if b is ONES_ROW and a is ONES:
            return Wide(np.ones((1, 1)))
        if not isinstance(b, np.ndarray):
            raise Outside("ones")
        if a is ONES_ROW:
            return b.sum(0, keepdims=True)
        if b.shape[0] == 1:
            return Wide(b)
        raise Outside("ones")
    if b in ones if not isinstance(b, np.ndarray) else False:
        if not isinstance(a, np.ndarray):
            raise Outside("ones")
        if b is ONES:
            return a.sum(1, keepdims=True)
        if a.shape[1] == 1:
            return Wide(a)
        raise Outside("ones")
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.size > 1 and b.size > 1:
        if a.shape[1] != b.shape[0]:
            raise Misshapen
        return a @ b
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape[1] == b.shape[0]:
        return a @ b
    return _number(a) * _number(b)


def _number(value):
    return float(value[0, 0]) if isinstance(value, np.ndarray) and value.size == 1 else value


def names(node: t.Node):
    """The names of quantities in a tree."""
    if isinstance(node, t.Sym):
        yield node
        return
    for part in inner(node):
        yield from names(part)


def inner(node: t.Node):
    """The nodes inside a node; no functions, no letters of sums."""
    if isinstance(node, t.Sym):
        return
    if isinstance(node, t.App):
        yield from node.arguments
        return
    if isinstance(node, t.Sum):
        yield node.body
        return
    for part in node.parts():
        stack = [part]
        while stack:
            at = stack.pop(0)
            if isinstance(at, t.Node):
                yield at
            elif isinstance(at, tuple):
                stack = [*at, *stack]


def free_letters(node: t.Node) -> dict[str, None]:
    """The letters of indices that no sum binds, in order."""
    if isinstance(node, t.Sym):
        return {compact(i): None for i in node.indices if isinstance(i, t.Sym)}
    if isinstance(node, t.Kronecker):
        return {compact(i): None for i in (node.left, node.right) if isinstance(i, t.Sym)}
    found: dict[str, None] = {}
    for part in inner(node):
        found |= free_letters(part)
    if isinstance(node, t.Sum):
        for over in node.ranges:
            found.pop(compact(over.index), None)
    return found


def _plain(latex: str) -> str:
    for word in ("\\mathrm", "\\boldsymbol", "\\mathbf", "\\mathcal", "\\operatorname", "\\text", "{", "}", "\\", " "):
        latex = latex.replace(word, "")
    return latex.split("^")[0]
