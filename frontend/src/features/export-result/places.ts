import { shellQuote } from '@/lib/shell'

/** Where a dataset can be opened. */
export interface Place {
  value: string
  label: string
  /** The folder that the code opens. */
  folder: string
  /** Commands that make the folder; null if it is there. */
  fetching: string | null
}

/** Return the places where a dataset can be opened, the first one first. `path` is its folder, if it has one. */
export function placesOf(exportId: string, path: string | null, origin: string): Place[] {
  const folder = `lumber-${exportId}`
  const unzip = `unzip ${folder}.zip -d ${folder}`
  const url = shellQuote(`${origin}/api/v1/export/${exportId}/download`)
  const fetching = [
    '# Without accounts, leave out the header.',
    `curl --fail --header "Authorization: Bearer $LUMBER_API_KEY" --output ${folder}.zip ${url}`,
    unzip,
    '# Or, with every file checked against its sha256:',
    `lumber exports download ${exportId} --server ${shellQuote(origin)} --output ${folder}`,
  ].join('\n')
  return [
    ...(path === null ? [] : [{ value: 'here', label: 'This machine', folder: path, fetching: null }]),
    { value: 'zip', label: 'Downloaded zip', folder, fetching: unzip },
    { value: 'http', label: 'Over HTTP', folder, fetching },
  ]
}
