import { ScrollArea, Table } from '@mantine/core'

const MOST_CHARACTERS = 200

type Row = Record<string, unknown>

/** Rows as they would be stored. The raw line is left out: it would only repeat the others. */
export function FirstRows({ rows }: { rows: readonly Row[] }) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (name) => name !== 'raw_message' && rows.some((row) => (row[name] ?? null) !== null),
  )
  return (
    <ScrollArea
      type="auto"
      // A wide table is scrolled with the arrow keys too.
      viewportProps={{
        tabIndex: 0,
        role: 'region',
        'aria-label': 'First rows, as they would be stored',
      }}
    >
      <Table verticalSpacing={4} fz="xs" aria-label="First rows">
        <Table.Thead>
          <Table.Tr>
            {names.map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, place) => (
            <Table.Tr key={place}>
              {names.map((name) => (
                <Table.Td
                  key={name}
                  style={{ whiteSpace: name === 'timestamp' ? 'nowrap' : undefined, verticalAlign: 'top' }}
                >
                  {shown(row[name])}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  )
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}\u2026` : text
}
