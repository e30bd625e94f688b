import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap } from './client'

export type TablePage = Schemas['TablePage']
export type TableRowDetail = Schemas['TableRowDetail']

/** A table: a data type, in a source or in the service's database. */
export interface TableName {
  kind: string
  source?: string
}

export interface TableQuery {
  after?: string
  limit?: number
  search?: string
  filters?: string
  order?: 'asc' | 'desc'
}

const keyOf = ({ kind, source }: TableName) => ['table', source ?? null, kind] as const

/** One page of the rows of a table. Rows are added all the time, so a page doesn't stay. */
export const tableRowsQuery = ({ kind, source }: TableName, query: TableQuery) =>
  queryOptions({
    queryKey: [...keyOf({ kind, source }), 'rows', query],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/datasets/{kind}/rows', {
          params: { path: { kind }, query: { ...query, source } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    gcTime: 60_000,
  })

/** One row in full. */
export const tableRowQuery = ({ kind, source }: TableName, row: string) =>
  queryOptions({
    queryKey: [...keyOf({ kind, source }), 'row', row],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/datasets/{kind}/rows/one', {
          // Ids may be larger than numbers of a browser.
          params: { path: { kind }, query: { row: row as unknown as number, source } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    gcTime: 60_000,
  })

/** What the values of each column are like. */
export const tableHeadsQuery = ({ kind, source }: TableName) =>
  queryOptions({
    queryKey: [...keyOf({ kind, source }), 'heads'],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/datasets/{kind}/rows/columns', {
          params: { path: { kind }, query: { source } },
          signal,
        }),
      ),
    staleTime: 60_000,
  })
