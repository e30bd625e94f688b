import { Badge, Group, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { Section } from '@/components/Section'
import { formatCount } from '@/lib/format'
import { type RowReport, rowsQuery } from './compare'
import { Notes } from './Notes'

const CHANGES = ['added', 'removed', 'changed', 'moved'] as const

interface RowDifferencesProps {
  a: string
  b: string
  /** How many data types there are, so that as much space is kept for them. */
  kinds: number
}

/** Rows that only one dataset has, that changed, or that moved to another split, with examples. */
export function RowDifferences({ a, b, kinds }: RowDifferencesProps) {
  const rows = useQuery(rowsQuery(a, b))
  return (
    <Section title="Rows" description="Matched by their ids. A row moved if it is in another split.">
      <QueryView
        query={rows}
        errorTitle="The rows could not be compared"
        loading={<LoadingLines count={kinds + 2} height={26} />}
      >
        {(found) => (
          <>
            <Notes notes={found.notes} />
            {found.is_same && <Text size="sm">Both datasets have the same rows in the same splits.</Text>}
            {found.kinds.length > 0 && <CountTable kinds={found.kinds} />}
            {found.examples.length > 0 && <Examples examples={found.examples} />}
          </>
        )}
      </QueryView>
    </Section>
  )
}

function CountTable({ kinds }: { kinds: RowReport['kinds'] }) {
  return (
    <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table verticalSpacing={6} fz="sm" aria-label="Rows that differ">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Data type</Table.Th>
            <Table.Th ta="right">Rows of A</Table.Th>
            <Table.Th ta="right">Rows of B</Table.Th>
            {CHANGES.map((change) => (
              <Table.Th key={change} ta="right">
                {change}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {kinds.map((each) => (
            <Table.Tr key={each.kind}>
              <Table.Td>{each.kind}</Table.Td>
              <Table.Td ta="right">{formatCount(each.rows_a)}</Table.Td>
              <Table.Td ta="right">{formatCount(each.rows_b)}</Table.Td>
              {CHANGES.map((change) => (
                <Table.Td key={change} ta="right">
                  {each[change] === null ? '?' : formatCount(each[change])}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function Examples({ examples }: { examples: RowReport['examples'] }) {
  return (
    <details>
      <Text component="summary" size="sm">
        Examples
      </Text>
      <Stack gap="xs" mt="xs">
        {examples.map((row) => (
          <div key={`${row.kind} ${row.id} ${row.changes.join()}`}>
            <Group gap="xs">
              <Text size="sm">
                {row.kind} {row.id}
              </Text>
              {row.changes.map((change) => (
                <Badge key={change} variant="default" radius="sm" tt="none">
                  {change}
                  {change === 'moved' && ` from ${row.split_a} to ${row.split_b}`}
                </Badge>
              ))}
            </Group>
            {row.columns.map(({ column, a, b }) => (
              <Text key={column} size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                {column}: {a} → {b}
              </Text>
            ))}
          </div>
        ))}
      </Stack>
    </details>
  )
}
