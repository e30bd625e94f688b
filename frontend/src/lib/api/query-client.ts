import { QueryCache, QueryClient } from '@tanstack/react-query'
import { livenessQuery } from './health'
import { ConnectionError, ProblemError } from './problem'

const MAX_RETRIES = 2

/** Retry only transient errors: errors of the service itself would repeat. */
function shouldRetry(failures: number, error: Error): boolean {
  if (error instanceof ProblemError) return error.problem.status === 503 && failures < MAX_RETRIES
  return failures < MAX_RETRIES
}

export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        // Any call can be the first to notice that the service is down.
        const { queryKey } = livenessQuery()
        if (error instanceof ConnectionError && query.queryKey[0] !== queryKey[0]) {
          void client.invalidateQueries({ queryKey })
        }
      },
    }),
    defaultOptions: {
      queries: { retry: shouldRetry, staleTime: 2_000, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  })
  return client
}
