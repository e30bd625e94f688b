import { type QueryClient, queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap, unwrapNothing } from './client'

export const SCOPES = [
  'exports:read',
  'exports:write',
  'ingest:write',
  'sources:read',
  'admin',
  'audit:read',
] as const
export type Scope = (typeof SCOPES)[number]

/** Who uses the pages. Without accounts it is the machine itself, which may do everything. */
export type Account = Schemas['AccountReport']
export type BrowserSession = Schemas['SessionReport']
export type LoginProvider = Schemas['LoginProvider']
export type SessionDocument = Schemas['SessionDocument']

/** What is assumed until the service answers: the pages then show errors of their own. */
export const WITHOUT_ACCOUNTS: SessionDocument = {
  accounts_on: false,
  setup_open: false,
  account: {
    user_id: null,
    name: 'local',
    email: null,
    role: 'admin',
    scopes: [...SCOPES],
    kinds: null,
    has_password: false,
  },
  session: null,
  providers: [],
}

/** Fetched once at the start, and again when a call was refused. */
export const sessionQuery = () =>
  queryOptions({
    queryKey: ['session'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/session', { signal })),
    staleTime: Infinity,
    gcTime: Infinity,
    retry: false,
  })

export interface Credentials {
  name: string
  password: string
}

export const signIn = (body: Credentials): Promise<SessionDocument> =>
  unwrap(api.POST('/api/v1/session', { body }))

export const signOut = () => unwrapNothing(api.DELETE('/api/v1/session'))

export interface FirstAccount extends Credentials {
  /** The one-time token that `lumber serve` printed. */
  token: string
  email: string | null
}

export const createFirstAccount = (body: FirstAccount): Promise<SessionDocument> =>
  unwrap(api.POST('/api/v1/setup', { body }))

/** Forget what was loaded for somebody else. */
export function forgetData(client: QueryClient) {
  const [session] = sessionQuery().queryKey
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== session })
}
