import { Text } from '@mantine/core'
import { formatPercent } from '@/lib/format'
import type { KindComparison } from './compare'
import classes from './DistributionBars.module.css'

type Distribution = KindComparison['distributions'][number]

const TITLES = { levels: 'Levels', processes: 'Processes', labels: 'Labels' } as const

interface DistributionBarsProps {
  kind: string
  found: Distribution
}

/** The shares of the most frequent values, as two bars for each value. */
export function DistributionBars({ kind, found }: DistributionBarsProps) {
  const most = Math.max(...found.shares.flatMap(({ a, b }) => [a ?? 0, b ?? 0]), Number.EPSILON)
  const bars = ['a', 'b'] as const
  return (
    <div>
      <Text size="sm" fw={500}>
        {TITLES[found.of]}: {driftText(found.distance)}
      </Text>
      <table className={classes.table} aria-label={`${TITLES[found.of]} of ${kind}`}>
        <thead>
          <tr>
            <th scope="col">Value</th>
            <th scope="col">A and B</th>
          </tr>
        </thead>
        <tbody>
          {found.shares.map((pair) => (
            <tr key={pair.value}>
              <th scope="row">{pair.value}</th>
              <td>
                {bars.map((side) => (
                  <div key={side} className={classes.line}>
                    <span className={classes.track}>
                      <span
                        className={classes.bar}
                        data-side={side}
                        style={{ width: `${((pair[side] ?? 0) / most) * 100}%` }}
                      />
                    </span>
                    <span className={classes.share}>
                      {side.toUpperCase()} {formatPercent(pair[side] ?? 0)}
                    </span>
                  </div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** A distance in words: the limits are for reading only, and no verdict. */
export function driftText(distance: number | null): string {
  if (distance === null) return 'unknown'
  const shown = distance > 0 && distance < 0.001 ? '<0.001' : distance.toFixed(3)
  if (distance === 0) return 'the same'
  return `moved by ${shown}`
}
