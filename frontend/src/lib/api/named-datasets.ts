import { queryOptions } from '@tanstack/react-query'
import { unwrap, unwrapNothing } from './client'
import { loose } from './loose'

/** A dataset's newest published version. */
export interface LatestVersion {
  number: number
  data_version: string
  export_id: string
  rows: number
  created_at: string
}

/** A named series of exports. */
export interface NamedDataset {
  name: string
  versions: number
  latest: LatestVersion | null
  held: number
  created_at: string
  destination: string | null
}

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
  /** Why a version is held or was dropped. */
  reason: string | null
  tags: string[]
  created_at: string
  parent: number | null
}

/** How many versions, and how many days of them, are kept; null keeps all. */
export interface Keep {
  last: number | null
  days: number | null
}

/** The versions are newest first. */
export interface NamedDatasetDetails extends NamedDataset {
  versions_list: Version[]
  keep: Keep
}

/** The list has a count under `versions`; the details have the versions themselves. */
type DetailsAnswer = Omit<NamedDataset, 'versions'> & { versions: Version[]; keep?: Keep | null }

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
    queryFn: async ({ signal }): Promise<NamedDatasetDetails> => {
      const found = await unwrap(loose.GET<DetailsAnswer>(ONE, { ...at(name), signal }))
      return {
        ...found,
        versions: found.versions.length,
        versions_list: found.versions,
        keep: found.keep ?? { last: null, days: null },
      }
    },
  })

/** Give a version a tag; a tag that another version has moves. */
export const tagVersion = (name: string, tag: string, number: number) =>
  unwrapNothing(loose.PUT(`${ONE}/tags/{tag}`, { ...at(name, { tag }), body: { number } }))

export const untagVersion = (name: string, tag: string) =>
  unwrapNothing(loose.DELETE(`${ONE}/tags/{tag}`, at(name, { tag })))

export const publishVersion = (name: string, number: number) =>
  unwrapNothing(loose.POST(`${ONE}/versions/{number}/publish`, at(name, { number })))

export const dropVersion = (name: string, number: number) =>
  unwrapNothing(loose.POST(`${ONE}/versions/{number}/drop`, at(name, { number })))

export const setKeep = (name: string, body: Keep) =>
  unwrapNothing(loose.PUT(`${ONE}/keep`, { ...at(name), body }))
