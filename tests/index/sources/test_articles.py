from __future__ import annotations

import os
import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index import ArticlebotError
from index.article import Article, Failure
from index.reading.content import ArticleError
from index.sources.folder import SourceError, make_article, read_source

TITLE = "La ville de Lyon inaugure un nouveau pont sur le Rhône"
PICTURE = "![La ville de Lyon inaugure un pont](https://img.example/2025.02/pont(1).jpg)"
PARAGRAPHS = (
    "Lors d’une cérémonie samedi, la mairie a ouvert l’ouvrage aux piétons. Il mesure 220 mètres.\n"
    "Les travaux ont duré deux ans et coûté 18 millions d’euros, selon la métropole."
)
SEED_SHAPE = f"{TITLE}\n{PICTURE}\n{PARAGRAPHS}\n"


def write(folder: Path, **files: str | bytes) -> Path:
    """Write files named by keyword: `a__b_md` is a/b.md."""
    for name, content in files.items():
        stem, _, suffix = name.replace("__", "/").rpartition("_")
        path = folder / f"{stem}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def make(text: str, suffix: str = ".md") -> Article:
    return make_article("a/b", text.encode(), suffix)


def title_and_text(text: str) -> tuple[str, str]:
    article = make(text)
    return article.title, article.text


def ids(folder: Path) -> list[str]:
    return [article.id for article in read_source(folder, "n").articles]


# Folders -----------------------------------------------------------------------------------------------------


def test_a_folder_is_read_with_its_subfolders_in_order_of_ids(tmp_path: Path) -> None:
    write(tmp_path, b_md="Un.", a__c_TXT="Deux.", a__b__d_html="<p>Trois.</p>", B_markdown="4", a_htm="<p>5</p>")
    reading = read_source(tmp_path, "presse")
    assert [a.id for a in reading.articles] == [
        "presse/B.markdown",
        "presse/a.htm",
        "presse/a/b/d.html",
        "presse/a/c.TXT",
        "presse/b.md",
    ]
    assert reading.failed == []
    assert read_source(tmp_path, "presse").articles == reading.articles


def test_other_and_hidden_files_are_ignored(tmp_path: Path) -> None:
    write(tmp_path, a_md="Un.", a_jpg=b"\0", README="x", _md="caché")
    write(tmp_path / ".git", b_md="caché")
    write(tmp_path / ".hidden", c_md="caché")
    assert ids(tmp_path) == ["n/a.md"]


def test_a_hidden_root_is_read(tmp_path: Path) -> None:
    assert ids(write(tmp_path / ".articlebot" / "added", a_md="Un.")) == ["n/a.md"]


def test_one_file_is_a_source(tmp_path: Path) -> None:
    write(tmp_path, a_txt=SEED_SHAPE, b_txt="Autre.")
    assert ids(tmp_path / "a.txt") == ["n/a.txt"]


def test_one_file_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    write(tmp_path, a_doc="x")
    with pytest.raises(ArticleError, match=r"kind '\.doc', one of \.md"):
        read_source(tmp_path / "a.doc", "n")


def test_a_missing_folder_is_an_error_of_ours_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere: no such file or directory, .* check the path") as refused:
        read_source(tmp_path / "nowhere", "n")
    assert isinstance(refused.value, ArticlebotError)
    assert isinstance(refused.value, FileNotFoundError)


def test_a_folder_without_articles_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, a_ps=b"%PS")
    with pytest.raises(SourceError, match=r"no articles \(\.md .* \.gz\) in .*; "):
        read_source(tmp_path, "n")


def test_ids_are_composed_unicode(tmp_path: Path) -> None:
    write(tmp_path, **{unicodedata.normalize("NFD", "été_md"): "Un."})
    assert ids(tmp_path) == [unicodedata.normalize("NFC", "n/été.md")]


def test_of_two_names_that_differ_in_unicode_form_only_the_second_fails(tmp_path: Path) -> None:
    (tmp_path / unicodedata.normalize("NFC", "été.md")).write_text("Un.")
    (tmp_path / unicodedata.normalize("NFD", "été.md")).write_text("Un.")
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this file system composes names itself")
    reading = read_source(tmp_path, "n")
    assert [a.id for a in reading.articles] == ["n/été.md"]
    assert [f.id for f in reading.failed] == ["n/été.md"]


def test_a_file_name_that_is_no_utf8_still_has_a_printable_id(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9t\xe9.md")).write_text("Un.")
    except OSError:
        pytest.skip("this file system wants UTF-8 names")
    assert ids(tmp_path) == ["n/\ufffdt\ufffd.md"]


def test_link_loops_end_and_linked_folders_are_read_once(tmp_path: Path) -> None:
    folder = write(tmp_path / "source", a_md="Un.", sub__b_md="Deux.")
    outside = write(tmp_path / "outside", c_md="Trois.")
    (folder / "sub" / "loop").symlink_to(folder)
    (folder / "me").symlink_to("me")
    (folder / "a_link").symlink_to(folder / "sub")
    (folder / "x").symlink_to(outside)
    (folder / "y").symlink_to(outside)
    (outside / "back").symlink_to(folder)
    reading = read_source(folder, "n")
    assert [a.id for a in reading.articles] == ["n/a.md", "n/sub/b.md", "n/x/c.md"]
    assert reading.failed == []


def test_equal_files_are_both_returned(tmp_path: Path) -> None:
    write(tmp_path, a_txt=SEED_SHAPE, b_txt=SEED_SHAPE)
    first, second = read_source(tmp_path, "n").articles
    assert (first.title, first.text) == (second.title, second.text)
    assert (first.id, second.id) == ("n/a.txt", "n/b.txt")


def test_bad_files_are_listed_with_reasons_and_stop_no_other(tmp_path: Path) -> None:
    write(
        tmp_path,
        a_md=SEED_SHAPE,
        big_md="x" * 5_000,
        binary_md=b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        blank_txt=" \n\n",
        empty_md="",
        front_md="---\ntitle: Rien\n---\n",
        picture_md=f"{PICTURE}\n",
        unsafe_md=f"---\ntitle: !!python/object/apply:os.mkdir ['{tmp_path}/pwned']\n---\nCorps",
        yaml_md="---\ntitle: [a\n---\nCorps",
        z_md="Fin.",
    )
    (tmp_path / "gone.md").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe.md")
    reading = read_source(tmp_path, "n", max_bytes=4_000)
    assert [a.id for a in reading.articles] == ["n/a.md", "n/z.md"]
    reasons = {failure.id.removeprefix("n/"): failure.reason for failure in reading.failed}
    wanted = {
        "big.md": r"5,000 bytes, at most 4,000; ",
        "binary.md": r"a binary file",
        "blank.txt": r"an empty file",
        "empty.md": r"an empty file",
        "front.md": r"no text beside",
        "gone.md": r"no such file",
        "picture.md": r"no text beside",
        "pipe.md": r"not a plain file",
        "unsafe.md": r"front matter that cannot be read \(could not determine a constructor for the tag",
        "yaml.md": r"front matter that cannot be read",
    }
    assert list(reasons) == sorted(wanted)
    for name, pattern in wanted.items():
        assert re.match(pattern, reasons[name])
        assert "\n" not in reasons[name]
        assert "; " in reasons[name]  # the next step
    assert not (tmp_path / "pwned").exists()


def test_unreadable_files_and_folders_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, a_md="Un.", b_md="Deux.", c__d_md="Trois.")
    read_bytes, scandir = Path.read_bytes, os.scandir

    def refuse(path: Path) -> bool:
        if path.name in {"b.md", "c"}:
            raise PermissionError(13, "Permission denied")
        return False

    # chmod refuses nothing to root, under whom the tests often run
    monkeypatch.setattr(Path, "read_bytes", lambda path: refuse(path) or read_bytes(path))
    monkeypatch.setattr(os, "scandir", lambda path: refuse(path) or scandir(path))
    reading = read_source(tmp_path, "n")
    assert [a.id for a in reading.articles] == ["n/a.md"]
    assert [f.id for f in reading.failed] == ["n/b.md", "n/c/"]
    assert all(f.reason.startswith("permission denied") for f in reading.failed)
    with pytest.raises(SourceError, match="permission denied"):
        read_source(tmp_path / "c", "n")


def test_a_folder_of_bad_files_only_is_read_and_lists_them(tmp_path: Path) -> None:
    write(tmp_path, a_md="")
    reading = read_source(tmp_path, "n")
    assert reading.articles == []
    assert [type(f) for f in reading.failed] == [Failure]


# Cleaning ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_title_picture_and_paragraphs_of_a_plain_file(tmp_path: Path, encoding: str, newline: str) -> None:
    write(tmp_path, a_txt=SEED_SHAPE.replace("\n", newline).encode(encoding))
    (article,) = read_source(tmp_path, "presse").articles
    assert article == Article("presse/a.txt", TITLE, PARAGRAPHS, None, "fr", "", "")


@pytest.mark.parametrize(
    ("text", "title", "rest"),
    [
        ("# Un titre #\n\nCorps.", "Un titre", "Corps."),
        (f"{PICTURE}\n\n## Un titre\nCorps.", "Un titre", "Corps."),
        ("# **Un** _titre_ [ici](http://x.example) `code` \\*\n\nCorps.", "Un titre ici code *", "Corps."),
        ("# snake_case_name et 2 * 3 * 4\nCorps.", "snake_case_name et 2 * 3 * 4", "Corps."),
        ("#pas un titre\nCorps.", "#pas un titre", "Corps."),
        ("Un titre\n=====\n\nCorps.\n\nAutre\n-----\nFin.", "Un titre", "Corps.\n\nAutre\n-----\nFin."),
        ("\n\n  Un titre  \n\nCorps.\n", "Un titre", "Corps."),
        ("Une ligne seule.", "Une ligne seule.", "Une ligne seule."),
        ("# Titre seul", "Titre seul", "# Titre seul"),
        ("Le pont est fermé lundi.\n\nUn bac le remplace.", "Le pont est fermé lundi.", None),
        ("« Nous partons ! »\nDit-elle.", "« Nous partons ! »", None),
        ("今天下雨。\n明天晴。", "今天下雨。", None),
        ("# Qui a gagné ?\nLe maire.", "Qui a gagné ?", "Le maire."),
        ("- un\n- deux", "- un", "- un\n- deux"),
        ("> cité\n\nCorps.", "> cité", "> cité\n\nCorps."),
        ("***\n\nCorps du texte.", "Corps du texte.", "***\n\nCorps du texte."),
        ("Le maire a dit hier que le\npont serait fini.", "Le maire a dit hier que le", None),
        ("[](http://x.example)\nCorps.", "[](http://x.example)", None),
        ("mot " * 60 + "\nCorps.", ("mot " * 20).strip(), None),
        ("新" * 300 + "\n北京。", "新" * 80, None),
    ],
)
def test_the_title_is_the_heading_the_first_line_or_the_head(text: str, title: str, rest: str | None) -> None:
    assert title_and_text(text) == (title, text if rest is None else rest)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("# Un titre\n\nCorps.", "Corps."),
        ("# **Un** TITRE\nCorps.", "Corps."),
        ("Un titre\nCorps.", "Corps."),
        ("# Un autre\nCorps.", "# Un autre\nCorps."),
        ("Un titre", "Un titre"),
        ("Corps.", "Corps."),
    ],
)
def test_a_title_in_front_matter_is_not_repeated_by_the_text(body: str, text: str) -> None:
    assert title_and_text(f"---\ntitle: Un titre\n---\n{body}") == ("Un titre", text)


def test_a_title_in_front_matter_is_one_plain_line() -> None:
    assert make("---\ntitle: |\n  Un **grand**\n  titre\n---\nCorps.").title == "Un grand titre"
    assert make(f"---\ntitle: {'mot ' * 100}\n---\nCorps.").title == ("mot " * 50).strip()


def test_the_file_name_never_becomes_the_title(tmp_path: Path) -> None:
    write(tmp_path, a_md="Corps.", bcd_md="Corps.")
    assert {a.title for a in read_source(tmp_path, "n").articles} == {"Corps."}


@pytest.mark.parametrize(
    "line",
    [
        "![](a.jpg)",
        "  ![alt [note]](http://x.example/a_(1).jpg 'titre')  ",
        "[![alt](a.jpg)](http://x.example)",
        "![a](a.jpg) ![b](b.jpg)",
    ],
)
def test_picture_only_lines_go_with_their_newline(line: str) -> None:
    assert title_and_text(f"Un titre\nAvant.\n{line}\nAprès.\n{line}") == ("Un titre", "Avant.\nAprès.")


def test_pictures_among_words_stay() -> None:
    text = "Avant ![a](a.jpg) après.\n![a](a.jpg) légende\n![a] (pas une image)"
    assert title_and_text(f"Un titre\n{text}") == ("Un titre", text)


def test_characters_of_the_text_are_left_as_they_are() -> None:
    text = "Prix :\u00a03,5\u202f% — e\u0301te\u0301  ﬁn\u2028*gras* **x**\t\u200bfin &amp; <b>"
    assert title_and_text(f"Un titre\n\n{text}\n") == ("Un titre", text)


def test_front_matter_fills_the_article() -> None:
    article = make(
        "---\ntitle: Un titre\ndate: 2024-03-05\nlanguage: FR-fr\nsource: Le Journal\n"
        "url: https://journal.example/a\n---\n\nLe texte est en français.\n"
    )
    assert article == Article(
        "a/b",
        "Un titre",
        "Le texte est en français.",
        date(2024, 3, 5),
        "fr",
        "Le Journal",
        "https://journal.example/a",
    )


def test_a_page_gives_its_title_once_and_its_date() -> None:
    article = make(
        '<html lang="fr"><head><title>Le pont ouvre</title><script type="application/ld+json">'
        '{"@type": "NewsArticle", "datePublished": "2024-03-05"}</script></head><body><article>'
        "<h1>Le pont ouvre</h1><p>Le pont de la ville a ouvert samedi, deux ans après le début.</p>"
        "<p>Plus de mille personnes sont venues le premier jour, selon la mairie.</p></article></body></html>",
        ".html",
    )
    assert (article.title, article.published, article.language) == ("Le pont ouvre", date(2024, 3, 5), "fr")
    assert article.text == (
        "Le pont de la ville a ouvert samedi, deux ans après le début.\n"
        "Plus de mille personnes sont venues le premier jour, selon la mairie."
    )


def test_a_page_with_a_title_but_no_words_is_refused() -> None:
    with pytest.raises(ArticleError, match="a request for JavaScript"):
        make("<html><head><title>Un titre</title></head><body><script>x</script></body></html>", ".html")


@pytest.mark.parametrize(("declared", "told"), [("en", "fr"), ("fr", "fr"), ("oc", "oc"), ("", "fr")])
def test_the_text_tells_its_language_better_than_what_is_declared(declared: str, told: str) -> None:
    assert make(f"---\ntitle: {TITLE}\nlanguage: {declared}\n---\n{PARAGRAPHS}").language == told


def test_where_the_text_tells_no_language_the_declared_one_is_taken() -> None:
    assert make("---\ntitle: Resultats\nlanguage: ca\n---\nPSG – OM 3-1\n", ".md").language == "ca"


# Properties --------------------------------------------------------------------------------------------------

LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])).filter(lambda s: "](" not in s),
    max_size=8,
)


@given(before=LINES, after=LINES, picture=st.booleans())
@example(before=["", "="], after=[], picture=False)  # underlines nothing
def test_the_text_is_a_verbatim_slice_of_the_file_without_picture_lines(
    before: list[str], after: list[str], picture: bool
) -> None:
    words = "\n".join([*before, "Des mots.", *after])
    written = "\n".join([TITLE, *before, *([PICTURE] if picture else []), "Des mots.", *after])
    article = make(written, ".txt")
    if before[:1] and before[0][:1].islower():
        assert article.text == f"{TITLE}\n{words}".strip()
    else:
        assert article.title == TITLE
        assert article.text in words
        assert re.sub(r"\A\n[ \t]*(?:=+|-{2,})[ \t]*\n", "", "\n" + words).strip().endswith(article.text)
    assert article.text == article.text.strip()


@given(st.binary(max_size=300), st.sampled_from([".md", ".txt", ".html"]))
def test_any_bytes_give_an_article_or_one_line_of_reason(data: bytes, suffix: str) -> None:
    reason = ""
    try:
        article = make_article("a/b", data, suffix)
    except ArticleError as error:
        reason = str(error)
    if reason:
        assert "\n" not in reason
        return
    assert article.text == article.text.strip() != ""
    assert article.title.strip()
    assert "\n" not in article.title
