import { Anchor, Badge, Group, Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Moment } from '@/components/Moment'
import type { Schedule } from '@/lib/api/schedules'
import { configText } from '@/lib/config-text'
import { RunBadge } from './RunBadge'

interface ScheduleTableProps {
  schedules: Schedule[]
}

/** All schedules: when they run, what they export, and how the last run went. */
export function ScheduleTable({ schedules }: ScheduleTableProps) {
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table verticalSpacing={6} fz="sm" aria-label="Schedules" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Runs</Table.Th>
            <Table.Th>Exports</Table.Th>
            <Table.Th>Next run</Table.Th>
            <Table.Th>Last run</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {schedules.map((schedule) => (
            <Table.Tr key={schedule.schedule_id}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                <Anchor component={Link} to={`/schedules/${schedule.schedule_id}`} fz="sm">
                  {schedule.name}
                </Anchor>
              </Table.Td>
              <Table.Td maw={260}>{schedule.sentence}</Table.Td>
              <Table.Td maw={300} miw={200} style={{ overflowWrap: 'anywhere' }}>
                {configText(schedule.config)}
              </Table.Td>
              <Table.Td>{schedule.is_paused ? <PausedBadge /> : <Moment at={schedule.next[0]} />}</Table.Td>
              <Table.Td>
                {schedule.last_run === null ? (
                  <Text size="sm" style={{ whiteSpace: 'nowrap' }}>
                    none yet
                  </Text>
                ) : (
                  <Group gap="xs" wrap="nowrap">
                    <RunBadge run={schedule.last_run} />
                    <Moment at={schedule.last_run.nominal_at} />
                  </Group>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

/** Says that a schedule doesn't run by itself. */
export function PausedBadge() {
  return (
    <Badge color="orange" variant="light" radius="sm" miw="max-content">
      paused
    </Badge>
  )
}
