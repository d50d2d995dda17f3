"""Settings of all tests: hypothesis is deterministic and keeps nothing on disk."""

from hypothesis import settings

settings.register_profile("lossbar", deadline=None, derandomize=True, database=None, max_examples=60)
settings.load_profile("lossbar")
