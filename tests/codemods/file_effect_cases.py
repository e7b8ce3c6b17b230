"""What functions do to files: the source of a module whose `f` is asked about, and the answer.

An effect stands as `WRITE path`: the use and the place. `path~` is made of `path`, `own` is a path of the function's
own. Effects on other parameters than `path`, and READ and CONTENT of them, are left out of the answers.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EffectCase:
    """One function.

    Attributes:
        name: what it shows.
        source: a module that defines `f`, or a class `C` with a method `f`.
        effects: what `f` does.
        always: whether it has written `path` whenever it ends without an error.
    """

    name: str
    source: str
    effects: str
    always: bool = False


EFFECT_CASES = (
    # How a file is opened.
    EffectCase(
        "write",
        """
        def f(path, t):
            with open(path, 'w') as h: h.write(t)
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "write-exclusive",
        """
        def f(path):
            with open(path, 'x') as h: h.write('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "write-and-read",
        """
        def f(path):
            with open(path, 'w+') as h: h.write('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "mode-keyword",
        """
        def f(path):
            with open(path, mode='w') as h: h.write('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "file-keyword",
        """
        def f(path):
            with open(file=path, mode='w') as h: h.write('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "io-open",
        """
        import io
        def f(path):
            with io.open(path, 'w') as h: h.write('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "codecs",
        """
        import codecs
        def f(path):
            with codecs.open(path, 'w', 'utf-8') as h: h.write('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "append",
        """
        def f(path):
            with open(path, 'a') as h: h.write('t')
        """,
        "APPEND path",
        always=True,
    ),
    EffectCase(
        "append-text",
        """
        def f(path):
            with open(path, 'at') as h: h.write('t')
        """,
        "APPEND path",
        always=True,
    ),
    EffectCase(
        "update",
        """
        def f(path):
            with open(path, 'r+') as h: h.write('t')
        """,
        "APPEND path",
        always=True,
    ),
    EffectCase(
        "bytes",
        """
        def f(path):
            with open(path, 'wb') as h: h.write(b't')
        """,
        "BYTES path",
        always=True,
    ),
    EffectCase(
        "latin",
        """
        def f(path):
            with open(path, 'w', encoding='latin-1') as h: h.write('t')
        """,
        "ENCODED path",
        always=True,
    ),
    EffectCase(
        "utf-8",
        """
        def f(path):
            with open(path, 'w', encoding='UTF-8') as h: h.write('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "line-ends",
        """
        def f(path):
            with open(path, 'w', newline='\\r\\n') as h: h.write('t')
        """,
        "ENCODED path",
        always=True,
    ),
    EffectCase(
        "mode-unknown",
        """
        MODE = 'w'
        def f(path):
            with open(path, MODE) as h: h.write('t')
        """,
        "MODE path",
        always=True,
    ),
    EffectCase(
        "read",
        """
        def f(path):
            with open(path) as h: return h.read()
        """,
        "READ path",
    ),
    EffectCase(
        "read-literal",
        """
        def f(path):
            with open(path, 'r') as h: return h.read()
        """,
        "READ path",
    ),
    EffectCase(
        "left-open",
        """
        class C:
            def f(self, path):
                self.h = open(path, 'w')
        """,
        "OPEN path",
        always=True,
    ),
    EffectCase(
        "handle-returned",
        """
        def f(path):
            h = open(path, 'w')
            return h
        """,
        "OPEN path",
        always=True,
    ),
    EffectCase(
        "handle-local",
        """
        def f(path):
            h = open(path, 'w')
            h.write('t')
            h.close()
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "in-one-go",
        """
        def f(path):
            open(path, 'w').write('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "target",
        """
        def f(path):
            with path.open('w') as h: h.write('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "target-append",
        """
        def f(path):
            with path.open('a') as h: h.write('t')
        """,
        "APPEND path",
        always=True,
    ),
    EffectCase(
        "image",
        """
        from PIL import Image
        def f(path):
            return Image.open(path).size
        """,
        "READ path",
    ),
    EffectCase(
        "gzip",
        """
        import gzip
        def f(path):
            with gzip.open(path, 'wt') as h: h.write('t')
        """,
        "BYTES path",
        always=True,
    ),
    # Methods of paths.
    EffectCase(
        "write-text",
        """
        from pathlib import Path
        def f(path, t):
            Path(path).write_text(t)
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "write-text-utf-16",
        """
        from pathlib import Path
        def f(path, t):
            Path(path).write_text(t, 'utf-16')
        """,
        "ENCODED path",
        always=True,
    ),
    EffectCase(
        "write-bytes",
        """
        def f(path, t):
            path.write_bytes(t)
        """,
        "BYTES path",
        always=True,
    ),
    EffectCase(
        "touch",
        """
        def f(path):
            path.touch()
        """,
        "APPEND path",
        always=True,
    ),
    EffectCase(
        "unlink",
        """
        def f(path):
            path.unlink()
        """,
        "REMOVE path",
    ),
    EffectCase(
        "rename-to",
        """
        def f(tmp, path):
            tmp.rename(path)
        """,
        "MOVE path",
        always=True,
    ),
    EffectCase(
        "text-replaced",
        """
        def f(path, t):
            t = t.replace('a', 'b')
            path.write_text(t)
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "os-replace",
        """
        import os
        def f(tmp, path):
            os.replace(tmp, path)
        """,
        "MOVE path",
        always=True,
    ),
    EffectCase(
        "copy",
        """
        import shutil
        def f(a, path):
            shutil.copy(a, path)
        """,
        "MOVE path",
        always=True,
    ),
    EffectCase(
        "os-remove",
        """
        import os
        def f(path):
            os.remove(path)
        """,
        "REMOVE path",
    ),
    EffectCase(
        "exists",
        """
        import os
        def f(path):
            return os.path.exists(path)
        """,
        "READ path",
    ),
    EffectCase(
        "parent-made",
        """
        import os
        def f(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        """,
        "",
    ),
    EffectCase(
        "parent-made-once",
        """
        import os
        def f(path):
            os.mkdir(os.path.dirname(path))
        """,
        "HAND path~",
    ),
    EffectCase(
        "parent-if-missing",
        """
        import os
        def f(path):
            d = os.path.dirname(path)
            if not os.path.exists(d):
                os.makedirs(d, exist_ok=True)
            with open(path, 'w') as h: h.write('t')
        """,
        "READ path~, WRITE path",
        always=True,
    ),
    EffectCase(
        "pathlib-parent",
        """
        from pathlib import Path
        def f(path):
            p = Path(path)
            p.parent.mkdir(parents=True, exist_ok=True)
            p.write_text('t')
        """,
        "WRITE path",
        always=True,
    ),
    # The same file under another name.
    EffectCase(
        "alias",
        """
        def f(path):
            p = q = path
            with open(q, 'w') as h: h.write('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "wrapped",
        """
        import os
        from pathlib import Path
        def f(path):
            p = Path(str(os.path.abspath(path)))
            p.write_text('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "rebound",
        """
        from pathlib import Path
        def f(path):
            path = Path(path)
            path.write_text('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "path-of-target",
        """
        def f(path):
            with open(path.path, 'w') as h: h.write('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "temporary",
        """
        def f(path):
            with path.temporary_path() as p:
                with open(p, 'w') as h: h.write('t')
        """,
        "WRITE path",
        always=True,
    ),
    # Files beside it.
    EffectCase(
        "suffix",
        """
        def f(path):
            with open(path + '.log', 'w') as h: h.write('t')
        """,
        "WRITE path~",
    ),
    EffectCase(
        "text-method",
        """
        def f(path):
            with open(path.replace('.a', '.b'), 'w') as h: h.write('t')
        """,
        "WRITE path~",
    ),
    EffectCase(
        "formatted",
        """
        def f(path):
            with open(f'{path}.log', 'w') as h: h.write('t')
        """,
        "WRITE path~",
    ),
    EffectCase(
        "sibling",
        """
        from pathlib import Path
        def f(path):
            (Path(path).parent / 'x').write_text('t')
        """,
        "WRITE path~",
    ),
    EffectCase(
        "with-suffix",
        """
        from pathlib import Path
        def f(path):
            Path(path).with_suffix('.b').write_text('t')
        """,
        "WRITE path~",
    ),
    EffectCase(
        "both",
        """
        def f(path):
            for s in ('', '.log'):
                with open(path + s, 'w') as h: h.write('t')
        """,
        "WRITE path~",
    ),
    EffectCase(
        "joined",
        """
        import os
        def f(path):
            with open(os.path.join(path, 'x'), 'w') as h: h.write('t')
        """,
        "WRITE path~",
    ),
    EffectCase(
        "own",
        """
        def f(path):
            with open('x.txt', 'w') as h: h.write('t')
        """,
        "WRITE own",
    ),
    EffectCase(
        "own-append",
        """
        def f(path):
            with open('x.log', 'a') as h: h.write('t')
        """,
        "APPEND own",
    ),
    EffectCase(
        "element",
        """
        def f(path):
            with open(path['a'], 'w') as h: h.write('t')
        """,
        "WRITE path~",
    ),
    # Through other functions.
    EffectCase(
        "one-deep",
        """
        def g(p, t):
            with open(p, 'w') as h: h.write(t)
        def f(path, t):
            g(path, t)
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "three-deep",
        """
        def g(p): k(p)
        def k(p): m(p)
        def m(p):
            with open(p, 'a') as h: h.write('t')
        def f(path):
            g(path)
        """,
        "APPEND path",
        always=True,
    ),
    EffectCase(
        "twice",
        """
        def g(p, t):
            with open(p, 'w') as h: h.write(t)
        def f(path):
            g(path, 'a')
            g(path.replace('a', 'b'), 'b')
        """,
        "WRITE path, WRITE path~",
        always=True,
    ),
    EffectCase(
        "by-keyword",
        """
        def g(t, *, to):
            with open(to, 'w') as h: h.write(t)
        def f(path):
            g('t', to=path)
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "mode-handed",
        """
        def g(p, m):
            with open(p, m) as h: h.write('t')
        def f(path):
            g(path, 'w')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "mode-handed-append",
        """
        def g(p, m='w'):
            with open(p, m) as h: h.write('t')
        def f(path):
            g(path, m='a')
        """,
        "APPEND path",
        always=True,
    ),
    EffectCase(
        "mode-by-default",
        """
        def g(p, m='w'):
            with open(p, m) as h: h.write('t')
        def f(path):
            g(path)
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "mode-handed-to-read",
        """
        def g(p, m):
            with open(p, m) as h: return h.read()
        def f(path):
            return g(path, 'r')
        """,
        "",
    ),
    EffectCase(
        "cycle",
        """
        def g(p, n):
            if n: f(p, n - 1)
        def f(path, n=3):
            with open(path, 'a') as h: h.write('t')
            g(path, n)
        """,
        "APPEND path",
        always=True,
    ),
    EffectCase(
        "cycle-derived",
        """
        def f(path, n):
            with open(path, 'w') as h: h.write('t')
            if n: f(path + 'x', n - 1)
        """,
        "WRITE path, WRITE path~",
        always=True,
    ),
    EffectCase(
        "method",
        """
        class C:
            def f(self, path): self.g(path)
            def g(self, p):
                with open(p, 'w') as h: h.write('t')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "inherited",
        """
        class B:
            def g(self, p):
                with open(p, 'w') as h: h.write('t')
        class C(B):
            def f(self, path): self.g(path)
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "overridden",
        """
        class B:
            def f(self, path): self.g(path)
            def g(self, p): pass
        class C(B):
            def g(self, p):
                with open(p, 'ab') as h: h.write(b't')
        """,
        "APPEND path",
        always=True,
    ),
    EffectCase(
        "super",
        """
        class B:
            def f(self, path):
                with open(path, 'w') as h: h.write('t')
        class C(B):
            def f(self, path): super().f(path)
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "static",
        """
        class C:
            @staticmethod
            def g(p):
                with open(p, 'w') as h: h.write('t')
            def f(self, path): C.g(path)
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "class-method",
        """
        class C:
            @classmethod
            def g(cls, p):
                with open(p, 'w') as h: h.write('t')
            def f(self, path): self.g(path)
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "nested",
        """
        def f(path):
            def g(p):
                with open(p, 'w') as h: h.write('t')
            g(path)
        """,
        "WRITE path",
    ),
    EffectCase(
        "closure",
        """
        def f(path):
            def g():
                with open(path, 'a') as h: h.write('t')
            g()
        """,
        "APPEND path",
    ),
    EffectCase(
        "own-three-deep",
        """
        def g(): k()
        def k():
            with open('x', 'w') as h: h.write('t')
        def f(path): g()
        """,
        "WRITE own",
    ),
    EffectCase(
        "handed-on-as-value",
        """
        def g(p):
            with open(p, 'a') as h: h.write('t')
        def f(path, pool):
            pool.map(g, ['x'])
        """,
        "APPEND own",
    ),
    EffectCase(
        "property",
        """
        class C:
            @property
            def g(self):
                with open('x', 'w') as h: h.write('t')
            def f(self, path): return self.g
        """,
        "WRITE own",
    ),
    EffectCase(
        "starred",
        """
        def g(p, q):
            with open(q, 'w') as h: h.write('t')
        def f(path, *a):
            g(path, *a)
        """,
        "WRITE path~",
    ),
    # Out of sight.
    EffectCase(
        "unknown-function",
        """
        from x import g
        def f(path): g(path)
        """,
        "HAND path",
    ),
    EffectCase(
        "unknown-derived",
        """
        from x import g
        def f(path): g(path + '.log')
        """,
        "HAND path~",
    ),
    EffectCase(
        "unknown-method",
        """
        def f(path, o): o.save(path)
        """,
        "HAND path",
    ),
    EffectCase(
        "unknown-in-list",
        """
        import subprocess
        def f(path): subprocess.run(['x', path])
        """,
        "HAND path~",
    ),
    EffectCase(
        "decorated",
        """
        from x import retry
        @retry
        def g(p):
            with open(p, 'w') as h: h.write('t')
        def f(path): g(path)
        """,
        "HAND path, WRITE path",
    ),
    EffectCase(
        "abstract",
        """
        class C:
            def g(self, p): raise NotImplementedError
            def f(self, path): self.g(path)
        """,
        "HAND path",
    ),
    EffectCase(
        "parquet",
        """
        def f(path, df): df.to_parquet(path)
        """,
        "BYTES path",
        always=True,
    ),
    EffectCase(
        "numpy",
        """
        import numpy as np
        def f(path, a): np.save(path, a)
        """,
        "BYTES path",
        always=True,
    ),
    EffectCase(
        "joblib",
        """
        from joblib import dump
        def f(path, a): dump(a, path)
        """,
        "BYTES path",
        always=True,
    ),
    EffectCase(
        "csv-compressed-by-name",
        """
        import pandas as pd
        def f(path, df): df.to_csv(path)
        """,
        "NAMED path",
        always=True,
    ),
    EffectCase(
        "csv-plain",
        """
        import pandas as pd
        def f(path, df): df.to_csv(path, compression=None)
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "csv-append",
        """
        import pandas as pd
        def f(path, df): df.to_csv(path, mode='a')
        """,
        "APPEND path",
        always=True,
    ),
    EffectCase(
        "csv-of-dask",
        """
        import pandas as pd
        import dask
        def f(path, df): df.to_csv(path)
        """,
        "HAND path",
    ),
    EffectCase(
        "xml",
        """
        from xml.etree.ElementTree import ElementTree
        def f(path, r):
            t = ElementTree(r)
            t.write(path, encoding='unicode')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "logged",
        """
        import logging
        log = logging.getLogger()
        def f(path):
            log.info('to %s', path)
            print(path)
        """,
        "",
    ),
    EffectCase(
        "raised",
        """
        def f(path):
            raise ValueError(f'no {path}')
        """,
        "",
        always=True,
    ),
    # Kept.
    EffectCase(
        "kept",
        """
        class C:
            def f(self, path): self.p = path
        """,
        "KEEP path",
    ),
    EffectCase(
        "kept-wrapped",
        """
        from pathlib import Path
        class C:
            def f(self, path): self.p = Path(path)
        """,
        "KEEP path",
    ),
    EffectCase(
        "kept-in-list",
        """
        class C:
            def f(self, path): self.all.append(path)
        """,
        "KEEP path",
    ),
    EffectCase(
        "kept-in-global",
        """
        ALL = []
        def f(path): ALL.append(path)
        """,
        "KEEP path",
    ),
    EffectCase(
        "kept-by-construction",
        """
        class D:
            def __init__(self, p): self.p = p
        def f(path): return D(path)
        """,
        "KEEP path",
    ),
    EffectCase(
        "local-list",
        """
        def f(path):
            ps = []
            ps.append(path)
            for p in ps:
                with open(p, 'w') as h: h.write('t')
        """,
        "WRITE path~",
    ),
    # The content depends on the path.
    EffectCase(
        "name-in-text",
        """
        def f(path):
            with open(path, 'w') as h: h.write(path)
        """,
        "CONTENT path, WRITE path",
        always=True,
    ),
    EffectCase(
        "stem-in-text",
        """
        from pathlib import Path
        def f(path):
            t = Path(path).stem
            Path(path).write_text(t.title())
        """,
        "CONTENT path~, WRITE path",
        always=True,
    ),
    EffectCase(
        "in-dict",
        """
        import json
        def f(path):
            with open(path, 'w') as h: json.dump({'p': path}, h)
        """,
        "CONTENT path~, WRITE path",
        always=True,
    ),
    EffectCase(
        "by-suffix",
        """
        def f(path):
            t = 'a' if path.endswith('.a') else 'b'
            with open(path, 'w') as h: h.write(t)
        """,
        "CONTENT path~, WRITE path",
        always=True,
    ),
    EffectCase(
        "by-suffix-statement",
        """
        def f(path):
            t = 'b'
            if path.endswith('.a'):
                t = 'a'
            with open(path, 'w') as h: h.write(t)
        """,
        "CONTENT path~, WRITE path",
        always=True,
    ),
    # Perhaps.
    EffectCase(
        "in-branch",
        """
        def f(path, t):
            if t:
                with open(path, 'w') as h: h.write(t)
        """,
        "WRITE path",
    ),
    EffectCase(
        "in-both",
        """
        def f(path, t):
            if t:
                with open(path, 'w') as h: h.write(t)
            else:
                path.write_text('')
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "in-loop",
        """
        def f(path, ts):
            for t in ts:
                with open(path, 'w') as h: h.write(t)
        """,
        "WRITE path",
    ),
    EffectCase(
        "early-return",
        """
        def f(path, t):
            if not t:
                return
            with open(path, 'w') as h: h.write(t)
        """,
        "WRITE path",
    ),
    EffectCase(
        "early-raise",
        """
        def f(path, t):
            if not t:
                raise ValueError
            with open(path, 'w') as h: h.write(t)
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "in-try",
        """
        def f(path, t):
            try:
                with open(path, 'w') as h: h.write(t)
            except OSError:
                pass
        """,
        "WRITE path",
    ),
    EffectCase(
        "in-try-raised",
        """
        def f(path, t):
            try:
                with open(path, 'w') as h: h.write(t)
            except OSError:
                raise
        """,
        "WRITE path",
        always=True,
    ),
    EffectCase(
        "existing-kept",
        """
        import os
        def f(path):
            if os.path.exists(path):
                return
            with open(path, 'w') as h: h.write('t')
        """,
        "CONTENT path~, READ path, WRITE path",
    ),
    EffectCase(
        "generator",
        """
        def f(path):
            with open(path, 'w') as h: h.write('t')
            yield 1
        """,
        "WRITE path",
    ),
    EffectCase(
        "short-circuit",
        """
        def f(path, t):
            t and path.write_text(t)
        """,
        "WRITE path",
    ),
)
