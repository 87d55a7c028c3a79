"""``python -m tuneyard.runner.environment SPEC.json``."""

import sys

from . import main

sys.exit(main(sys.argv[1:]))
