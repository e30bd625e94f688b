/** What the codes of a failed sign-in with a provider mean, and what to do. */
const TEXTS: Record<string, string> = {
  access_denied: 'The provider refused, or you cancelled. Try again, or ask an admin.',
  provider_unreachable: 'The provider does not respond. Try again later, or sign in with a password.',
  expired: 'The sign-in took too long. Try again.',
  not_allowed: 'The provider knows you, but this service does not let you in. Ask an admin for an account.',
  disabled: 'Your account is disabled. Ask an admin.',
}

/** Return the text for a code of the address. */
export function loginErrorText(code: string): string {
  return TEXTS[code] ?? `The sign-in with the provider failed (${code}). Try again, or ask an admin.`
}
