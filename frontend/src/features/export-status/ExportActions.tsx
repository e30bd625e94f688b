import { Button } from '@mantine/core'
import { LinkButton } from '@/components/LinkButton'
import { ENDED, type ExportDetails } from '@/lib/api/exports'
import { may, mayChange, useSession } from '@/lib/session'
import { useExportActions } from './useExportActions'

interface ExportActionsProps {
  details: ExportDetails
  onDeleted: () => void
  /** Called with the id of a new export with the same config. */
  onCreated: (exportId: string) => void
}

/** The actions that an export's status allows. */
export function ExportActions({ details, onDeleted, onCreated }: ExportActionsProps) {
  const actions = useExportActions(details.export_id, onDeleted, onCreated)
  const session = useSession()
  const isOwn = mayChange(session, details.owner)
  const hasEnded = ENDED.includes(details.status)
  const isByService = details.executor !== 'command'
  if (!may(session.account, 'exports:write')) return null
  return (
    <>
      {isOwn && !hasEnded && (
        <Button
          color="red"
          variant="outline"
          onClick={actions.askToCancel}
          loading={actions.cancel.isPending}
          disabled={details.is_cancelling}
        >
          {details.is_cancelling ? 'Cancelling…' : 'Cancel'}
        </Button>
      )}
      {isOwn && hasEnded && details.status !== 'completed' && isByService && (
        <Button onClick={() => actions.retry.mutate()} loading={actions.retry.isPending}>
          Retry
        </Button>
      )}
      {hasEnded && (
        <Button
          variant="default"
          onClick={() => actions.runAgain.mutate(details.export_config)}
          loading={actions.runAgain.isPending}
        >
          Run again
        </Button>
      )}
      <LinkButton to="/" search={{ from: details.export_id }} variant="default">
        Clone
      </LinkButton>
      <LinkButton to="/schedules/new" search={{ from: details.export_id }} variant="default">
        Schedule…
      </LinkButton>
      {isOwn && hasEnded && (
        <Button variant="default" c="red" onClick={actions.askToDelete} loading={actions.remove.isPending}>
          Delete
        </Button>
      )}
    </>
  )
}
