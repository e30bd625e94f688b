/** What the codes of a failed sign-in with a provider mean, and what to do: those of docs/sign-in.md. */
const TEXTS: Record<string, string> = {
  access_denied: 'The provider refused, or you cancelled. Try again, or ask an admin.',
  sign_in_expired: 'The sign-in took too long, or was begun in another browser. Try again.',
  provider_unavailable: 'The provider does not respond. Try again later, or sign in with a password.',
  provider_answer_invalid: 'The answer of the provider is not valid. Try again, or ask an admin.',
  not_allowed: 'The provider knows you, but this service does not let you in. Ask an admin for an account.',
  email_unverified: 'The provider has not verified your e-mail address. Confirm it there, and try again.',
  no_account: 'You have no account in this service. Ask an admin for one.',
  account_disabled: 'Your account is disabled. Ask an admin.',
  setup_needed: 'This service has no accounts yet. Create the first admin.',
  too_many_sign_ins: 'Too many people are signing in. Try again in some minutes.',
  service_unavailable: 'The service cannot use its database now. Try again.',
}

/** Return the text for a code of the address. */
export function loginErrorText(code: string): string {
  return TEXTS[code] ?? `The sign-in with the provider failed (${code}). Try again, or ask an admin.`
}
