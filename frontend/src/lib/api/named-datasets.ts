import { queryOptions } from '@tanstack/react-query'
import type { Gate } from '@/lib/gate'
import { type Schemas, api, unwrap, unwrapNothing } from './client'

export type Version = Schemas['VersionReport']
/** A named series of exports. */
export type NamedDataset = Schemas['NamedDatasetReport']
/** The versions are newest first. */
export type NamedDatasetDetails = Schemas['NamedDatasetDetails']
/** How many versions, and how many days of them, are kept; null keeps all. */
export type Keep = Schemas['KeepRequest']
/** Tables of Delta or Iceberg that versions are committed to, and what they lack. */
export type DatasetTable = Schemas['TableReport']
export type TableFormat = Schemas['TableFormat']
/** A past range that the service adds window by window. */
export type Backfill = Schemas['RunningReport']
export type BackfillRequest = Schemas['BackfillRequest']

const DATASETS = '/api/v1/named-datasets'
const ONE = `${DATASETS}/{name}` as const
const at = <T extends object>(name: string, more?: T) => ({
  params: { path: { name, ...more } as { name: string } & T },
})

export const namedDatasetKeys = {
  all: ['named-datasets'] as const,
  one: (name: string) => ['named-datasets', 'one', name] as const,
  gate: (name: string) => ['named-datasets', 'gate', name] as const,
  backfills: (name: string) => ['named-datasets', 'backfills', name] as const,
  tables: (name: string) => ['named-datasets', 'tables', name] as const,
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

export const dropVersion = (name: string, number: number, reason: string | null) =>
  unwrap(api.POST(`${ONE}/versions/{number}/drop`, { ...at(name, { number }), body: { reason } }))

/** What a new version must be like; null if every one is published. */
export const gateQuery = (name: string) =>
  queryOptions({
    queryKey: namedDatasetKeys.gate(name),
    queryFn: async ({ signal }): Promise<Gate | null> =>
      (await unwrap(api.GET(`${ONE}/gate`, { ...at(name), signal }))).gate,
  })

/** Replace the gate; null removes it. */
export const setGate = async (name: string, gate: Gate | null): Promise<Gate | null> =>
  // The service checks the fields.
  (await unwrap(api.PUT(`${ONE}/gate`, { ...at(name), body: gate as Schemas['Gate'] | null }))).gate

export const testSetsQuery = () =>
  queryOptions({
    queryKey: ['test-sets'],
    queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/test-sets', { signal }))).test_sets,
  })

/** Asked again while a version waits to be committed. */
export const tablesQuery = (name: string) =>
  queryOptions({
    queryKey: namedDatasetKeys.tables(name),
    queryFn: async ({ signal }) => (await unwrap(api.GET(`${ONE}/tables`, { ...at(name), signal }))).tables,
    refetchInterval: ({ state }) => (state.data?.some(isBehind) ? 5_000 : false),
  })

/** The last backfills, newest first; asked again while one runs. */
export const backfillsQuery = (name: string) =>
  queryOptions({
    queryKey: namedDatasetKeys.backfills(name),
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET(`${ONE}/backfills`, { ...at(name), signal }))).backfills,
    refetchInterval: ({ state }) => (state.data?.[0]?.state === 'running' ? 2_000 : false),
  })

/** Add a past range, or only count its windows and rows. */
export const postBackfill = (name: string, body: BackfillRequest) =>
  unwrap(api.POST(`${ONE}/backfills`, { ...at(name), body }))

export const cancelBackfill = (name: string, backfill_id: string) =>
  unwrap(api.POST(`${ONE}/backfills/{backfill_id}/cancel`, at(name, { backfill_id })))

/** Whether the tables lack a published version. */
export const isBehind = ({ committed, latest }: DatasetTable) => (latest ?? 0) > (committed ?? 0)

export const setTables = (name: string, format: TableFormat, to: string) =>
  unwrap(api.PUT(`${ONE}/tables/{format}`, { ...at(name, { format }), body: { to } }))

export const removeTables = (name: string, format: TableFormat) =>
  unwrapNothing(api.DELETE(`${ONE}/tables/{format}`, at(name, { format })))

export const setKeep = (name: string, body: Keep) =>
  unwrapNothing(api.PUT(`${ONE}/keep`, { ...at(name), body }))
