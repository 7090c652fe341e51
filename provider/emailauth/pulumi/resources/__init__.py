"""The resources, one module each: `record` and `hosted_file` are managed by the engine, `posture` is made of them."""
