"""One target under atheris; runs in the environment of tools/atheris, started by `tests.fuzz`.

python -m tests.fuzz.one TARGET ARGUMENTS-OF-LIBFUZZER...
"""

import sys

import atheris

with atheris.instrument_imports(include=["emailauth"]):
    from tests.fuzz.targets import target

    run = target(sys.argv[1])

atheris.Setup([sys.argv[0], *sys.argv[2:]], run)
atheris.Fuzz()
