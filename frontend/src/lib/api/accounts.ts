import { queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap, unwrapNothing } from './client'
import type { Scope } from './session'

export type KeyRecord = Schemas['KeyReport']
/** A new key with its text, which is shown once: the service stores only a hash of it. */
export type NewKey = Schemas['NewKeyReport']
/** `expires` is a span such as `90d`, or null for ever. */
export type KeyBody = Schemas['WantedKey']
export type UserRecord = Schemas['UserReport']
export type UserBody = Schemas['NewUser']
export type UserChanges = Schemas['UserChange']
export type Role = Schemas['Role']

/** The rights that each role gives. */
export const ROLE_SCOPES: Record<string, readonly Scope[]> = {
  admin: ['exports:read', 'exports:write', 'ingest:write', 'sources:read', 'admin', 'audit:read'],
  exporter: ['exports:read', 'exports:write', 'ingest:write', 'sources:read'],
  viewer: ['exports:read', 'sources:read'],
  auditor: ['audit:read'],
}
export const ROLES: readonly Role[] = ['admin', 'exporter', 'viewer', 'auditor']

const OWN_KEYS = '/api/v1/account/keys'
const OWN_SESSIONS = '/api/v1/account/sessions'
const USERS = '/api/v1/users'

export const accountKeys = {
  keys: (userId: string | null) => ['keys', userId] as const,
  sessions: ['account', 'sessions'] as const,
  users: ['users'] as const,
}

const userPath = (userId: string) => ({ params: { path: { user_id: userId } } })

export const keysQuery = (userId: string | null) =>
  queryOptions({
    queryKey: accountKeys.keys(userId),
    queryFn: async ({ signal }) => {
      const found =
        userId === null
          ? await unwrap(api.GET(OWN_KEYS, { signal }))
          : await unwrap(api.GET(`${USERS}/{user_id}/keys`, { ...userPath(userId), signal }))
      return found.keys
    },
  })

export const createKey = (userId: string | null, body: KeyBody) =>
  userId === null
    ? unwrap(api.POST(OWN_KEYS, { body }))
    : unwrap(api.POST(`${USERS}/{user_id}/keys`, { ...userPath(userId), body }))

export const revokeKey = (userId: string | null, keyId: string) =>
  userId === null
    ? unwrapNothing(api.DELETE(`${OWN_KEYS}/{key_id}`, { params: { path: { key_id: keyId } } }))
    : unwrapNothing(
        api.DELETE(`${USERS}/{user_id}/keys/{key_id}`, {
          params: { path: { user_id: userId, key_id: keyId } },
        }),
      )

export const ownSessionsQuery = () =>
  queryOptions({
    queryKey: accountKeys.sessions,
    queryFn: async ({ signal }) => (await unwrap(api.GET(OWN_SESSIONS, { signal }))).sessions,
  })

export const endSession = (sessionId: string) =>
  unwrapNothing(api.DELETE(`${OWN_SESSIONS}/{session_id}`, { params: { path: { session_id: sessionId } } }))

/** End all sessions of one's own, this one too. */
export const endOwnSessions = () => unwrapNothing(api.DELETE(OWN_SESSIONS))

export const changePassword = (body: { current_password: string; new_password: string }) =>
  unwrapNothing(api.PUT('/api/v1/account/password', { body }))

export const usersQuery = () =>
  queryOptions({
    queryKey: accountKeys.users,
    queryFn: async ({ signal }) => (await unwrap(api.GET(USERS, { signal }))).users,
  })

export const userQuery = (userId: string) =>
  queryOptions({
    queryKey: [...accountKeys.users, userId],
    queryFn: ({ signal }) => unwrap(api.GET(`${USERS}/{user_id}`, { ...userPath(userId), signal })),
  })

export const addUser = (body: UserBody) => unwrap(api.POST(USERS, { body }))

export const changeUser = (userId: string, body: UserChanges) =>
  unwrap(api.PATCH(`${USERS}/{user_id}`, { ...userPath(userId), body }))

export const deleteUser = (userId: string) =>
  unwrapNothing(api.DELETE(`${USERS}/{user_id}`, userPath(userId)))

export const setPassword = (userId: string, password: string) =>
  unwrapNothing(api.PUT(`${USERS}/{user_id}/password`, { ...userPath(userId), body: { password } }))

export const endSessionsOf = (userId: string) =>
  unwrapNothing(api.DELETE(`${USERS}/{user_id}/sessions`, userPath(userId)))

/** Return the role of this name; `otherwise` for a name that is none. */
export const roleOf = (name: string | null, otherwise: Role): Role =>
  ROLES.find((role) => role === name) ?? otherwise
