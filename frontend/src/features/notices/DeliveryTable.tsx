import { Badge, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Moment } from '@/components/Moment'
import { QueryView } from '@/components/QueryView'
import { Section } from '@/components/Section'
import { type Delivery, deliveriesQuery } from '@/lib/api/notices'
import { eventText } from './words'

const LIVE_MS = 2_000
const IDLE_MS = 15_000
const COLORS: Record<string, string> = { pending: 'blue', delivered: 'green', failed: 'red' }

interface DeliveryTableProps {
  noticeId: string
}

/** What a notice sent, with the attempts and their results, newest first. */
export function DeliveryTable({ noticeId }: DeliveryTableProps) {
  const deliveries = useQuery({
    ...deliveriesQuery(noticeId),
    refetchInterval: ({ state }) =>
      state.data?.some(({ status }) => status === 'pending') ? LIVE_MS : IDLE_MS,
  })
  return (
    <Section title="Deliveries" description="Failed deliveries are retried with back-off.">
      <QueryView
        query={deliveries}
        errorTitle="The deliveries could not be loaded"
        isEmpty={(found) => found.length === 0}
        empty={<Text size="sm">Nothing was sent yet. “Send a test” tries it.</Text>}
      >
        {(found) => (
          <Table.ScrollContainer minWidth={640}>
            <Table verticalSpacing={6} fz="sm" aria-label="Deliveries">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Event</Table.Th>
                  <Table.Th>Status</Table.Th>
                  <Table.Th ta="right">Attempts</Table.Th>
                  <Table.Th>Result</Table.Th>
                  <Table.Th>Next attempt</Table.Th>
                  <Table.Th>Created</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.map((delivery) => (
                  <DeliveryRow key={delivery.delivery_id} delivery={delivery} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </QueryView>
    </Section>
  )
}

interface DeliveryRowProps {
  delivery: Delivery
}

function DeliveryRow({ delivery }: DeliveryRowProps) {
  const { event, status, attempts, response_status: response, error } = delivery
  return (
    <Table.Tr>
      <Table.Td miw={110}>{eventText(event)}</Table.Td>
      <Table.Td>
        <Badge variant="light" color={COLORS[status] ?? 'gray'} radius="sm" miw="max-content">
          {status}
        </Badge>
      </Table.Td>
      <Table.Td ta="right">{attempts}</Table.Td>
      <Table.Td maw={360} miw={200} style={{ overflowWrap: 'anywhere' }}>
        {[response !== null && `status ${response}`, error].filter(Boolean).join(': ') || '–'}
      </Table.Td>
      <Table.Td>
        <Moment at={delivery.next_attempt_at} />
      </Table.Td>
      <Table.Td>
        <Moment at={delivery.created_at} />
      </Table.Td>
    </Table.Tr>
  )
}
