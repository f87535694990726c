"""Encode a part of the files on each of many machines, and merge the parts into a library.

Reading order: `job` (which files a shard takes), `shard_file` (outcomes on disk), `run` (one shard), `merge`.
"""
