import { Anchor, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { QueryView } from '@/components/QueryView'
import { sourceRejectsQuery, sourceRejectsUrl } from '@/lib/api/ingest'
import { formatCount } from '@/lib/format'

const SHOWN = 50
const LONGEST_TEXT = 300

interface RejectedLinesProps {
  sourceId: string
}

/** The lines of a source that could not be loaded: number, reason and text. */
export function RejectedLines({ sourceId }: RejectedLinesProps) {
  const rejects = useQuery(sourceRejectsQuery(sourceId, SHOWN))
  return (
    <QueryView query={rejects} errorTitle="The rejected lines could not be loaded">
      {(lines) => (
        <Stack gap="xs">
          <Table.ScrollContainer minWidth={480}>
            <Table verticalSpacing={4} fz="sm" aria-label="Rejected lines">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th ta="right">Line</Table.Th>
                  <Table.Th>Reason</Table.Th>
                  <Table.Th>Text</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {lines.map(({ line, reason, raw }, index) => (
                  <Table.Tr key={index}>
                    <Table.Td ta="right">{formatCount(line)}</Table.Td>
                    <Table.Td>{reason}</Table.Td>
                    <Table.Td ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                      {raw.length > LONGEST_TEXT ? `${raw.slice(0, LONGEST_TEXT)}…` : raw}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          {lines.length === SHOWN && <Text size="sm">First {SHOWN} lines shown.</Text>}
          <Anchor href={sourceRejectsUrl(sourceId)} download={`${sourceId}-rejects.jsonl`} size="sm">
            Download as JSON Lines
          </Anchor>
        </Stack>
      )}
    </QueryView>
  )
}
