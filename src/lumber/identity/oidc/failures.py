"""Why a sign-in through a provider fails: a code for the page, and a reason for the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from lumber.errors import AuthenticationFailed


class Code(StrEnum):
    """What the page of the sign-in is told. It has no secret, and tells of no other account."""

    ACCESS_DENIED = "access_denied"
    SIGN_IN_EXPIRED = "sign_in_expired"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    PROVIDER_ANSWER_INVALID = "provider_answer_invalid"
    NOT_ALLOWED = "not_allowed"
    EMAIL_UNVERIFIED = "email_unverified"
    NO_ACCOUNT = "no_account"
    ACCOUNT_DISABLED = "account_disabled"
    SETUP_NEEDED = "setup_needed"
    TOO_MANY_SIGN_INS = "too_many_sign_ins"
    SERVICE_UNAVAILABLE = "service_unavailable"


class Reason(StrEnum):
    """Why exactly. The audit trail has it."""

    DENIED_BY_PROVIDER = "denied_by_provider"
    UNKNOWN_STATE = "unknown_state"
    OTHER_PROVIDER = "other_provider"
    CODE_REFUSED = "code_refused"
    UNREACHABLE = "provider_unreachable"
    BAD_METADATA = "bad_metadata"
    BAD_ANSWER = "bad_answer"
    CLIENT_REFUSED = "client_refused"
    MALFORMED_TOKEN = "malformed_token"
    WRONG_ALGORITHM = "wrong_algorithm"
    UNKNOWN_KEY = "unknown_key"
    WRONG_SIGNATURE = "wrong_signature"
    WRONG_ISSUER = "wrong_issuer"
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_NONCE = "wrong_nonce"
    WRONG_SUBJECT = "wrong_subject"
    WRONG_TIME = "wrong_time"
    WRONG_DOMAIN = "wrong_domain"
    WRONG_GROUP = "wrong_group"
    NO_ROLE = "no_role"
    EMAIL_UNVERIFIED = "email_unverified"
    NO_ACCOUNT = "no_account"
    DISABLED_USER = "disabled_user"
    NO_ACCOUNTS = "no_accounts"
    TOO_MANY = "too_many_sign_ins"


CODES: Mapping[Reason, Code] = {
    Reason.DENIED_BY_PROVIDER: Code.ACCESS_DENIED,
    Reason.UNKNOWN_STATE: Code.SIGN_IN_EXPIRED,
    Reason.OTHER_PROVIDER: Code.SIGN_IN_EXPIRED,
    Reason.CODE_REFUSED: Code.SIGN_IN_EXPIRED,
    Reason.UNREACHABLE: Code.PROVIDER_UNAVAILABLE,
    Reason.BAD_METADATA: Code.PROVIDER_UNAVAILABLE,
    Reason.CLIENT_REFUSED: Code.PROVIDER_UNAVAILABLE,
    Reason.WRONG_DOMAIN: Code.NOT_ALLOWED,
    Reason.WRONG_GROUP: Code.NOT_ALLOWED,
    Reason.NO_ROLE: Code.NOT_ALLOWED,
    Reason.EMAIL_UNVERIFIED: Code.EMAIL_UNVERIFIED,
    Reason.NO_ACCOUNT: Code.NO_ACCOUNT,
    Reason.DISABLED_USER: Code.ACCOUNT_DISABLED,
    Reason.NO_ACCOUNTS: Code.SETUP_NEEDED,
    Reason.TOO_MANY: Code.TOO_MANY_SIGN_INS,
}


class SignInFailed(AuthenticationFailed):
    """A sign-in through a provider failed. The message is for the log, and never has a token or a secret."""

    def __init__(self, reason: Reason, message: str, *, user_id: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.user_id = user_id

    @property
    def page_code(self) -> Code:
        """What the page is told. What isn't in the table is a wrong answer of the provider."""
        return CODES.get(self.reason, Code.PROVIDER_ANSWER_INVALID)
