"""`python -m emailauth`."""

import sys

from emailauth.cli import main

sys.exit(main())
