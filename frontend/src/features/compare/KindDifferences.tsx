import { Stack, Text } from '@mantine/core'
import { Moment } from '@/components/Moment'
import { Section } from '@/components/Section'
import { formatCount, formatPercent, plural } from '@/lib/format'
import type { KindComparison } from './compare'
import { DistributionBars } from './DistributionBars'
import { type PairRow, PairTable } from './PairTable'

interface KindDifferencesProps {
  found: KindComparison
}

const TIMES = { first: 'First time', median: 'Median time', last: 'Last time' } as const

/** One data type in both datasets: rows, splits, times, columns and distributions. */
export function KindDifferences({ found }: KindDifferencesProps) {
  const { kind, counts, splits, times, columns, filled, distributions, same_columns } = found
  return (
    <Section title={kind}>
      <PairTable
        label={`Rows of ${kind}`}
        of="Rows"
        change="Change"
        rows={[...counts, ...splits.map((each) => ({ ...each, what: `split ${each.what}` }))].map(countRow)}
      />
      {times.length > 0 && (
        <PairTable
          label={`Times of ${kind}`}
          of="Time"
          isText
          rows={times.map(({ what, a, b }) => ({
            name: TIMES[what],
            a: <Moment at={a} />,
            b: <Moment at={b} />,
          }))}
        />
      )}
      {columns.length > 0 ? (
        <PairTable
          label={`Columns of ${kind}`}
          of="Column"
          isText
          rows={columns.map(({ name, a, b }) => ({ name, a: a ?? 'missing', b: b ?? 'missing' }))}
        />
      ) : (
        <Text size="sm">The {plural(same_columns, 'column')} are the same in both.</Text>
      )}
      {filled.length > 0 && (
        <PairTable
          label={`Values in columns of ${kind}`}
          of="Rows with a value in"
          rows={filled.map(({ value, a, b }) => ({ name: value, a: shareText(a), b: shareText(b) }))}
        />
      )}
      <Stack gap="md">
        {distributions.map((each) => (
          <DistributionBars key={each.of} kind={kind} found={each} />
        ))}
      </Stack>
    </Section>
  )
}

function countRow({ what, a, b }: KindComparison['counts'][number]): PairRow {
  return {
    name: what.replace('_', ' '),
    a: a === null ? '–' : formatCount(a),
    b: b === null ? '–' : formatCount(b),
    change: a === null || b === null ? '' : changeText(b - a),
  }
}

export function changeText(change: number): string {
  if (change === 0) return 'same'
  return `${change > 0 ? '+' : '−'}${formatCount(Math.abs(change))}`
}

export function shareText(share: number | null): string {
  return share === null ? '–' : formatPercent(share)
}
