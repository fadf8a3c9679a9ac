from __future__ import annotations

from pathlib import Path

import pytest

from index import ArticlebotError
from index.sources.names import SourcesError, Where, as_where, is_on_the_web, named_sources, stored_text, stored_where


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "news").mkdir()
    (tmp_path / "depot").mkdir()
    (tmp_path / "depot" / "seul.txt").write_text("Une phrase.\n")
    return tmp_path


def listed(folder: Path, text: str) -> Path:
    path = folder / "sources.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_folder_is_named_after_itself_and_a_file_after_its_folder(folder: Path) -> None:
    sources, names = named_sources([folder / "news", folder / "depot" / "seul.txt"], {})
    assert sources == {"news": folder / "news", "depot": folder / "depot" / "seul.txt"}
    assert names == {"news", "depot"}


def test_address_is_its_own_name_in_normal_form() -> None:
    sources, _ = named_sources(["HTTPS://News.Example:443/feed?utm_source=x#top"], {})
    assert sources == {"https://news.example/feed": "https://news.example/feed"}


def test_known_source_keeps_the_name_that_it_has(folder: Path) -> None:
    remembered: dict[str, Where] = {"politics": folder / "news", "feed": "https://news.example/feed"}
    sources, names = named_sources([folder / "news", "https://news.example/feed"], remembered)
    assert (sources, names) == (remembered, {"politics", "feed"})


def test_without_any_given_all_remembered_ones_are_to_be_read(folder: Path) -> None:
    remembered: dict[str, Where] = {"politics": folder / "news", "feed": "https://news.example/feed"}
    assert named_sources([], remembered) == (remembered, {"politics", "feed"})


def test_given_source_leaves_the_remembered_ones_in_peace(folder: Path) -> None:
    sources, names = named_sources([folder / "news"], {"feed": "https://news.example/feed"})
    assert (set(sources), names) == ({"news", "feed"}, {"news"})


def test_same_source_given_twice_is_one(folder: Path) -> None:
    sources, _ = named_sources([folder / "news", f"{folder}/depot/../news"], {})
    assert list(sources) == ["news"]


def test_list_names_folders_beside_it_and_addresses(folder: Path) -> None:
    path = listed(
        folder,
        '[[source]]\nat = "news"\n\n[[source]]\nat = "https://news.example/feed"\nname = "Le Fil"\n'
        '[[source]]\nat = "depot/seul.txt"\nname = "seul"\n',
    )
    sources, names = named_sources([path, "https://other.example/"], {})
    assert sources == {
        "news": folder / "news",
        "Le Fil": "https://news.example/feed",
        "seul": folder / "depot" / "seul.txt",
        "https://other.example/": "https://other.example/",
    }
    assert names == set(sources)


def test_sources_of_one_name_are_all_kept(folder: Path) -> None:
    (folder / "other" / "news").mkdir(parents=True)
    path = listed(
        folder,
        '[[source]]\nat = "news"\n[[source]]\nat = "other/news"\n'
        '[[source]]\nat = "https://a.example/"\nname = "news"\n[[source]]\nat = "https://b.example/"\nname = "news"\n',
    )
    sources, _ = named_sources([path], {})
    assert sources == {
        "news": folder / "news",
        "news-2": folder / "other" / "news",
        "news-3": "https://a.example/",
        "news-4": "https://b.example/",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", r"no \[\[source\]\] in it; wanted for each source: \[\[source\]\], then at ="),
        ('[[sources]]\nat = "news"', r"no \[\[source\]\] in it"),
        ('[source]\nat = "news"', r"no \[\[source\]\] in it"),
        ("source = []", r"no \[\[source\]\] in it"),
        ('source = ["news"]', r"source 1: 'news'; wanted at ="),
        ('[[source]]\nname = "news"', r"source 1: \{'name': 'news'\}; wanted at ="),
        ('[[source]]\nat = "news"\n[[source]]\nat = 3', r"source 2: \{'at': 3\}; wanted at ="),
        ('[[source]]\nat = " "', r"source 1: \{'at': ' '\}; wanted at ="),
        ('[[source]]\nat = "news"\nurl = "x"', r"source 1: .*'url': 'x'.*; wanted at ="),
        ('[[source]]\nat = "news"\nname = "a/b"', r"source 1: name 'a/b'; a text without / wanted"),
        ('[[source]]\nat = "news"\nname = 3', r"source 1: name 3; a text without / wanted"),
        ("[[source]\nat", r"a TOML file with \[\[source\]\] tables wanted"),
        ('[[source]]\nat = "https://"', r"https://"),
    ],
)
def test_list_that_is_not_understood_is_refused_in_one_line(folder: Path, text: str, told: str) -> None:
    with pytest.raises(ArticlebotError, match=told) as refusal:
        named_sources([listed(folder, text)], {})
    assert "\n" not in str(refusal.value)


def test_list_that_is_no_text_or_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(SourcesError, match=r"nowhere\.toml.*a TOML file with"):
        named_sources([folder / "nowhere.toml"], {})
    path = folder / "sources.toml"
    path.write_bytes(b"\xff\xfe[")
    with pytest.raises(SourcesError, match=r"sources\.toml.*a TOML file with"):
        named_sources([path], {})


@pytest.mark.parametrize("where", ["https://news.example/feed", Path("/articles/news")])
def test_source_comes_back_from_the_index_as_it_was(where: str | Path, tmp_path: Path) -> None:
    assert stored_where(stored_text(as_where(where), tmp_path), tmp_path) == where


@pytest.mark.parametrize(
    ("source", "is_web"),
    [("http://a.example", True), ("HTTPS://a.example", True), ("feed.opml", True), ("a/rss.XML", True),
     ("httpd", False), ("ftp://a.example", False), ("news", False), ("a.html", False)],
)  # fmt: skip
def test_addresses_and_files_that_list_addresses_are_fetched(source: str, is_web: bool) -> None:
    assert is_on_the_web(as_where(source)) == is_web
