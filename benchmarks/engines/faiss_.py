"""faiss alone: IVF over scalar-quantised rows with a bitmap selector; recall is reached by probing more lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss as _faiss
import numpy as np

from benchmarks.engines.data import DIMENSION, Catalogue
from benchmarks.engines.questions import PAGE, Near

NAME = "faiss IVF"
EFFORTS = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
faiss: Any = _faiss


class Engine:
    """Attributes: effort: How many lists are probed."""

    name = NAME
    efforts = EFFORTS
    effort = EFFORTS[0]

    def __init__(self, folder: Path, data: Catalogue) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.data = data
        self.path = folder / "vectors.faiss"
        self.index: Any = faiss.read_index(str(self.path)) if self.path.exists() else None

    def load(self) -> None:
        lists = min(2048, self.data.rows // 200)
        quantizer = faiss.IndexFlatIP(DIMENSION)
        kind = faiss.ScalarQuantizer.QT_fp16
        index = faiss.IndexIVFScalarQuantizer(quantizer, DIMENSION, lists, kind, faiss.METRIC_INNER_PRODUCT)
        every = max(self.data.rows // (lists * 24), 1)
        index.train(np.asarray(self.data.vectors[::every], np.float32))
        for rows in self.data.batches(50_000):
            index.add(np.asarray(self.data.vectors[rows.start : rows.stop], np.float32))
        faiss.write_index(index, str(self.path))
        self.index = faiss.read_index(str(self.path))

    def close(self) -> None:
        """Nothing is open."""

    def near(self, asked: Near) -> list[int]:
        faiss.omp_set_num_threads(1)
        chosen = faiss.SearchParametersIVF(nprobe=self.effort)
        if asked.low is not None:
            bits = np.packbits(asked.mask(self.data), bitorder="little")
            chosen.sel = faiss.IDSelectorBitmap(bits)
        _, found = self.index.search(asked.vector[None], PAGE, params=chosen)
        return [int(row) + 1 for row in found[0] if row >= 0]
