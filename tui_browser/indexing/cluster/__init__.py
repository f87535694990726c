"""Encode on an existing Dask cluster: `worker` runs there, `pool` and `connect` run beside the one writer here."""
