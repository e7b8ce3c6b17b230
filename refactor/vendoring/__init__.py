"""The database service as one module, for pipelines that cannot have this distribution."""
