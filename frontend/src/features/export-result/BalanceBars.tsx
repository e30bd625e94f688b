import { Group, Text, Title } from '@mantine/core'
import type { KindProof } from '@/lib/api/manifest'
import { formatCount, formatPercent } from '@/lib/format'
import classes from './Proof.module.css'

const LABELS = [
  { key: '1', name: 'label 1', color: 'var(--mantine-color-orange-filled)' },
  { key: '0', name: 'label 0', color: 'var(--mantine-color-blue-filled)' },
  { key: 'null', name: 'no label', color: 'var(--mantine-color-default-border)' },
] as const

interface BalanceBarsProps {
  labels: NonNullable<KindProof['labels']>
}

/** The class balance of each split as a bar, with the numbers beside it. */
export function BalanceBars({ labels }: BalanceBarsProps) {
  const splits = Object.entries(labels).flatMap(([name, counts]) => (counts ? [{ name, counts }] : []))
  if (splits.length === 0) return null
  return (
    <section aria-label="Class balance">
      <Group justify="space-between" gap="xs" mb="xs">
        <Title order={3} size="h6">
          Class balance
        </Title>
        <Group gap="sm" aria-hidden>
          {LABELS.map(({ key, name, color }) => (
            <Group key={key} gap={4}>
              <span className={classes.swatch} style={{ background: color }} />
              <Text size="xs">{name}</Text>
            </Group>
          ))}
        </Group>
      </Group>
      <dl className={classes.balance}>
        {splits.map(({ name, counts }) => {
          const total = counts['1'] + counts['0'] + counts['null']
          return (
            <div key={name} className={classes.split}>
              <dt>{name}</dt>
              <dd className={classes.track} aria-hidden>
                {LABELS.filter(({ key }) => counts[key] > 0).map(({ key, color }) => (
                  <span key={key} style={{ flexGrow: counts[key], background: color }} />
                ))}
              </dd>
              <dd className={classes.words}>
                {total === 0
                  ? 'no rows'
                  : LABELS.map(({ key, name: label }) => `${label}: ${shareText(counts[key], total)}`).join(
                      ', ',
                    )}
              </dd>
            </div>
          )
        })}
      </dl>
    </section>
  )
}

function shareText(rows: number, total: number): string {
  return rows === 0 ? 'none' : `${formatCount(rows)} (${formatPercent(rows / total)})`
}
