import { queryOptions } from '@tanstack/react-query'
import { unwrap, unwrapNothing } from './client'
import { loose } from './loose'

/** A folder or object store that datasets are published to. */
export interface Destination {
  name: string
  /** Without secrets. */
  url: string
  kind: string
  promises: Record<string, boolean>
  status: string
  message: string | null
  probed_at: string | null
  created_at: string
}

/** Secrets are write-only: the service never returns them. */
export interface DestinationBody {
  name: string
  url: string
  options: Record<string, string | boolean>
  secrets?: Record<string, string>
  /** A file on the service's machine. */
  secret_file?: string
}

const DESTINATIONS = '/api/v1/destinations'
const at = (name: string) => ({ params: { path: { name } } })

export const destinationKeys = { all: ['destinations'] as const }

export const destinationsQuery = () =>
  queryOptions({
    queryKey: destinationKeys.all,
    queryFn: async ({ signal }) =>
      (await unwrap(loose.GET<{ destinations: Destination[] }>(DESTINATIONS, { signal }))).destinations,
  })

export const addDestination = (body: DestinationBody) =>
  unwrap(loose.POST<Destination>(DESTINATIONS, { body }))

/** Try what the store promises, and save the result. */
export const probeDestination = (name: string) =>
  unwrap(loose.POST<Destination>(`${DESTINATIONS}/{name}/probe`, at(name)))

export const removeDestination = (name: string) =>
  unwrapNothing(loose.DELETE(`${DESTINATIONS}/{name}`, at(name)))
