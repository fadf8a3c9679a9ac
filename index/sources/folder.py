"""Articles from folders and files: which are read, and what becomes of their bytes."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from mimetypes import guess_type
from pathlib import Path

from index.article import Article, Failure, KnownFile
from index.errors import ArticlebotError, why
from index.reading import MANY_SUFFIXES, SUFFIXES, is_read, only, read_suffix
from index.reading.cleaning import has_words, split_title, title_line, without_pictures
from index.reading.content import ArticleError, Content
from index.sources.files import look_of, read_bytes, status_of
from index.text.languages import KNOWN_LANGUAGES, detect_language

LARGEST_FILE = 10_000_000  # bytes
_TOLD_EVERY = 100  # files


class SourceError(ArticlebotError, FileNotFoundError):
    """A folder or file of articles that is not there, cannot be listed, or holds no articles."""


@dataclass(slots=True)
class SourceReading:
    """What a source holds, the lists in the order of their ids."""

    articles: list[Article] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    unchanged: set[str] = field(default_factory=set)  # ids of files that were not read again
    files: dict[str, KnownFile] = field(default_factory=dict)  # by id, where all went well
    others: Counter[str] = field(default_factory=Counter)  # files of kinds that are not read, by suffix

    def add_file(self, file_id: str, path: str, max_bytes: int, known: KnownFile | None) -> None:
        """Adds what a file holds; one that looks as it did, or has the same bytes, is only named in `unchanged`.

        Raises:
            ArticleError: it cannot be read.
        """
        looked_at = time.time_ns()
        status = status_of(path, max_bytes)
        look = look_of(status, looked_at)
        if known and look and look == known.look:
            self.unchanged.add(file_id)
            self.files[file_id] = known
            return
        data = read_bytes(path)
        digest = hashlib.sha256(data).hexdigest()
        if known and digest == known.digest:
            self.unchanged.add(file_id)
        else:
            of_file = read_articles(file_id, data, read_suffix(path))
            self.articles += of_file.articles
            self.failed += of_file.failed
            if of_file.failed:
                return
        self.files[file_id] = KnownFile(digest, look)


def is_folder(folder_or_file: Path) -> bool:
    """Whether a source is a folder; raises SourceError where nothing is there."""
    try:
        return stat.S_ISDIR(folder_or_file.stat().st_mode)
    except OSError as error:
        reason = why(error).lower()
        raise SourceError(f"{folder_or_file}: {reason}, a folder of articles wanted; check the path") from error


def read_source(
    folder_or_file: Path,
    name: str,
    *,
    max_bytes: int = LARGEST_FILE,
    known: Mapping[str, KnownFile] | None = None,
    take: Callable[[Sequence[Article]], object] | None = None,
    progress: Callable[[int, int], object] = lambda _done, _all: None,
) -> SourceReading:
    """Returns the articles of a folder and its subfolders, or of one file; a bad file never stops the others.

    Read are files ending in one of `SUFFIXES`; hidden ones (".…") are not, nor what is in hidden folders.
    Linked folders are followed, each folder once. Ids are `name/relative path`, NFC, with "/".

    Args:
        folder_or_file: where they are.
        name: of the source, which the ids begin with.
        max_bytes: a larger file is a failure.
        known: `files` of an earlier reading; one that did not change since is only named in `unchanged`.
        take: is given the articles of each file as it is read, and they are not returned: there may be very many.
        progress: called with the files (read so far, in all).

    Raises:
        SourceError: no such folder, one that cannot be listed, or nothing in it to read.
        ArticleError: a single file that is of no kind that can be read.
    """
    reading = SourceReading()
    paths = _paths(folder_or_file, name, reading)
    root = folder_or_file if paths != [""] else folder_or_file.parent
    if not paths and not reading.failed:
        raise SourceError(
            f"no articles ({' '.join(SUFFIXES)}) in {folder_or_file}; put some there or name another folder"
        )
    seen: set[str] = set()
    for number, relative in enumerate(paths if paths != [""] else [folder_or_file.name]):
        if number % _TOLD_EVERY == 0:
            progress(number, len(paths))
        file_id = _id(name, relative)
        try:
            if file_id in seen:
                raise ArticleError("a name that differs from another's only in its Unicode form; rename the file")
            seen.add(file_id)
            reading.add_file(file_id, f"{root}/{relative}", max_bytes, (known or {}).get(file_id))
        except ArticleError as error:
            reading.failed.append(_failure(file_id, read_suffix(relative), error))
        if take and reading.articles:
            take(reading.articles)
            reading.articles = []
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


def _paths(folder_or_file: Path, name: str, reading: SourceReading) -> list[str]:
    """Returns the files to read as paths from a folder on; [""] stands for a single file."""
    if is_folder(folder_or_file):
        return _walk(folder_or_file, name, reading)
    if not is_read(str(folder_or_file)):
        found = f"{folder_or_file}: a file of kind '{folder_or_file.suffix}'"
        raise ArticleError(f"{found}, one of {' '.join(SUFFIXES)} wanted; convert it first")
    return [""]


def passed_over(folder_or_file: Path) -> dict[str, int]:
    """Returns how many files of a folder are of each kind that is not read, most first; pictures are no articles."""
    reading = SourceReading()
    if folder_or_file.is_dir():
        with suppress(SourceError):
            _walk(folder_or_file, "", reading)
    return dict(reading.others.most_common())


def _walk(root: Path, name: str, reading: SourceReading) -> list[str]:
    """Returns the files to read; linked folders come after the real ones: a new link moves no article.

    As strings: of 20,000 files, paths as objects take half a second.
    """
    files: list[str] = []
    links: list[str] = []
    pending, seen = [""], set[tuple[int, int]]()
    while pending or links:
        folder = pending.pop() if pending else links.pop(links.index(min(links, key=lambda path: path.split("/"))))
        try:
            status = (root / folder).stat()
            entries = _list(root / folder)
        except OSError as error:
            reason = why(error).lower()
            if not folder:
                raise SourceError(f"{root}: {reason}, a folder of articles wanted; allow reading it") from error
            reading.failed.append(Failure(_id(name, folder) + "/", f"{reason}; allow reading it"))
            continue
        if (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            for entry, is_dir in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if not is_dir:
                    files += [path] if _is_read(entry, reading) else []
                else:
                    (links if entry.is_symlink() else pending).append(path)
    return sorted(files, key=lambda path: path.replace("/", "\0"))  # by part


def _list(folder: Path) -> list[tuple[os.DirEntry[str], bool]]:
    """Returns what is visible in a folder, and which of it are folders."""
    with os.scandir(folder) as entries:
        return [(entry, _is_folder(entry)) for entry in entries if not entry.name.startswith(".")]


def _is_read(entry: os.DirEntry[str], reading: SourceReading) -> bool:
    """Whether this file is read; counts it where it is not and could hold words."""
    if is_read(entry.path):
        return True
    if (suffix := _suffix(entry.name)) and not _SILENT.match(guess_type(f"a{suffix}")[0] or ""):
        reading.others[suffix] += 1
    return False


_SILENT = re.compile(r"(?:image|audio|video|font)/|text/(?:css|javascript)|application/javascript")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # links in a circle
        return False


def _suffix(file_name: str) -> str:
    return file_name[file_name.rfind(".") :].lower() if "." in file_name else ""


def _id(name: str, relative: str) -> str:
    if relative.isascii() and name.isascii():
        return f"{name}/{relative}"
    written = os.fsencode(relative).decode("utf-8", "replace")  # bytes that are no UTF-8: "\ufffd"
    return unicodedata.normalize("NFC", f"{name}/{written}")
