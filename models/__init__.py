"""What movement means: encoders, objectives, detectors, adapters."""

import os

# Threads of torch that wait for each other in a busy loop are ten times slower beside any other work; asleep they
# cost nothing on a quiet machine. It is read when torch is loaded, so it stands before everything that loads it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
