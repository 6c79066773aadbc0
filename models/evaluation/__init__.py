"""How detectors are judged: split by person, counted in half seconds and in episodes, with intervals over people."""
