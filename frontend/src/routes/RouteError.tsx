import type { ErrorComponentProps } from '@tanstack/react-router'
import { ErrorNotice } from '@/components/ErrorNotice'
import { PageHeader } from '@/components/PageHeader'
import { MissingModuleError } from '@/lib/modules'

/** What a screen that broke leaves: the reason, and a way to go on. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const isMissing = error instanceof MissingModuleError
  const shown = isMissing ? 'Another version of Lumber runs now. Load the page again.' : String(error)
  return (
    <>
      <PageHeader title="This page failed" />
      <ErrorNotice
        error={error instanceof Error && !isMissing ? error : new Error(shown)}
        onRetry={isMissing ? () => window.location.reload() : reset}
      />
    </>
  )
}
