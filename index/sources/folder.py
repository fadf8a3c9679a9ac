"""Articles from folders and files: which are read, and what becomes of their bytes."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from mimetypes import guess_type
from pathlib import Path

from index.article import Article, Failure
from index.errors import ArticlebotError, why
from index.reading import MANY_SUFFIXES, SUFFIXES, is_read, only, read_suffix
from index.reading.cleaning import has_words, split_title, title_line, without_pictures
from index.reading.content import ArticleError, Content
from index.text.languages import KNOWN_LANGUAGES, detect_language

LARGEST_FILE = 10_000_000  # bytes


class SourceError(ArticlebotError, FileNotFoundError):
    """A folder or file of articles that is not there, cannot be listed, or holds no articles."""


@dataclass(slots=True)
class SourceReading:
    """What a source holds, the lists in the order of their ids."""

    articles: list[Article] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    unchanged: set[str] = field(default_factory=set)  # ids of files that were not read again
    digests: dict[str, str] = field(default_factory=dict)  # id of a file -> SHA-256 of its bytes, where all went well
    others: Counter[str] = field(default_factory=Counter)  # files of kinds that are not read, by suffix

    def add_file(self, file_id: str, data: bytes, suffix: str, known_digest: str) -> None:
        """Adds what a file's bytes hold; one that is known with them is only named in `unchanged`."""
        digest = hashlib.sha256(data).hexdigest()
        if digest == known_digest:
            self.unchanged.add(file_id)
        else:
            of_file = read_articles(file_id, data, suffix)
            self.articles += of_file.articles
            self.failed += of_file.failed
            if of_file.failed:
                return
        self.digests[file_id] = digest


def is_folder(folder_or_file: Path) -> bool:
    """Whether a source is a folder; raises SourceError where nothing is there."""
    try:
        return stat.S_ISDIR(folder_or_file.stat().st_mode)
    except OSError as error:
        reason = why(error).lower()
        raise SourceError(f"{folder_or_file}: {reason}, a folder of articles wanted; check the path") from error


def read_source(
    folder_or_file: Path, name: str, *, max_bytes: int = LARGEST_FILE, known: Mapping[str, str] | None = None
) -> SourceReading:
    """Returns the articles of a folder and its subfolders, or of one file; a bad file never stops the others.

    Read are files ending in one of `SUFFIXES`; hidden ones (".…") are not, nor what is in hidden folders.
    Linked folders are followed, each folder once. Ids are `name/relative path`, NFC, with "/".

    Args:
        folder_or_file: where they are.
        name: of the source, which the ids begin with.
        max_bytes: a larger file is a failure.
        known: `digests` of an earlier reading; a file with the same bytes is only named in `unchanged`.

    Raises:
        SourceError: no such folder, one that cannot be listed, or nothing in it to read.
        ArticleError: a single file that is of no kind that can be read.
    """
    reading = SourceReading()
    paths = _paths(folder_or_file, name, reading)
    root = folder_or_file.parent if paths == [folder_or_file] else folder_or_file
    if not paths and not reading.failed:
        raise SourceError(
            f"no articles ({' '.join(SUFFIXES)}) in {folder_or_file}; put some there or name another folder"
        )
    seen: set[str] = set()
    for path in paths:
        file_id = _id(name, path.relative_to(root))
        try:
            if file_id in seen:
                raise ArticleError("a name that differs from another's only in its Unicode form; rename the file")
            seen.add(file_id)
            reading.add_file(file_id, _read(path, max_bytes), read_suffix(path.name), (known or {}).get(file_id, ""))
        except ArticleError as error:
            reading.failed.append(_failure(file_id, read_suffix(path.name), error))
    reading.articles.sort(key=lambda article: article.id)
    reading.failed.sort(key=lambda failure: failure.id)
    return reading


def read_articles(file_id: str, data: bytes, suffix: str) -> SourceReading:
    """Returns the articles that a file's bytes hold and those that could not be read, in its order.

    A file of one article gives its own id to it. In one of many each has `file_id/KEY`, the key being what names it
    there (a field "id", the number of a post), else its number.
    """
    from index.reading.isolation import read_isolated  # asking reads no files

    reading = SourceReading()
    try:
        entries = read_isolated(data, suffix)
    except ArticleError as error:
        return SourceReading(failed=[_failure(file_id, suffix, error)])
    for entry in entries:
        article_id = unicodedata.normalize("NFC", f"{file_id}/{entry.key}") if entry.key else file_id
        try:
            reading.articles.append(article_of(article_id, entry.content))
        except ArticleError as error:
            reading.failed.append(Failure(article_id, str(error)))
    return reading


def make_article(article_id: str, data: bytes, suffix: str) -> Article:
    """Returns the one article that a file's bytes hold; `suffix` (".md") says how to read them.

    Title: as declared (front matter, HTML), else the first heading or first line, else the text's head.

    Raises:
        ArticleError: the bytes hold no article, or several; why, and what to do.
    """
    from index.reading.isolation import read_isolated

    return article_of(article_id, only(read_isolated(data, suffix, only_one=True)).content)


def article_of(article_id: str, content: Content | ArticleError) -> Article:
    """Returns the article that is read of one, its text cleaned; raises ArticleError where there is none."""
    if isinstance(content, ArticleError):
        raise content
    body = without_pictures(content.body)
    if not has_words(body):
        raise ArticleError("no text beside metadata and pictures, a sentence wanted; add the article's text")
    title, text = split_title(body, title_line(content.title))
    language = _language(f"{title}\n{text}", content.language)
    return Article(article_id, title, text, content.published, language, content.source, content.url, content.author)


def _language(text: str, declared: str) -> str:
    """Returns the language that a text tells; the declared one where it does not, or where we could not know it.

    Many sites declare the language of their software.
    """
    if declared and declared not in KNOWN_LANGUAGES:
        return declared
    return detect_language(text, (declared,) if declared else ())


def _failure(file_id: str, suffix: str, error: ArticleError) -> Failure:
    """Returns the failure of a whole file; one of many articles is named like a folder: they stay as they were."""
    return Failure(f"{file_id}/" if suffix.lower().removesuffix(".gz") in MANY_SUFFIXES else file_id, str(error))


def _paths(folder_or_file: Path, name: str, reading: SourceReading) -> list[Path]:
    if is_folder(folder_or_file):
        return _walk(folder_or_file, name, reading)
    if not is_read(folder_or_file):
        found = f"{folder_or_file}: a file of kind '{folder_or_file.suffix}'"
        raise ArticleError(f"{found}, one of {' '.join(SUFFIXES)} wanted; convert it first")
    return [folder_or_file]


def passed_over(folder_or_file: Path) -> dict[str, int]:
    """Returns how many files of a folder are of each kind that is not read, most first; pictures are no articles."""
    reading = SourceReading()
    if folder_or_file.is_dir():
        with suppress(SourceError):
            _walk(folder_or_file, "", reading)
    return dict(reading.others.most_common())


def _walk(root: Path, name: str, reading: SourceReading) -> list[Path]:
    """Returns the files to read; linked folders come after the real ones: a new link moves no article."""
    files: list[Path] = []
    links: list[Path] = []
    pending, seen = [root], set[tuple[int, int]]()
    while pending or links:
        folder = pending.pop() if pending else links.pop(links.index(min(links)))
        try:
            status = folder.stat()
            folders, here, others = _list(folder)
        except OSError as error:
            reason = why(error).lower()
            if folder == root:
                raise SourceError(f"{root}: {reason}, a folder of articles wanted; allow reading it") from error
            reading.failed.append(Failure(_id(name, folder.relative_to(root)) + "/", f"{reason}; allow reading it"))
            continue
        if (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            files += here
            reading.others.update(others)
            for path in folders:
                (links if path.is_symlink() else pending).append(path)
    return sorted(files, key=lambda path: path.parts)  # paths compare slowly


def _list(folder: Path) -> tuple[list[Path], list[Path], list[str]]:
    """Returns the folders of a folder, the files to read, and the suffixes of those that could hold words, too."""
    folders, read, others = list[Path](), list[Path](), list[str]()
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            folders.append(path)
        elif is_read(path):
            read.append(path)
        elif (suffix := path.suffix.lower()) and not _SILENT.match(guess_type(f"a{suffix}")[0] or ""):
            others.append(suffix)
    return folders, read, others


_SILENT = re.compile(r"(?:image|audio|video|font)/|text/(?:css|javascript)|application/javascript")


def _id(name: str, relative: Path) -> str:
    written = os.fsencode(relative.as_posix()).decode("utf-8", "replace")  # bytes that are no UTF-8: "\ufffd"
    return unicodedata.normalize("NFC", f"{name}/{written}")


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ArticleError("not a plain file, a file of text wanted; remove it or rename it")
        if status.st_size > max_bytes:
            raise ArticleError(f"{status.st_size:,} bytes, at most {max_bytes:,}; split it or leave it out")
        return path.read_bytes()
    except OSError as error:
        reason = why(error).lower()
        raise ArticleError(f"{reason}, a readable file wanted; check the file and its permissions") from error
