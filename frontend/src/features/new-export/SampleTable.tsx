import { Table, Text } from '@mantine/core'

const LONGEST_TEXT = 120

interface SampleTableProps {
  records: Record<string, unknown>[]
  /** Columns that the export adds and a preview can't show. */
  notShown: readonly string[]
  label: string
}

/** Records as a table. Columns that a preview doesn't show say so. */
export function SampleTable({ records, notShown, label }: SampleTableProps) {
  const columns = Object.keys(records[0] ?? {})
  return (
    <Table.ScrollContainer
      minWidth={0}
      maxHeight={260}
      scrollAreaProps={{ viewportProps: { role: 'region', tabIndex: 0, 'aria-label': label } }}
    >
      <Table fz="xs" stickyHeader verticalSpacing={4} style={{ whiteSpace: 'nowrap' }}>
        <Table.Thead>
          <Table.Tr>
            {[...columns, ...notShown].map((name) => (
              <Table.Th key={name} ff="monospace">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {records.map((record, index) => (
            // The records never change places.
            <Table.Tr key={index}>
              {columns.map((name) => (
                <Table.Td key={name}>
                  <Cell value={record[name]} />
                </Table.Td>
              ))}
              {notShown.map((name) => (
                <Table.Td key={name} c="dimmed" fs="italic">
                  not shown in a preview
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function Cell({ value }: { value: unknown }) {
  if (value === null || value === undefined) {
    return (
      <Text span inherit c="dimmed">
        null
      </Text>
    )
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
}
