"""What is known of calls whose source is out of reach, by their full name: declarations, without any code.

A function that is not listed is unknown. One that is listed says what it does with its arguments (`takes`), what
its value is (`gives`) and what a second call does (`verdict`); what its callable arguments do is looked at too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from codemods.knowledge.verdicts import Verdict


class Use(IntEnum):
    """What is done with a value, the least first."""

    KEEP = 0
    """It is handed on, or refused by its type: `"".startswith(x)`."""
    SIZE = 1
    """It is asked for its length or whether it is true."""
    ITERATE = 2
    """It is run over; its elements are kept."""
    SHOW = 3
    """It is turned into text, compared, hashed or calculated with, with all that is in it."""
    TOTAL = 4
    """It is run over, and each element is compared, hashed or calculated with."""


@dataclass(frozen=True)
class Known:
    """What a call does.

    Attributes:
        takes: what is done with the arguments.
        gives: the kind of the value; `element`, `argument` and `receiver` stand for what those are.
        of: what is in a container that it gives: a kind, or `element` for what is in the first argument.
        verdict: what a second call does, with arguments that allow it.
        why: the reason where that is not the same.
        new: whether the value is made anew, so that it may be changed.
        calls: the positions and keywords of arguments that are called.
    """

    takes: Use = Use.KEEP
    gives: str = "unknown"
    of: str = ""
    verdict: Verdict = Verdict.SAME
    why: str = ""
    new: bool = False
    calls: tuple[int | str, ...] = ()


def table(takes: Use, gives: str, names: str, **more: object) -> dict[str, Known]:
    """One declaration for several names."""
    known = Known(takes, gives, **more)  # type: ignore[arg-type]
    return dict.fromkeys(names.split(), known)


_CLOCK = Known(Use.KEEP, "date", verdict=Verdict.MAY_DIFFER, why="reads a clock")
_TICKS = Known(Use.KEEP, "number", verdict=Verdict.MAY_DIFFER, why="reads a clock")
_DRAW = "draws a random value"
_WORLD = "asks the file system, which the write itself changes"

BUILTINS: Mapping[str, Known] = {
    **table(Use.SIZE, "number", "len bool"),
    **table(Use.KEEP, "number", "callable isinstance issubclass ord"),
    **table(Use.SHOW, "number", "abs divmod float hash int pow round complex"),
    **table(Use.TOTAL, "number", "all any"),
    **table(Use.SHOW, "text", "ascii bin chr format hex oct repr str"),
    **table(Use.TOTAL, "bytes", "bytes bytearray", new=True),
    **table(Use.KEEP, "class", "type"),
    **table(Use.SHOW, "list", "range", of="number"),
    **table(Use.TOTAL, "element", "max min", calls=("key",)),
    **table(Use.TOTAL, "sum", "sum"),
    **table(Use.TOTAL, "list", "sorted", of="element", new=True, calls=("key",)),
    **table(Use.ITERATE, "list", "list", of="element", new=True),
    **table(Use.ITERATE, "tuple", "tuple", of="element", new=True),
    **table(Use.TOTAL, "set", "frozenset set", of="element", new=True),
    **table(Use.ITERATE, "dict", "dict", of="pairs", new=True),
    **table(Use.ITERATE, "iterator", "iter reversed", of="element", new=True),
    **table(Use.ITERATE, "iterator", "enumerate", of="numbered", new=True),
    **table(Use.ITERATE, "iterator", "zip", of="zipped", new=True),
    **table(Use.ITERATE, "iterator", "filter", of="second", new=True, calls=(0,)),
    **table(Use.ITERATE, "iterator", "map", of="called", new=True, calls=(0,)),
    **table(Use.KEEP, "unknown", "object slice property"),
    "input": Known(Use.KEEP, "text", verdict=Verdict.EFFECT, why="asks the user"),
    "id": Known(Use.KEEP, "number", verdict=Verdict.UNKNOWN, why="is an address"),
    "exec": Known(verdict=Verdict.UNKNOWN, why="runs any code"),
    "eval": Known(verdict=Verdict.UNKNOWN, why="runs any code"),
}
"""The builtin functions and types."""

FUNCTIONS: Mapping[str, Known] = {
    # JSON takes nothing but plain data: an iterator or an object of a class of one's own is an error, both times.
    **table(Use.KEEP, "text", "json.dumps orjson.dumps ujson.dumps", calls=("default",)),
    **table(Use.SHOW, "data", "json.loads tomllib.loads ast.literal_eval", new=True),
    **table(Use.ITERATE, "data", "json.load yaml.safe_load tomllib.load tomli.load", new=True),
    **table(Use.ITERATE, "iterator", "csv.reader", of="lines", new=True),
    **table(Use.ITERATE, "iterator", "csv.DictReader", of="records", new=True),
    **table(Use.SHOW, "text", "yaml.dump yaml.safe_dump pprint.pformat toml.dumps tomli_w.dumps"),
    **table(Use.SHOW, "dict", "dataclasses.asdict", new=True),
    **table(Use.SHOW, "tuple", "dataclasses.astuple", new=True),
    **table(Use.SHOW, "argument", "copy.deepcopy", new=True),
    **table(Use.ITERATE, "argument", "copy.copy"),
    **table(Use.KEEP, "argument", "dataclasses.replace typing.cast", new=False),
    **table(
        Use.SHOW,
        "text",
        "os.path.join os.path.basename os.path.dirname os.path.normpath os.path.abspath os.path.relpath os.fspath "
        "html.escape html.unescape textwrap.dedent textwrap.indent textwrap.fill textwrap.shorten re.escape "
        "urllib.parse.quote urllib.parse.quote_plus urllib.parse.urljoin urllib.parse.urlencode "
        "xml.sax.saxutils.escape shlex.quote shlex.join string.capwords markdown.markdown unicodedata.normalize "
        "inspect.cleandoc inspect.getdoc importlib.metadata.version platform.python_version "
        "platform.system platform.node os.getcwd os.getenv os.environ.get getpass.getuser socket.gethostname "
        "locale.getpreferredencoding traceback.format_exc tempfile.gettempdir",
    ),
    **table(Use.SHOW, "tuple", "os.path.splitext os.path.split urllib.parse.urlparse", of="text"),
    **table(Use.SHOW, "text", "re.sub re.subn", calls=(1,)),
    **table(Use.SHOW, "match", "re.match re.search re.fullmatch"),
    **table(
        Use.SHOW, "list", "re.findall re.split textwrap.wrap shlex.split difflib.ndiff", of="text", new=True
    ),
    **table(Use.SHOW, "iterator", "re.finditer difflib.unified_diff", of="match", new=True),
    **table(Use.SHOW, "pattern", "re.compile"),
    **table(Use.KEEP, "template", "string.Template"),
    **table(
        Use.SHOW,
        "path",
        "pathlib.Path pathlib.PurePath pathlib.PurePosixPath pathlib.Path.cwd pathlib.Path.home",
    ),
    **table(Use.TOTAL, "dict", "collections.Counter", of="number", new=True),
    **table(Use.ITERATE, "dict", "collections.OrderedDict types.MappingProxyType", of="pairs", new=True),
    **table(Use.KEEP, "defaultdict", "collections.defaultdict", new=True),
    **table(Use.ITERATE, "list", "collections.deque", of="element", new=True),
    **table(
        Use.ITERATE,
        "iterator",
        "tqdm.tqdm tqdm.auto.tqdm tqdm.notebook.tqdm tqdm.std.tqdm tqdm.rich.tqdm rich.progress.track",
        of="element",
        new=True,
        verdict=Verdict.UNKNOWN,
        why="shows its progress",
    ),
    **table(Use.ITERATE, "iterator", "itertools.chain", of="nested", new=True),
    **table(Use.ITERATE, "iterator", "itertools.islice itertools.accumulate itertools.pairwise", new=True),
    **table(
        Use.ITERATE, "iterator", "itertools.combinations itertools.permutations itertools.product", new=True
    ),
    **table(Use.ITERATE, "iterator", "itertools.zip_longest", of="zipped", new=True),
    **table(Use.ITERATE, "iterator", "itertools.groupby", new=True, calls=("key", 1)),
    **table(Use.ITERATE, "iterator", "itertools.chain.from_iterable", new=True),
    **table(Use.SHOW, "buffer", "io.StringIO io.BytesIO", new=True),
    **table(
        Use.SHOW,
        "date",
        "datetime.datetime datetime.date datetime.time datetime.timedelta datetime.datetime.fromisoformat "
        "datetime.date.fromisoformat datetime.datetime.strptime datetime.datetime.combine datetime.timezone "
        "datetime.datetime.fromtimestamp datetime.date.fromtimestamp zoneinfo.ZoneInfo dateutil.parser.parse "
        "time.gmtime time.localtime",
    ),
    **table(
        Use.SHOW,
        "number",
        "math.ceil math.floor math.sqrt math.log math.exp math.pow math.fabs math.isclose "
        "math.isnan math.isinf math.log10 math.log2 math.trunc decimal.Decimal fractions.Fraction "
        "os.getpid os.cpu_count zlib.crc32 calendar.monthrange calendar.timegm time.mktime bisect.bisect",
    ),
    **table(
        Use.TOTAL,
        "number",
        "math.prod math.fsum statistics.mean statistics.median statistics.stdev statistics.pstdev "
        "statistics.variance",
    ),
    **table(Use.SHOW, "text", "time.strftime", verdict=Verdict.MAY_DIFFER, why="may read a clock"),
    **table(
        Use.SHOW,
        "bytes",
        "base64.b64encode base64.b64decode base64.urlsafe_b64encode zlib.compress",
        new=False,
    ),
    **table(
        Use.SHOW, "digest", "hashlib.md5 hashlib.sha1 hashlib.sha256 hashlib.sha512 hashlib.blake2b", new=True
    ),
    **table(Use.SHOW, "function", "operator.itemgetter operator.attrgetter"),
    **table(Use.KEEP, "class", "typing.TypeVar"),
    **table(Use.KEEP, "logger", "logging.getLogger"),
    # It waits, and nothing else.
    **table(Use.SHOW, "none", "time.sleep"),
    **table(Use.SHOW, "directory", "os.makedirs os.mkdir"),
    **table(Use.SHOW, "target", "luigi.LocalTarget luigi.local_target.LocalTarget luigi.MockTarget"),
    **table(
        Use.SHOW, "target", "luigi.mock.MockTarget luigi.contrib.s3.S3Target luigi.contrib.gcs.GCSTarget"
    ),
    **table(Use.SHOW, "text", "luigi.util.task_id_str luigi.task.task_id_str"),
    # `csv.writer(f)` keeps the handle; what is written through it goes into the handle.
    **table(Use.KEEP, "writer", "csv.writer csv.DictWriter", new=True),
    **table(Use.KEEP, "text", "importlib.resources.read_text"),
    **table(Use.KEEP, "path", "importlib.resources.files importlib.resources.as_file"),
    **table(Use.SHOW, "tree", "xml.etree.ElementTree.Element xml.etree.ElementTree.ElementTree", new=True),
    **table(Use.KEEP, "text", "xml.etree.ElementTree.tostring"),
    **table(Use.TOTAL, "frame", "pandas.DataFrame pandas.Series", new=True),
    **table(Use.SHOW, "frame", "pandas.read_csv pandas.read_json pandas.read_excel", new=True),
    # Clocks: nothing is used up, so what is written is put right after the write.
    **dict.fromkeys(
        (
            "datetime.datetime.now",
            "datetime.datetime.utcnow",
            "datetime.datetime.today",
            "datetime.date.today",
        ),
        _CLOCK,
    ),
    **dict.fromkeys(
        (
            *("time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns"),
            *("time.perf_counter", "time.perf_counter_ns", "time.process_time"),
        ),
        _TICKS,
    ),
    **table(Use.KEEP, "text", "time.ctime time.asctime", verdict=Verdict.MAY_DIFFER, why="reads a clock"),
    # Draws: the second one is another one, and takes the next number of the sequence.
    **table(Use.KEEP, "text", "uuid.uuid1 uuid.uuid4 secrets.token_hex", verdict=Verdict.EFFECT, why=_DRAW),
    **table(Use.KEEP, "text", "secrets.token_urlsafe secrets.choice", verdict=Verdict.EFFECT, why=_DRAW),
    **table(Use.KEEP, "bytes", "os.urandom secrets.token_bytes", verdict=Verdict.EFFECT, why=_DRAW),
    **table(Use.SHOW, "text", "uuid.uuid3 uuid.uuid5 uuid.UUID"),
    # What the write changes: its file, or the directory around it.
    **table(
        Use.SHOW,
        "number",
        "os.path.exists os.path.isfile os.path.isdir os.path.getsize os.path.getmtime os.path.getctime os.stat",
        verdict=Verdict.MAY_DIFFER,
        why=_WORLD,
    ),
    **table(
        Use.SHOW,
        "list",
        "os.listdir glob.glob",
        of="text",
        verdict=Verdict.MAY_DIFFER,
        why=_WORLD,
    ),
    # These give what can be read once.
    **table(Use.SHOW, "iterator", "os.walk", of="data", verdict=Verdict.MAY_DIFFER, why=_WORLD),
    **table(Use.SHOW, "iterator", "os.scandir", of="unknown", verdict=Verdict.MAY_DIFFER, why=_WORLD),
    **table(Use.SHOW, "iterator", "glob.iglob", of="text", verdict=Verdict.MAY_DIFFER, why=_WORLD),
}
"""Functions and types of the standard library and of well-known packages, by their full name."""

PREFIXES: Mapping[str, Known] = {
    "random.": Known(Use.KEEP, "unknown", verdict=Verdict.EFFECT, why=_DRAW),
    "numpy.random.": Known(Use.KEEP, "unknown", verdict=Verdict.EFFECT, why=_DRAW),
    "secrets.": Known(Use.KEEP, "unknown", verdict=Verdict.EFFECT, why=_DRAW),
    "subprocess.": Known(Use.KEEP, "unknown", verdict=Verdict.EFFECT, why="runs a program"),
    "requests.": Known(Use.KEEP, "unknown", verdict=Verdict.EFFECT, why="sends a request"),
    "httpx.": Known(Use.KEEP, "unknown", verdict=Verdict.EFFECT, why="sends a request"),
    "urllib.request.": Known(Use.KEEP, "unknown", verdict=Verdict.EFFECT, why="sends a request"),
}
"""Whole modules of which every call is of one sort."""

VALUES: Mapping[str, str] = {
    **dict.fromkeys(
        "os.sep os.linesep os.name os.pathsep sys.platform sys.version sys.executable".split(), "text"
    ),
    **dict.fromkeys(
        "string.ascii_letters string.ascii_lowercase string.digits string.punctuation".split(), "text"
    ),
    **dict.fromkeys("datetime.timezone.utc datetime.UTC pytz.utc pytz.UTC".split(), "date"),
    **dict.fromkeys("math.pi math.e math.inf math.nan sys.maxsize".split(), "number"),
    "os.environ": "environ",
    "sys.argv": "data",
}
"""Attributes of modules."""

LUIGI_PARAMETERS: Mapping[str, str] = {
    **dict.fromkeys("Parameter OptionalParameter ChoiceParameter TaskIdParameter".split(), "text"),
    **dict.fromkeys("OptionalStrParameter StrParameter".split(), "text"),
    **dict.fromkeys("IntParameter FloatParameter BoolParameter NumericalParameter".split(), "number"),
    **dict.fromkeys("OptionalIntParameter OptionalFloatParameter OptionalBoolParameter".split(), "number"),
    **dict.fromkeys("DateParameter MonthParameter YearParameter DateHourParameter".split(), "date"),
    **dict.fromkeys("DateMinuteParameter DateSecondParameter TimeDeltaParameter".split(), "date"),
    **dict.fromkeys("ListParameter TupleParameter DictParameter EnumListParameter".split(), "data"),
    **dict.fromkeys("ChoiceListParameter OptionalListParameter OptionalDictParameter".split(), "data"),
    **dict.fromkeys("PathParameter OptionalPathParameter".split(), "path"),
    **dict.fromkeys("DateIntervalParameter".split(), "date"),
}
"""Luigi's parameters, by what a task has for them; declared, as an annotation is."""

BASES: Mapping[str, str] = {
    **dict.fromkeys("object abc.ABC typing.Generic typing.Protocol typing.NamedTuple enum.Enum".split(), ""),
    **dict.fromkeys("enum.StrEnum enum.IntEnum enum.Flag str int float tuple".split(), ""),
    **dict.fromkeys("Exception ValueError RuntimeError BaseException".split(), ""),
    **dict.fromkeys("pydantic.BaseModel pydantic.main.BaseModel".split(), "pydantic"),
    **dict.fromkeys(
        "luigi.Task luigi.task.Task luigi.ExternalTask luigi.WrapperTask luigi.Config".split(), "task"
    ),
    **dict.fromkeys("luigi.LocalTarget luigi.Target luigi.local_target.LocalTarget".split(), "target"),
    "pipeline.plan_task.PlanTask": "task",
    "json.JSONEncoder": "encoder",
}
"""Base classes out of reach, by the kind whose members they bring."""
