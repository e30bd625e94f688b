import { Box, Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { QueryView } from '@/components/QueryView'
import { statsQuery } from '@/lib/api/exports'
import { formatBytes, formatCount, plural } from '@/lib/format'
import { useMay } from '@/lib/session'
import { CleanUpDialog } from './CleanUpDialog'
import { retentionText } from './retention'
import { StoredOverTime } from './StoredOverTime'

/** On a telephone the lines are broken, and the button comes below them. */
const HEIGHT = { base: 97, sm: 41 }

/** Totals of all exports, their retention, and the clean-up button. */
export function Totals() {
  const stats = useQuery(statsQuery())
  const mayCleanUp = useMay('admin')
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <QueryView
      query={stats}
      loading={<Box component={Skeleton} mb="md" h={HEIGHT} />}
      errorTitle="The totals could not be loaded"
    >
      {({ totals, by_status, queue, retention }) => (
        <Group justify="space-between" mb="md" gap="xs" mih={HEIGHT}>
          <Stack gap={0} flex="1 1 300px">
            <Text size="sm" c="dimmed">
              {plural(totals.exports, 'completed export')} with {plural(totals.rows, 'row')} in{' '}
              {formatBytes(totals.bytes)}; {formatCount(queue.running)} running, {formatCount(queue.waiting)}{' '}
              queued, {formatCount(by_status['failed'] ?? 0)} failed.
            </Text>
            <Text size="sm" c="dimmed">
              {retentionText(retention)}
            </Text>
          </Stack>
          <StoredOverTime />
          {mayCleanUp && (
            <>
              <Button size="compact-sm" variant="default" onClick={open}>
                Clean up…
              </Button>
              <CleanUpDialog opened={isOpen} onClose={close} retention={retention} />
            </>
          )}
        </Group>
      )}
    </QueryView>
  )
}
