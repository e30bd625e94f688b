import { Alert, Group, Loader, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { EmptyState } from '@/components/EmptyState'
import { FirstData } from '@/components/FirstData'
import { ErrorNotice } from '@/components/ErrorNotice'
import { LoadingLines } from '@/components/QueryView'
import type { ConfigInput, PreviewReport } from '@/lib/api/exports'
import { formatBytes, formatCount, formatDuration } from '@/lib/format'
import { KindPreview } from './KindPreview'
import type { Timeline } from './timeline'
import { VersionPreview } from './VersionPreview'

interface PreviewProps {
  query: UseQueryResult<PreviewReport>
  /** The config to preview. */
  config: ConfigInput
  /** There isn't a row in the whole database. */
  isEmpty: boolean
  /** Why the preview is paused, such as errors in the form. */
  pausedBy: string | null
  /** What its charts change in the form. */
  timeline: Timeline
}

/** The live preview of the export. */
export function Preview({ query, config, isEmpty, pausedBy, timeline }: PreviewProps) {
  const { data, error, isFetching } = query
  return (
    <Paper withBorder p="md" mih={420} component="section" aria-label="Preview" aria-busy={isFetching}>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          Preview
        </Title>
        {isFetching && <Loader size="xs" aria-label="Updating the preview" />}
      </Group>
      {pausedBy !== null && (
        <Alert color="gray" mb="sm">
          {pausedBy}
        </Alert>
      )}
      {isEmpty ? (
        <EmptyState title="The database is empty" action={<FirstData />}>
          There is nothing to preview yet. Load something first:
        </EmptyState>
      ) : error && pausedBy === null ? (
        <ErrorNotice error={error} onRetry={() => void query.refetch()} />
      ) : data ? (
        // Keep the last report while the form is incomplete, so that the layout doesn't jump.
        <Report report={data} config={pausedBy === null ? config : null} timeline={timeline} />
      ) : pausedBy !== null ? null : (
        <div role="status" aria-label="Loading">
          <LoadingLines count={8} height={28} />
        </div>
      )}
    </Paper>
  )
}

interface ReportProps {
  report: PreviewReport
  config: ConfigInput | null
  timeline: Timeline
}

function Report({ report, config, timeline }: ReportProps) {
  const { estimate } = report
  return (
    <Stack gap="md">
      <SimpleGrid cols={3} spacing="xs">
        <Fact name="Rows" value={formatCount(report.total_rows)} />
        <Fact
          name="Size"
          value={estimate.bytes === null ? 'unknown' : `≈ ${formatBytes(estimate.bytes)}`}
          note={SIZE_GROUNDS[estimate.bytes_basis]}
        />
        <Fact
          name="Time"
          value={`≈ ${formatDuration(estimate.seconds)}`}
          note={TIME_GROUNDS[estimate.seconds_basis]}
        />
      </SimpleGrid>
      {(estimate.seconds_reason || estimate.bytes_reason) && (
        <Text size="xs" c="dimmed">
          {estimate.bytes_reason && `Size: ${estimate.bytes_reason} `}
          {estimate.seconds_reason && `Time: ${estimate.seconds_reason}`}
        </Text>
      )}
      {report.version && <VersionPreview version={report.version} />}
      {report.total_rows === 0 && !report.version?.parent && (
        <EmptyState title="No rows match">
          The dataset would be empty. Widen the time range or remove conditions.
        </EmptyState>
      )}
      {Object.entries(report.kinds).map(([kind, preview]) => (
        <KindPreview key={kind} kind={kind} preview={preview} config={config} timeline={timeline} />
      ))}
    </Stack>
  )
}

const TIME_GROUNDS: Record<PreviewReport['estimate']['seconds_basis'], string> = {
  past_exports: 'from past exports',
  scaled: 'scaled from past exports',
  typical: 'on a small machine',
}

const SIZE_GROUNDS: Record<PreviewReport['estimate']['bytes_basis'], string> = {
  past_exports: 'from past exports',
  sample: 'from sample rows',
  mixed: 'from samples and past exports',
  none: '',
}

interface FactProps {
  name: string
  value: string
  note?: string
}

function Fact({ name, value, note }: FactProps) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fw={600}>{value}</Text>
      {note && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </div>
  )
}
