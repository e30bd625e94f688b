import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap } from './client'
import { exportKeys } from './exports'

export type RowPage = Schemas['RowPage']
export type RowColumn = Schemas['RowColumn']
export type Row = Schemas['Row']
export type RowTableReport = Schemas['RowTableReport']

/** Which rows of a dataset to look at; without them the first table, all splits, and all rows. */
export interface RowQuery {
  kind?: string
  split?: string
  place?: number
  limit?: number
  search?: string
  /** A JSON object, as `filters` of an export. */
  filters?: string
}

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
