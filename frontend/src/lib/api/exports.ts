import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { operations } from './schema'
import { type Schemas, api, unwrap, unwrapWithResponse } from './client'
import type { QualityReport } from './reports'
import { parseRejects } from './reports'

export type ExportMetadata = Schemas['ExportMetadata']
export type ExportDetails = Schemas['ExportDetails']
export type ProgressReport = Schemas['ProgressReport']
export type FileRecord = Schemas['FileRecord']
export type BulkFailure = Schemas['BulkFailure']
export type BulkRequest = Omit<Partial<Schemas['BulkRequest']>, 'action' | 'matching'> & {
  action: Schemas['BulkRequest']['action']
  matching?: Matching
}
/** The filters of the history, for many exports at once. */
export type Matching = Partial<NonNullable<Schemas['BulkRequest']['matching']>>
export type NamingChange = Partial<Schemas['NamingChange']>
export type Verdict = Schemas['Verdict']
export type PreviewReport = Schemas['PreviewReport']
export type Status = Schemas['Status']
export type Order = Schemas['Order']
type Query = operations['list_exports']['parameters']['query']
type AnyConfig = Schemas['ExportConfig']
/** The fields that have fields of their own: these are never null, those may be. */
type PartName = 'split' | 'deduplicate' | 'order'
type OptionName = 'labels' | 'sample' | 'templates' | 'sequences' | 'privacy'
type InFull<T> = Extract<T, object>
type LabelsInFull = Omit<InFull<AnyConfig['labels']>, 'window_seconds'> & {
  window_seconds?: Schemas['LabelWindow'] | null
}
/** The fields of a config in full, as the service returns them. Other packages may add data types. */
interface FullParts {
  split: Omit<InFull<AnyConfig['split']>, 'ratios' | 'dates'> & {
    ratios: Record<string, number>
    dates?: Record<string, string>
  }
  deduplicate: InFull<AnyConfig['deduplicate']>
  order: InFull<AnyConfig['order']>
  labels?: LabelsInFull | null
  sample?: InFull<AnyConfig['sample']> | null
  templates?:
    | (Omit<InFull<AnyConfig['templates']>, 'masks' | 'custom_masks' | 'keep'> & {
        masks?: string[]
        custom_masks?: Record<string, string>
        keep?: string[]
      })
    | null
  sequences?: InFull<AnyConfig['sequences']> | null
  privacy?: InFull<AnyConfig['privacy']> | null
  data_types: string[]
  filters?: Record<string, unknown>
  fields?: Record<string, string[]>
}
export type ExportConfig = Omit<AnyConfig, keyof FullParts> & FullParts
type InPart<T> = T extends object ? Partial<T> : T
/** A config to send: fields with defaults are optional. */
export type ConfigInput = Pick<ExportConfig, 'data_types'> &
  Partial<Omit<ExportConfig, PartName | OptionName>> & {
    [Name in PartName | OptionName]?: InPart<ExportConfig[Name]>
  }

export interface HistoryFilter {
  status?: Status[]
  kind?: string
  text?: string
  tag?: string[]
  created_from?: string
  created_to?: string
  order: Order
  limit: number
  offset: number
}

/** How a list calls an export: by its name, or by the beginning of its id. */
export function titleOf({ name, export_id }: Pick<ExportMetadata, 'name' | 'export_id'>): string {
  return name ?? export_id.slice(0, 8)
}

export const ENDED: readonly string[] = ['completed', 'failed', 'cancelled']
const PREFIX = '/api/v1/export'
/** Enough to show examples; a reject list may have millions of lines. */
const REJECT_BYTES = 256 * 1024

function at(exportId: string) {
  return { params: { path: { export_id: exportId } } }
}

export const exportKeys = {
  all: ['exports'] as const,
  lists: ['exports', 'list'] as const,
  one: (exportId: string) => ['exports', 'one', exportId] as const,
  progress: (exportId: string) => ['exports', 'one', exportId, 'progress'] as const,
}

export const historyQuery = (filter: HistoryFilter) =>
  queryOptions({
    queryKey: [...exportKeys.lists, filter],
    queryFn: async ({ signal }) => {
      const { data, response } = await unwrapWithResponse(
        api.GET('/api/v1/export/', { params: { query: filter as Query }, signal }),
      )
      return { rows: data, total: Number(response.headers.get('X-Total-Count') ?? data.length) }
    },
    placeholderData: keepPreviousData,
  })

export const exportQuery = (exportId: string) =>
  queryOptions({
    queryKey: [...exportKeys.one(exportId), 'details'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/export/{export_id}/status', { ...at(exportId), signal })),
  })

export const progressQuery = (exportId: string) =>
  queryOptions({
    queryKey: exportKeys.progress(exportId),
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/export/{export_id}/progress', { ...at(exportId), signal })),
  })

/** Files of the first page, and of each page after it: a dataset may have 100,000. */
const FIRST_FILES = 10
const MORE_FILES = 100

/** Files with rows, or all others. */
export type FilePart = 'data' | 'documents'

/** The files of one part of a dataset by path, which begins with data type and split; page by page. */
export const filesQuery = (exportId: string, only: FilePart) =>
  infiniteQueryOptions({
    queryKey: [...exportKeys.one(exportId), 'files', only],
    queryFn: async ({ pageParam, signal }) => {
      const page = pageParam === null ? { limit: FIRST_FILES } : { limit: MORE_FILES, after: pageParam }
      const { data, response } = await unwrapWithResponse(
        api.GET('/api/v1/export/{export_id}/files', {
          params: { path: { export_id: exportId }, query: { only, ...page } },
          signal,
        }),
      )
      return { files: data, total: Number(response.headers.get('X-Total-Count') ?? data.length) }
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ files, total }, pages) => {
      const shown = pages.reduce((sum, page) => sum + page.files.length, 0)
      return shown < total ? files.at(-1)?.path : undefined
    },
    staleTime: Infinity,
  })

export const verdictsQuery = (exportId: string) =>
  queryOptions({
    queryKey: [...exportKeys.one(exportId), 'verdicts'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/export/{export_id}/verdicts', { ...at(exportId), signal })),
    staleTime: Infinity,
  })

export const qualityQuery = (exportId: string) =>
  queryOptions({
    queryKey: [...exportKeys.one(exportId), 'quality'],
    queryFn: async ({ signal }) => {
      const report: unknown = await unwrap(
        api.GET('/api/v1/export/{export_id}/quality', { ...at(exportId), signal }),
      )
      return report as QualityReport
    },
    staleTime: Infinity,
  })

/** The manifest without its files: there may be 100,000 of them, and `filesQuery` returns them in pages. */
export const manifestQuery = (exportId: string) =>
  queryOptions({
    queryKey: [...exportKeys.one(exportId), 'manifest'],
    queryFn: async ({ signal }): Promise<unknown> =>
      unwrap(
        api.GET('/api/v1/export/{export_id}/manifest', {
          params: { path: { export_id: exportId }, query: { files: false } },
          signal,
        }),
      ),
    staleTime: Infinity,
  })

export const rejectsQuery = (exportId: string) =>
  queryOptions({
    queryKey: [...exportKeys.one(exportId), 'rejects'],
    queryFn: async ({ signal }) => {
      const body = await unwrap(
        api.GET('/api/v1/export/{export_id}/rejects', { ...at(exportId), signal, parseAs: 'stream' }),
      )
      return parseRejects(await beginning(body, REJECT_BYTES))
    },
    staleTime: Infinity,
  })

export const statsQuery = () =>
  queryOptions({
    queryKey: [...exportKeys.all, 'stats'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/export/stats', { signal })),
  })

export const storedQuery = () =>
  queryOptions({
    queryKey: [...exportKeys.all, 'stored'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/export/stats/stored', { signal })),
  })

export const previewQuery = (config: ConfigInput) =>
  queryOptions({
    queryKey: ['preview', config],
    queryFn: ({ signal }) =>
      unwrap(api.POST('/api/v1/export/preview', { body: config as AnyConfig, signal })),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 10_000,
  })

export function createExport(config: ConfigInput, idempotencyKey: string, naming: NamingChange = {}) {
  return unwrap(
    api.POST('/api/v1/export/', {
      body: { ...(config as AnyConfig), ...naming },
      params: { header: { 'idempotency-key': idempotencyKey } },
    }),
  )
}

/** Change the name, the tags or the note: fields that aren't given stay. */
export function nameExport(exportId: string, change: NamingChange) {
  return unwrap(api.PATCH('/api/v1/export/{export_id}', { ...at(exportId), body: change }))
}

export function cancelExport(exportId: string) {
  return unwrap(api.POST('/api/v1/export/{export_id}/cancel', at(exportId)))
}

export function retryExport(exportId: string) {
  return unwrap(api.POST('/api/v1/export/{export_id}/retry', at(exportId)))
}

/** Delete or tag a batch of exports. */
export function changeMany(request: BulkRequest) {
  return unwrap(api.POST('/api/v1/export/bulk', { body: request as Schemas['BulkRequest'] }))
}

export function deleteExport(exportId: string) {
  return unwrap(api.DELETE('/api/v1/export/{export_id}', at(exportId)))
}

export function cleanUp(request: Partial<Schemas['CleanupRequest']>) {
  return unwrap(api.POST('/api/v1/export/cleanup', { body: { is_dry_run: false, ...request } }))
}

export function eventsUrl(exportId: string) {
  return `${PREFIX}/${encodeURIComponent(exportId)}/events`
}

export function fileUrl(exportId: string, fileId: string) {
  return `${PREFIX}/${encodeURIComponent(exportId)}/files/${encodeURIComponent(fileId)}`
}

export function datasetUrl(exportId: string) {
  return `${PREFIX}/${encodeURIComponent(exportId)}/download`
}

export function rejectsUrl(exportId: string) {
  return `${PREFIX}/${encodeURIComponent(exportId)}/rejects`
}

/** Read up to this many bytes of a body as text, and cancel the rest. */
async function beginning(body: ReadableStream<Uint8Array> | null, limit: number): Promise<string> {
  if (body === null) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  while (bytes < limit) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.length
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
  return text
}
