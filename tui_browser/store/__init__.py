"""The library file (SQLite); no other package contains SQL.

Reading order:

    schema        tables and migrations
    opening       connections, for writing and for reading
    transactions  one transaction and one revision per change
    errors        SQLite errors as LibraryError
    records       values that only the store's callers use

    roots, samples, encodings, slices, layouts, user_annotations, statistics, sample_rows
                  functions on a connection, one module for each group of tables
    columns, column_cache, loading
                  how rows become the arrays of a `Snapshot`, quickly

    reader        `StoreReader`: all queries
    store         `Store`: all changes, one transaction each, under the `writer_lock`
    bulk_writer   a new library of a million samples from arrays, for benchmarks
"""
