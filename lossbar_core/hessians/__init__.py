"""Second derivatives of losses: exact Hessians, the index with an interval that holds it, spectra, critical points."""

from lossbar_core.hessians.bounds import Bound, BoundViolatedError, index_bounds
from lossbar_core.hessians.critical import CriticalPoint, critical_point
from lossbar_core.hessians.descent import DescentTest, descent_test
from lossbar_core.hessians.eigenvalues import Spectrum, index_curve, layer_indexes, lowest_pair, spectrum_of
from lossbar_core.hessians.exact import Hessian, exact_hessian
from lossbar_core.hessians.gauss_newton import Decomposition, decomposed, gauss_newton, least_nullity
from lossbar_core.hessians.index import Index, index_of
from lossbar_core.hessians.inertia import Inertia, certified_index, inertia
from lossbar_core.hessians.marchenko_pastur import MarchenkoPastur
from lossbar_core.hessians.products import hessian_products
from lossbar_core.hessians.spectrum import (
    as_operator,
    curvlinops_hessian,
    extremal_eigenvalues,
    spectral_density,
)
from lossbar_core.hessians.zeros import known_zeros

__all__ = [
    "Bound",
    "BoundViolatedError",
    "CriticalPoint",
    "Decomposition",
    "DescentTest",
    "Hessian",
    "Index",
    "Inertia",
    "MarchenkoPastur",
    "Spectrum",
    "as_operator",
    "certified_index",
    "critical_point",
    "curvlinops_hessian",
    "decomposed",
    "descent_test",
    "exact_hessian",
    "extremal_eigenvalues",
    "gauss_newton",
    "hessian_products",
    "index_bounds",
    "index_curve",
    "index_of",
    "inertia",
    "known_zeros",
    "layer_indexes",
    "least_nullity",
    "lowest_pair",
    "spectral_density",
    "spectrum_of",
]
