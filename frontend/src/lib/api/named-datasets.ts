import { queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap, unwrapNothing } from './client'

export type Version = Schemas['VersionReport']
/** A named series of exports. */
export type NamedDataset = Schemas['NamedDatasetReport']
/** The versions are newest first. */
export type NamedDatasetDetails = Schemas['NamedDatasetDetails']
/** How many versions, and how many days of them, are kept; null keeps all. */
export type Keep = Schemas['KeepRequest']

const DATASETS = '/api/v1/named-datasets'
const ONE = `${DATASETS}/{name}` as const
const at = <T extends object>(name: string, more?: T) => ({
  params: { path: { name, ...more } as { name: string } & T },
})

export const namedDatasetKeys = {
  all: ['named-datasets'] as const,
  one: (name: string) => ['named-datasets', 'one', name] as const,
}

export const namedDatasetsQuery = () =>
  queryOptions({
    queryKey: [...namedDatasetKeys.all, 'list'],
    queryFn: async ({ signal }) => (await unwrap(api.GET(DATASETS, { signal }))).datasets,
  })

export const namedDatasetQuery = (name: string) =>
  queryOptions({
    queryKey: namedDatasetKeys.one(name),
    queryFn: ({ signal }) => unwrap(api.GET(ONE, { ...at(name), signal })),
  })

/** Give a version a tag; a tag that another version has moves. */
export const tagVersion = (name: string, tag: string, number: number) =>
  unwrapNothing(api.PUT(`${ONE}/tags/{tag}`, { ...at(name, { tag }), body: { version: `v${number}` } }))

export const untagVersion = (name: string, tag: string) =>
  unwrapNothing(api.DELETE(`${ONE}/tags/{tag}`, at(name, { tag })))

export const publishVersion = (name: string, number: number) =>
  unwrap(api.POST(`${ONE}/versions/{number}/publish`, at(name, { number })))

export const dropVersion = (name: string, number: number) =>
  unwrap(api.POST(`${ONE}/versions/{number}/drop`, at(name, { number })))

export const setKeep = (name: string, body: Keep) =>
  unwrapNothing(api.PUT(`${ONE}/keep`, { ...at(name), body }))
