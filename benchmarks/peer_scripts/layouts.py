"""Lay out vectors with another library, as its documentation says. `layouts.py NAME VECTORS.npy`

Writes VECTORS.npy.xy.npy and prints {"done": true}.
"""

from __future__ import annotations

import json
import sys

import numpy as np


def lay_out(name: str, vectors: np.ndarray) -> np.ndarray:
    if name == "umap":
        import umap

        return umap.UMAP(random_state=1, n_jobs=1).fit_transform(vectors)
    if name == "pacmap":
        import pacmap

        return pacmap.PaCMAP(random_state=1).fit_transform(vectors)
    import openTSNE

    return np.asarray(openTSNE.TSNE(random_state=1).fit(vectors))


if __name__ == "__main__":
    found = lay_out(sys.argv[1], np.load(sys.argv[2]))
    np.save(f"{sys.argv[2]}.xy.npy", np.asarray(found, dtype=np.float32))
    print(json.dumps({"done": True}))
