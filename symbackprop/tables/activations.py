"""Activations: one record each. Adding one here is all it takes; generated tests pick it up."""

from __future__ import annotations

from symbackprop.vocabulary.functions import Function

ACTIVATIONS: dict[str, Function] = {
    function.name: function
    for function in (
        Function(
            "identity",
            "z",
            ("1",),
            bound="1",
            reason="the slope is 1 everywhere",
            slope_values=("1",),
            rising=True,
            summary="r = z, for a regression output",
        ),
        Function(
            "relu",
            "max(0, z)",
            ("step(z)",),
            head=r"\mathrm{ReLU}",
            slope_head=r"\mathrm{Step}",
            kinks=("0",),
            bound="1",
            reason="Step is 0 or 1",
            slope_values=("0", "1"),
            summary="rectified linear unit max(0, z)",
        ),
        Function(
            "leaky-relu",
            "max(0, z) + 1/100*min(0, z)",
            ("step(z) + 1/100*(1 - step(z))",),
            head=r"\mathrm{LReLU}",
            kinks=("0",),
            bound="1",
            reason="the slope is 1 or 1/100",
            slope_values=("1/100", "1"),
            rising=True,
            summary="z where z > 0, z/100 below",
        ),
        Function(
            "elu",
            "max(0, z) + exp(min(0, z)) - 1",
            ("step(z) + (1 - step(z))*exp(min(0, z))",),
            head=r"\mathrm{ELU}",
            bound="1",
            reason="the slope is 1 above 0 and exp(z) < 1 below",
            rising=True,
            summary="z where z > 0, exp(z) - 1 below",
        ),
        Function(
            "sigmoid",
            "1/(1 + exp(-z))",
            ("r*(1 - r)",),
            head=r"\sigma",
            bound="1/4",
            reason="r(1 - r) is largest at r = 1/2",
            rising=True,
            summary="logistic function 1/(1 + exp(-z))",
        ),
        Function(
            "tanh",
            "1 - 2/(1 + exp(2*z))",
            ("1 - r^2",),
            head=r"\tanh",
            bound="1",
            reason="1 - r^2 is largest at r = 0",
            rising=True,
            summary="hyperbolic tangent",
        ),
        Function(
            "softplus",
            "log(1 + exp(z))",
            ("sigmoid(z)",),
            head=r"\mathrm{softplus}",
            bound="1",
            reason="the slope is a sigmoid",
            rising=True,
            summary="log(1 + exp(z))",
        ),
        Function(
            "silu",
            "z*sigmoid(z)",
            ("sigmoid(z) + r*(1 - sigmoid(z))",),
            head=r"\mathrm{SiLU}",
            bound="10999/10000",
            reason="the slope is at most 1.09984, at z = 2.39936",
            summary="sigmoid linear unit z sigmoid(z), also called swish",
        ),
        Function(
            "gelu",
            "z*(1 + erf(z/sqrt(2)))/2",
            ("(1 + erf(z/sqrt(2)))/2 + z*exp(-z^2/2)/sqrt(2*pi)",),
            head=r"\mathrm{GELU}",
            bound="1129/1000",
            reason="the slope is at most 1.12891, at z = sqrt(2)",
            summary="Gaussian error linear unit z Phi(z)",
        ),
        Function(
            "gelu-tanh",
            "z*(1 + tanh(sqrt(2/pi)*(z + 0.044715*z^3)))/2",
            (
                "(1 + tanh(sqrt(2/pi)*(z + 0.044715*z^3)))/2"
                " + z*(1 - tanh(sqrt(2/pi)*(z + 0.044715*z^3))^2)*sqrt(2/pi)*(1 + 0.134145*z^2)/2",
            ),
            head=r"\mathrm{GELU}_{\tanh}",
            bound="1129/1000",
            reason="the slope is at most 1.12900, near z = sqrt(2)",
            summary="GELU by its usual tanh approximation",
        ),
        Function(
            "f",
            None,
            (),
            head="f",
            summary="unspecified: any differentiable function",
        ),
    )
}

SOFTMAX = Function(
    "softmax",
    None,
    (),
    head=r"\mathrm{softmax}",
    bound="1/2",
    reason="the Jacobian diag(r) - r r^T is symmetric and its rows have absolute sums 2 r_j (1 - r_j)",
    summary="exp(z_j) / sum_k exp(z_k) over the units of a layer",
    whole=True,
)
"""Not a function of one entry: a network writes it as its three elementary lines."""
