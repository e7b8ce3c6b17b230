"""Endings by which a text is taken for the name of a file that a task may write."""

from __future__ import annotations

ENDINGS = frozenset(
    "arrow avro bin bmp bz2 cfg csv dat db dbf docx eps feather geojson gexf gif gml gpkg graphml gz h5 hdf5 htm html "
    "ics ini ipynb jpeg jpg joblib json jsonl kml lock log md mid mp3 mp4 ndjson nc npy npz odt onnx orc out parquet "
    "pb pdf pickle pkl png pptx pq ps pt pth rds rst rtf safetensors shp sqlite sqlite3 srt svg tar tex tgz tif tiff "
    "toml tsv txt vtt wav webp xls xlsx xml xz yaml yml zip zst".split()
)
"""Those of data, documents and pictures; not those of programs, which are read and run."""

NO_DATA = frozenset(
    "bat c cc cmd cpp dll dylib exe go h java js jsx perl php pl ps1 py pyc pyi r rb rs sh sql ts tsx "
    "ai app com de dev edu eu gov io local net org uk us".split()
)
"""Endings of programs, which are read and run, and of the names of hosts."""
