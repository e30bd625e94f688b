import { Alert, Badge, Group, Paper, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { Moment } from '@/components/Moment'
import type { ExportDetails, ProgressReport } from '@/lib/api/exports'
import { formatCount, formatDuration, plural } from '@/lib/format'
import { AttemptList } from './AttemptList'
import { FailureNotice } from './FailureNotice'
import { PHASES } from './journal'
import { RunJournal } from './RunJournal'
import { useNow } from './useNow'

interface ExportStatusProps {
  details: ExportDetails
  status: string
  progress: ProgressReport | undefined
  isStreaming: boolean
}

/** The progress or outcome of an export. */
export function ExportStatus({ details, status, progress, isStreaming }: ExportStatusProps) {
  return (
    <Stack gap="md">
      <FailureNotice details={details} />
      {status === 'cancelled' && (
        <Alert color="orange" title="Cancelled">
          No dataset was written. Retry resumes from the finished partitions.
        </Alert>
      )}
      {(status === 'pending' || status === 'running') && (
        <Running details={details} status={status} progress={progress} isStreaming={isStreaming} />
      )}
      {status === 'completed' && <Counts details={details} />}
      {(details.attempts ?? []).length > 1 && <AttemptList attempts={details.attempts ?? []} />}
    </Stack>
  )
}

function Running({ details, status, progress, isStreaming }: ExportStatusProps) {
  // Before the first report each has its place, so that the rest stays where it is.
  const kinds = Object.entries(progress?.progress ?? Object.fromEntries(kindsOf(details)))
  const isPending = status === 'pending'
  const now = useNow(!isPending)
  const helpers = isPending ? [] : (progress?.reported?.workers ?? [])
  return (
    <Paper withBorder p="md" component="section" aria-label="Progress">
      <Group justify="space-between" mb="sm" wrap="nowrap" align="flex-start">
        <Title order={2} size="h4">
          {phaseText(isPending, progress?.phase, details)}
        </Title>
        <Badge variant="outline" color={isStreaming ? 'green' : 'gray'} radius="sm" miw="max-content">
          {isStreaming ? 'live' : 'every 2 s'}
        </Badge>
      </Group>
      <Stack gap="sm">
        {typeof progress?.surveyed_percent === 'number' && (
          <Share name="first pass" label="Progress of the first pass" percent={progress.surveyed_percent} />
        )}
        {kinds.map(([kind, percent]) => (
          <Share key={kind} name={kind} label={`Progress of ${kind}`} percent={percent} />
        ))}
      </Stack>
      <SimpleGrid cols={{ base: 2, sm: 4 }} mt="md">
        <Fact name="Rows" value={outOf(progress?.processed_records, progress?.total_records)} />
        <Fact name="Batches" value={outOf(progress?.current_batch, progress?.total_batches)} />
        <Fact
          name="Speed"
          value={
            progress?.records_per_second
              ? `${formatCount(Math.round(progress.records_per_second))} rows/s`
              : '–'
          }
        />
        <Fact
          name="Time left"
          value={typeof progress?.eta_seconds === 'number' ? formatDuration(progress.eta_seconds) : '–'}
        />
      </SimpleGrid>
      {helpers.length > 0 && (
        <Text size="sm" c="dimmed" mt="sm">
          Other workers that help: {helpers.join(', ')}
        </Text>
      )}
      {!isPending && (
        <div style={{ marginTop: 16 }}>
          <RunJournal journal={progress?.reported?.journal} now={now} />
        </div>
      )}
    </Paper>
  )
}

function kindsOf({ export_config }: ExportDetails): [string, number][] {
  const named = export_config['data_types']
  return Array.isArray(named) ? named.map((kind) => [String(kind), 0]) : []
}

function phaseText(isPending: boolean, phase: string | null | undefined, details: ExportDetails): string {
  if (details.is_cancelling) return 'Cancelling…'
  if (isPending) return details.attempt === 0 ? 'Queued' : 'Waiting to retry'
  return PHASES[phase ?? '']?.long ?? 'Starting'
}

function outOf(done: number | undefined, total: number | undefined): string {
  if (!total) return '–'
  return `${formatCount(done ?? 0)} of ${formatCount(total)}`
}

interface ShareProps {
  name: string
  label: string
  percent: number
}

function Share({ name, label, percent }: ShareProps) {
  return (
    <div>
      <Group justify="space-between">
        <Text size="sm">{name}</Text>
        <Text size="sm">{percent.toFixed(1)}%</Text>
      </Group>
      <Progress value={percent} size="lg" aria-label={label} transitionDuration={300} />
    </div>
  )
}

interface FactProps {
  name: string
  value: string
}

function Fact({ name, value }: FactProps) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fw={600}>{value}</Text>
    </div>
  )
}

interface CountsProps {
  details: ExportDetails
}

function Counts({ details }: CountsProps) {
  const kinds = Object.entries(details.kinds ?? {})
  const read = kinds.reduce((sum, [, counts]) => sum + (counts['read'] ?? 0), 0)
  const rejected = kinds.reduce((sum, [, counts]) => sum + (counts['rejected'] ?? 0), 0)
  const seconds = secondsBetween(details.started_at, details.finished_at)
  return (
    <Text>
      {plural(details.record_count, 'row')} written of {formatCount(read)} read
      {rejected > 0 && `, ${formatCount(rejected)} rejected`}
      {seconds !== null && ` in ${formatDuration(seconds)}`}, finished <Moment at={details.finished_at} />.
    </Text>
  )
}

function secondsBetween(start: string | null | undefined, end: string | null | undefined): number | null {
  return start && end ? Math.max(0, (Date.parse(end) - Date.parse(start)) / 1000) : null
}
