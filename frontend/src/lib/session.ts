import { useQuery } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import { type Account, type Scope, type SessionDocument, WITHOUT_ACCOUNTS, sessionQuery } from './api/session'

/** The session that a page is shown for: it stays when the session ends, until somebody signs in. */
export const ShownSession = createContext<SessionDocument | null>(null)

/** Closes the page after the person has signed out. */
export const Leave = createContext<() => void>(() => undefined)

/** The session of the person that the page is shown to. */
export function useSession(): SessionDocument {
  const shown = useContext(ShownSession)
  const { data } = useQuery(sessionQuery())
  return shown ?? data ?? WITHOUT_ACCOUNTS
}

/** Whether the person may make calls that need a scope. */
export function useMay(scope: Scope): boolean {
  return may(useSession().account, scope)
}

export function may(account: Account | null, scope: Scope): boolean {
  return account?.scopes.includes(scope) ?? false
}

/** Whether the person may change, share and delete an export of an owner: shares are for reading only. */
export function mayChange(
  { accounts_on, account }: SessionDocument,
  owner: { user_id: string | null } | null | undefined,
): boolean {
  if (!may(account, 'exports:write')) return false
  return !accounts_on || account?.role === 'admin' || (owner != null && owner.user_id === account?.user_id)
}

/** The first page of somebody with these rights. */
export function homeOf(account: Account | null): '/' | '/exports' | '/data' | '/audit' | '/account' {
  if (may(account, 'exports:write')) return '/'
  if (may(account, 'exports:read')) return '/exports'
  if (may(account, 'audit:read')) return '/audit'
  return may(account, 'sources:read') ? '/data' : '/account'
}

/** Return an address of these pages, or undefined for anything that could lead elsewhere. */
export function localPath(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('/')) return undefined
  // Browsers read a backslash as a slash, and drop tabs and line breaks.
  if (/^\/[/\\]|[\\\p{Cc}]/u.test(value)) return undefined
  return /^\/(sign-in|setup|api)(\/|\?|#|$)/.test(value) ? undefined : value
}
