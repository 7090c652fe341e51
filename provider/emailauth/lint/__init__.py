"""The linter: rules found in `lint.rules`, each a decorated pure function, and the engine that runs them."""
