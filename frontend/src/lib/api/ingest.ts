import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { type Schemas, api, problemOf, unwrap } from './client'

type AnyUpload = Schemas['UploadBody']
/** The form's choices are texts, which the service checks. */
export type UploadBody = Omit<AnyUpload, 'kind' | 'format' | 'default_level'> & {
  kind: string
  format: string
  default_level?: string | null
}
export type UploadReport = Schemas['UploadReport']
export type SourceRecord = Schemas['SourceRecord']

const POLL_MS = 500
const UPLOADS = '/api/v1/ingest/uploads'

/** Announce a file with its reading options. The service rejects invalid options before the first byte. */
export const announceUpload = (body: UploadBody) => unwrap(api.POST(UPLOADS, { body: body as AnyUpload }))

/** Send a file. The browser streams it, and the call returns when the whole file is loaded. */
export const sendContent = (uploadId: string, file: File, signal: AbortSignal) =>
  unwrap(
    api.PUT(`${UPLOADS}/{upload_id}/content`, {
      params: { path: { upload_id: uploadId } },
      body: file as unknown as string,
      bodySerializer: (body: unknown) => body as BodyInit,
      headers: { 'Content-Type': 'application/octet-stream' },
      signal,
    }),
  )

export const getUpload = (uploadId: string) =>
  unwrap(api.GET(`${UPLOADS}/{upload_id}`, { params: { path: { upload_id: uploadId } } }))

export const cancelUpload = (uploadId: string) =>
  unwrap(api.POST(`${UPLOADS}/{upload_id}/cancel`, { params: { path: { upload_id: uploadId } } }))

/** Poll the progress of an upload. */
export const uploadQuery = (uploadId: string) =>
  queryOptions({
    queryKey: ['uploads', uploadId],
    queryFn: () => getUpload(uploadId),
    refetchInterval: POLL_MS,
  })

export const sourceKeys = { all: ['sources'] as const }

/** One page of what was loaded, by the service or the command line, the last that changed first. */
export const sourcesQuery = (limit: number, offset: number) =>
  queryOptions({
    queryKey: [...sourceKeys.all, limit, offset],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/ingest/sources', { params: { query: { limit, offset } }, signal })),
    placeholderData: keepPreviousData,
  })

/** A line that could not be loaded. Its text is whatever the source wrote. */
export interface RejectedLine {
  line: number
  reason: string
  raw: string
}

export function sourceRejectsUrl(sourceId: string): string {
  return `/api/v1/ingest/sources/${encodeURIComponent(sourceId)}/rejects`
}

/** The first rejected lines of a source. */
export const sourceRejectsQuery = (sourceId: string, limit: number) =>
  queryOptions({
    queryKey: ['rejects', sourceId, limit],
    queryFn: async ({ signal }): Promise<RejectedLine[]> => {
      const { data, error, response } = await api.GET('/api/v1/ingest/sources/{source_id}/rejects', {
        params: { path: { source_id: sourceId }, query: { limit } },
        parseAs: 'text',
        signal,
      })
      if (!response.ok) throw problemOf(error, response)
      const lines = String(data).split('\n')
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RejectedLine)
    },
  })

/** Fill an empty database with sample data. */
export const loadSample = () => unwrap(api.POST('/api/v1/ingest/sample'))
