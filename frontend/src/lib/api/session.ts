import { type QueryClient, queryOptions } from '@tanstack/react-query'
import { unwrap, unwrapNothing, untyped } from './client'

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
export interface Account {
  /** Null for the machine itself. */
  user_id: string | null
  name: string
  email: string | null
  role: string
  scopes: string[]
  /** Null for all data types. */
  kinds: string[] | null
  has_password: boolean
}

export interface BrowserSession {
  id: string
  created_at: string
  last_used_at: string
  expires_at: string
  address: string | null
  user_agent: string | null
  is_current: boolean
}

export interface LoginProvider {
  id: string
  name: string
  login_url: string
}

export interface SessionDocument {
  accounts_on: boolean
  setup_open: boolean
  /** Null if accounts are on and nobody is signed in. */
  account: Account | null
  session: BrowserSession | null
  providers: LoginProvider[]
}

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
    queryFn: ({ signal }): Promise<SessionDocument> => unwrap(untyped.GET('/api/v1/session', { signal })),
    staleTime: Infinity,
    gcTime: Infinity,
    retry: false,
  })

export interface Credentials {
  name: string
  password: string
}

export const signIn = (body: Credentials): Promise<SessionDocument> =>
  unwrap(untyped.POST('/api/v1/session', { body }))

export const signOut = () => unwrapNothing(untyped.DELETE('/api/v1/session'))

export interface FirstAccount extends Credentials {
  /** The one-time token that `lumber serve` printed. */
  token: string
  email: string | null
}

export const createFirstAccount = (body: FirstAccount): Promise<SessionDocument> =>
  unwrap(untyped.POST('/api/v1/setup', { body }))

/** Forget what was loaded for somebody else. */
export function forgetData(client: QueryClient) {
  const [session] = sessionQuery().queryKey
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== session })
}
