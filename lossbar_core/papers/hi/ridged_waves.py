"""Random smooth functions of two variables with a ridge, whose gradient points outwards on the border of a square."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEWTON = 40  # steps; quadratic convergence needs fewer than ten
REST = 1e-10  # length of the gradient at a critical point


@dataclass(frozen=True)
class RidgedWaves:
    r"""The function :math:`f(x) = \sum_j a_j \cos(k_j \cdot x + \varphi_j) + \mu |x|^2` on a square.

    On the sides :math:`|x_i| = s` the derivative outwards is at least :math:`2 \mu s - \sum_j |a_j| |k_j|`. The
    weight of the ridge makes it positive, so that all critical points of a larger domain lie inside, and the square
    can take the place of the ball of HI section 4.

    Attributes
    ----------
    amplitude, phase : (m,) arrays
    wave : (m, 2) array
    side : float
        Half the length of the square's sides.
    """

    amplitude: np.ndarray
    wave: np.ndarray
    phase: np.ndarray
    side: float = 1.0

    @classmethod
    def random(cls, rng: np.random.Generator, waves: int, shortest: float) -> RidgedWaves:
        """Amplitudes up to 1, wave vectors of any direction, with lengths up to 2 pi / shortest.

        Examples
        --------
        >>> RidgedWaves.random(np.random.default_rng(0), 3, 0.5).wave.shape
        (3, 2)
        """
        angle, length = rng.uniform(0, 2 * np.pi, waves), rng.uniform(0.3, 1, waves) * 2 * np.pi / shortest
        wave = length[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        return cls(rng.uniform(0.3, 1, waves), wave, rng.uniform(0, 2 * np.pi, waves))

    @property
    def ridge(self) -> float:
        """Weight of the squared length: 5 percent more than the gradient of the waves can outweigh on the sides."""
        return 1.05 * float(self.amplitude @ np.linalg.norm(self.wave, axis=1)) / (2 * self.side)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Values (n,) at points (n, 2)."""
        return np.cos(x @ self.wave.T + self.phase) @ self.amplitude + self.ridge * (x * x).sum(axis=1)

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Gradients (n, 2)."""
        return -(np.sin(x @ self.wave.T + self.phase) * self.amplitude) @ self.wave + 2 * self.ridge * x

    def hessian(self, x: np.ndarray) -> np.ndarray:
        """Hessians (n, 2, 2)."""
        weight = -np.cos(x @ self.wave.T + self.phase) * self.amplitude
        return np.einsum("nj,ja,jb->nab", weight, self.wave, self.wave) + 2 * self.ridge * np.eye(2)

    def on_grid(self, resolution: int) -> np.ndarray:
        """Values on a regular grid over the square, its sides included; the first index along the first variable."""
        axis = np.linspace(-self.side, self.side, resolution)
        places = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
        return self(places).reshape(resolution, resolution)

    def interpolation_error(self, resolution: int) -> float:
        r"""Bound on the distance to the piecewise linear interpolation: :math:`h^2 \max |\nabla^2 f| / 4`, pixels of h.

        A point of a triangle with legs h is within :math:`h / \sqrt 2` of all corners.
        """
        pixel = 2 * self.side / (resolution - 1)
        return pixel**2 * (float(self.amplitude @ (self.wave**2).sum(axis=1)) + 2 * self.ridge) / 4

    def critical_points(self, starts: int = 60) -> tuple[np.ndarray, np.ndarray]:
        """All critical points that Newton's method finds from a grid of starts.

        Parameters
        ----------
        starts : int
            Along each axis.

        Returns
        -------
        points : (m, 2) array
            By value.
        index : (m,) int64 array
            Negative eigenvalues of their Hessians.
        """
        axis = np.linspace(-self.side, self.side, starts)
        x = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
        longest = 2 * self.side / starts
        for _ in range(NEWTON):
            step = np.linalg.solve(self.hessian(x), self.gradient(x)[..., None])[..., 0]
            length = np.linalg.norm(step, axis=1, keepdims=True)
            x = np.clip(x - step * np.minimum(1, longest / np.maximum(length, 1e-300)), -self.side, self.side)
        x = x[np.linalg.norm(self.gradient(x), axis=1) < REST * (1 + self.ridge)]
        _, first = np.unique(np.round(x / (1e-6 * self.side)).astype(np.int64), axis=0, return_index=True)
        x = _apart(x[first], 1e-5 * self.side)
        x = x[np.argsort(self(x), kind="stable")]
        return x, (np.linalg.eigvalsh(self.hessian(x)) < 0).sum(axis=1)


def _apart(points: np.ndarray, distance: float) -> np.ndarray:
    """Points without those that lie close to an earlier one: rounding may split one into two."""
    kept: list[np.ndarray] = []
    for point in points:
        if all(np.linalg.norm(point - other) > distance for other in kept):
            kept.append(point)
    return np.array(kept).reshape(-1, 2)
