"""The codes of failed sign-ins: in the documents, on the page and in the program the same."""

import re
from pathlib import Path

from lumber.identity.oidc.failures import CODES, Code, Reason, SignInFailed

CHECKOUT = Path(__file__).parents[3]


def test_each_code_is_documented_and_explained_on_the_page() -> None:
    codes = [code.value for code in Code]
    text = (CHECKOUT / "docs" / "sign-in.md").read_text()
    documented = text.split("\n| code | meaning |\n")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", documented, re.MULTILINE) == codes
    page = (CHECKOUT / "frontend" / "src" / "features" / "sign-in" / "login-errors.ts").read_text()
    assert re.findall(r"^  (\w+): '", page, re.MULTILINE) == codes


def test_each_reason_has_a_code_and_each_code_a_reason() -> None:
    told = {SignInFailed(reason, "").page_code for reason in Reason}
    # Only the database can make the service unavailable.
    assert told == set(Code) - {Code.SERVICE_UNAVAILABLE}
    assert all(SignInFailed(reason, "").page_code is code for reason, code in CODES.items())
