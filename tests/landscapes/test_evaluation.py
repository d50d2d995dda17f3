"""Nested structures, attention without fused kernels, and the comparison of vmap with the loop."""

import warnings
from contextlib import nullcontext

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from lossbar_core.landscapes.evaluation import (  # noqa: E402
    agrees_with_loop,
    pick,
    plain_attention,
    run_many,
    stack,
    tensors_of,
)


def test_structures_are_picked_and_stacked():
    tree = ({"a": torch.arange(3)}, (torch.arange(6).view(3, 2),))
    lines = [pick(tree, i) for i in range(3)]
    assert lines[1][0]["a"] == 1
    again = stack(lines)
    assert torch.equal(again[0]["a"], tree[0]["a"])
    assert torch.equal(again[1][0], tree[1][0])
    assert len(tensors_of(tree)) == 2
    assert tensors_of("text") == []


@pytest.mark.parametrize("own", [False, True])
def test_vmap_and_loop_return_the_same_structures(own):
    module = nn.Linear(2, 1)
    parameters = {"weight": torch.rand(3, 1, 2), "bias": torch.rand(3, 1)}
    data = (
        (torch.rand(3, 4, 2) if own else torch.rand(4, 2),),
        {},
        torch.rand(3, 4) if own else torch.rand(4),
    )

    def result(outputs, targets):
        return {"a": [(outputs.mean(), targets.sum())]}

    both = [
        run_many(module, parameters, data, own, result, at_once, nullcontext) for at_once in (True, False)
    ]
    for a, b in zip(*(tensors_of(found) for found in both), strict=True):
        assert a.shape == (3,)
        assert torch.allclose(*torch.broadcast_tensors(a, b))


def test_attention_flags_come_back_even_after_an_error():
    def flags():
        return torch.backends.mha.get_fastpath_enabled(), torch.backends.cuda.flash_sdp_enabled()

    def fails():
        with plain_attention():
            assert flags() == (False, False)
            raise KeyError

    before = flags()
    with pytest.raises(KeyError):
        fails()
    assert flags() == before


def test_vmap_is_believed_only_if_it_agrees():
    exact = (torch.tensor([1.0, torch.nan]),)
    assert agrees_with_loop(lambda vectorised: exact, 1e-6)
    assert not agrees_with_loop(lambda vectorised: (exact[0] + 0.1 * vectorised,), 1e-6)

    def fails(vectorised):
        if vectorised:
            raise RuntimeError("no batching rule")
        return exact

    def slow(vectorised):
        if vectorised:
            warnings.warn("There is a performance drop because", stacklevel=1)
        return exact

    assert not agrees_with_loop(fails, 1e-6)
    assert not agrees_with_loop(slow, 1e-6)
