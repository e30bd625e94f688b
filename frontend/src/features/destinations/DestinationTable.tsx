import { Badge, Button, Group, Table, Text } from '@mantine/core'
import { ConfirmButton } from '@/components/ConfirmButton'
import { Moment } from '@/components/Moment'
import {
  type Destination,
  destinationKeys,
  probeDestination,
  removeDestination,
} from '@/lib/api/destinations'
import { useCall } from '@/lib/calls'

const STATUS_COLORS: Record<string, string> = { ok: 'green', limited: 'orange', failing: 'red' }
interface DestinationTableProps {
  destinations: Destination[]
  mayChange: boolean
}

/** All destinations, and what a probe found that they can do. */
export function DestinationTable({ destinations, mayChange }: DestinationTableProps) {
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table verticalSpacing={6} fz="sm" aria-label="Destinations">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Address</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Probed</Table.Th>
            {mayChange && <Table.Th aria-label="Actions" />}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {destinations.map((destination) => (
            <Table.Tr key={destination.name}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                {destination.name}
                <Text size="xs" c="dimmed">
                  {destination.kind}
                </Text>
              </Table.Td>
              <Table.Td maw={320} miw={160} ff="monospace" fz="xs" style={{ overflowWrap: 'anywhere' }}>
                {destination.url}
              </Table.Td>
              <Table.Td maw={360} miw={200}>
                <Badge
                  variant="light"
                  color={STATUS_COLORS[destination.status] ?? 'gray'}
                  radius="sm"
                  miw="max-content"
                >
                  {destination.status}
                </Badge>
                <Text size="xs" mt={4} style={{ overflowWrap: 'anywhere' }}>
                  {statusText(destination)}
                </Text>
              </Table.Td>
              <Table.Td>
                <Moment at={destination.probed_at} none="never" />
              </Table.Td>
              {mayChange && (
                <Table.Td ta="right">
                  <DestinationActions name={destination.name} />
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

interface DestinationActionsProps {
  name: string
}

function DestinationActions({ name }: DestinationActionsProps) {
  const probe = useCall({
    call: () => probeDestination(name),
    refreshes: destinationKeys.all,
    done: ({ status }) => `Probed ${name}: ${status}.`,
    failed: 'The destination was not probed',
  })
  const remove = useCall({
    call: () => removeDestination(name),
    refreshes: destinationKeys.all,
    done: `Removed ${name}.`,
    failed: 'The destination was not removed',
  })
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      <Button
        size="compact-xs"
        variant="default"
        loading={probe.isPending}
        onClick={() => probe.mutate()}
        aria-label={`Probe ${name}`}
      >
        Probe
      </Button>
      <ConfirmButton
        size="compact-xs"
        aria-label={`Remove ${name}`}
        question={`Remove the destination ${name}?`}
        explanation="What was published there stays. Schedules and exports that name it fail."
        confirm="Remove destination"
        cancel="Keep destination"
        onConfirm={() => remove.mutate()}
        loading={remove.isPending}
      >
        Remove
      </ConfirmButton>
    </Group>
  )
}

/** The service says what the destination can't promise. */
function statusText({ message, status }: Destination): string {
  return message || (status === 'ok' ? 'All that publishing needs.' : '')
}
