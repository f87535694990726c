"""Index folders into the library: scan, compare, decode, encode, store.

Reading order: `indexer` (`index` from start to end), `pipeline` (one run), `compare` (what the scan means), `probing`,
`identity` and `row_updates` (which sample a file is), `decoder_pool` and `workers` (processes), `unseen` and `retries`
(what could not be read), `file_encoder` (a single file), `switch_layout`.
"""
