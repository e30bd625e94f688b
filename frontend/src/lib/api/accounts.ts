import { queryOptions } from '@tanstack/react-query'
import { unwrap, unwrapNothing, untyped } from './client'
import type { BrowserSession, Scope } from './session'

export interface KeyRecord {
  key_id: string
  name: string
  user_id: string
  user_name: string
  scopes: string[]
  /** Null for all data types. */
  kinds: string[] | null
  created_at: string
  expires_at: string | null
  last_used_at: string | null
  revoked_at: string | null
  state: string
}

export interface NewKey {
  key_id: string
  /** Shown once: the service stores only a hash of it. */
  key: string
}

export interface KeyBody {
  name: string
  scopes: string[]
  kinds: string[] | null
  /** A span such as `90d`, or null for ever. */
  expires: string | null
}

export interface UserRecord {
  user_id: string
  name: string
  email: string | null
  role: string
  is_service: boolean
  is_disabled: boolean
  has_password: boolean
  created_at: string
  last_login_at: string | null
  keys: number
  sessions: number
  identities: { provider: string; subject: string }[]
}

export interface UserBody {
  name: string
  role: string
  email: string | null
  is_service: boolean
  password: string | null
}

export interface UserChanges {
  role?: string
  is_disabled?: boolean
  email?: string | null
}

/** The rights that each role gives. */
export const ROLE_SCOPES: Record<string, readonly Scope[]> = {
  admin: ['exports:read', 'exports:write', 'ingest:write', 'sources:read', 'admin', 'audit:read'],
  exporter: ['exports:read', 'exports:write', 'ingest:write', 'sources:read'],
  viewer: ['exports:read', 'sources:read'],
  auditor: ['audit:read'],
}
export const ROLES = Object.keys(ROLE_SCOPES)

const OWN_KEYS = '/api/v1/account/keys'
const OWN_SESSIONS = '/api/v1/account/sessions'
const USERS = '/api/v1/users'

export const accountKeys = {
  keys: (userId: string | null) => ['keys', userId] as const,
  sessions: ['account', 'sessions'] as const,
  users: ['users'] as const,
}

const userPath = (userId: string, more: Record<string, string> = {}) => ({
  params: { path: { user_id: userId, ...more } },
})

export const keysQuery = (userId: string | null) =>
  queryOptions({
    queryKey: accountKeys.keys(userId),
    queryFn: async ({ signal }): Promise<KeyRecord[]> => {
      const found: { keys: KeyRecord[] } =
        userId === null
          ? await unwrap(untyped.GET(OWN_KEYS, { signal }))
          : await unwrap(untyped.GET(`${USERS}/{user_id}/keys`, { ...userPath(userId), signal }))
      return found.keys
    },
  })

export const createKey = (userId: string | null, body: KeyBody): Promise<NewKey> =>
  userId === null
    ? unwrap(untyped.POST(OWN_KEYS, { body }))
    : unwrap(untyped.POST(`${USERS}/{user_id}/keys`, { ...userPath(userId), body }))

export const revokeKey = (userId: string | null, keyId: string) =>
  userId === null
    ? unwrapNothing(untyped.DELETE(`${OWN_KEYS}/{key_id}`, { params: { path: { key_id: keyId } } }))
    : unwrapNothing(untyped.DELETE(`${USERS}/{user_id}/keys/{key_id}`, userPath(userId, { key_id: keyId })))

export const ownSessionsQuery = () =>
  queryOptions({
    queryKey: accountKeys.sessions,
    queryFn: async ({ signal }): Promise<BrowserSession[]> => {
      const found: { sessions: BrowserSession[] } = await unwrap(untyped.GET(OWN_SESSIONS, { signal }))
      return found.sessions
    },
  })

export const endSession = (sessionId: string) =>
  unwrapNothing(
    untyped.DELETE(`${OWN_SESSIONS}/{session_id}`, { params: { path: { session_id: sessionId } } }),
  )

/** End all sessions of one's own, this one too. */
export const endOwnSessions = () => unwrapNothing(untyped.DELETE(OWN_SESSIONS))

export const changePassword = (body: { current_password: string; new_password: string }) =>
  unwrapNothing(untyped.PUT('/api/v1/account/password', { body }))

export const usersQuery = () =>
  queryOptions({
    queryKey: accountKeys.users,
    queryFn: async ({ signal }): Promise<UserRecord[]> => {
      const found: { users: UserRecord[] } = await unwrap(untyped.GET(USERS, { signal }))
      return found.users
    },
  })

export const userQuery = (userId: string) =>
  queryOptions({
    queryKey: [...accountKeys.users, userId],
    queryFn: ({ signal }): Promise<UserRecord> =>
      unwrap(untyped.GET(`${USERS}/{user_id}`, { ...userPath(userId), signal })),
  })

export const addUser = (body: Partial<UserBody>): Promise<UserRecord> => unwrap(untyped.POST(USERS, { body }))

export const changeUser = (userId: string, body: UserChanges): Promise<UserRecord> =>
  unwrap(untyped.PATCH(`${USERS}/{user_id}`, { ...userPath(userId), body }))

export const deleteUser = (userId: string) =>
  unwrapNothing(untyped.DELETE(`${USERS}/{user_id}`, userPath(userId)))

export const setPassword = (userId: string, password: string) =>
  unwrapNothing(untyped.PUT(`${USERS}/{user_id}/password`, { ...userPath(userId), body: { password } }))

export const endSessionsOf = (userId: string) =>
  unwrapNothing(untyped.DELETE(`${USERS}/{user_id}/sessions`, userPath(userId)))
