import { api, unwrap } from './client'

/** Delete a load: its rows, and what it added to IP records. */
export function deleteLoad(sourceId: string) {
  return unwrap(api.DELETE('/api/v1/loads/{source_id}', { params: { path: { source_id: sourceId } } }))
}
