import { Anchor, Checkbox, Progress, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { StatusBadge } from '@/components/StatusBadge'
import { ENDED, type ExportMetadata, progressQuery } from '@/lib/api/exports'
import { rangeText } from '@/lib/config-text'
import { formatBytes, formatCount, formatDuration } from '@/lib/format'
import { durationSeconds } from '@/lib/history'
import { mayChange, useSession } from '@/lib/session'
import { ageText, utcText } from '@/lib/time'

const LIVE_MS = 2_000
const NOWRAP = { whiteSpace: 'nowrap' } as const

interface HistoryRowProps {
  row: ExportMetadata
  isSelected: boolean
  /** Null if nothing can be selected. */
  onToggle: ((exportId: string) => void) | null
  now: number
}

/** One export of the history, with live progress. Only changed rows are drawn again. */
export const HistoryRow = memo(function HistoryRow({ row, isSelected, onToggle, now }: HistoryRowProps) {
  const session = useSession()
  const { accounts_on, account } = session
  const hasEnded = ENDED.includes(row.status)
  const duration = durationSeconds(row)
  const kinds = (row.export_config['data_types'] ?? []) as string[]
  return (
    <Table.Tr bg={isSelected ? 'var(--mantine-primary-color-light)' : undefined}>
      {onToggle && (
        <Table.Td>
          <Checkbox
            aria-label={`Select ${row.export_id.slice(0, 8)}`}
            checked={isSelected}
            onChange={() => onToggle(row.export_id)}
            disabled={!hasEnded || !mayChange(session, row.owner)}
          />
        </Table.Td>
      )}
      <Table.Td>
        <Anchor component={Link} to={`/exports/${row.export_id}`} ff="monospace" fz="sm">
          {row.export_id.slice(0, 8)}
        </Anchor>
        {accounts_on && row.owner?.user_id !== account?.user_id && (
          <Text size="xs" c="dimmed">
            of {row.owner?.name ?? 'nobody'}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <StatusBadge status={row.status} isCancelling={row.is_cancelling} />
        {row.status === 'running' && <RowProgress exportId={row.export_id} />}
      </Table.Td>
      <Table.Td>{kinds.join(', ')}</Table.Td>
      <Table.Td>
        <Text size="sm">{rangeText(row.export_config)}</Text>
      </Table.Td>
      <Table.Td ta="right">{hasEnded ? formatCount(row.record_count) : '–'}</Table.Td>
      <Table.Td ta="right" style={NOWRAP}>
        {hasEnded ? formatBytes(row.file_size) : '–'}
      </Table.Td>
      <Table.Td ta="right" style={NOWRAP}>
        {duration === null ? '–' : formatDuration(duration)}
      </Table.Td>
      <Table.Td style={NOWRAP}>
        <time dateTime={row.created_at} title={utcText(row.created_at)}>
          {ageText(row.created_at, now)}
        </time>
      </Table.Td>
    </Table.Tr>
  )
})

interface RowProgressProps {
  exportId: string
}

function RowProgress({ exportId }: RowProgressProps) {
  const { data } = useQuery({ ...progressQuery(exportId), refetchInterval: LIVE_MS })
  if (!data?.total_records) return null
  const percent = (data.processed_records / data.total_records) * 100
  return <Progress value={percent} size="xs" mt={4} aria-label={`Progress of ${exportId.slice(0, 8)}`} />
}
