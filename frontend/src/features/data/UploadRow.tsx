import { Button, Group, Paper, Progress, Stack, Text } from '@mantine/core'
import { skipToken, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { type UploadReport, uploadQuery } from '@/lib/api/ingest'
import { formatBytes, formatCount, formatDuration, plural } from '@/lib/format'
import { LoadQuality } from './LoadQuality'
import { RejectedLines } from './RejectedLines'
import type { QueuedFile } from './upload-queue'

interface UploadRowProps {
  item: QueuedFile
  onCancel: () => void
  onRetry: () => void
}

/** One file with its progress, and its result at the end. */
export function UploadRow({ item, onCancel, onRetry }: UploadRowProps) {
  const { file, state, uploadId } = item
  const isActive = state === 'waiting' || state === 'sending'
  const live = useQuery({
    ...uploadQuery(uploadId ?? ''),
    ...(state === 'sending' && uploadId !== null ? {} : { queryFn: skipToken, refetchInterval: false }),
  })
  const report = item.report ?? live.data ?? null
  return (
    <Paper withBorder p="sm" component="li" aria-label={file.name}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {file.name}
          </Text>
          <Text size="sm" style={{ whiteSpace: 'nowrap' }}>
            {formatBytes(file.size)}
          </Text>
        </Group>
        {isActive && <LiveProgress file={file} report={report} isWaiting={state === 'waiting'} />}
        <div role="status">
          {state === 'completed' && report && <Result report={report} />}
          {state === 'cancelled' && (
            <Text size="sm">Cancelled. Loaded rows stay in the database; resume to load the rest.</Text>
          )}
        </div>
        {state === 'failed' && item.error && (
          <ErrorNotice error={item.error} title="The file was not fully loaded" onRetry={onRetry} />
        )}
        {!isActive && report !== null && <Rejects report={report} />}
        {isActive && (
          <Group>
            <Button size="xs" variant="default" onClick={onCancel} aria-label={`Cancel ${file.name}`}>
              Cancel
            </Button>
          </Group>
        )}
        {state === 'cancelled' && (
          <Group>
            <Button size="xs" variant="default" onClick={onRetry} aria-label={`Resume ${file.name}`}>
              Resume
            </Button>
          </Group>
        )}
      </Stack>
    </Paper>
  )
}

interface LiveProgressProps {
  file: File
  report: UploadReport | null
  isWaiting: boolean
}

function LiveProgress({ file, report, isWaiting }: LiveProgressProps) {
  const share = file.size > 0 ? ((report?.bytes_received ?? 0) / file.size) * 100 : 100
  return (
    <>
      <Progress
        value={isWaiting || report === null ? 0 : Math.min(share, 100)}
        aria-label={`Progress of ${file.name}`}
        animated={report?.has_all}
      />
      <Text size="sm">{isWaiting ? 'Queued' : liveText(report)}</Text>
    </>
  )
}

function liveText(report: UploadReport | null): string {
  if (report === null || report.status === 'pending') return 'Starting'
  const parts = [`${plural(report.loaded, 'row')} loaded`]
  if (report.rejected > 0) parts.push(`${formatCount(report.rejected)} rejected`)
  if (report.has_all) return [...parts, 'upload complete, loading the rest'].join(', ')
  if (report.bytes_per_second) parts.push(`${formatBytes(report.bytes_per_second)} per second`)
  if (report.eta_seconds !== null) parts.push(`${formatDuration(report.eta_seconds)} left`)
  return parts.join(', ')
}

function Result({ report }: { report: UploadReport }) {
  if (report.lines === 0 && !report.is_mostly_rejected) {
    const why =
      report.skipped > 0 ? `All ${plural(report.skipped, 'line')} were loaded before` : 'The file is empty'
    return <Text size="sm">{why}: nothing to load.</Text>
  }
  const before = report.skipped > 0 ? ` ${plural(report.skipped, 'line')} were loaded before.` : ''
  return (
    <>
      <Text size="sm">
        {plural(report.lines, 'line')}: {formatCount(report.loaded)} loaded, {formatCount(report.rejected)}{' '}
        rejected, in {formatDuration(report.seconds)}.{before}
      </Text>
      {report.ignored_fields.length > 0 && (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          Ignored fields: {report.ignored_fields.join(', ')}
        </Text>
      )}
      <LoadQuality report={report} />
    </>
  )
}

function Rejects({ report }: { report: UploadReport }) {
  const [isOpen, setIsOpen] = useState(false)
  if (report.rejected === 0 || report.source_id === null) return null
  return (
    <>
      <Group>
        <Button size="xs" variant="default" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? 'Hide rejected lines' : `Show ${plural(report.rejected, 'rejected line')}`}
        </Button>
      </Group>
      {isOpen && <RejectedLines sourceId={report.source_id} />}
    </>
  )
}
