import { Alert, Button, Group, Modal, NumberInput, SimpleGrid, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { cleanUp, exportKeys } from '@/lib/api/exports'
import { formatBytes, formatCount, plural } from '@/lib/format'
import { type Limits, NO_LIMITS, limitsToRequest } from './limits'
import { type RetentionLimits, retentionText } from './retention'

const DELAY_MS = 300

interface CleanUpDialogProps {
  opened: boolean
  onClose: () => void
  /** The limits that apply if none is set here. */
  retention: RetentionLimits
}

/** Limits, a preview of what they delete, and the button that deletes. */
export function CleanUpDialog({ opened, onClose, retention }: CleanUpDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Clean up old exports">
      <CleanUp onClose={onClose} retention={retention} />
    </Modal>
  )
}

type CleanUpProps = Omit<CleanUpDialogProps, 'opened'>

function CleanUp({ onClose, retention }: CleanUpProps) {
  const client = useQueryClient()
  const [limits, setLimits] = useState<Limits>(NO_LIMITS)
  const request = limitsToRequest(limits)
  const [settled] = useDebouncedValue(request, DELAY_MS)
  const look = useQuery({
    queryKey: [...exportKeys.all, 'clean-up', settled],
    queryFn: () => cleanUp({ ...settled, is_dry_run: true }),
    placeholderData: keepPreviousData,
    // An old preview may differ from what is deleted now.
    staleTime: 0,
  })
  const clean = useMutation({
    mutationFn: () => cleanUp(request),
    onSuccess: (report) => {
      const text = `Deleted ${plural(report.exports.length, 'export')}, ${formatBytes(report.freed_bytes)} freed.`
      notifications.show({ message: text })
      onClose()
      return client.invalidateQueries({ queryKey: exportKeys.all })
    },
    onError: (error) =>
      notifications.show({ color: 'red', title: 'The clean-up failed', message: error.message }),
  })
  const isAsShown = JSON.stringify(request) === JSON.stringify(settled) && !look.isFetching
  const found = look.data ? look.data.exports.length + look.data.orphans.length : 0
  const input = (name: keyof Limits) => ({
    value: limits[name],
    onChange: (value: number | string) => setLimits({ ...limits, [name]: value }),
    min: 0,
    allowNegative: false,
    placeholder: 'No limit',
  })

  return (
    <Stack gap="md">
      <Text size="sm">
        Deletes finished exports beyond any of these limits, oldest first, with their files. Leave all limits
        empty to use the settings (LUMBER_RETENTION_DAYS, _BYTES and _COUNT).
      </Text>
      <Text size="sm">{retentionText(retention)}</Text>
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <NumberInput label="Days to keep" {...input('days')} />
        <NumberInput label="Total GiB" {...input('gibibytes')} />
        <NumberInput label="Exports to keep" allowDecimal={false} {...input('count')} />
      </SimpleGrid>
      <QueryView query={look} errorTitle="The clean-up preview failed" loading={<LoadingLines count={2} />}>
        {(report) => (
          <Alert color={found === 0 ? 'gray' : 'orange'} aria-live="polite">
            {found === 0
              ? `Nothing to delete: ${plural(report.kept, 'finished export')} kept.`
              : `${plural(report.exports.length, 'export')} would be deleted and ${formatBytes(report.freed_bytes)} freed; ${formatCount(report.kept)} kept.`}
          </Alert>
        )}
      </QueryView>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <Button
          color="red"
          onClick={() => clean.mutate()}
          loading={clean.isPending}
          disabled={!isAsShown || found === 0}
        >
          Delete exports
        </Button>
      </Group>
    </Stack>
  )
}
