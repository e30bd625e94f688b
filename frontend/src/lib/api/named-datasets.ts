import { queryOptions } from '@tanstack/react-query'
import { unwrap, unwrapNothing } from './client'
import { loose } from './loose'

export interface Version {
  number: number
  data_version: string
  export_id: string
  path: string | null
  rows: number
  added: number
  changed: number
  removed: number
  state: string
  /** Why it is held, was dropped, or read everything again. */
  reason: string | null
  tags: string[]
  parent: number | null
  is_incremental: boolean
  created_at: string
}

/** A named series of exports. */
export interface NamedDataset {
  name: string
  versions: number
  /** The latest published version. */
  latest: Version | null
  held: number
  keep_last: number | null
  keep_days: number | null
  created_at: string
}

/** The versions are newest first. */
export type NamedDatasetDetails = Omit<NamedDataset, 'versions'> & { versions: Version[] }

/** How many versions, and how many days of them, are kept; null keeps all. */
export interface Keep {
  last: number | null
  days: number | null
}

const DATASETS = '/api/v1/named-datasets'
const ONE = `${DATASETS}/{name}`
const at = (name: string, more: Record<string, string | number> = {}) => ({
  params: { path: { name, ...more } },
})

export const namedDatasetKeys = {
  all: ['named-datasets'] as const,
  one: (name: string) => ['named-datasets', 'one', name] as const,
}

export const namedDatasetsQuery = () =>
  queryOptions({
    queryKey: [...namedDatasetKeys.all, 'list'],
    queryFn: async ({ signal }) =>
      (await unwrap(loose.GET<{ datasets: NamedDataset[] }>(DATASETS, { signal }))).datasets,
  })

export const namedDatasetQuery = (name: string) =>
  queryOptions({
    queryKey: namedDatasetKeys.one(name),
    queryFn: ({ signal }) => unwrap(loose.GET<NamedDatasetDetails>(ONE, { ...at(name), signal })),
  })

/** Give a version a tag; a tag that another version has moves. */
export const tagVersion = (name: string, tag: string, number: number) =>
  unwrapNothing(loose.PUT(`${ONE}/tags/{tag}`, { ...at(name, { tag }), body: { version: `v${number}` } }))

export const untagVersion = (name: string, tag: string) =>
  unwrapNothing(loose.DELETE(`${ONE}/tags/{tag}`, at(name, { tag })))

export const publishVersion = (name: string, number: number) =>
  unwrapNothing(loose.POST(`${ONE}/versions/{number}/publish`, at(name, { number })))

export const dropVersion = (name: string, number: number) =>
  unwrapNothing(loose.POST(`${ONE}/versions/{number}/drop`, at(name, { number })))

export const setKeep = (name: string, body: Keep) =>
  unwrapNothing(loose.PUT(`${ONE}/keep`, { ...at(name), body }))
