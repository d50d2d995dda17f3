"""Finding a data set's files: in LOSSBAR_DATA, in the cache, or on their server; their content is checked."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import warnings
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from lossbar_core.datasets.sources import Source, SourceFile

VARIABLE = "LOSSBAR_DATA"
LABEL = "VARIANT.txt"  # its first line, up to a colon, names unofficial content


class DataNotFound(FileNotFoundError):
    """A data set is neither on this machine nor to be had from its server."""


@dataclass
class Contents:
    """Unpacked files of a data set by name, and what a table may call them."""

    variant: str
    files: dict[str, bytes] = field(default_factory=dict)


def find(source: Source, download: bool = True) -> Contents:
    """All files of a data set, from the first place that has them: LOSSBAR_DATA, the cache, the server.

    Content that is not the official one is accepted with a warning, and the variant says so.

    Raises
    ------
    DataNotFound
        If a file is in none of these places.
    NotADirectoryError
        If LOSSBAR_DATA names no folder.
    ValueError
        If a file or archive cannot be unpacked.
    """
    contents = Contents(source.title)
    for file in source.files:
        if file.name in contents.files:
            continue
        place = _locally(source, file) or _from_server(source, file, download)
        fresh = _unpacked(place, source, file)
        contents.files.update(fresh)
        _check(contents, source, fresh, place)
    return contents


def folders() -> list[Path]:
    """Where files are looked for: LOSSBAR_DATA if set, then the cache.

    Raises
    ------
    NotADirectoryError
        If LOSSBAR_DATA names no folder.
    """
    found = []
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_dir():
            raise NotADirectoryError(
                f"expected {VARIABLE} to name a folder, got {named!r}, which is none; mend or unset it"
            )
        found.append(Path(named))
    return [*found, cache_folder()]


def cache_folder() -> Path:
    """The folder for downloads: that of the system's caches."""
    import pooch

    return Path(pooch.os_cache("lossbar"))


def _locally(source: Source, file: SourceFile) -> Path | None:
    names = [file.name, f"{file.name}.gz", file.name.replace("-idx", ".idx")]
    if file.download and file.download.member:
        names.append(file.download.name)
    for root in folders():
        for folder in source.folders:
            for name in names:
                if (root / folder / name).is_file():
                    return root / folder / name
        if file.download and file.download.member and (root / file.download.name).is_file():
            return root / file.download.name
    return None


def _from_server(source: Source, file: SourceFile, download: bool) -> Path:
    if file.download is None or not download:
        reason = "has no free download" if file.download is None else "was not to be downloaded"
        raise _missing(source, file, reason)
    import pooch

    try:
        return Path(
            pooch.retrieve(
                file.download.url,
                known_hash=f"sha256:{file.download.sha256}",
                fname=file.download.name,
                path=cache_folder() / source.folders[0],
            )
        )
    except (OSError, ValueError) as error:  # no network, no such page; or another content than expected
        raise _missing(
            source, file, f"could not be had from {file.download.url} ({_short(error)})"
        ) from error


def _missing(source: Source, file: SourceFile, reason: str) -> DataNotFound:
    places = " or ".join(str(root / source.folders[0]) for root in folders())
    return DataNotFound(
        f"expected {source.title}'s file {file.name} in {places}, got none, and it {reason}; put it there, or set "
        f"{VARIABLE} to a folder that holds {source.folders[0]}/{file.name}"
    )


def _short(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:150]}"


def _unpacked(place: Path, source: Source, file: SourceFile) -> dict[str, bytes]:
    """The file's content; from an archive, at once that of all files in it."""
    try:
        if file.download and place.name == file.download.name and file.download.member:
            return _members(place, source)
        data = place.read_bytes()
        return {file.name: gzip.decompress(data) if place.suffix == ".gz" else data}
    except (OSError, EOFError, zlib.error, tarfile.TarError, KeyError) as error:
        raise ValueError(
            f"expected {place} to be whole, got an error in unpacking it ({_short(error)}); delete it and get it again"
        ) from error


def _members(archive: Path, source: Source) -> dict[str, bytes]:
    """Members are read, never written to disk, so that no name in the archive can do harm."""
    wanted = {file.download.member: file.name for file in source.files if file.download}
    with tarfile.open(archive) as opened:
        found = {}
        for member in opened:
            name = wanted.get(member.name.removeprefix("./"))
            stream = opened.extractfile(member) if name else None
            if name and stream:
                found[name] = stream.read()
    for name in wanted.values():
        if name not in found:
            raise KeyError(f"no {name} in it")
    return found


def _check(contents: Contents, source: Source, fresh: dict[str, bytes], place: Path) -> None:
    """Say so where content is not the official one, in the variant and in a warning."""
    expected = {file.name: file.sha256 for file in source.files}
    other = [
        name
        for name, data in fresh.items()
        if expected[name] is not None and hashlib.sha256(data).hexdigest() != expected[name]
    ]
    if not other or contents.variant != source.title:
        return
    label = place.parent / LABEL
    lines = label.read_text(encoding="utf-8").splitlines() if label.is_file() else []
    named = lines[0].split(":")[0].strip() if lines else ""
    contents.variant = named or f"{source.title} (unofficial content)"
    warnings.warn(
        f"expected the official {source.title}, got other content in {place.parent} ({other[0]}): what is computed "
        f"from it is labelled {contents.variant!r} and not comparable with published numbers",
        stacklevel=4,
    )
