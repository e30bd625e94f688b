import { queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap, unwrapNothing } from './client'

export type Policy = Schemas['PolicyReport']
export type PolicyBody = Schemas['PolicyDocument']
export type PrivacyModule = PolicyBody['privacy_modules'][number]
/** What all policies of the account allow together, for one rule, and which of them state it. */
export type MergedRule = Schemas['MergedRule']

export const PRIVACY_MODULES = [
  'addresses',
  'irreversible_addresses',
  'mac',
  'email',
  'user',
  'host',
  'secrets',
  'iban',
  'phone',
  'national_id',
  'coordinates',
  'url_ids',
] as const satisfies readonly PrivacyModule[]

const POLICIES = '/api/v1/policies'
const ONE = `${POLICIES}/{policy_id}` as const
const at = (policyId: string) => ({ params: { path: { policy_id: policyId } } })

export const policyKeys = { all: ['policies'] as const, mine: ['policies', 'mine'] as const }

export const policiesQuery = () =>
  queryOptions({
    queryKey: [...policyKeys.all, 'list'],
    queryFn: async ({ signal }) => (await unwrap(api.GET(POLICIES, { signal }))).policies,
  })

export const policyQuery = (policyId: string) =>
  queryOptions({
    queryKey: [...policyKeys.all, 'one', policyId],
    queryFn: ({ signal }) => unwrap(api.GET(ONE, { ...at(policyId), signal })),
  })

/** The rules for one's own exports. Without any, everything is allowed. */
export const myRulesQuery = () =>
  queryOptions({
    queryKey: policyKeys.mine,
    queryFn: ({ signal }) => unwrap(api.GET(`${POLICIES}/mine`, { signal })),
    staleTime: 30_000,
  })

/** Create a policy, or with an id replace one, which raises its version. */
export const savePolicy = (policyId: string | null, body: PolicyBody) =>
  policyId === null ? unwrap(api.POST(POLICIES, { body })) : unwrap(api.PUT(ONE, { ...at(policyId), body }))

export const deletePolicy = (policyId: string) => unwrapNothing(api.DELETE(ONE, at(policyId)))
