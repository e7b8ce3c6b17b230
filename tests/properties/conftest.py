from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

# Cases are made smaller by `properties.decisions.shrunk`: Hypothesis sees one number only.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
_CHECKS = (HealthCheck.too_slow,)

settings.register_profile(
    "default",
    max_examples=300,
    deadline=None,
    derandomize=True,
    phases=_PHASES,
    suppress_health_check=_CHECKS,
)
settings.register_profile(
    "fuzz",
    max_examples=int(os.environ.get("PROPERTIES_EXAMPLES", "20000")),
    deadline=None,
    derandomize=False,
    database=None,
    phases=_PHASES,
    suppress_health_check=_CHECKS,
)
