import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap } from './client'
import type { UploadBody } from './ingest'

export type FilePreviewReport = Schemas['UploadPreview']

const SLICE_BYTES = 256 * 1024
/** A Parquet file has its index at the end: it is sent whole, as far as the service takes it. */
const MOST_WHOLE_BYTES = 700_000

/** The first rows of a file, as a load with these options would store them. */
export const filePreviewQuery = (
  file: File,
  options: Omit<UploadBody, 'name' | 'size_bytes' | 'modified_at'>,
) =>
  queryOptions({
    queryKey: ['file-preview', file.name, file.size, file.lastModified, options],
    queryFn: async ({ signal }) => {
      const size = (await isParquet(file)) ? MOST_WHOLE_BYTES : SLICE_BYTES
      const modified = new Date(file.lastModified)
      const body = {
        ...options,
        name: file.name,
        modified_at: Number.isNaN(modified.getTime()) ? null : modified.toISOString(),
        content: await base64(file.slice(0, size)),
        is_whole: file.size <= size,
      }
      return unwrap(
        api.POST('/api/v1/ingest/preview', { body: body as unknown as Schemas['PreviewBody'], signal }),
      )
    },
    placeholderData: keepPreviousData,
    retry: false,
  })

async function isParquet(file: File): Promise<boolean> {
  return (await file.slice(0, 4).text()) === 'PAR1'
}

function base64(content: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onerror = () => reject(reader.error ?? new Error('The file cannot be read.'))
    // A data URL: what follows the comma is the content.
    reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '')
    reader.readAsDataURL(content)
  })
}
