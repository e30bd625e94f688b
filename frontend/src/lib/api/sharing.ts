import { queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap } from './client'
import { exportKeys } from './exports'

export type Share = Schemas['ShareReport']
export type WantedShares = { users: string[]; roles: Schemas['Role'][] }

const at = (exportId: string) => ({ params: { path: { export_id: exportId } } })

/** Who else may read an export; only for its owner and admins. */
export const sharesQuery = (exportId: string) =>
  queryOptions({
    queryKey: [...exportKeys.one(exportId), 'shares'],
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET('/api/v1/export/{export_id}/shares', { ...at(exportId), signal }))).shares,
  })

/** Replace all shares of an export. */
export const replaceShares = (exportId: string, body: WantedShares) =>
  unwrap(api.PUT('/api/v1/export/{export_id}/shares', { ...at(exportId), body }))
