import { Table, Text, Title } from '@mantine/core'
import { type LeakagePair, MEASURES, type Measure } from '@/lib/api/manifest'
import { formatCount, formatDuration, formatPercent } from '@/lib/format'
import { LeakageMatrix } from './LeakageMatrix'

const WORDS: Record<Measure, string> = {
  exact: 'Same content',
  near: 'Nearly same content',
  template: 'Same template',
  groups: 'Same group',
}

interface LeakageTableProps {
  pairs: LeakagePair[]
}

/** The leakage certificate: rows of a split that also occur in an earlier one. */
export function LeakageTable({ pairs }: LeakageTableProps) {
  // Measures that no pair has are left out.
  const measures = MEASURES.filter((measure) => pairs.some((pair) => pair[measure] !== null))
  const reasons = new Set(
    pairs.flatMap(({ not_checked: reasons = {} }) => Object.entries(reasons).map(reasonText)),
  )
  return (
    <section aria-label="Leakage certificate">
      <Title order={3} size="h6">
        Leakage certificate
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        Share of rows in the second split that also occur in the first.
      </Text>
      <LeakageMatrix pairs={pairs} words={WORDS} />
      <Table.ScrollContainer minWidth={680}>
        <Table verticalSpacing={6} fz="sm" style={{ whiteSpace: 'nowrap' }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Splits</Table.Th>
              {measures.map((measure) => (
                <Table.Th key={measure} ta="right">
                  {WORDS[measure]}
                </Table.Th>
              ))}
              <Table.Th>Time gap</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {pairs.map((pair) => (
              <Table.Tr key={`${pair.a} ${pair.b}`}>
                <Table.Td>
                  {pair.a}, {pair.b}
                </Table.Td>
                {measures.map((measure) => (
                  <Table.Td key={measure} ta="right">
                    {sharedText(pair, measure)}
                  </Table.Td>
                ))}
                <Table.Td>{timeText(pair)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {reasons.size > 0 && (
        <Text size="xs" c="dimmed" mt="xs">
          Not measured: {[...reasons].join('; ')}.
        </Text>
      )}
    </section>
  )
}

function sharedText(pair: LeakagePair, measure: Measure): string {
  const found = pair[measure]
  if (found === null) return '–'
  return found.rows === 0 ? 'none' : `${formatCount(found.rows)} (${formatPercent(found.share)})`
}

function timeText({ time }: LeakagePair): string {
  if (time === null) return '–'
  return time.overlap ? 'overlap' : formatDuration(time.gap_seconds)
}

function reasonText([measure, reason]: [string, string]): string {
  const name = MEASURES.find((known) => known === measure)
  return `${name ? WORDS[name].toLowerCase() : measure}: ${reason}`
}
