"""Functions of PyTorch: autograd.Functions, modules, and whatever takes tensors.

Run by `make test-interop`, in the environment of the peers.
"""

from typing import Any

import numpy as np
import pytest

from autograd.checking import GradientCheckError, gradcheck

torch = pytest.importorskip("torch", reason="PyTorch is not here: make test-interop")

Function = torch.autograd.Function


class Legendre(Function):
    """P3(x) = (5 x**3 - 3 x) / 2, as in PyTorch's tutorial of functions of one's own."""

    factor = 1.0

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * (5 * x * x - 3) / 2

    @classmethod
    def slope(cls, x: Any) -> Any:
        return (15 * x * x - 3) / 2

    @staticmethod
    def backward(ctx: Any, seed: Any) -> Any:
        (x,) = ctx.saved_tensors
        return seed * Legendre.slope(x)


class WrongLegendre(Legendre):
    @staticmethod
    def backward(ctx: Any, seed: Any) -> Any:
        (x,) = ctx.saved_tensors
        return seed * (15 * x * x - 2.99) / 2


class Exp(Function):
    """exp, whose slope is its result, as in PyTorch's reference of Function."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = torch.exp(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, seed: Any) -> Any:
        (y,) = ctx.saved_tensors
        return seed * y


class WrongExp(Exp):
    @staticmethod
    def backward(ctx: Any, seed: Any) -> Any:
        return seed * torch.exp(ctx.saved_tensors[0])  # of the result, not the input


class Linear(Function):
    """x @ w.T + b with what is needed alone, as in PyTorch's notes on extending it."""

    @staticmethod
    def forward(x: Any, w: Any, b: Any) -> Any:
        return x @ w.T if b is None else x @ w.T + b

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs[:2])
        ctx.has_bias = inputs[2] is not None

    @staticmethod
    def backward(ctx: Any, seed: Any) -> Any:
        x, w = ctx.saved_tensors
        needs = ctx.needs_input_grad
        return (
            seed @ w if needs[0] else None,
            seed.T @ x if needs[1] else None,
            seed.sum(0) if ctx.has_bias and needs[2] else None,
        )


class WrongLinear(Linear):
    @staticmethod
    def backward(ctx: Any, seed: Any) -> Any:
        x_share, w_share, b_share = Linear.backward(ctx, seed)
        return x_share, w_share, b_share / len(seed)  # the mean over the batch


class MulConstant(Function):
    """x * c for a plain number c, whose gradient is None."""

    @staticmethod
    def forward(ctx: Any, x: Any, c: Any) -> Any:
        ctx.c = c
        return x * c

    @staticmethod
    def backward(ctx: Any, seed: Any) -> Any:
        return seed * ctx.c, None


def matrices(dtype: Any = torch.float64) -> list[Any]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(s, dtype=dtype, generator=generator) for s in ((5, 3), (2, 3), (2,))]


X = torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64)


@pytest.mark.parametrize(
    ("right", "wrong", "inputs"),
    [
        (Legendre, WrongLegendre, (X,)),
        (Exp, WrongExp, (X,)),
        (Linear, WrongLinear, matrices()),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_functions_of_the_documentation(right: Any, wrong: Any, inputs: Any, dtype: Any) -> None:
    given = [x.to(dtype) for x in inputs]
    size = sum(x.numel() for x in given)
    for form in (right, right.apply, lambda *xs: right.apply(*xs)):
        report = gradcheck(form, *given)
        assert (report.verdict, report.count("right")) == ("right", size)
    for form in (wrong, wrong.apply):
        with pytest.raises(GradientCheckError, match="wrong"):
            gradcheck(form, *given)


def test_the_wrong_share_is_named() -> None:
    report = gradcheck(WrongLinear, *matrices(), raise_error=False)
    assert {e.name.split("[")[0] for e in report.entries if e.verdict == "wrong"} == {"b"}


def test_numbers_and_arrays_for_what_is_known_to_be_of_torch() -> None:
    assert gradcheck(Legendre, 0.3).entries[0].name == "x"
    assert gradcheck(Exp, X.numpy()).count("right") == 3
    assert gradcheck(torch.nn.Linear(3, 2), np.ones((1, 3))).count("right") == 11


def test_none_is_zero_and_options_stay() -> None:
    assert gradcheck(MulConstant, X, 2.5).count("right") == 3
    x, w, _ = matrices()
    assert gradcheck(Linear, x, w, None).count("right") == 21
    report = gradcheck(lambda x, i, n: x[i] ** n, X, torch.tensor([0, 2]), 3)
    assert (report.count("right"), report.notes) == (3, ())
    report = gradcheck(lambda x, c: x * c, X.clone().requires_grad_(), X)
    assert (report.count("right"), report.notes) == (
        3,
        ("not checked: c (requires_grad is False)",),
    )
    assert (
        gradcheck(lambda x, c: x * c, X.clone().requires_grad_(), X, argnums=(0, 1)).count("right")
        == 6
    )
    # a gradient of None that is not 0
    constant = lambda x, c: MulConstant.apply(x, c)  # noqa: E731
    report = gradcheck(constant, X, X + 1, raise_error=False)
    assert (report.count("right"), report.count("wrong")) == (3, 3)


class MaxAndPlace(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y, i = x.max(0)
        squares = x * x
        ctx.mark_non_differentiable(i, squares)
        ctx.save_for_backward(i, x)
        return y, i, squares

    @staticmethod
    def backward(ctx: Any, seed: Any, *rest: Any) -> Any:
        i, x = ctx.saved_tensors
        return torch.zeros_like(x).index_fill_(0, i, 1.0) * seed


def test_several_results() -> None:
    report = gradcheck(MaxAndPlace, X)
    assert report.count("right") == 3
    assert report.notes == ("not checked: result[2] (marked as not differentiable)",)
    assert gradcheck(lambda x: {"a": (x.sin(), x.argmax()), "b": x.sum()}, X).count("right") == 3


def test_what_left_the_graph_is_wrong() -> None:
    def leaking(x: Any) -> Any:
        return x.sin() / x.detach().exp()

    assert gradcheck(leaking, X, raise_error=False).count("wrong") == 3
    report = gradcheck(lambda x: x.detach() * 2, X, raise_error=False)
    assert report.count("wrong") == 3
    assert "not computed from the inputs" in str(report)
    report = gradcheck(lambda x: (x.sin(), x.detach().cos()), X, raise_error=False)
    assert report.count("wrong") == 3


class WrongShape(Exp):
    @staticmethod
    def backward(ctx: Any, seed: Any) -> Any:
        return seed[:1]


class Raising(Exp):
    @staticmethod
    def backward(ctx: Any, seed: Any) -> Any:
        raise KeyError("y")


class Short(Exp):
    @staticmethod
    def backward(ctx: Any, seed: Any) -> Any:
        return seed, seed


@pytest.mark.parametrize(
    ("f", "word"),
    [
        (WrongShape, "invalid gradient"),
        (Raising, "KeyError"),
        (Short, "incorrect number of gradients"),
        (lambda x: None, "no floats"),
        (lambda x: x.argmax(), "no floats"),
        (lambda x: x @ torch.ones(7), "RuntimeError"),
    ],
)
def test_what_can_not_be_run_has_failed_in_one_line(f: Any, word: str) -> None:
    report = gradcheck(f, X, raise_error=False)
    assert report.verdict == "failed"
    assert word in report.problem
    assert "\n" not in report.problem


def test_complex_numbers_are_two_numbers() -> None:
    z = torch.tensor([1 + 2j, 0.3 - 1j])
    report = gradcheck(lambda z: z.conj() * z.exp(), z)
    assert report.count("right") == 4
    assert report.entries[0].name == "view_as_real(z)[0, 0]"
    assert gradcheck(torch.fft.fft, X).count("right") == 3

    class NotConjugated(Function):
        @staticmethod
        def forward(ctx: Any, z: Any) -> Any:
            ctx.save_for_backward(z)
            return z * z

        @staticmethod
        def backward(ctx: Any, seed: Any) -> Any:
            return seed * 2 * ctx.saved_tensors[0]  # PyTorch takes the conjugate of the slope

    assert gradcheck(NotConjugated, z, raise_error=False).verdict == "wrong"


def test_second_derivatives() -> None:
    assert gradcheck(Exp, X, order=2).count("right") == 3
    assert gradcheck(lambda x: x.sin() * x.prod(), X, order=3).count("right") == 3

    class Once(Exp):
        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx: Any, seed: Any) -> Any:
            return seed * ctx.saved_tensors[0]

    assert gradcheck(Once, X).verdict == "right"
    assert gradcheck(Once, X, order=2, raise_error=False).verdict == "wrong"  # without an error

    class Detached(Exp):
        @staticmethod
        def backward(ctx: Any, seed: Any) -> Any:
            return seed * ctx.saved_tensors[0].detach()

    assert gradcheck(Detached, X).verdict == "right"
    assert gradcheck(Detached, X, order=2, raise_error=False).verdict == "wrong"


def model() -> Any:
    torch.manual_seed(1)
    nn = torch.nn
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1))


def test_a_module_with_its_parameters_is_put_back() -> None:
    net, x = model(), torch.randn(5, 3)
    net[3].bias.requires_grad_(False)
    tensors = {**dict(net.named_parameters()), **dict(net.named_buffers())}
    before = {name: x.detach().clone() for name, x in tensors.items()}
    generator = torch.get_rng_state()
    report = gradcheck(net, x)
    assert report.count("right") == 43
    assert [e.name for e in report.entries][:2] == ["input (5x3)", "0.weight (4x3)"]
    loss = gradcheck(lambda x: (net(x) ** 2).mean(), x, parameters=net)
    assert loss.count("right") == 43
    for name, tensor in {**dict(net.named_parameters()), **dict(net.named_buffers())}.items():
        assert tensor is tensors[name]
        assert tensor.dtype == before[name].dtype
        assert torch.equal(tensor, before[name]), name
    assert torch.equal(torch.get_rng_state(), generator)


def test_a_wrong_rule_inside_of_a_module() -> None:
    class Layer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = torch.nn.Parameter(torch.ones(2, 3))
            self.b = torch.nn.Parameter(torch.zeros(2))

        def forward(self, x: Any) -> Any:
            return WrongLinear.apply(x, self.w, self.b)

    report = gradcheck(Layer(), torch.ones(4, 3), raise_error=False)
    assert {e.name.split("[")[0] for e in report.entries if e.verdict == "wrong"} == {"b"}


def test_dropout_is_not_deterministic() -> None:
    assert gradcheck(torch.nn.Dropout(), X, raise_error=False).verdict == "non-deterministic"
    assert gradcheck(torch.nn.Dropout().eval(), X).verdict == "right"


def test_a_function_may_write_into_its_input() -> None:
    x = X.clone().requires_grad_()
    assert gradcheck(lambda x: x.mul_(2).sin(), x).count("right") == 3
    assert torch.equal(x, X)
    assert x.grad is None


def test_single_precision_stays_where_the_function_needs_it() -> None:
    w = torch.ones(3)  # float32, which no float64 can be multiplied with
    report = gradcheck(lambda x: x @ w, X.float())
    assert report.count("right") == 3
    assert "float64 was refused" in report.notes[0]
    report = gradcheck(
        lambda x: 1.1 * (x.detach() @ w) + (x - x.detach()) @ w, X.float(), raise_error=False
    )
    assert report.count("wrong") == 3


def test_derivatives_by_hand_of_functions_of_tensors() -> None:
    forms: dict[str, Any] = {
        "derivative": lambda x: torch.diag(torch.cos(x)),
        "vjp": lambda x, seed: seed * torch.cos(x),
        "jvp": lambda x, rate: rate * torch.cos(x),
    }
    assert gradcheck(torch.sin, X, **forms).count("right") == 9
    for word, form in forms.items():
        slightly = {word: lambda *xs, form=form: 1.001 * form(*xs)}
        assert gradcheck(torch.sin, X, **slightly, raise_error=False).count("wrong") == 3
    cube = (lambda x: (x**3).sum(), lambda x: 3 * x**2, lambda x: torch.diag(6 * x))
    assert gradcheck(cube, X.float()).count("right") == 6


def test_our_nodes_in_a_function_of_tensors() -> None:
    report = gradcheck(lambda x: torch.sin(x), 1.0, raise_error=False)
    assert "PyTorch's tensors as inputs" in report.problem


def test_a_kink() -> None:
    (entry,) = gradcheck(torch.relu, torch.tensor(0.0)).entries
    assert (entry.verdict, entry.low, entry.high) == ("kink", 0.0, 1.0)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(torch.__version__.split("+")[0] != "2.13.0", reason="found in PyTorch 2.13.0")
def test_wrong_in_torch() -> None:
    """A slope of 1/6 in single precision, and gradients for a triangle that is never read."""
    x = torch.tensor([0.5, -1.2], dtype=torch.float64)
    (entry,) = gradcheck(torch.nn.functional.hardsigmoid, x[0], raise_error=False).entries
    assert abs(entry.analytic - 1 / 6) > 1e-9 > abs(entry.numeric - 1 / 6)
    lower = torch.tensor([[1.5, 0.0], [0.4, 1.2]], dtype=torch.float64)
    report = gradcheck(lambda low: torch.cholesky_solve(x[:, None], low), lower, raise_error=False)
    assert [e.name for e in report.entries if e.verdict != "right"] == ["low[0, 1]"]


def test_samples_have_the_gradient_of_their_distribution() -> None:
    """Implicit reparametrisation: it is not that of the sample, which rejection makes."""

    def sample(a: Any) -> Any:
        torch.manual_seed(3)
        return torch.distributions.Gamma(a, torch.ones_like(a)).rsample()

    assert gradcheck(sample, x := X.abs() + 0.5, raise_error=False).count("wrong") == len(x)
