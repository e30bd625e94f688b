"""croissant.json: the dataset in Croissant 1.1, with its fields for responsible use (RAI).

Every file is a FileObject with its size and sha256. The shards of a kind are also a FileSet, which its
RecordSet reads; the split comes from the shard's name, as on the Hugging Face Hub. License, creator and date
of publication are left out: only a publisher knows them. See https://docs.mlcommons.org/croissant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from lumber.catalog.kind import is_json_field, is_json_text
from lumber.dataset.documents import statements
from lumber.dataset.documents.contents import Contents, Table
from lumber.dataset.manifest import FileEntry
from lumber.dataset.quality import time_text
from lumber.formats import Compression, Format
from lumber.formats.registry import built_in_formats
from lumber.text import counted

CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
SPLITS_ID = "splits"
_SPLIT_ID = f"{SPLITS_ID}/name"
_SPLIT = "split"

_OTHER = "application/octet-stream"

# The context that the specification recommends: other programs expect these names.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant_json(contents: Contents) -> str:
    """Return the document."""
    value = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": "lumber-export",
        "description": f"{statements.collection(contents)} Exported by Lumber {contents.version}.",
        "url": "README.md",
        "identifier": f"sha256:{contents.reproducibility_hash}",
        "keywords": ["lumber", *contents.kinds],
        **_responsible_use(contents),
        "distribution": [
            *(_file_object(entry, contents.format) for entry in contents.files),
            *_file_sets(contents),
        ],
        "recordSet": list(_record_sets(contents)),
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def media_types(path: str, format: Format) -> list[str]:
    """Return the media types of a file by its name: of its content, and of its compression.

    `format` is that of the dataset's shards; rejects and documents are in built-in ones.
    """
    known = {each.suffix: each.media_type for each in (*built_in_formats(), format)}
    known |= {codec.suffix: codec.media_type for codec in Compression if codec.suffix}
    suffixes = [f".{part}" for part in path.rpartition("/")[2].split(".")[1:]]
    return [known[suffix] for suffix in suffixes if suffix in known] or [_OTHER]


def _responsible_use(contents: Contents) -> dict[str, Any]:
    counted = [totals.quality for _, totals in contents.kinds.values()]
    edges = [edge for found in counted for edge in (found.first_us, found.last_us) if edge is not None]
    span = [time_text(min(edges)), time_text(max(edges))] if edges else None
    labels = " ".join(statements.labels(contents))
    return {
        "rai:dataCollection": statements.collection(contents),
        "rai:dataCollectionType": "Software Collection",
        **({"rai:dataCollectionTimeframe": span} if span else {}),
        "rai:dataCollectionMissingData": "A missing value is null. quality_report.json has the share of "
        "values present in every column, and the longest gaps in time.",
        "rai:dataPreprocessingProtocol": statements.preprocessing(contents),
        **({"rai:dataAnnotationProtocol": labels} if labels else {}),
        "rai:dataLimitations": statements.limitations(contents),
        "rai:personalSensitiveInformation": statements.sensitivity(contents),
        "rai:dataReleaseMaintenancePlan": "A dataset never changes: newer rows are a new export.",
    }


def _file_object(entry: FileEntry, format: Format) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": entry.path,
        "name": entry.path,
        "contentUrl": entry.path,
        "contentSize": f"{entry.size_bytes} B",
        "encodingFormat": media_types(entry.path, format),
        "sha256": entry.sha256,
    }


def _file_sets(contents: Contents) -> Iterator[dict[str, Any]]:
    for table in contents.tables:
        yield {
            "@type": "cr:FileSet",
            "@id": _files_id(table),
            "name": _files_id(table),
            "description": f"The shards of {table.name}.",
            "encodingFormat": media_types(contents.suffix, contents.format),
            "includes": f"{table.name}/{table.folders}*{contents.suffix}",
        }


def _record_sets(contents: Contents) -> Iterator[dict[str, Any]]:
    splits = [split for table in contents.tables for split in table.shards]
    if splits:
        yield {
            "@type": "cr:RecordSet",
            "@id": SPLITS_ID,
            "name": SPLITS_ID,
            "description": "The splits of the rows.",
            "dataType": "cr:Split",
            "key": {"@id": _SPLIT_ID},
            "field": [
                {
                    "@type": "cr:Field",
                    "@id": _SPLIT_ID,
                    "name": "name",
                    "description": "The name of the split.",
                    "dataType": "sc:Text",
                }
            ],
            "data": [{_SPLIT_ID: split} for split in dict.fromkeys(splits)],
        }
    for table in contents.tables:
        yield _record_set(contents.format, table)


def _record_set(format: Format, table: Table) -> dict[str, Any]:
    fields = [_field(format, table, field) for field in table.schema]
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": f"{table.description} {counted(table.rows, 'row')}.",
        **({"key": {"@id": f"{table.name}/{table.id_column}"}} if table.id_column else {}),
        # A table may have a column with the split.
        "field": fields if _SPLIT in table.schema.names else [*fields, _split_field(table)],
    }


def _split_field(table: Table) -> dict[str, Any]:
    rest = "-[0-9]+-of-.+" if table.period is None else "/.+"
    return {
        "@type": "cr:Field",
        "@id": f"{table.name}/{_SPLIT}",
        "name": _SPLIT,
        "description": "The split that the row belongs to, from the name of its file.",
        "dataType": "sc:Text",
        "references": {"field": {"@id": _SPLIT_ID}},
        "source": {
            "fileSet": {"@id": _files_id(table)},
            "extract": {"fileProperty": "fullpath"},
            # Readers also apply it to its own result when they look up the split.
            "transform": {"regex": f"^(?:{re.escape(table.name)}/)?([^/]+?)(?:{rest})?$"},
        },
    }


def _field(format: Format, table: Table, field: pa.Field[Any]) -> dict[str, Any]:
    description = table.descriptions.get(field.name, "")
    if is_json_field(field) and "JSON" not in description:
        description = f"{description} JSON.".strip()
    described = {
        "@type": "cr:Field",
        "@id": f"{table.name}/{field.name}",
        "name": field.name,
        "description": description,
        **_data_type(field.type),
    }
    if is_json_field(field) and format.nests_json and not is_json_text(field):
        # Croissant has no type for a value of any shape: a reader would fail on all rows.
        return {**described, "description": f"{description} Not text in these files: read it from them."}
    if format.json_path is None:
        extract = {"column": field.name}
    else:
        extract = {"jsonPath": format.json_path.format(column=field.name)}
    return {**described, "source": {"fileSet": {"@id": _files_id(table)}, "extract": extract}}


def _data_type(type_: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return {**_data_type(type_.value_type), "isArray": True, "arrayShape": "-1"}
    if pa.types.is_timestamp(type_):
        return {"dataType": "sc:DateTime"}
    if pa.types.is_boolean(type_):
        return {"dataType": "sc:Boolean"}
    if pa.types.is_integer(type_):
        prefix = "cr:Int" if pa.types.is_signed_integer(type_) else "cr:UInt"
        return {"dataType": f"{prefix}{type_.bit_width}"}
    if pa.types.is_floating(type_):
        return {"dataType": f"cr:Float{type_.bit_width}"}
    return {"dataType": "sc:Text"}


def _files_id(table: Table) -> str:
    return f"{table.name}-files"
