"""A provider that does nothing, for comparison: what is left is Pulumi's engine, gRPC and the start of Python."""
