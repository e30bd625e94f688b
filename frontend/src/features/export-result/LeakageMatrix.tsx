import { SegmentedControl, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { type LeakagePair, MEASURES, type Measure } from '@/lib/api/manifest'
import { formatPercent } from '@/lib/format'
import classes from './Proof.module.css'

interface LeakageMatrixProps {
  pairs: LeakagePair[]
  words: Record<Measure, string>
}

/** What the splits share, split by split: the darker, the more. */
export function LeakageMatrix({ pairs, words }: LeakageMatrixProps) {
  const measures = MEASURES.filter((measure) => pairs.some((pair) => pair[measure] !== null))
  const [chosen, setChosen] = useState<Measure | undefined>(measures[0])
  const [first] = measures
  if (first === undefined) return null
  const measure = chosen ?? first
  const earlier = [...new Set(pairs.map(({ a }) => a))]
  const later = [...new Set(pairs.map(({ b }) => b))]
  return (
    <Stack gap="xs" align="flex-start">
      {measures.length > 1 && (
        <SegmentedControl
          size="xs"
          aria-label="What is compared"
          data={measures.map((name) => ({ value: name, label: words[name] }))}
          value={measure}
          onChange={(value) => setChosen(value as Measure)}
          style={{ maxWidth: '100%', overflowX: 'auto' }}
        />
      )}
      <table className={classes.matrix}>
        <caption style={{ captionSide: 'bottom', textAlign: 'left' }}>
          <Text size="xs" c="dimmed" span>
            Rows of the split on the left that also occur in the split above.
          </Text>
        </caption>
        <thead>
          <tr>
            <td />
            {earlier.map((name) => (
              <th key={name} scope="col">
                in {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {later.map((row) => (
            <tr key={row}>
              <th scope="row">{row}</th>
              {earlier.map((column) => {
                const share = pairs.find(({ a, b }) => a === column && b === row)?.[measure]?.share
                return share === undefined ? (
                  <td key={column}>–</td>
                ) : (
                  <td key={column} style={{ background: shade(share) }}>
                    {share === 0 ? 'none' : formatPercent(share)}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Stack>
  )
}

/** At most half of the colour, so that the text on it stays readable. */
function shade(share: number): string {
  const part = share === 0 ? 0 : Math.round(8 + share * 37)
  return `color-mix(in srgb, var(--mantine-color-orange-filled) ${part}%, var(--mantine-color-body))`
}
