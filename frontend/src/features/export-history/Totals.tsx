import { Button, Group, Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { cleanUp, exportKeys, statsQuery } from '@/lib/api/exports'
import { formatBytes, formatCount, plural } from '@/lib/format'

/** All exports together, and the clean-up that the service's retention settings would do. */
export function Totals() {
  const stats = useQuery(statsQuery())
  const client = useQueryClient()
  const tell = (title: string) => (error: Error) =>
    notifications.show({ color: 'red', title, message: error.message })
  const clean = useMutation({
    mutationFn: () => cleanUp({}),
    onSuccess: (report) => {
      notifications.show({
        message: `Deleted ${plural(report.exports.length, 'export')}, ${formatBytes(report.freed_bytes)} freed.`,
      })
      return client.invalidateQueries({ queryKey: exportKeys.all })
    },
    onError: tell('The clean-up failed'),
  })
  const look = useMutation({
    mutationFn: () => cleanUp({ is_dry_run: true }),
    onSuccess: (report) => {
      const count = report.exports.length
      modals.openConfirmModal({
        title: 'Clean up by the retention settings',
        children: (
          <Text size="sm">
            {count === 0 && report.orphans.length === 0
              ? `Nothing is old enough: all ${plural(report.kept, 'ended export')} stay.`
              : `${plural(count, 'export')} would be deleted and ${formatBytes(report.freed_bytes)} freed; ${formatCount(report.kept)} stay.`}{' '}
            The limits are settings of the service (LUMBER_RETENTION_DAYS, _BYTES and _COUNT).
          </Text>
        ),
        labels: { confirm: 'Clean up now', cancel: 'Close' },
        confirmProps: { color: 'red', disabled: count === 0 && report.orphans.length === 0 },
        onConfirm: () => clean.mutate(),
      })
    },
    onError: tell('The clean-up could not be looked at'),
  })

  return (
    <QueryView
      query={stats}
      loading={<LoadingLines count={1} height={30} />}
      errorTitle="The totals could not be loaded"
    >
      {({ totals, by_status, queue }) => (
        <Group justify="space-between" mb="md" gap="xs">
          <Text size="sm" c="dimmed">
            {plural(totals.exports, 'completed export')} with {plural(totals.rows, 'row')} in{' '}
            {formatBytes(totals.bytes)}; {formatCount(queue.running)} running, {formatCount(queue.waiting)}{' '}
            waiting, {formatCount(by_status['failed'] ?? 0)} failed.
          </Text>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => look.mutate()}
            loading={look.isPending || clean.isPending}
          >
            Clean up…
          </Button>
        </Group>
      )}
    </QueryView>
  )
}
