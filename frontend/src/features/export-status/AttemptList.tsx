import { Table, Title } from '@mantine/core'
import { Moment } from '@/components/Moment'
import type { Schemas } from '@/lib/api/client'

interface AttemptListProps {
  attempts: Schemas['AttemptRecord'][]
}

/** Every attempt at an export, the first one first. */
export function AttemptList({ attempts }: AttemptListProps) {
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        Attempts
      </Title>
      <Table.ScrollContainer minWidth={520}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>#</Table.Th>
              <Table.Th>Started</Table.Th>
              <Table.Th>Ended</Table.Th>
              <Table.Th>Outcome</Table.Th>
              <Table.Th>Reason</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {attempts.map((attempt) => (
              <Table.Tr key={attempt.number}>
                <Table.Td>{attempt.number}</Table.Td>
                <Table.Td>
                  <Moment at={attempt.started_at} />
                </Table.Td>
                <Table.Td>
                  <Moment at={attempt.finished_at} />
                </Table.Td>
                <Table.Td>{attempt.outcome ?? 'runs'}</Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{attempt.error_message ?? ''}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  )
}
