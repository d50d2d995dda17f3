"""Topology and geometry of deep rectified network optimization landscapes (FB)."""
