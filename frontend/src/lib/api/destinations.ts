import { queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap, unwrapNothing } from './client'

/** A folder or object store that datasets are published to. */
export type Destination = Schemas['DestinationReport']
type NewDestination = Schemas['NewDestination']
/** Secrets are write-only: the service never returns them. */
export type DestinationBody = Omit<NewDestination, 'options' | 'create'> & {
  options: Partial<NewDestination['options']>
  create?: boolean
}

const DESTINATIONS = '/api/v1/destinations'
const ONE = `${DESTINATIONS}/{name}` as const
const at = (name: string) => ({ params: { path: { name } } })

export const destinationKeys = { all: ['destinations'] as const }

export const destinationsQuery = () =>
  queryOptions({
    queryKey: destinationKeys.all,
    queryFn: async ({ signal }) => (await unwrap(api.GET(DESTINATIONS, { signal }))).destinations,
  })

export const addDestination = (body: DestinationBody) =>
  unwrap(api.POST(DESTINATIONS, { body: body as NewDestination }))

/** Try what the store promises, and save the result. */
export const probeDestination = (name: string) => unwrap(api.POST(`${ONE}/probe`, at(name)))

export const removeDestination = (name: string) => unwrapNothing(api.DELETE(ONE, at(name)))
