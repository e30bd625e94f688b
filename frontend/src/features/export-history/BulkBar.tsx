import { Alert, Button, Group, List, Paper, Progress, Text } from '@mantine/core'
import { LinkButton } from '@/components/LinkButton'
import type { BulkFailure, ExportMetadata } from '@/lib/api/exports'
import { formatCount, plural } from '@/lib/format'
import classes from './BulkBar.module.css'
import type { BulkProgress } from './useBulk'

const MOST_FAILURES = 20

interface BulkBarProps {
  /** The selected exports, in the order in which they were selected. */
  selected: ExportMetadata[]
  /** How many match the filters. */
  total: number
  /** How many of these may be changed, if all of them are taken; null if only the selected ones are. */
  matched: number | null
  mayChange: boolean
  progress: BulkProgress | null
  onAll: () => void
  onClear: () => void
  onDelete: () => void
  onTag: () => void
  onStop: () => void
}

/** What can be done with the selected exports. It stays in view while the list scrolls. */
export function BulkBar(props: BulkBarProps) {
  const { selected, total, matched, mayChange, progress, onAll, onClear, onDelete, onTag, onStop } = props
  const [a, b, more] = selected
  const isAll = matched !== null
  const count = matched ?? selected.length
  const completed = selected.every(({ status }) => status === 'completed')
  return (
    <Paper withBorder shadow="sm" p="xs" className={classes.bar} role="region" aria-label="Selected exports">
      {progress ? (
        <Group gap="sm">
          <Progress
            value={(100 * (progress.done + progress.failed.length)) / Math.max(1, progress.total)}
            aria-label="Progress of the selected exports"
            flex={1}
            miw={80}
          />
          <Text size="sm" aria-live="polite">
            {formatCount(progress.done)} of {formatCount(progress.total)} done
            {progress.failed.length > 0 && `, ${formatCount(progress.failed.length)} failed`}
          </Text>
          <Button size="compact-sm" variant="default" onClick={onStop}>
            Stop
          </Button>
        </Group>
      ) : (
        <Group gap="xs">
          <Text size="sm" aria-live="polite" fw={500}>
            {isAll ? `All ${plural(count, 'export')} that match` : `${plural(count, 'export')} selected`}
          </Text>
          {!isAll && total > selected.length && mayChange && (
            <Button size="compact-sm" variant="subtle" onClick={onAll}>
              Take all {formatCount(total)} that match
            </Button>
          )}
          {!isAll && a && b && !more && completed && (
            <LinkButton
              to="/compare"
              search={{ a: a.export_id, b: b.export_id }}
              size="compact-sm"
              variant="default"
            >
              Compare
            </LinkButton>
          )}
          {!isAll && a && !b && completed && (
            <Text size="sm" c="dimmed">
              Select another one to compare.
            </Text>
          )}
          {mayChange && (
            <>
              <Button size="compact-sm" variant="default" onClick={onTag}>
                Tags…
              </Button>
              <Button size="compact-sm" color="red" variant="outline" onClick={onDelete}>
                Delete {formatCount(count)}
              </Button>
            </>
          )}
          <Button size="compact-sm" variant="subtle" color="gray" onClick={onClear}>
            Clear selection
          </Button>
        </Group>
      )}
    </Paper>
  )
}

interface BulkFailuresProps {
  failed: BulkFailure[]
  onClose: () => void
}

/** The exports that were not changed, each with its reason. */
export function BulkFailures({ failed, onClose }: BulkFailuresProps) {
  if (failed.length === 0) return null
  return (
    <Alert
      color="red"
      variant="light"
      mb="md"
      title={`${plural(failed.length, 'export')} ${failed.length === 1 ? 'was' : 'were'} not changed`}
      withCloseButton
      closeButtonLabel="Close"
      onClose={onClose}
    >
      <List size="sm">
        {failed.slice(0, MOST_FAILURES).map(({ export_id, name, message }) => (
          <List.Item key={export_id}>
            {name ?? export_id.slice(0, 8)}: {message}
          </List.Item>
        ))}
      </List>
      {failed.length > MOST_FAILURES && (
        <Text size="sm">and {formatCount(failed.length - MOST_FAILURES)} more.</Text>
      )}
    </Alert>
  )
}
