import { Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { More } from '@/components/More'
import type { Schedule } from '@/lib/api/schedules'
import { configText } from '@/lib/config-text'
import { ScheduleTable } from './ScheduleTable'

const STEP = 50
/** Fewer schedules are found with the eye. */
const MANY = 10

interface ScheduleListProps {
  schedules: Schedule[]
}

/** The schedules, with a filter if there are many. */
export function ScheduleList({ schedules }: ScheduleListProps) {
  const [wanted, setWanted] = useState('')
  const text = wanted.trim().toLowerCase()
  const found = text === '' ? schedules : schedules.filter((one) => searched(one).includes(text))
  return (
    <Stack gap="sm">
      {schedules.length > MANY && (
        <TextInput
          type="search"
          label="Filter schedules"
          description="By name, dataset or destination. “paused” finds those that don’t run."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          maw={420}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
      )}
      {found.length === 0 ? (
        <Text size="sm" role="status">
          No schedule contains “{wanted.trim()}”.
        </Text>
      ) : (
        <div>
          <More key={text} items={found} step={STEP} noun="schedules">
            {(shown) => <ScheduleTable schedules={shown} />}
          </More>
        </div>
      )}
    </Stack>
  )
}

function searched({ name, config, sentence, is_paused: isPaused }: Schedule): string {
  const words = [name, sentence, configText(config), config.destination, isPaused && 'paused']
  return words.filter(Boolean).join(' ').toLowerCase()
}
