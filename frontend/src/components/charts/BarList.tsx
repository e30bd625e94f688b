import { Button, Title } from '@mantine/core'
import { useState } from 'react'
import { formatCount, plural } from '@/lib/format'
import classes from './BarList.module.css'

const SHOWN = 10

interface BarListProps {
  title: string
  /** Rows by name, the most first where the order means nothing. */
  counts: Record<string, number>
}

/** Numbers by name as bars. It is a list with the numbers in it, so it needs no other text. */
export function BarList({ title, counts }: BarListProps) {
  const [isWhole, setIsWhole] = useState(false)
  const all = Object.entries(counts)
  const most = Math.max(1, ...all.map(([, rows]) => rows))
  const shown = isWhole ? all : all.slice(0, SHOWN)
  return (
    <section aria-label={title}>
      <Title order={3} size="h6" mb="xs">
        {title}
      </Title>
      <dl className={classes.list}>
        {shown.map(([name, rows]) => (
          <div key={name} className={classes.row}>
            <dt className={classes.name} title={name}>
              {name}
            </dt>
            <dd className={classes.track} style={{ margin: 0 }} aria-hidden>
              <span
                style={{
                  width: `${(rows / most) * 100}%`,
                  minWidth: rows > 0 ? 2 : 0,
                  background: 'var(--mantine-color-blue-filled)',
                }}
              />
            </dd>
            <dd className={classes.value}>{formatCount(rows)}</dd>
          </div>
        ))}
      </dl>
      {all.length > SHOWN && (
        <Button size="compact-xs" variant="subtle" mt={4} onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? 'Show less' : `Show ${plural(all.length - SHOWN, 'more', 'more')}`}
        </Button>
      )}
    </section>
  )
}
