"""What is known of calls that are given an output, or something made of one: they read, prepare, or pass it on.

Everything that is not listed here, and whose source is not in sight, may write.
"""

from __future__ import annotations

PASSING_BUILTINS = frozenset(
    "str repr list tuple set frozenset dict sorted reversed enumerate zip iter next format getattr".split()
)
"""Builtins whose result is made of what they are given."""

READING_BUILTINS = frozenset(
    "len bool isinstance issubclass type hash id any all callable hasattr print super".split()
)
"""Builtins that look at what they are given and keep nothing."""

PASSING = frozenset(
    "os.path.join os.path.dirname os.path.basename os.path.splitext os.path.abspath os.path.realpath "
    "os.path.normpath os.path.expanduser os.path.expandvars os.path.relpath os.path.split os.fspath "
    "pathlib.Path pathlib.PurePath pathlib.PosixPath pathlib.PurePosixPath itertools.chain "
    "itertools.chain.from_iterable copy.copy copy.deepcopy typing.cast luigi.task.flatten "
    "urllib.parse.quote re.sub shlex.quote json.dumps textwrap.dedent collections.OrderedDict".split()
)
"""Functions, by full name, whose result is made of what they are given and that do nothing else."""

READING = frozenset(
    "os.path.exists os.path.isfile os.path.isdir os.path.islink os.path.getsize os.path.getmtime "
    "os.path.lexists os.path.samefile os.stat os.access os.listdir os.makedirs os.mkdir os.remove "
    "os.unlink os.rmdir os.chmod os.chown os.utime shutil.rmtree shutil.chown filecmp.cmp glob.glob "
    "glob.escape json.load json.loads pickle.load yaml.safe_load yaml.load tomllib.load numpy.load "
    "numpy.loadtxt numpy.genfromtxt joblib.load torch.load PIL.Image.open soundfile.read librosa.load "
    "cv2.imread warnings.warn sys.exit mimetypes.guess_type linecache.getline".split()
)
"""Functions, by full name, that read the file they are given, ask about it, remove it or make its directory."""

READING_FAMILIES = (
    "pandas.read_",
    "polars.read_",
    "polars.scan_",
    "pyarrow.parquet.read_",
    "geopandas.read_",
)
"""How the full names of functions that read a file begin."""

COPYING = frozenset(
    "shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.copymode shutil.copystat os.link "
    "os.symlink".split()
)
"""Functions that read their first argument and write to the second."""

OPENERS = frozenset(
    "tarfile.open zipfile.ZipFile wave.open gzip.open bz2.open lzma.open h5py.File rasterio.open".split()
)
"""Functions that read the file they are given where no mode is given, or one that is only `r`."""

PASSING_METHODS = frozenset(
    "with_suffix with_name with_stem joinpath resolve absolute expanduser as_posix as_uri values items get "
    "copy format strip lstrip rstrip lower upper title capitalize split rsplit removeprefix removesuffix "
    "partition rpartition splitlines encode decode relative_to temporary_path join pop setdefault "
    "iterdir glob rglob".split()
)
"""Methods of targets, paths, texts and containers whose result is made of the object they are called on."""

READING_METHODS = frozenset(
    "exists is_file is_dir is_symlink is_absolute is_relative_to stat lstat read_text read_bytes makedirs "
    "mkdir unlink remove rmdir chmod startswith endswith count find rfind index isdigit keys samefile match "
    "complete".split()
)
"""Methods of targets, paths, texts and containers that read, ask, remove or make a directory."""

COLLECTING_METHODS = frozenset("append add insert extend update setdefault appendleft".split())
"""Methods that put what they are given into the object they are called on."""
