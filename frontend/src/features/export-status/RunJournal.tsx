import { Stack, Text, Title } from '@mantine/core'
import { useMemo } from 'react'
import { TimeChart } from '@/components/charts/TimeChart'
import { formatCount, formatDuration } from '@/lib/format'
import { browserZone, momentToWall, utcText } from '@/lib/time'
import { type Journal, phasesOf, speedOf } from './journal'
import classes from './RunJournal.module.css'

const LINES_SHOWN = 6
const CHART_HEIGHT = 132

interface RunJournalProps {
  journal: Journal | null | undefined
  /** The present in milliseconds while it runs; null once it has ended. */
  now: number | null
}

/** The phases of a run with their times, its speed and what happened last. Its size doesn't change. */
export function RunJournal({ journal, now }: RunJournalProps) {
  const phases = journal ? phasesOf(journal, now ?? 0, now !== null) : []
  const speed = useMemo(() => (journal ? speedOf(journal, now) : null), [journal, now])
  const lines = (journal?.lines ?? []).slice(-LINES_SHOWN)
  return (
    <Stack gap="sm">
      <ol className={classes.phases} aria-label="Phases">
        {phases.map(({ key, name, seconds, isOpen }) => (
          <li key={key} className={isOpen ? classes.open : undefined}>
            {name}
            <span className={classes.time}>
              {formatDuration(seconds)}
              {isOpen && ' so far'}
            </span>
          </li>
        ))}
      </ol>
      <div style={{ minHeight: CHART_HEIGHT + 24 }}>
        <Title order={3} size="h6">
          Rows per second
        </Title>
        {speed ? (
          <TimeChart
            series={[speed.series]}
            axis={speed.axis}
            height={CHART_HEIGHT}
            label={`Rows per second: ${formatCount(Math.round(speed.mean))} on average while rows were read, at most ${formatCount(Math.round(speed.most))}.`}
          />
        ) : (
          <Text size="sm" c="dimmed">
            No rows were read yet.
          </Text>
        )}
      </div>
      <div>
        <Title order={3} size="h6">
          Log
        </Title>
        <ol className={classes.lines} aria-label="Last log lines">
          {lines.map(({ at, text }) => (
            <li key={`${at} ${text}`}>
              <time className={classes.at} dateTime={at} title={utcText(at)}>
                {momentToWall(at, browserZone())?.slice(11, 19)}
              </time>
              {text}
            </li>
          ))}
        </ol>
      </div>
    </Stack>
  )
}
