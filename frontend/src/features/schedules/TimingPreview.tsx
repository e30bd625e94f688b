import { Alert, Paper, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { LoadingLines } from '@/components/QueryView'
import { type Timing, occurrencesQuery } from '@/lib/api/schedules'
import { errorText, fieldMessages } from '@/lib/api/problem'
import { NextTimes } from './NextTimes'

const DELAY_MS = 300

interface TimingPreviewProps {
  timing: Timing
}

/** The next five times of the timing in the form, a moment after its last change. */
export function TimingPreview({ timing }: TimingPreviewProps) {
  const [settled] = useDebouncedValue(timing, DELAY_MS)
  const isComplete = settled.cron !== null ? settled.cron !== '' : (settled.every_seconds ?? 0) > 0
  const { data, error } = useQuery({ ...occurrencesQuery(settled), enabled: isComplete })
  return (
    <Paper withBorder p="sm" component="section" aria-label="Next times of this schedule" aria-live="polite">
      {!isComplete && <Text size="sm">Enter when it runs to see the next times.</Text>}
      {isComplete && error && (
        <Alert color="red" title="These times are not valid">
          {Object.values(fieldMessages(error)).join(' ') || errorText(error)}
        </Alert>
      )}
      {isComplete && !error && data === undefined && <LoadingLines count={6} height={16} />}
      {isComplete && !error && data && (
        <NextTimes sentence={data.sentence} next={data.next} zone={settled.time_zone} />
      )}
    </Paper>
  )
}
