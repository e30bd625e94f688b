import { queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap } from './client'

/** A database of other programs that rows are read from, with a mapping for some data types. */
export type Source = Schemas['SourceReport']

export const sourcesQuery = () =>
  queryOptions({
    queryKey: ['sources'],
    queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/sources', { signal }))).sources,
  })
