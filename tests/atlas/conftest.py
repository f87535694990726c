"""Properties are tried on the same examples each time, however busy the machine is."""

from hypothesis import settings

settings.register_profile("calm", deadline=None, derandomize=True, database=None)
settings.load_profile("calm")
