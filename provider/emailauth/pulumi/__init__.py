"""The Pulumi provider: a thin driver over `workflow` that speaks gRPC with the engine.

    plugin      the process: arguments, the port line, the engine watched, a clean end
    server      the service: one method for each call of the engine, errors made into statuses
    properties  property values on the wire: unknowns, secrets, plain values
    inputs      what Check does: types, normal forms, failures with their paths
    config      what the provider itself is told: hosts and the file, for resources that name none
    batch       reads of a zone shared, writes to a zone sent together
    monitor     the calls back: resources registered, messages logged
    resources/  Record and HostedFile, which the engine manages, and Posture, which makes them
    schema      the package's schema, from the same types as the file

Nothing here is imported by any other room; `pulumi` and `grpc` come with the extra `emailauth[pulumi]`.
"""
