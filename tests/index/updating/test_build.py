from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import index.updating.update
from index import ArticlebotError, IndexReport, build_index, load_embedder
from index.sources.folder import SourceError
from index.sources.names import SourcesError
from index.store.anywhere.overview import index_status
from index.store.manifest import IndexFormatError
from index.updating.build import forget_source
from index.updating.gather import Reading

if TYPE_CHECKING:
    from tests.index.conftest import Library

Content = Callable[[Path], dict[str, Any]]
VACHE = "# La vache\n\nLa vache regarde passer les trains.\n"


@pytest.fixture
def indexed(library: Library) -> Library:
    library.build()
    return library


def test_first_run_indexes_every_article(library: Library, content: Content) -> None:
    report = library.build()
    assert report.added == ["news/a.md", "news/b.md"]
    assert (report.changed, report.removed, report.unchanged, report.failed) == ([], [], [], [])
    assert report.passages == report.embedded == 2
    assert report.generation == library.generation.name
    assert content(library.index)["counts"] == {"articles": 2, "passages": 2, "sentences": 4, "failed": 0}


def test_second_run_embeds_nothing_and_keeps_the_generation(indexed: Library) -> None:
    before = indexed.generation
    report = indexed.build()
    assert report.unchanged == ["news/a.md", "news/b.md"]
    assert report.embedded == 0
    assert report.passages == 2
    assert report.generation == before.name == indexed.generation.name


def test_edited_article_embeds_only_its_new_passages(indexed: Library) -> None:
    long_one = "\n".join(f"La phrase numéro {number} parle de la mer et du vent." * 4 for number in range(12))
    indexed.write(a=f"# Le chat\n\n{long_one}\n")
    assert indexed.build().embedded > 2
    indexed.write(a=f"# Le chat\n\n{long_one} La dernière est neuve.\n")
    report = indexed.build()
    assert report.changed == ["news/a.md"]
    assert report.unchanged == ["news/b.md"]
    assert report.embedded == 1
    assert "La dernière est neuve." in indexed.texts()["news/a.md"]


def test_added_and_removed_articles_come_and_go(indexed: Library) -> None:
    indexed.write(c=VACHE)
    indexed.remove("b")
    report = indexed.build()
    assert (report.added, report.removed, report.embedded) == (["news/c.md"], ["news/b.md"], 1)
    assert list(indexed.texts()) == ["news/a.md", "news/c.md"]


def test_source_that_lost_more_than_half_changes_nothing_without_prune(indexed: Library) -> None:
    indexed.write(c=VACHE)
    indexed.build()
    indexed.remove("a", "b")
    with pytest.raises(SourcesError, match=r"lacks 2 of its 3 articles; nothing was changed.*--prune"):
        indexed.build()
    assert len(indexed.texts()) == 3
    assert indexed.build(prune=True).removed == ["news/a.md", "news/b.md"]
    indexed.remove("c")
    with pytest.raises(ArticlebotError, match="no articles"):
        indexed.build()
    assert indexed.build(prune=True).passages == 0
    assert indexed.texts() == {}


def test_source_whose_folder_is_gone_goes_with_prune_when_named(indexed: Library) -> None:
    indexed.source.rename(indexed.source.with_name("elsewhere"))
    with pytest.raises(ArticlebotError, match="news"):
        indexed.build()
    assert len(indexed.texts()) == 2
    assert indexed.build(prune=True).removed == ["news/a.md", "news/b.md"]


def test_source_that_is_not_there_leaves_no_folder_behind(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nowhere"):
        build_index(tmp_path / "nowhere", tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_moved_or_renamed_article_embeds_nothing_and_is_not_lost(indexed: Library) -> None:
    (indexed.source / "old").mkdir()
    (indexed.source / "a.md").rename(indexed.source / "old" / "a.md")
    (indexed.source / "b.md").rename(indexed.source / "z.md")
    report = indexed.build()
    assert report.added == ["news/old/a.md", "news/z.md"]
    assert report.removed == ["news/a.md", "news/b.md"]
    assert report.embedded == 0


def test_article_that_fails_now_is_listed_kept_and_tried_again(indexed: Library) -> None:
    before = indexed.texts()
    whole = (indexed.source / "a.md").read_bytes()
    (indexed.source / "a.md").write_bytes(b"\0\1\2\3" * 50)
    report = indexed.build()
    assert [failure.id for failure in report.failed] == ["news/a.md"]
    assert "\n" not in report.failed[0].reason
    assert (report.removed, report.changed, report.embedded) == ([], [], 0)
    assert indexed.texts() == before
    assert [failure.id for failure in indexed.build().failed] == ["news/a.md"]
    (indexed.source / "a.md").write_bytes(whole.replace(b"chat", b"lion"))
    report = indexed.build()
    assert (report.failed, report.changed, report.embedded) == ([], ["news/a.md"], 1)


def test_failures_alone_publish_once_not_at_every_run(indexed: Library) -> None:
    indexed.write(c="")
    first = indexed.build()
    assert [failure.id for failure in first.failed] == ["news/c.md"]
    assert indexed.build().generation == first.generation
    assert index_status(indexed.index)["failures"] == {"news/c.md": first.failed[0].reason}


def test_file_over_the_limit_fails_with_both_sizes(indexed: Library) -> None:
    indexed.write(c="# Long\n\n" + "mot " * 1000)
    (failure,) = indexed.build(reading=Reading(max_bytes=1000)).failed
    assert failure.id == "news/c.md"
    assert "4,008 bytes" in failure.reason
    assert "1,000" in failure.reason


def test_folder_without_a_readable_article_makes_no_index(library: Library) -> None:
    library.write(a="", b="")
    with pytest.raises(SourcesError, match=r"no article could be read, 2 failed; the first: news/a\.md"):
        library.build()
    assert not (library.index / "CURRENT").exists()
    library.write(a=VACHE)
    assert library.build().added == ["news/a.md"]


def test_equal_texts_are_one_set_of_passages_under_the_smallest_id(library: Library, content: Content) -> None:
    library.write(c=(library.source / "a.md").read_text())
    library.build()
    found = content(library.index)
    assert found["counts"]["articles"] == 3
    assert [(p.article_id, p.also_in) for p in found["shown"]] == [("news/a.md", ("news/c.md",)), ("news/b.md", ())]
    (library.source / "0.md").write_bytes((library.source / "a.md").read_bytes())
    assert library.build().embedded == 0
    shown = content(library.index)["shown"]
    assert (shown[0].article_id, shown[0].also_in) == ("news/0.md", ("news/a.md", "news/c.md"))
    library.remove("0", "a")
    library.build()
    assert [(p.article_id, p.also_in) for p in content(library.index)["shown"]] == [
        ("news/b.md", ()),
        ("news/c.md", ()),
    ]


def test_sources_of_one_name_get_names_of_their_own_and_are_remembered(indexed: Library) -> None:
    other = indexed.source.parent / "other" / "news"
    other.mkdir(parents=True)
    (other / "a.md").write_text(VACHE)
    report = build_index(other, indexed.index)
    assert report.added == ["news-2/a.md"]
    assert report.unchanged == ["news/a.md", "news/b.md"]
    (other / "b.md").write_text("# Neuf\n\nUn article tout neuf.\n")
    indexed.write(a="# Le lion\n\nLe lion dort.\n")
    report = build_index([], indexed.index)
    assert (report.added, report.changed) == (["news-2/b.md"], ["news/a.md"])
    assert [source["name"] for source in index_status(indexed.index)["sources"]] == ["news", "news-2"]
    assert build_index([indexed.source, other], indexed.index).generation == report.generation


def test_single_file_is_a_source(indexed: Library, tmp_path: Path) -> None:
    (tmp_path / "depot").mkdir()
    (tmp_path / "depot" / "seul.txt").write_text("Un titre\nUne seule phrase.\n")
    assert build_index(tmp_path / "depot" / "seul.txt", indexed.index).added == ["depot/seul.txt"]


@pytest.mark.parametrize("by_name", [True, False])
def test_forgotten_source_takes_its_articles_with_it(indexed: Library, tmp_path: Path, by_name: bool) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.md").write_text(VACHE)
    build_index(tmp_path / "more", indexed.index)
    report = forget_source("more" if by_name else tmp_path / "more", indexed.index)
    assert report.removed == ["more/c.md"]
    assert report.seconds > 0
    assert list(indexed.texts()) == ["news/a.md", "news/b.md"]
    with pytest.raises(SourcesError, match="not a remembered source; remembered: news"):
        forget_source("more", indexed.index)


def test_source_can_be_forgotten_while_an_article_of_another_fails(indexed: Library, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.md").write_text(VACHE)
    (indexed.source / "a.md").write_bytes(b"\0\1\2\3" * 50)
    build_index([indexed.source, tmp_path / "more"], indexed.index)
    report = forget_source("more", indexed.index)
    assert (report.removed, [failure.id for failure in report.failed]) == (["more/c.md"], ["news/a.md"])


def test_last_source_can_be_forgotten_and_another_given(indexed: Library) -> None:
    forget_source("news", indexed.index)
    assert indexed.texts() == {}
    with pytest.raises(SourcesError, match="no source given and none remembered"):
        build_index([], indexed.index)
    assert indexed.build().embedded == 0


def test_forgetting_where_no_index_is_makes_none(tmp_path: Path) -> None:
    with pytest.raises(IndexFormatError, match="no index there"):
        forget_source("news", tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_full_reads_and_embeds_again_what_it_is_given(indexed: Library, content: Content, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.md").write_text(VACHE)
    build_index(tmp_path / "more", indexed.index)
    before = content(indexed.index)
    report = indexed.build(full=True)
    assert report.embedded == 2
    assert len(report.unchanged) == 3
    assert content(indexed.index) == before


def test_another_model_embeds_everything_anew_and_says_so(indexed: Library) -> None:
    prepared = load_embedder().folder
    report = indexed.build(model=str(prepared))
    assert report.embedded == report.passages == 2
    assert report.notes == [f"the model changed (multilingual-e5-small -> {prepared}): everything is embedded anew"]
    assert index_status(indexed.index)["model"] == str(prepared)
    assert indexed.build().generation == report.generation  # the index keeps its model
    back = indexed.build(model="multilingual-e5-small")
    assert "everything is embedded anew" in back.notes[0]
    assert back.embedded == 0  # its vectors are still in the cache
    assert indexed.build().generation == indexed.build(model="multilingual-e5-small").generation == back.generation


def test_changed_passage_settings_cut_everything_anew_and_say_so(
    indexed: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(index.updating.update.SETTINGS, "texts", 3)
    report = indexed.build()
    assert report.notes == ["the passage settings changed: everything is cut anew"]
    assert report.generation == indexed.build().generation == "00000002"


def test_index_remembers_a_model_folder_by_its_full_path(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = load_embedder().folder
    monkeypatch.chdir(prepared.parent)
    report = library.build(model=prepared.name)
    monkeypatch.chdir(library.source)
    assert library.build().generation == report.generation


def test_folder_that_is_no_index_is_refused(library: Library) -> None:
    library.index.mkdir()
    (library.index / "these.txt").write_text("ten years of work")
    with pytest.raises(SourcesError, match="not empty and not an index; nothing was changed"):
        library.build()
    assert [path.name for path in library.index.iterdir()] == ["these.txt"]


def test_file_in_place_of_the_index_is_refused(library: Library) -> None:
    library.index.write_text("a file")
    with pytest.raises(SourcesError, match="a file, wanted a folder"):
        library.build()
    with pytest.raises(ArticlebotError, match="cannot be written"):
        build_index(library.source, library.index / "within")
    assert library.index.read_text() == "a file"


def test_unreadable_source_changes_nothing(indexed: Library, tmp_path: Path) -> None:
    before = indexed.generation.name
    with pytest.raises(ArticlebotError, match="gone"):
        build_index([indexed.source, tmp_path / "gone"], indexed.index)
    indexed.source.rename(tmp_path / "away")
    with pytest.raises(ArticlebotError, match="news"):
        build_index([], indexed.index)
    assert indexed.generation.name == before
    assert len(indexed.texts()) == 2


def test_broken_escape_in_front_matter_does_not_stop_the_others(library: Library) -> None:
    library.write(c='---\ntitle: "Moitié \\ud83d de \\ud83d\\ude00"\n---\nUn texte entier.\n')
    assert library.build().added == ["news/a.md", "news/b.md", "news/c.md"]


def test_report_fits_a_line(library: Library) -> None:
    library.write(**{f"article-{number}": f"Le numéro {number} gagne.\n" for number in range(20)})
    for report in (library.build(), IndexReport(added=["x" * 500] * 500)):
        assert "\n" not in repr(report)
        assert len(repr(report)) < 160


def test_progress_tells_every_step(library: Library) -> None:
    told: list[tuple[str, int, int]] = []
    library.build(progress=lambda *step: told.append(step))
    both = ["reading news", "reading news", "cutting", *["embedding"] * 4, "publishing"]
    assert [what for what, _, _ in told] == both
    assert told[1:3] == [("reading news", 0, 2), ("cutting", 0, 2)]
    for (_, begun, characters), done in (told[3:5], told[5:7]):  # of the passages, of the sentences
        assert (begun, done) == (0, ("embedding", characters, characters))


def test_articles_of_one_file_of_lines_come_change_fail_and_go_each_for_itself(library: Library) -> None:
    lines = ['{"id": "lune", "text": "La lune brille."}', '{"id": "soleil", "text": "Le soleil chauffe."}']
    file = library.source / "ciel.jsonl"
    file.write_text("\n".join(lines))
    assert library.build().added == ["news/a.md", "news/b.md", "news/ciel.jsonl/lune", "news/ciel.jsonl/soleil"]
    file.write_text("\n".join([lines[0].replace("brille", "luit"), lines[1][:-5]]))
    report = library.build()
    assert (report.changed, report.removed, report.embedded) == (["news/ciel.jsonl/lune"], [], 1)
    assert [failure.id for failure in report.failed] == ["news/ciel.jsonl/soleil"]
    assert library.texts()["news/ciel.jsonl/soleil"] == "Le soleil chauffe."
    file.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    report = library.build()
    assert (report.changed, report.removed) == ([], [])
    assert [failure.id for failure in report.failed] == ["news/ciel.jsonl/"]
    file.write_text(lines[0])
    assert library.build().removed == ["news/ciel.jsonl/soleil"]
