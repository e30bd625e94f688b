import { Anchor, Badge, Checkbox, Group, Progress, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { StatusBadge } from '@/components/StatusBadge'
import { ENDED, type ExportMetadata, progressQuery, titleOf } from '@/lib/api/exports'
import { formatBytes, formatCount, formatDuration } from '@/lib/format'
import { durationSeconds } from '@/lib/history'
import { useSession } from '@/lib/session'
import { ageText, utcText } from '@/lib/time'
import classes from './HistoryTable.module.css'
import { type RowActions, RowMenu } from './RowMenu'

const LIVE_MS = 2_000

interface HistoryRowProps {
  row: ExportMetadata
  isSelected: boolean
  onToggle: (row: ExportMetadata) => void
  onTag: (tag: string) => void
  actions: RowActions
  now: number
}

/** One export of the history, with live progress. Only changed rows are drawn again. */
export const HistoryRow = memo(function HistoryRow(props: HistoryRowProps) {
  const { row, isSelected, onToggle, onTag, actions, now } = props
  const { accounts_on, account } = useSession()
  const hasEnded = ENDED.includes(row.status)
  const duration = durationSeconds(row)
  const isMine = row.owner?.user_id === account?.user_id
  const ownerText = isMine ? 'yours' : `of ${row.owner?.name ?? 'nobody'}`
  return (
    <Table.Tr className={isSelected ? classes.selected : undefined}>
      <Table.Td className={classes.select}>
        <Checkbox
          aria-label={`Select ${titleOf(row)}`}
          checked={isSelected}
          onChange={() => onToggle(row)}
          disabled={!hasEnded}
        />
      </Table.Td>
      <Table.Td className={classes.export}>
        <Anchor
          component={Link}
          to={`/exports/${row.export_id}`}
          ff={row.name ? undefined : 'monospace'}
          fz="sm"
        >
          {titleOf(row)}
        </Anchor>
        <Text size="xs" c="dimmed">
          {row.what}
          {accounts_on && ` · ${ownerText}`}
        </Text>
        {row.tags.length > 0 && (
          <Group gap={4} mt={4}>
            {row.tags.map((tag) => (
              <Badge
                key={tag}
                component="button"
                type="button"
                size="sm"
                variant="default"
                radius="sm"
                tt="none"
                style={{ cursor: 'pointer' }}
                title={`Only exports tagged ${tag}`}
                onClick={() => onTag(tag)}
              >
                {tag}
              </Badge>
            ))}
          </Group>
        )}
      </Table.Td>
      <Table.Td>
        <StatusBadge status={row.status} isCancelling={row.is_cancelling} />
        {row.status === 'running' && <RowProgress exportId={row.export_id} />}
      </Table.Td>
      <Table.Td className={classes.number} data-label="Rows">
        {hasEnded ? formatCount(row.record_count) : '–'}
      </Table.Td>
      <Table.Td className={classes.number}>{hasEnded ? formatBytes(row.file_size) : '–'}</Table.Td>
      <Table.Td className={classes.number}>{duration === null ? '–' : formatDuration(duration)}</Table.Td>
      <Table.Td className={classes.short}>
        <time dateTime={row.created_at} title={utcText(row.created_at)}>
          {ageText(row.created_at, now)}
        </time>
      </Table.Td>
      <Table.Td className={classes.menu}>
        <RowMenu row={row} actions={actions} />
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
