"""What is known of calls whose source is out of reach: the standard library, by name."""

BUILTINS = frozenset(
    "abs all any bool bytes chr dict divmod enumerate float format frozenset getattr hasattr int "
    "isinstance issubclass len list map filter max min ord range repr reversed round set sorted str sum "
    "tuple type vars zip".split()
)
"""Builtins without a lasting effect."""

FUNCTIONS = frozenset(
    "luigi.LocalTarget luigi.local_target.LocalTarget os.path.abspath os.path.normpath os.path.relpath "
    "os.path.expanduser os.path.realpath json.dumps json.loads "
    "dataclasses.asdict dataclasses.astuple dataclasses.replace copy.copy "
    "copy.deepcopy os.path.join os.path.basename os.path.dirname os.path.splitext os.fspath pathlib.Path "
    "html.escape textwrap.dedent textwrap.indent textwrap.fill re.sub re.match re.search re.findall "
    "re.compile re.split re.escape pprint.pformat collections.Counter collections.defaultdict "
    "collections.OrderedDict itertools.chain itertools.groupby io.StringIO "
    "datetime.datetime.fromisoformat datetime.date.fromisoformat datetime.timedelta datetime.date "
    "datetime.datetime datetime.datetime.strptime datetime.datetime.combine math.ceil math.floor "
    "math.sqrt operator.itemgetter operator.attrgetter urllib.parse.quote base64.b64encode "
    "decimal.Decimal fractions.Fraction csv.writer csv.DictWriter".split()
)
"""Functions of the standard library, by their full name, that give the same value for the same arguments."""

METHODS = frozenset(
    "format join strip lstrip rstrip replace split rsplit splitlines lower upper title capitalize "
    "casefold zfill ljust rjust center encode decode startswith endswith find rfind index count partition "
    "rpartition removeprefix removesuffix isdigit isalpha isspace isupper islower get items keys values "
    "copy model_dump model_dump_json isoformat strftime date time total_seconds getvalue as_posix "
    "with_suffix with_name union intersection difference group groups most_common hex expandtabs "
    "translate to_bytes astimezone fullmatch match search findall finditer sub groupdict span".split()
)
"""Methods of text, numbers, containers, dates and pydantic models that change nothing."""

MUTATORS = frozenset(
    "append extend insert add update setdefault sort reverse pop popitem remove discard clear write "
    "writelines writerow writerows appendleft".split()
)
"""Methods that change the object they are called on."""

NEW_FROM_BUILTINS = frozenset("asdict list tuple set str deepcopy bytearray sorted dict".split())
"""Functions whose value is a new object, so that changing it changes nothing else."""

NEW_FROM_METHODS = frozenset(
    "copy deepcopy model_dump split splitlines loads asdict defaultdict writer".split()
)
"""Methods whose value is a new object."""

CONSUMERS = frozenset("read readline readlines popleft send throw".split())
"""Methods that use something up."""

LOGGING = frozenset("debug info warning error exception critical log".split())
"""Methods of loggers."""

ITERATOR_MAKERS = frozenset("enumerate open reversed filter iter map zip".split())
"""Functions whose value can be run over once."""

MOVING_AWAY = frozenset({"chdir", "fchdir", "chroot", "pushd", "as_cwd"})
"""Names of functions that make another directory the working directory."""
