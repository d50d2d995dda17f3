"""The torch losses of small networks against the compiled kernel."""

import numpy as np
import pytest

from lossbar_core.functions.networks import SmallNetwork
from lossbar_core.papers.bsl.net_models import NETS, VARIANTS, network
from lossbar_core.papers.to.small_loss import small_landscape


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("widths", NETS)
def test_equals_the_kernel(variant, widths):
    model = network(variant, widths, 1)
    thetas = 2 * np.random.default_rng(0).standard_normal((40, model.dimension))
    losses, gradients = small_landscape(model).losses_and_gradients(thetas)
    np.testing.assert_allclose(losses.numpy(), model(thetas), rtol=1e-10, atol=0)
    np.testing.assert_allclose(gradients.numpy(), model.gradient(thetas), rtol=1e-9, atol=1e-10)


def test_both_penalties_count():
    model = SmallNetwork((2, 2), "tanh", l1=0.3, l2=0.2)
    thetas = np.random.default_rng(1).standard_normal((7, model.dimension))
    np.testing.assert_allclose(small_landscape(model).losses(thetas).numpy(), model(thetas), rtol=1e-12)


def test_a_reduced_loss_is_refused():
    with pytest.raises(ValueError, match="got 'layer'; build the whole network"):
        small_landscape(network("fixed", (2,), 0, reduced=True))
