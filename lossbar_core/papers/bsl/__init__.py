"""Barcodes as summary of objective function's topology (BSL)."""

from lossbar_core.papers.bsl import (
    algorithm,
    boundary,
    canonical,
    cartoon,
    consistency,
    convergence,
    definitions,
    figures,
    generalization,
    low_paths,
    morse,
    net_claims,
    path_deaths,
    small_networks,
    stability,
)

__all__ = [
    "algorithm",
    "boundary",
    "canonical",
    "cartoon",
    "consistency",
    "convergence",
    "definitions",
    "figures",
    "generalization",
    "low_paths",
    "morse",
    "net_claims",
    "path_deaths",
    "small_networks",
    "stability",
]
