import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from './client'

const CALM_MS = 20_000
const LOST_MS = 2_000

/** Whether the service responds; polled more often while it doesn't. */
export const livenessQuery = () =>
  queryOptions({
    queryKey: ['liveness'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/health/live', { signal })),
    retry: false,
    refetchInterval: (query) => (query.state.status === 'error' ? LOST_MS : CALM_MS),
    refetchIntervalInBackground: false,
  })

export const readinessQuery = () =>
  queryOptions({
    queryKey: ['readiness'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/health/ready', { signal })),
    retry: false,
  })
