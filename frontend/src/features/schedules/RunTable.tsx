import { Anchor, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Moment } from '@/components/Moment'
import { QueryView } from '@/components/QueryView'
import { Section } from '@/components/Section'
import { type ScheduleRun, runsQuery } from '@/lib/api/schedules'
import { formatDuration } from '@/lib/format'
import { RunBadge } from './RunBadge'

const LIVE_MS = 2_000
const IDLE_MS = 15_000

interface RunTableProps {
  scheduleId: string
}

/** The runs of a schedule, newest first, with their exports. */
export function RunTable({ scheduleId }: RunTableProps) {
  const runs = useQuery({
    ...runsQuery(scheduleId),
    refetchInterval: ({ state }) => (state.data?.some(isLive) ? LIVE_MS : IDLE_MS),
  })
  return (
    <Section title="Runs" description="Each nominal time runs once, however many schedulers there are.">
      <QueryView
        query={runs}
        errorTitle="The runs could not be loaded"
        isEmpty={(found) => found.length === 0}
        empty={<Text size="sm">No runs yet. “Run now” starts one at once.</Text>}
      >
        {(found) => (
          <Table.ScrollContainer minWidth={620}>
            <Table verticalSpacing={6} fz="sm" aria-label="Runs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Nominal time</Table.Th>
                  <Table.Th>Status</Table.Th>
                  <Table.Th>Reason</Table.Th>
                  <Table.Th>Export</Table.Th>
                  <Table.Th ta="right">Duration</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.map((run) => (
                  <RunRow key={run.nominal_at} run={run} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </QueryView>
    </Section>
  )
}

interface RunRowProps {
  run: ScheduleRun
}

function RunRow({ run }: RunRowProps) {
  const seconds = durationSeconds(run)
  return (
    <Table.Tr>
      <Table.Td>
        <Moment at={run.nominal_at} />
      </Table.Td>
      <Table.Td>
        <RunBadge run={run} />
      </Table.Td>
      <Table.Td maw={360} miw={200} style={{ overflowWrap: 'anywhere' }}>
        {run.reason ?? '–'}
      </Table.Td>
      <Table.Td>
        {run.export_id === null ? (
          '–'
        ) : (
          <Anchor component={Link} to={`/exports/${run.export_id}`} ff="monospace" fz="sm">
            {run.export_id.slice(0, 8)}
          </Anchor>
        )}
      </Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>
        {seconds === null ? '–' : formatDuration(seconds)}
      </Table.Td>
    </Table.Tr>
  )
}

function isLive({ status }: ScheduleRun): boolean {
  return status === 'queued' || status === 'running'
}

function durationSeconds({ started_at, finished_at }: ScheduleRun): number | null {
  if (started_at === null || finished_at === null) return null
  return Math.max(0, (Date.parse(finished_at) - Date.parse(started_at)) / 1000)
}
