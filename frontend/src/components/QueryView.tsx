import { Skeleton, Stack } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ErrorNotice } from './ErrorNotice'

interface QueryViewProps<T> {
  query: UseQueryResult<T>
  /** Placeholder of about the same size, so that the layout doesn't jump. */
  loading?: ReactNode
  errorTitle?: string
  isEmpty?: (data: T) => boolean
  empty?: ReactNode
  children: (data: T) => ReactNode
}

/** The states of a query: loading, failed, empty or loaded. Loaded data stays if a reload fails. */
export function QueryView<T>({ query, loading, errorTitle, isEmpty, empty, children }: QueryViewProps<T>) {
  const { data, error, refetch } = query
  if (data === undefined) {
    if (error) return <ErrorNotice error={error} title={errorTitle} onRetry={() => void refetch()} />
    return (
      <div role="status" aria-label="Loading">
        {loading ?? <LoadingLines />}
      </div>
    )
  }
  return (
    <>
      {error && <ErrorNotice error={error} title={errorTitle} onRetry={() => void refetch()} />}
      {isEmpty?.(data) && empty !== undefined ? empty : children(data)}
    </>
  )
}

interface LoadingLinesProps {
  count?: number
  height?: number
}

/** Grey placeholder lines for text. */
export function LoadingLines({ count = 4, height = 20 }: LoadingLinesProps) {
  return (
    <Stack gap="sm">
      {Array.from({ length: count }, (_, index) => (
        <Skeleton key={index} height={height} />
      ))}
    </Stack>
  )
}
