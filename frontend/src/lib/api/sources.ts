import { queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap } from './client'

/** A database of other programs that rows are read from, with a mapping for some data types. */
export type Source = Schemas['SourceReport']

/** A data type of a source: a built-in one, or one of its own. */
export type SourceDataset = Schemas['SourceDataset']

export const sourcesQuery = () =>
  queryOptions({
    queryKey: ['sources'],
    queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/sources', { signal }))).sources,
  })

/** The data types that a source is mapped to. The source isn't opened. */
export const sourceDatasetsQuery = (name: string) =>
  queryOptions({
    queryKey: ['sources', name, 'datasets'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/sources/{name}/datasets', { params: { path: { name } }, signal })),
  })
