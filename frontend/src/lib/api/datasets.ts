import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap } from './client'

export type Dataset = Schemas['Dataset']
export type DatasetDetails = Schemas['DatasetDetails']
/** A data type with its columns and filters, in this database or in a source. */
export type DataType = Omit<DatasetDetails, 'rows' | 'is_estimate' | 'first' | 'last'>
export type DatasetFilter = Schemas['DatasetFilter']

/** Counting millions of rows is expensive, so results stay fresh for a while. */
const STALE_MS = 30_000

export const datasetsQuery = () =>
  queryOptions({
    queryKey: ['datasets'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/datasets', { signal })),
    staleTime: STALE_MS,
  })

export const datasetQuery = (kind: string, search = '') =>
  queryOptions({
    queryKey: ['datasets', kind, search],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/datasets/{kind}', {
          params: { path: { kind }, query: { search, limit: 1000 } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: STALE_MS,
  })
