import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap } from './client'
import { exportKeys } from './exports'

export type RowPage = Schemas['RowPage']
export type RowColumn = Schemas['RowColumn']
export type Row = Schemas['Row']
export type RowDetail = Schemas['RowDetail']
export type Explanation = Schemas['Explanation']
export type HeadsReport = Schemas['HeadsReport']
export type ColumnHeadReport = Schemas['ColumnHeadReport']

/** Which rows of a dataset to look at; without them the first table, all splits, and all rows. */
export interface RowQuery {
  kind?: string
  split?: string
  place?: number
  limit?: number
  search?: string
  /** A JSON object, as `filters` of an export. */
  filters?: string
  sort?: string
  order?: 'asc' | 'desc'
}

/** Which table and split. */
export type TableQuery = Pick<RowQuery, 'kind' | 'split'>

/** One page of rows. A dataset doesn't change, so neither does a page. */
export const rowsQuery = (exportId: string, query: RowQuery) =>
  queryOptions({
    queryKey: [...exportKeys.one(exportId), 'rows', query],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/export/{export_id}/rows', {
          params: { path: { export_id: exportId }, query },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    // Pages may be large.
    gcTime: 60_000,
  })

/** One row in full. */
export const rowQuery = (exportId: string, query: TableQuery & { place: number }) =>
  queryOptions({
    queryKey: [...exportKeys.one(exportId), 'row', query],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/export/{export_id}/rows/one', {
          params: { path: { export_id: exportId }, query },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
  })

/** What the values of each column are like. */
export const headsQuery = (exportId: string, query: TableQuery) =>
  queryOptions({
    queryKey: [...exportKeys.one(exportId), 'heads', query],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/export/{export_id}/rows/columns', {
          params: { path: { export_id: exportId }, query },
          signal,
        }),
      ),
    staleTime: Infinity,
  })

/** What became of a row of the database. The service looks for about a second at a time. */
export const explanationQuery = (exportId: string, query: { kind: string; row: string }) =>
  queryOptions({
    queryKey: [...exportKeys.one(exportId), 'explanation', query],
    queryFn: async ({ signal }) => {
      let place = 0
      for (;;) {
        const found = await unwrap(
          api.GET('/api/v1/export/{export_id}/rows/explain', {
            params: {
              path: { export_id: exportId },
              // Ids may be larger than numbers of a browser.
              query: { kind: query.kind, row: query.row as unknown as number, place },
            },
            signal,
          }),
        )
        if (found.outcome !== 'unfinished' || found.next == null) return found
        place = found.next
      }
    },
    // The rest of the database changes.
    staleTime: 10_000,
  })

export interface RejectQuery {
  kind: string
  place?: number
  limit?: number
  rule?: string
  search?: string
}

/** One page of rejected rows. */
export const rejectedRowsQuery = (exportId: string, query: RejectQuery) =>
  queryOptions({
    queryKey: [...exportKeys.one(exportId), 'rejected rows', query],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/export/{export_id}/rows/rejects', {
          params: { path: { export_id: exportId }, query },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
  })
