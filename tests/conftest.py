"""What holds for all tests."""

from hypothesis import settings

# The same examples in every run: a change is judged by what it does, not by the luck of the draw.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
