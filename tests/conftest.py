"""What all tests share: a drawing backend without a screen, and properties tested repeatably."""

import matplotlib as mpl
from hypothesis import HealthCheck, settings

# Not by the variable MPLBACKEND: kernels would inherit it, and a kernel needs the inline backend.
mpl.use("Agg")

settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")
