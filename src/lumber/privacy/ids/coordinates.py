"""Places in degrees, with or without minutes and seconds, that a key, a word or their form tells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

_LAT, _LON = r"[-+]?[0-9]{1,2}\.[0-9]", r"[-+]?[0-9]{1,3}\.[0-9]"
_END = r"(?![0-9A-Za-z_]|\.[0-9])"
_SIGN = r"[\"'\\]{0,4}\s{0,3}[:=]?\s{0,3}[\"'\\]{0,4}"
_WORDS = (
    r"geo(?:point|loc|location|position|hash)?|location|loc|locations?|coord(?:s|inates?)?|gps|position|pos"
    r"|lat_?(?:lng|lon|long)|ll|center|centre|place|fix|network|fused|near|point|waypoint|standort|q|query|at"
)
_DMS = (
    r"[0-9]{1,3}\s?°\s?[0-9]{1,2}\s?['\u2032\u2019]\s?"
    r"(?:[0-9]{1,2}(?:\.[0-9]{1,6})?\s?(?:\"|\u2033|\u201d|''))?\s?"
)
LATITUDE, LONGITUDE = "latitude", "longitude"


@dataclass(frozen=True, slots=True)
class Place:
    """A form of places. The groups `lat` and `lon`, or `pair`, are what is found.

    `marks` is the gate in lower case, and `quick` a pattern that is tried first. `is_checked` says that they
    are decimal degrees, which have limits.
    """

    name: str
    pattern: str
    marks: tuple[str, ...]
    examples: tuple[str, ...]
    counters: tuple[str, ...]
    is_checked: bool = True
    quick: re.Pattern[str] | None = None
    compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", re.compile(self.pattern, re.IGNORECASE))


PLACES = (
    Place(
        "keys",
        rf"(?<![A-Za-z])lat(?:itude)?{_SIGN}(?P<lat>{_LAT}{{2,}}+){_END}[^0-9A-Za-z+-]{{1,8}}"
        rf"(?:[A-Za-z_.]{{0,8}}[_.])?(?:lng|long?(?:itude)?){_SIGN}(?P<lon>{_LON}{{2,}}+){_END}",
        ("lat",),
        (
            "geo lat=«52.520008» lon=«13.404954» acc=12",
            '{"latitude":"«-33.8688»","longitude":"«151.2093»","speed":12.5}',
            "lat: «52.52», lng: «13.40»",
            "geo_lat=«52.52» geo_lon=«13.40»",
        ),
        (
            "lat=1.25 long=12",
            "lat=0.123ms lon=4.25ms",
            "lat (usec): min=52.5200, max=13.4049",
            "flat=52.52 lon=13.40",
        ),
    ),
    Place(
        "one key",
        rf"(?<![A-Za-z])(?P<of>latitude|longitude){_SIGN}(?P<pair>{_LON}{{3,}}+){_END}",
        ("latitude", "longitude"),
        ("longitude=«13.404954» stored", '"latitude": "«52.5200»"'),
        ("latitude=5.2 stored", "longitude=13"),
    ),
    Place(
        "word",
        rf"(?<![A-Za-z])(?:{_WORDS})(?:[^0-9A-Za-z+-]{{1,6}}|[^0-9A-Za-z+-]{{1,3}}(?:is|at|was|fix|gps|near|updated|changed)"
        rf"[^0-9A-Za-z+-]{{1,4}}|%5B)(?P<pair>{_LON}{{4,}}+{_END}(?:\s{{0,2}}[,;/|]\s{{0,2}}|%2C)(?:\s)?{_LON}{{4,}}+){_END}",
        (
            *(
                "geo",
                "loc",
                "coord",
                "gps",
                "pos",
                "lat",
                "ll",
                "cent",
                "place",
                "fix",
                "network",
                "fused",
                "near",
            ),
            *("point", "standort", "q", "at"),
        ),
        (
            "location: «52.520008, 13.404954» updated",
            "geo:«52.520008,13.404954» shared",
            "Location[gps «52.520008,13.404954» hAcc=12 et=+1d2h]",
            "coordinates: [«13.404954, 52.520008»]",
            "maps?q=«52.5200,13.4049»&z=15",
            "position at «-33.8688,151.2093»",
        ),
        (
            "took 52.520008, 13.404954 seconds",
            "location: 52.5,13.4",
            "fix 1.2345, 2.3456, 3.4567 ratios".replace("fix ", "loss "),
            "position 152.5200,213.4049",
        ),
        quick=re.compile(r"[0-9]\.[0-9]{4,}[^0-9A-Za-z]{0,6}(?:%2C)?[-+]?[0-9]{1,3}\.[0-9]{4}"),
    ),
    Place(
        "maps",
        rf"(?<=/@)(?P<pair>{_LAT}{{4,}}+,{_LON}{{4,}}+)(?=,|/|\s|\Z)",
        ("/@",),
        ("https://maps.example/@«52.520008,13.404954»,15z",),
        ("npm/@12.5,3.4",),
    ),
    Place(
        "suffixes",
        rf"(?<![0-9A-Za-z.])(?P<pair>[0-9]{{1,2}}\.[0-9]{{3,}}\s?°?\s?[NS]{_END}"
        rf"[\s,;]{{1,3}}[0-9]{{1,3}}\.[0-9]{{3,}}\s?°?\s?[EWO]){_END}",
        ("n", "s"),
        ("at «52.5200° N, 13.4049° E»", "at «52.5200N 13.4049E»"),
        ("52.520 s, 13.404 s",),
        quick=re.compile(r"[0-9]\.[0-9]{3,}\s?°?\s?[NSns][\s,;]"),
    ),
    Place(
        "degrees",
        rf"(?<![0-9A-Za-z.])(?P<pair>{_DMS}[NS][\s,;]{{0,3}}{_DMS}[EWO])(?![A-Za-z])",
        ("°",),
        ("at «52°31'12.0\"N 13°24'18.0\"E»",),
        ("angle 52°31'",),
        is_checked=False,
    ),
    Place(
        "points",
        r"(?<![A-Za-z])point\s?(?:z\s?)?\(\s?(?P<pair>[-+]?[0-9]{1,3}\.[0-9]{3,}\s[-+]?[0-9]{1,3}\.[0-9]{3,})\s?(?=[\s)])",
        ("point",),
        ("geom=POINT(«13.404954 52.520008»)",),
        ("point (1.5 2.5)",),
    ),
    Place(
        "nmea",
        r"(?<=,)(?P<pair>[0-9]{4}\.[0-9]{2,},[NS],[0-9]{5}\.[0-9]{2,},[EW])(?=,)",
        (",n,", ",s,"),
        ("$GPGGA,123519,«4807.038,N,01131.000,E»,1,08",),
        ("4807.038,X,01131.000,E,",),
        is_checked=False,
    ),
)
_NUMBER = re.compile(r"[-+]?[0-9]{1,3}\.[0-9]+")
# Whole names, and ends of names: `geo_lat`, `gpsLat`.
_BEGIN = r"(?:.*[^A-Za-z]|.*[a-z](?=[A-Z])|)"
_IS_LAT = re.compile(rf"{_BEGIN}(?:[Ll]at|LAT)(?:itude|ITUDE)?(?:[_.-]?deg(?:rees)?)?")
_IS_LON = re.compile(rf"{_BEGIN}(?:[Ll]ng|LNG|[Ll]ong?|LONG?)(?:itude|ITUDE)?(?:[_.-]?deg(?:rees)?)?")
_IS_PAIR = re.compile(
    rf"{_BEGIN}(?:coord(?:s|inates?)?|geo(?:point|loc)?|location|position|lat_?(?:lng|lon|long)|ll)"
)
# For one text: every place has one of these marks in lower case, or such decimals.
MARKS = ("lat", "longitude", "°")
QUICK = re.compile(r"[0-9]\.[0-9]{3}(?!\.)")
# For a sieve: whatever the digits are, and also for a part of a text.
ANY = (
    r"(?i:lat|longitude|point|,[ns],|[0-9]\.[0-9]{3,} {0,2}[ns])"
    r"|[0-9]\.[0-9]{4,}[^0-9A-Za-z]{0,12}(?:%[0-9][Cc])?[^0-9A-Za-z]{0,12}[0-9]{1,3}\.[0-9]{4}"
)
# A text with a place matches one of these, in the syntax of Polars.
MAYBE = (
    r"[0-9]\.[0-9]{4,}[\"'\\]{0,4}\s{0,2}(?:[,;/|]|%2C)\s{0,3}[-+]?[0-9]{1,3}\.[0-9]{4}"
    r"|(?i:lat(?:itude)?[_\"' :=\\]{1,8}[-+]?[0-9]|longitude[_\"' :=\\]{1,8}[-+]?[0-9]"
    r"|point ?(?:z ?)?\( ?[-+]?[0-9]|[0-9]\.[0-9]{3,}\s?°?\s?[NS][\s,;]"
    r"|°\s?[0-9]{1,2}\s?['\u2032\u2019]|,[NS],[0-9]{5}\.)"
)


# The same of a whole place, where a part of it is enough for that.
MAYBE_WHOLE = MAYBE.replace(r"[NS][\s,;]", r"[NS][\s,;]{1,3}[0-9]{1,3}\.[0-9]{3}", 1)


def is_place(pair: str) -> bool:
    """Return whether two numbers can be degrees: neither is above 180, one is at most 90."""
    sizes = sorted(abs(float(number)) for number in _NUMBER.findall(pair))
    return not sizes or (sizes[0] <= 90 and sizes[-1] <= 180)


@lru_cache(maxsize=4_096)
def field_of_place(name: str) -> str:
    """Return `latitude` or `longitude` for a field's name that can mean it, otherwise an empty text."""
    if _IS_LAT.fullmatch(name):
        return LATITUDE
    return LONGITUDE if _IS_LON.fullmatch(name) else ""


@lru_cache(maxsize=4_096)
def is_pair_field(name: str) -> bool:
    """Return whether a list of numbers in a field of this name are degrees."""
    return _IS_PAIR.fullmatch(name) is not None
