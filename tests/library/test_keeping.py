"""What is kept of the records stays until a change of its kind, whoever makes it."""

from __future__ import annotations

from fototeca.catalog import Catalog
from fototeca.library import Installation, Library


def test_a_value_is_read_again_only_after_a_change_of_its_kind(library: Library) -> None:
    reads = []

    def read() -> int:
        reads.append(len(library.folders.tree()))
        return reads[-1]

    def folders() -> int:
        return library.kept("folders", ("folder",), read)

    assert (folders(), folders(), len(reads)) == (0, 0, 1)
    library.folders.create("a/b")
    assert (folders(), folders(), len(reads)) == (2, 2, 2)
    library.entries.put("kind", "key", {})
    library.albums.create("album")
    assert (folders(), folders(), len(reads)) == (2, 2, 2)
    library.folders.move("a/b", "c")
    library.folders.delete("a")
    assert (folders(), len(reads)) == (1, 3)


def test_another_process_is_heard(installation: Installation, library: Library) -> None:
    def names() -> list[str]:
        return library.kept("names", ("folder",), lambda: [folder.path for folder in library.folders.tree()])

    assert names() == []
    other = Catalog(installation.settings.database_url)
    other.records(library.workspace.id).folders.create("theirs")
    other.close()
    assert names() == ["theirs"]


def test_what_could_not_be_read_is_read_the_next_time(library: Library) -> None:
    def broken() -> int:
        raise OSError

    for read in (broken, lambda: 7):
        try:
            found = library.kept("number", ("folder",), read)
        except OSError:
            found = 0
    assert found == 7
