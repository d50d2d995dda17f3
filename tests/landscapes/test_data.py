"""Training data: what is accepted, what is converted, and the fingerprint."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lossbar_core.landscapes.data import TrainingData  # noqa: E402

CPU = torch.device("cpu")


def data_of(inputs, targets, dtype=torch.float64):
    return TrainingData((inputs, targets), dtype, CPU)


def test_reals_get_the_dtype_and_integers_stay():
    data = data_of((np.ones((3, 2), np.float32), np.arange(3, dtype=np.uint8)), np.arange(3, dtype=np.int16))
    assert [part.dtype for part in data.arguments] == [torch.float64, torch.uint8]
    assert data.targets.dtype == torch.int64
    assert data.row_bytes == 2 * 8 + 1 + 8


def test_rows_are_taken_from_every_part():
    data = data_of({"x": torch.arange(6.0).view(3, 2)}, torch.arange(3))
    arguments, keywords, targets = data.take(torch.tensor([[2, 0], [1, 1]]))
    assert arguments == ()
    assert keywords["x"].shape == (2, 2, 2)
    assert targets.tolist() == [[2, 0], [1, 1]]


def test_the_fingerprint_sees_values_shapes_and_kinds():
    x, y = torch.arange(6.0).view(3, 2), torch.arange(3)
    first = data_of(x, y).fingerprint()
    assert first == data_of(x.clone().T.contiguous().T, y.numpy()).fingerprint()
    others = [
        data_of(x + 1, y),
        data_of(x.view(3, 1, 2), y),
        data_of(x, y, torch.float32),
        data_of({"x": x}, y),
    ]
    assert first not in {other.fingerprint() for other in others}


@pytest.mark.parametrize(
    ("error", "inputs", "targets", "message"),
    [
        (ValueError, torch.tensor(1.0), [0], "inputs with rows, got one number"),
        (TypeError, torch.zeros(2, dtype=torch.complex64), [0, 1], "complex64"),
        (TypeError, [torch.zeros(2), torch.zeros(3)], [0, 1], r"got list; .*a tuple means several"),
        (TypeError, None, [0], "got NoneType"),
        (ValueError, torch.zeros(2, 2), torch.tensor([0.0, torch.inf]), r"finite targets, got inf at \[1\]"),
        (ValueError, (torch.zeros(2), torch.zeros(3)), [0, 1], r"got \[2, 3\] and 2"),
        (ValueError, {}, [0], r"got \[\] and 1"),
    ],
)
def test_bad_data(error, inputs, targets, message):
    with pytest.raises(error, match=message):
        data_of(inputs, targets)
