import type { ErrorComponentProps } from '@tanstack/react-router'
import { ErrorNotice } from '@/components/ErrorNotice'
import { PageHeader } from '@/components/PageHeader'

/** What a screen that broke leaves: the reason, and a way to go on. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  return (
    <>
      <PageHeader title="This page failed" />
      <ErrorNotice error={error instanceof Error ? error : new Error(String(error))} onRetry={reset} />
    </>
  )
}
