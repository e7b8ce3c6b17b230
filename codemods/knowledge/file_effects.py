"""What is known of calls out of sight that are given a path, by the full name of the function or a telling name.

Declarations only. A call that is not in here may do anything to the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from codemods.knowledge.file_uses import Use

_COMPRESSED = (".gz", ".bz2", ".xz", ".zip", ".zst", ".tar")


@dataclass(frozen=True)
class KnownWriter:
    """A function or method of a library that writes the file it is given.

    Attributes:
        use: WRITE for text, which the arguments below can change; BYTES where it always is bytes.
        keyword: the name of the path's parameter.
        position: its position among the arguments.
        encoding: the parameter that names the encoding, empty where it is always UTF-8.
        utf8: its values, in lower case, that give UTF-8.
        mode: the parameter that can make it append, empty for none.
        compression: the parameter that chooses a compression, by the file's ending where it is left out.
        packages: packages one of which the module must import for a method to be this one, empty for any.
        flag: the parameter that decides whether it writes at all, empty where it always does.
        flag_at: its position among the arguments.
        flag_default: its value where it is left out.
        reads: its values with which nothing is left behind; for a mode, those that hold none of `writing`.
        writing: the letters of a mode with which it writes, empty where `reads` lists the values.
        may_read: whether it may well be used to read alone, so that it says nothing of a path that is not known.
    """

    use: Use
    keyword: str = ""
    position: int = 0
    encoding: str = ""
    utf8: frozenset[str | None] = frozenset({None, "utf-8", "utf8", "utf_8", "ascii", "us-ascii"})
    mode: str = ""
    compression: str = ""
    packages: tuple[str, ...] = ()
    flag: str = ""
    flag_at: int = 99
    flag_default: object = None
    reads: tuple[object, ...] = ()
    writing: str = ""
    may_read: bool = False


_FRAMES = ("pandas", "geopandas")
_ARCHIVES = ("zipfile", "tarfile")
_BYTES = KnownWriter(Use.BYTES)
_BYTES_SECOND = KnownWriter(Use.BYTES, position=1)
_COPY = KnownWriter(Use.MOVE, "dst", 1)
_MODES = "wax+"


def _opener(keyword: str, default: str, flag: str = "mode", *, writing: str = _MODES) -> KnownWriter:
    """A function that takes the path first and a mode after it."""
    return KnownWriter(
        Use.BYTES, keyword, flag=flag, flag_at=1, flag_default=default, writing=writing, may_read=True
    )


_DATABASE = KnownWriter(Use.BYTES, "database", may_read=True)
_LOG = KnownWriter(Use.APPEND, "filename")
_TEMPORARY = KnownWriter(Use.BYTES, "dir", 2)

METHODS: Mapping[str, KnownWriter] = MappingProxyType(
    {
        "to_csv": KnownWriter(
            Use.WRITE,
            "path_or_buf",
            encoding="encoding",
            mode="mode",
            compression="compression",
            packages=_FRAMES,
        ),
        "to_json": KnownWriter(
            Use.WRITE, "path_or_buf", mode="mode", compression="compression", packages=_FRAMES
        ),
        "to_markdown": KnownWriter(Use.WRITE, "buf", mode="mode", packages=_FRAMES),
        "to_html": KnownWriter(Use.WRITE, "buf", encoding="encoding", packages=_FRAMES),
        "to_latex": KnownWriter(Use.WRITE, "buf", encoding="encoding", packages=_FRAMES),
        "to_string": KnownWriter(Use.WRITE, "buf", encoding="encoding", packages=_FRAMES),
        "to_xml": KnownWriter(
            Use.WRITE, "path_or_buffer", encoding="encoding", compression="compression", packages=_FRAMES
        ),
        **dict.fromkeys(
            "to_parquet to_pickle to_excel to_feather to_hdf to_stata to_orc to_netcdf to_zarr savefig "
            "write_image write_parquet write_ipc write_excel write_avro save_pretrained save_to_disk tofile "
            "dump_stats".split(),
            _BYTES,
        ),
        "download_to_filename": KnownWriter(Use.BYTES, "filename"),
        "extractall": KnownWriter(Use.BYTES, "path", 0, packages=_ARCHIVES),
        "extract": KnownWriter(Use.BYTES, "path", 1, packages=_ARCHIVES),
    }
)
"""Methods by their name alone: the class of the receiver is out of sight."""

CLASS_METHODS: Mapping[str, KnownWriter] = MappingProxyType(
    {
        "xml.etree.ElementTree.ElementTree.write": KnownWriter(
            Use.WRITE,
            "file_or_filename",
            encoding="encoding",
            utf8=frozenset({None, "utf-8", "utf8", "us-ascii", "unicode"}),
        ),
    }
)
"""Methods of a class that is known by its full name."""

FUNCTIONS: Mapping[str, KnownWriter] = MappingProxyType(
    {
        **dict.fromkeys(
            "numpy.save numpy.savez numpy.savez_compressed matplotlib.pyplot.savefig matplotlib.pyplot.imsave "
            "cv2.imwrite imageio.imwrite imageio.v2.imwrite imageio.v3.imwrite imageio.mimsave "
            "soundfile.write scipy.io.savemat scipy.io.wavfile.write torchaudio.save torchvision.utils.save_image "
            "os.mknod shutil.make_archive mailbox.mbox mailbox.Maildir mailbox.MH "
            "luigi.local_target.atomic_file".split(),
            _BYTES,
        ),
        **dict.fromkeys("zipfile.ZipFile h5py.File io.FileIO".split(), _opener("file", "r")),
        **dict.fromkeys(
            "gzip.open gzip.GzipFile bz2.open bz2.BZ2File lzma.open lzma.LZMAFile".split(),
            _opener("filename", "rb"),
        ),
        **dict.fromkeys("tarfile.open tarfile.TarFile tarfile.TarFile.open".split(), _opener("name", "r")),
        "wave.open": _opener("f", "rb"),
        "numpy.memmap": KnownWriter(
            Use.BYTES, "filename", flag="mode", flag_at=2, flag_default="r+", writing=_MODES, may_read=True
        ),
        "pandas.ExcelWriter": KnownWriter(Use.BYTES, "path"),
        "shelve.open": _opener("filename", "c", "flag", writing="cnw"),
        **dict.fromkeys(
            "dbm.open dbm.dumb.open dbm.gnu.open dbm.ndbm.open dbm.sqlite3.open".split(),
            _opener("file", "r", "flag", writing="cnw"),
        ),
        "sqlite3.connect": _DATABASE,
        "os.open": KnownWriter(Use.BYTES, "path", may_read=True),
        "fileinput.input": KnownWriter(
            Use.BYTES, "files", flag="inplace", flag_at=1, flag_default=False, reads=(False,)
        ),
        "fileinput.FileInput": KnownWriter(
            Use.BYTES, "files", flag="inplace", flag_at=1, flag_default=False, reads=(False,)
        ),
        "tempfile.NamedTemporaryFile": KnownWriter(
            Use.BYTES, "dir", 6, flag="delete", flag_at=7, flag_default=True, reads=(True,)
        ),
        "tempfile.mkstemp": _TEMPORARY,
        "tempfile.mkdtemp": _TEMPORARY,
        "shutil.unpack_archive": KnownWriter(Use.BYTES, "extract_dir", 1),
        **dict.fromkeys(
            "logging.FileHandler logging.handlers.RotatingFileHandler logging.handlers.TimedRotatingFileHandler "
            "logging.handlers.WatchedFileHandler".split(),
            _LOG,
        ),
        "logging.basicConfig": KnownWriter(Use.APPEND, "filename", 99),
        "cProfile.run": KnownWriter(Use.BYTES, "filename", 1),
        "profile.run": KnownWriter(Use.BYTES, "filename", 1),
        **dict.fromkeys(
            "pyarrow.parquet.write_table pyarrow.feather.write_feather pyarrow.csv.write_csv".split(),
            KnownWriter(Use.BYTES, "where", 1),
        ),
        **dict.fromkeys(
            "joblib.dump torch.save pickle.dump cloudpickle.dump dill.dump".split(), _BYTES_SECOND
        ),
        "numpy.savetxt": KnownWriter(Use.ENCODED),
        "shutil.copy": _COPY,
        "shutil.copy2": _COPY,
        "shutil.copyfile": _COPY,
        "shutil.copytree": _COPY,
        "shutil.move": _COPY,
        "os.rename": _COPY,
        "os.renames": _COPY,
        "os.replace": _COPY,
        "os.link": _COPY,
        "os.symlink": _COPY,
        "urllib.request.urlretrieve": KnownWriter(Use.BYTES, "filename", 1),
    }
)
"""Functions and classes by their full name."""

REMOVERS = frozenset("os.remove os.unlink os.rmdir os.removedirs shutil.rmtree os.truncate".split())

DIRECTORY_MAKERS = frozenset({"os.makedirs", "os.mkdir"})

READERS = frozenset(
    "os.path.exists os.path.isfile os.path.isdir os.path.getsize os.path.getmtime os.stat os.listdir "
    "os.scandir os.walk os.access os.path.lexists os.path.islink glob.glob glob.iglob linecache.getline "
    "linecache.getlines numpy.load numpy.loadtxt numpy.genfromtxt numpy.fromfile joblib.load torch.load "
    "PIL.Image.open xml.etree.ElementTree.parse zipfile.is_zipfile tarfile.is_tarfile tokenize.open "
    "filecmp.cmp mimetypes.guess_type pandas.read_csv pandas.read_table pandas.read_json pandas.read_parquet "
    "pandas.read_pickle pandas.read_excel pandas.read_feather pandas.read_hdf pandas.read_html "
    "pandas.read_xml pandas.read_fwf pandas.read_orc pandas.read_stata cv2.imread soundfile.read "
    "imageio.imread librosa.load scipy.io.loadmat scipy.io.wavfile.read yaml.safe_load".split()
)
"""Functions that read the file they are given, or ask for it, and write nothing to it."""

READING_METHODS = frozenset(
    "read_text read_bytes exists is_file is_dir stat lstat iterdir glob rglob samefile owner is_symlink".split()
)
"""Methods of paths and targets that read or ask."""

PURE = frozenset(
    "os.path.join os.path.basename os.path.dirname os.path.splitext os.path.split os.path.relpath "
    "os.path.normpath os.path.abspath os.path.realpath os.path.isabs os.path.expanduser os.fspath "
    "os.path.commonpath pathlib.Path pathlib.PurePath luigi.LocalTarget luigi.local_target.LocalTarget "
    "os.chmod os.utime shutil.chown".split()
)
"""Functions that make a path of a path, or leave the content of the file alone."""


def is_compressed(name: str) -> bool:
    """Whether a file's name makes the writers that infer a compression compress."""
    return name.lower().endswith(_COMPRESSED)
