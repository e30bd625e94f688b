import { Table, Text } from '@mantine/core'
import type { Schemas } from '@/lib/api/client'
import { formatCount, plural } from '@/lib/format'

interface ReplacementsProps {
  kind: string
  replacements: Schemas['Replacement'][]
  /** Rows in which they were counted. */
  rows: number
}

/** What a private export would replace in the sampled rows, by column and type. */
export function Replacements({ kind, replacements, rows }: ReplacementsProps) {
  if (replacements.length === 0) return null
  return (
    <section aria-label={`Replaced in ${kind}`}>
      <Text size="sm">Privacy replaces, in {plural(rows, 'sampled row')}:</Text>
      <Table.ScrollContainer minWidth={400}>
        <Table fz="xs" verticalSpacing={2}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Column</Table.Th>
              <Table.Th>Type</Table.Th>
              <Table.Th ta="right">Values</Table.Th>
              <Table.Th>Example</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {replacements.map(({ column, type, values, examples }) => (
              <Table.Tr key={`${column} ${type}`}>
                <Table.Td>{column}</Table.Td>
                <Table.Td>{type}</Table.Td>
                <Table.Td ta="right">{formatCount(values)}</Table.Td>
                <Table.Td>{examples[0] && exampleText(examples[0])}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  )
}

function exampleText({ before, after }: Schemas['ReplacementExample']): string {
  return `${before} → ${after ?? 'null'}`
}
