"""The self-test that a program carries: closed forms against finite differences, and against the library's own."""

from __future__ import annotations

from collections.abc import Iterator

from symbackprop.exporters.program import Given, Program
from symbackprop.vocabulary.terms import Map

MOST_STATEMENTS = 400_000
"""How many lines the finite differences of one point may run, about."""

PIECES = {
    "numpy": ("", "cost_and_gradients(**arguments, **FIXED)", ""),
    "torch": (
        "",
        "cost_and_gradients(**{name: torch.tensor(array) for name, array in arguments.items()}, **FIXED)",
        '''

def by_autograd(arguments):
    """The gradients by PyTorch's autograd."""
    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in arguments.items()}
    cost, gradients = cost_and_gradients(**leaves, **FIXED)
    names = [name for name in gradients if name in leaves]
    found = torch.autograd.grad(cost, [leaves[name] for name in names], allow_unused=True, materialize_grads=True)
    return dict(zip(names, found))
''',
    ),
    "jax": (
        '    jax.config.update("jax_enable_x64", True)\n',
        "cost_and_gradients(**arguments, **FIXED)",
        '''

def by_autograd(arguments):
    """The gradients by JAX's grad."""
    return jax.grad(lambda leaves: cost_and_gradients(**leaves, **FIXED)[0])(arguments)
''',
    ),
}

TEMPLATE = '''
SIZES = {sizes}
"""What the names of sizes are in the self-test."""

FIXED = {{{fixed}}}
"""What the other arguments are in the self-test."""


def random_arguments(rng, lively):
    """Random arrays: targets between 0 and 1, and weights near those that pass a signal on, if lively."""
    weights = sum(kind == "weight" for kind, _ in LEAVES.values())
    arguments = {{}}
    for name, (kind, shape) in LEAVES.items():
        shape = tuple(SIZES.get(size, size) for size in shape)
        array = np.asarray(rng.uniform(-1, 1, shape))
        if kind == "weight":
            fan = shape[0] if len(shape) > 1 else 1
            array = (1 + array / weights) / fan if lively else array * (3 / fan) ** 0.5
        elif kind == "target":
            array = 0.5 + 0.4 * array
        elif lively:
            array = np.abs(array)
        if name in {distributions}:
            array = array / np.sum(array, axis=-1, keepdims=True)
        arguments[name] = np.asarray(array)
    return arguments


def evaluated(arguments):
    """The cost and the gradients at arrays of NumPy."""
    return {call}


def differences(arguments, name, entry, h):
    """The slope of the cost by one entry, by central differences of two steps."""
    slopes = []
    for step_size in (h, h / 2):
        ends = []
        for moved_by in (step_size, -step_size):
            moved = arguments[name].copy()
            moved[entry] += moved_by
            ends.append(float(evaluated({{**arguments, name: moved}})[0]))
        slopes.append((ends[0] - ends[1]) / (2 * step_size))
    return slopes


def some(rng, items, most):
    """All items, or a random choice that keeps the first and the last."""
    items = list(items)
    if len(items) <= most:
        return items
    inner = rng.choice(len(items) - 2, max(0, most - 2), replace=False) + 1
    return [items[k] for k in sorted({{0, len(items) - 1, *inner.tolist()}})]
{autograd}

def self_test():
    """Compare the closed forms with finite differences{rivals}; 0 if they agree, else 1."""
{setup}    rng = np.random.default_rng(0)
    compared = at_kinks = wrong = points = 0
    worst = {worst}
    for draw in range(1000):
        arguments = random_arguments(rng, lively=draw % 3 == 0)
        with np.errstate(all="ignore"):
            cost, gradients = evaluated(arguments)
        if not np.isfinite(float(cost)):
            continue  # such as the logarithm of a negative number: not a point of the domain
        points += 1
        leaves = [name for name in gradients if name in arguments]
        for name in some(rng, leaves, {entries}):
            shape = arguments[name].shape
            if tuple(gradients[name].shape) != shape:
                print(f"the gradient by {{name}} has the shape {{gradients[name].shape}}, not {{shape}}")
                wrong += 1
                continue
            gradient = np.asarray(gradients[name])
            for flat in some(rng, range(gradient.size), max(1, {entries} // len(leaves))):
                entry = np.unravel_index(flat, shape)
                h = 2e-5 * max(1.0, abs(float(arguments[name][entry])))
                wide, narrow = differences(arguments, name, entry, h)
                noise = 1e-9 * (1 + abs(float(cost)))
                if not abs(wide - narrow) <= 1e-6 * (abs(wide) + abs(narrow)) + noise:
                    at_kinks += 1  # the two steps see different slopes
                    continue
                slope = (4 * narrow - wide) / 3
                compared += 1
                if not abs(slope - gradient[entry]) <= 1e-6 * (abs(slope) + abs(gradient[entry])) + noise:
                    where = f"{{name}}{{list(map(int, entry))}}"
                    print(f"the gradient by {{where}} is {{float(gradient[entry])!r}}, by differences {{slope!r}}")
                    wrong += 1
{compare}        if points == 3:
            break
    if not compared:
        print("nothing could be compared: the cost was not finite, or every entry at a kink")
    print(f"gradients: {{compared}} entries at {{points}} points compared with finite differences, {{wrong}} wrong"
          + (f", {{at_kinks}} left out at kinks" if at_kinks else ""))
{report}    for name in gradients:
        if name not in LEAVES:
            print(f"the gradient by {{name}} was not compared: {{name}} is no argument that could be moved")
    return 1 if wrong or (leaves and not compared) else 0


if __name__ == "__main__":
    sys.exit(self_test())
'''


def self_test(program: Program, target: str) -> str:
    """The source of the self-test."""
    setup, call, autograd = PIECES[target]
    names = {size for a in program.arguments for size in a.shape if isinstance(size, str)}
    ordered = [s for s in dict.fromkeys(s for a in program.arguments for s in a.shape) if s in names]
    sizes = {name: (5, 4, 3, 2)[min(k, 3)] for k, name in enumerate(ordered)}
    fixed = [*(f'"{name}": 0.3' for name in program.plain), *_functions(program, target)]
    spread = [a.name for a in program.arguments if any(c.quantity is a.quantity for c in program.network.constraints)]
    library = {"torch": "PyTorch's autograd", "jax": "JAX's grad"}.get(target)
    compare = report = ""
    if library:
        compare = """        own = by_autograd(arguments)
        for name in leaves:
            array, gradient = np.asarray(own[name]), np.asarray(gradients[name])
            scale = float(np.max(np.abs(array), initial=1e-12))
            worst = max(worst, float(np.max(np.abs(array - gradient), initial=0)) / scale)
            if not np.all(np.abs(array - gradient) <= 1e-9 * scale):
                print(f"the gradient by {name} is not that of autograd")
                wrong += 1
"""
        report = f"""    print(f"every entry compared with {library}: off by {{worst:.0e}} of the largest at most")
"""
    text = TEMPLATE.format(
        sizes=sizes, fixed=", ".join(fixed), distributions=spread, call=call, autograd=autograd, setup=setup,
        rivals=f" and with {library}" if library else "", entries=_entries(program), compare=compare, report=report,
        worst="0.0",
    )  # fmt: skip
    return text if library else text.replace("    worst = 0.0\n", "")


def _entries(program: Program) -> int:
    """How many entries are compared at each point: fewer where the program is long or multiplies large arrays."""
    cost = len(program.lines)
    for argument in program.arguments:
        sizes = [s for s in argument.shape if isinstance(s, int)]
        work = 1
        for size in sizes:
            work *= size
        cost += work // 2_000
    return max(2, min(200, MOST_STATEMENTS // (4 * cost)))


def _functions(program: Program, target: str) -> Iterator[str]:
    """Something definite for every unspecified function, and its partials."""
    library = {"numpy": "np", "torch": "torch", "jax": "jnp"}[target]
    for given in program.given:
        yield f'"{given.name}": {_definite(given, program, library)}'


def _definite(given: Given, program: Program, library: str) -> str:
    """The function s + p, where s and p are the sum and the product of sin of every argument, summed where whole."""
    outer, ranks = _ranks(given, program)
    names = list(given.function.parameters)
    axis = {"torch": "dim"}.get(library, "axis")

    def total(name: str, rank: int) -> str:
        inner = tuple(range(outer, rank)) if given.function.whole else ()
        sine = f"{library}.sin({name})"
        return f"{library}.sum({sine}, {axis}={inner})" if inner else sine

    totals = [total(name, rank) for name, rank in zip(names, ranks, strict=True)]
    head = f"lambda {', '.join(names)}: "
    if not given.slope:
        return head + " + ".join((*totals, " * ".join(totals)) if len(totals) > 1 else totals)
    at = given.slope - 1
    cosine = f"{library}.cos({names[at]})"
    others = " * ".join(t for k, t in enumerate(totals) if k != at)
    if not others:
        return head + cosine
    inner = ranks[at] - outer if given.function.whole else 0
    places = f"[{', '.join([*(':' for _ in range(outer)), *('None' for _ in range(inner))])}]" if inner else ""
    return head + f"{cosine} * (1 + {others}){places}"


def _ranks(given: Given, program: Program) -> tuple[int, list[int]]:
    """How many axes the function's value has, and each of its arguments."""
    for definition in program.network.definitions:
        if isinstance(definition, Map) and definition.function is given.function:
            return len(definition.indices), [len(a.indices) for a in definition.arguments]
    return 0, [0] * len(given.function.parameters)
