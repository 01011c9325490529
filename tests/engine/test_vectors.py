from pathlib import Path

import numpy as np
import pytest

from fototeca.assets import Owner
from fototeca.engine import Delete, Document, Index, Upsert
from fototeca.engine.vectors import VectorColumn, _widened, relevance, scatter, usable
from fototeca.errors import QueryError
from fototeca.query.expressions import Ids, Like, Match, Query, Vector
from tests.engine.samples import doc, index_of


def test_widening_is_exact_for_every_finite_half() -> None:
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)]
    assert np.array_equal(_widened(finite), finite.astype(np.float32))


def test_only_rows_with_a_direction_are_kept() -> None:
    rows = usable(np.array([[0, 0], [1, 0], [np.inf, 1], [np.nan, 1]], np.float16))
    assert rows.tolist() == [[1, 0]]
    assert usable(np.array([1, 2], np.float16)).shape == (1, 2)


def test_the_best_row_of_a_document_counts() -> None:
    column = VectorColumn(3, np.array([0, 0, 2], np.int32), np.array([[1, 0], [3, 4], [0, -2]], np.float16))
    rows, cosines = column.cosines(np.array([0, 1], np.float32), np.ones(3, np.bool_))
    assert rows.tolist() == [0, 2]
    assert cosines == pytest.approx([0.8, -1.0])
    rows, cosines = column.cosines(np.array([0, 1], np.float32), np.array([False, True, True]))
    assert (rows.tolist(), cosines.tolist()) == ([2], [-1.0])
    assert column.units(0) == pytest.approx(np.array([[1, 0], [0.6, 0.8]]))


def test_of_a_row_only_its_direction_counts() -> None:
    given = np.array([[3, 4], [0.6, 0.8], [-20000, 0], [3e-6, 0]], np.float16)
    column = VectorColumn.of(4, np.arange(4, dtype=np.int32), given)
    assert column.vectors[1].tolist() == given[1].tolist(), "a unit vector stays as it is"
    assert column.vectors[0].tolist() == pytest.approx([0.6, 0.8], abs=3e-4)
    assert column.vectors[2:].tolist() == [[-1, 0], [1, 0]]
    assert given[0].tolist() == [3, 4], "what was given is not changed"


def test_a_selective_scan_agrees_with_a_full_one() -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(5000, 16)).astype(np.float16)
    column = VectorColumn(5000, np.arange(5000, dtype=np.int32), vectors)
    direction = random.normal(size=16).astype(np.float32)
    direction /= np.linalg.norm(direction)
    _, everything = column.cosines(direction, np.ones(5000, np.bool_))
    wanted = vectors.astype(np.float64)
    assert everything == pytest.approx(wanted @ direction / np.linalg.norm(wanted, axis=1), abs=1e-6)
    chosen = random.random(5000) < 0.05
    _, some = column.cosines(direction, chosen)
    assert some == pytest.approx(everything[chosen], abs=1e-6)


def test_scatter_is_splitmix64() -> None:
    mask = (1 << 64) - 1

    def reference(number: int) -> int:
        z = (number + 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    numbers = [0, 1, 2, 12345, 2**40 + 7]
    assert scatter(np.array(numbers, np.int64)).tolist() == [reference(number) for number in numbers]
    assert reference(0) == 0xE220A8397B1DCDAF  # the first number of the published generator, seed 0


def test_relevance_is_one_half_at_three_deviations() -> None:
    sample = np.array([0.1, 0.2, 0.3])
    assert relevance(np.array([0.2 + 3 * 1.4826 * 0.1]), sample) == pytest.approx([0.5])
    assert relevance(np.array([0.5]), np.full(5, 0.5)) == pytest.approx([1 / (1 + np.exp(3))])


def test_relevance_does_not_depend_on_the_filter_or_on_segments() -> None:
    random = np.random.default_rng(5)
    documents = [
        Document(n, {"title": str(n % 7)}, {"clip": random.normal(size=(1, 4)).astype(np.float16)})
        for n in range(1, 1501)
    ]
    whole = index_of(*documents)
    parts = Index.open(None)
    for at in range(0, 1500, 499):
        parts.apply([Upsert(document) for document in documents[at : at + 499]], at + 1)
    rank = Vector.of("clip", [1, 2, 3, 4])
    everyone = {hit.id: hit for hit in whole.search(Query(rank=rank)).hits}
    for index in (whole, parts):
        hits = index.search(Query(where=Ids(tuple(everyone)), rank=rank)).hits
        assert {hit.id: hit for hit in hits} == everyone
    few = parts.search(Query(where=Match("title", "3"), rank=rank))
    assert few.total == sum(n % 7 == 3 for n in range(1, 1501))


def test_likeness_is_the_mean_of_examples_less_half_of_counter_examples() -> None:
    index = index_of(
        doc(1, {"clip": [[2, 0]]}), doc(2, {"clip": [[0, 5]]}), doc(3, {"clip": [[1, 1]]}), doc(4, {"clip": [[-1, 0]]})
    )
    both = index.search(Query(rank=Like((1, 2)))).hits
    assert [hit.id for hit in both] == [3, 2, 1, 4]
    assert both[0].score == pytest.approx(1.0)
    unlike = index.search(Query(rank=Like((1,), (2,), "clip"))).hits
    direction = np.array([1, -0.5]) / np.linalg.norm([1, -0.5])
    assert {hit.id: hit.score for hit in unlike}[2] == pytest.approx(direction[1], abs=1e-5)


def faces_of(id_: int, owners: list[int], *rows: list[float]) -> Document:
    return Document(id_, {}, {"faces": np.array(rows, np.float16)}, {"faces": owners})


def test_a_hit_names_what_in_it_was_found() -> None:
    index = Index.open(None)
    index.apply([Upsert(faces_of(1, [11, 12, 13], [1, 0], [0, 0], [0, 1]))], 1)
    index.apply([Upsert(faces_of(2, [21], [0.6, 0.8]))], 2)
    hits = index.search(Query(rank=Vector.of("faces", (0, 2)))).hits
    assert [(hit.id, [(m.space, m.owner_id, m.score) for m in hit.matched]) for hit in hits] == [
        (1, [("faces", 13, 1.0)]),
        (2, [("faces", 21, pytest.approx(0.8, abs=3e-4))]),
    ]
    assert index.search(Query()).hits[0].matched == ()


def test_one_face_of_several_is_the_example() -> None:
    index = Index.open(None)
    index.apply([Upsert(faces_of(1, [11, 12], [1, 0], [0, 1])), Upsert(faces_of(2, [21], [0.6, 0.8]))], 1)
    hits = index.search(Query(rank=Like((12,), (), "faces", Owner.FACE))).hits
    assert [(hit.id, hit.score) for hit in hits] == [(1, 1.0), (2, pytest.approx(0.8, abs=3e-4))]
    with pytest.raises(QueryError, match='face 99 has no vector in the space "faces"'):
        index.search(Query(rank=Like((99,), (), "faces", Owner.FACE)))
    index.apply([Delete(1)], 2)
    with pytest.raises(QueryError, match="face 12 has no vector"):
        index.search(Query(rank=Like((12,), (), "faces", Owner.FACE)))


def test_owners_survive_merging_and_the_disk(tmp_path: Path) -> None:
    index = Index.open(tmp_path)
    index.apply([Upsert(faces_of(2, [21], [0.6, 0.8]))], 1)
    index.apply([Upsert(faces_of(1, [11, 12], [1, 0], [0, 1])), Upsert(Document(3, {}))], 2)
    index.flush()
    index.close()
    hits = Index.open(tmp_path).search(Query(rank=Vector.of("faces", (1, 0)))).hits
    assert [hit.matched[0].owner_id for hit in hits] == [11, 21]
