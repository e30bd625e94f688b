"""Ids of people, accounts and sessions in the queries of web addresses: `?uid=8123&session=f00`."""

from __future__ import annotations

import re

from lumber.privacy.ids.entry import Entry

_WHO = (
    r"user|account|acct|customer|cust|member|person|patient|visitor|subscriber|profile|contact|employee"
    r"|player|guest|owner|device|session|sess|login|tracking|advertising|anonymous|anon|identity"
)
_NAMES = (
    rf"(?:{_WHO})[_.-]?(?:id|uid|uuid|guid|key|ref|no|number|num|hash|token)s?|uid|sid|cid|gaid|idfa|imei|imsi|iccid"
    r"|session|account|acct|customer|token|msisdn|phpsessid|jsessionid|gclid|fbclid|msclkid"
)
# Values that identify nobody.
_NO_IDS = re.compile(
    r"(?:true|false|null|none|nil|undefined|nan|me|self|all|any|new|default|current|guest|anonymous|unknown|test|root"
    r"|[0-9]{1,3})",
    re.IGNORECASE,
)
_VALUE = r"[^\s&;#\"'<>|\\^`{}()\[\],=]"


def is_id(value: str) -> bool:
    """Return whether the value of such a name can identify somebody."""
    return len(value) > 1 and _NO_IDS.fullmatch(value) is None


ENTRY = Entry(
    "url_ids",
    rf"(?:{_NAMES})=(?P<value>{_VALUE}{{2,512}}+)",
    _NAMES,
    (
        "GET /cart?uid=«8123994»&page=2",
        "GET /a?page=2&sessionId=«f00ba4b0c4»",
        "https://shop.example/x?account=«ACME-7781»#top",
        "GET /a?customer_id=«42017» HTTP/1.1",
    ),
    (
        "GET /a?userId=0&page=2",
        "uid=8123994 gid=100",
        "GET /a?fluid=8123994",
        "GET /a?token=&x=1",
        "GET /a?uid=me",
        "GET /authorize?client_id=grafana-prod",
    ),
    before=r"(?:(?<=[?&])|(?<=&amp;))",
    after="",
)
# A text with such an id matches this, in the syntax of Polars.
MAYBE = rf"(?i:[?&;](?:{_NAMES})=[^\s&;#])"
