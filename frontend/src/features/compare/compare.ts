import { queryOptions } from '@tanstack/react-query'
import type { Schemas } from '@/lib/api/client'
import { api, unwrap } from '@/lib/api/client'
import { exportKeys } from '@/lib/api/exports'

export type Comparison = Schemas['Comparison']
export type KindComparison = Schemas['KindComparison']
export type DriftReport = Schemas['DriftReport']
export type RowReport = Schemas['RowReport']

function at(a: string, b: string) {
  return { params: { path: { export_id: a, other_id: b } } }
}

const key = (a: string, b: string) => [...exportKeys.one(a), 'compare', b] as const
/** Completed datasets don't change, and each comparison is in the audit trail. */
const ONCE = { staleTime: Infinity, retry: false } as const

export const comparisonQuery = (a: string, b: string) =>
  queryOptions({
    queryKey: [...key(a, b), 'documents'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/export/{export_id}/compare/{other_id}', { ...at(a, b), signal })),
    ...ONCE,
  })

export const driftQuery = (a: string, b: string) =>
  queryOptions({
    queryKey: [...key(a, b), 'drift'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/export/{export_id}/compare/{other_id}/drift', { ...at(a, b), signal })),
    ...ONCE,
  })

export const rowsQuery = (a: string, b: string) =>
  queryOptions({
    queryKey: [...key(a, b), 'rows'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/export/{export_id}/compare/{other_id}/rows', { ...at(a, b), signal })),
    ...ONCE,
  })
