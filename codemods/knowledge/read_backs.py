"""What is known of calls and context managers where a file is read back after the statement that writes it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TAKING_AWAY = frozenset(
    "cleanup delete discard erase expunge move purge remove rename rm rmtree shred trash unlink wipe".split()
)
"""First words of names of what may take a file away: there may be nothing to read behind it."""

LATER = frozenset(
    "Popen submit apply_async map_async starmap_async imap imap_unordered create_task ensure_future run_in_executor "
    "call_soon call_later start start_new_thread Thread Process Timer spawn delay send_task enqueue defer partial "
    "partialmethod register lru_cache savefig_async write_async".split()
)
"""Names of what runs code later, or beside the method: the file is not whole when the call returns."""

WAITED_FOR = frozenset(
    "subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.getoutput "
    "subprocess.getstatusoutput os.system shutil.copy shutil.copy2 shutil.copyfile shutil.move os.link "
    "urllib.request.urlretrieve pickle.dump joblib.dump json.dump numpy.savetxt cv2.imwrite".split()
)
"""Functions, by full name, that are done with the file when they return; what they return is no open file."""

ADDED_ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        "numpy.save": ".npy",
        "numpy.savez": ".npz",
        "numpy.savez_compressed": ".npz",
        "savefig": ".",
        "make_archive": "",
        "shelve.open": "",
        "dbm.open": "",
        "dbm.dumb.open": "",
    }
)
"""Writers, by full name or method, that add an ending which the path lacks; "." where any will do, "" where always."""

DIRECTORY_WRITERS = frozenset(
    "copytree extractall unpack_archive save_pretrained save_to_disk to_zarr mkdir makedirs mkdtemp rmtree "
    "write_dataset write_to_dataset saveAsTextFile".split()
)
"""Names of what makes a directory of the path that it is given, which no row can hold."""

LINKERS = frozenset({"symlink", "symlink_to", "link_to"})
"""Names of what makes a link, behind which there may be nothing yet."""

NEVER_SWALLOW = frozenset(
    "tempfile.TemporaryDirectory tempfile.NamedTemporaryFile tempfile.TemporaryFile tempfile.SpooledTemporaryFile "
    "zipfile.ZipFile tarfile.open gzip.open bz2.open lzma.open h5py.File contextlib.closing contextlib.nullcontext "
    "contextlib.redirect_stdout contextlib.redirect_stderr contextlib.chdir warnings.catch_warnings os.scandir "
    "concurrent.futures.ThreadPoolExecutor concurrent.futures.ProcessPoolExecutor multiprocessing.Pool "
    "multiprocessing.pool.ThreadPool threading.Lock threading.RLock requests.Session requests.get requests.post "
    "urllib.request.urlopen httpx.Client httpx.stream subprocess.Popen sqlite3.connect torch.no_grad "
    "torch.inference_mode numpy.errstate numpy.load pandas.ExcelWriter pandas.option_context PIL.Image.open "
    "tqdm.tqdm decimal.localcontext".split()
)
"""Context managers, by full name, that never end an error of their block."""

OPENERS = frozenset(
    "tempfile.NamedTemporaryFile tempfile.SpooledTemporaryFile os.fdopen gzip.open gzip.GzipFile bz2.open bz2.BZ2File "
    "lzma.open lzma.LZMAFile zipfile.ZipFile tarfile.open tarfile.TarFile h5py.File pandas.ExcelWriter "
    "pandas.HDFStore pyarrow.parquet.ParquetWriter sqlite3.connect shelve.open dbm.open dbm.dumb.open wave.open "
    "io.FileIO os.open mailbox.mbox numpy.memmap logging.FileHandler logging.handlers.RotatingFileHandler "
    "logging.handlers.TimedRotatingFileHandler logging.handlers.WatchedFileHandler logging.basicConfig".split()
)
"""Functions and classes, by full name, that open a file whose last bytes come with the close."""
