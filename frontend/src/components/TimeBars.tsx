import { Group, Text } from '@mantine/core'
import { formatCount, plural } from '@/lib/format'
import { Moment } from './Moment'
import classes from './TimeBars.module.css'

interface TimeBarsProps {
  bars: { start: string; end: string; rows: number }[]
  label: string
}

/** Rows over time as plain bars: light enough for the first screen. */
export function TimeBars({ bars, label }: TimeBarsProps) {
  const most = Math.max(1, ...bars.map((bar) => bar.rows))
  const total = bars.reduce((sum, bar) => sum + bar.rows, 0)
  const first = bars[0]
  const last = bars[bars.length - 1]
  return (
    <figure className={classes.figure}>
      <div
        className={classes.bars}
        role="img"
        aria-label={`${label}: ${plural(total, 'row')} in ${plural(bars.length, 'bar')}, at most ${formatCount(most)} per bar.`}
      >
        {bars.map((bar) => (
          <span
            key={bar.start}
            className={classes.bar}
            style={{ height: `${(bar.rows / most) * 100}%` }}
            data-empty={bar.rows === 0 || undefined}
            title={`${plural(bar.rows, 'row')} from ${bar.start}`}
          />
        ))}
      </div>
      {first && last && (
        <Group justify="space-between" gap="xs">
          <Text size="xs" c="dimmed">
            <Moment at={first.start} />
          </Text>
          <Text size="xs" c="dimmed">
            <Moment at={last.end} />
          </Text>
        </Group>
      )}
    </figure>
  )
}
