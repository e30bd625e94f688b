import { Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { Section } from '@/components/Section'
import { formatCount } from '@/lib/format'
import { type DriftReport, driftQuery } from './compare'
import { driftText } from './DistributionBars'
import { shareText } from './KindDifferences'
import { Notes } from './Notes'

type ColumnDrift = DriftReport['columns'][number]

interface DriftProps {
  a: string
  b: string
}

/** How far the values of each column moved. */
export function Drift({ a, b }: DriftProps) {
  const drift = useQuery(driftQuery(a, b))
  return (
    <Section
      title="Drift per column"
      description="From 0 (the same) to 1 (nothing in common): Jensen-Shannon distance for texts, Kolmogorov-Smirnov for numbers and times."
    >
      <QueryView
        query={drift}
        errorTitle="The values could not be compared"
        loading={<LoadingLines count={6} />}
      >
        {({ columns, notes }) => (
          <>
            <Notes notes={notes} />
            {columns.length > 0 ? (
              <DriftTable columns={columns} />
            ) : (
              <Text size="sm">No column is in both.</Text>
            )}
          </>
        )}
      </QueryView>
    </Section>
  )
}

function DriftTable({ columns }: { columns: ColumnDrift[] }) {
  const kinds = new Set(columns.map(({ kind }) => kind))
  return (
    <Table.ScrollContainer minWidth={620} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table verticalSpacing={6} fz="sm" aria-label="Drift per column">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Column</Table.Th>
            <Table.Th>Drift</Table.Th>
            <Table.Th>What changed most</Table.Th>
            <Table.Th ta="right">Distinct A → B</Table.Th>
            <Table.Th ta="right">Empty A → B</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {columns.map((each) => (
            <Table.Tr key={`${each.kind}.${each.column}`}>
              <Table.Td>{kinds.size > 1 ? `${each.kind}.${each.column}` : each.column}</Table.Td>
              <Table.Td>{driftText(each.distance)}</Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{mostText(each)}</Table.Td>
              <Table.Td ta="right">
                {countText(each.distinct.a)} → {countText(each.distinct.b)}
              </Table.Td>
              <Table.Td ta="right">
                {shareText(each.nulls.a)} → {shareText(each.nulls.b)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function countText(count: number | null): string {
  return count === null ? '–' : formatCount(count)
}

/** The value that moved most; of numbers, the median. */
function mostText({ most, type, median_a, median_b }: ColumnDrift): string {
  if (most) return `${most.value}: ${shareText(most.a)} → ${shareText(most.b)}`
  if (median_a === null || median_b === null || median_a === median_b) return ''
  const [before, after] = [median_a, median_b].map((median) =>
    type.startsWith('timestamp') ? timeText(median) : Number(median.toPrecision(6)).toLocaleString('en-US'),
  )
  return `median: ${before} → ${after}`
}

function timeText(microseconds: number): string {
  const moment = new Date(microseconds / 1000)
  return Number.isNaN(moment.getTime()) ? String(microseconds) : `${moment.toISOString().slice(0, 19)}Z`
}
