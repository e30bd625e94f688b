import { Table } from '@mantine/core'
import { Moment } from '@/components/Moment'
import type { KindProof, SplitFacts } from '@/lib/api/manifest'
import { formatCount, formatPercent } from '@/lib/format'

interface SplitTableProps {
  proof: KindProof
}

/** The splits of a kind with rows, time range and label counts. */
export function SplitTable({ proof }: SplitTableProps) {
  const { labels } = proof
  const whole: SplitFacts = { rows: proof.written, first: null, last: null }
  const splits = Object.entries(proof.splits ?? { train: whole })
  const hasTimes = proof.splits !== undefined
  return (
    <Table.ScrollContainer minWidth={labels ? 680 : 480}>
      <Table verticalSpacing={6} fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Split</Table.Th>
            <Table.Th ta="right">Rows</Table.Th>
            <Table.Th ta="right">Share</Table.Th>
            {hasTimes && <Table.Th>First</Table.Th>}
            {hasTimes && <Table.Th>Last</Table.Th>}
            {labels && <Table.Th ta="right">Label 1</Table.Th>}
            {labels && <Table.Th ta="right">Label 0</Table.Th>}
            {labels && <Table.Th ta="right">No label</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {splits.map(([name, { rows, first, last }]) => (
            <Table.Tr key={name}>
              <Table.Td>{name}</Table.Td>
              <Table.Td ta="right">{formatCount(rows)}</Table.Td>
              <Table.Td ta="right">{proof.written > 0 ? formatPercent(rows / proof.written) : '–'}</Table.Td>
              {hasTimes && (
                <Table.Td>
                  <Moment at={first} />
                </Table.Td>
              )}
              {hasTimes && (
                <Table.Td>
                  <Moment at={last} />
                </Table.Td>
              )}
              {labels &&
                (['1', '0', 'null'] as const).map((label) => (
                  <Table.Td key={label} ta="right">
                    {formatCount(labels[name]?.[label] ?? 0)}
                  </Table.Td>
                ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
