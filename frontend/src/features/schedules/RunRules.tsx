import { Select, SimpleGrid } from '@mantine/core'
import { DurationField } from '@/components/DurationField'
import { NumberField } from '@/components/NumberField'
import type { CatchUp, Overlap } from '@/lib/api/schedules'
import type { ScheduleFieldsProps } from './ScheduleEditor'
import { catchUpOf, overlapOf } from './form'

const CATCH_UP_WORDS: { value: CatchUp; label: string }[] = [
  { value: 'none', label: 'Skip them' },
  { value: 'one', label: 'Run the last one' },
  { value: 'all', label: 'Run all of them' },
]
const CATCH_UP_HELP: Record<CatchUp, string> = {
  none: 'Times that passed while nothing scheduled are left out.',
  one: 'After a break, one run for the last missed time.',
  all: 'After a break, one run for each missed time, oldest first.',
}
const OVERLAP_WORDS: { value: Overlap; label: string }[] = [
  { value: 'skip', label: 'Skip the new run' },
  { value: 'queue', label: 'Queue the new run' },
]
const OVERLAP_HELP: Record<Overlap, string> = {
  skip: 'Best for full exports: the next one covers everything.',
  queue: 'Best for increments: they run one after the other.',
}

/** What happens to missed, overlapping and failing runs. */
export function RunRules({ form, onChange, errors }: ScheduleFieldsProps) {
  const order = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[]
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <Select
        label="Missed times"
        description={CATCH_UP_HELP[form.catchUp]}
        inputWrapperOrder={order}
        data={CATCH_UP_WORDS}
        value={form.catchUp}
        onChange={(name) => {
          const catchUp = catchUpOf(name)
          // Skipping would leave out what catching up runs.
          onChange({ catchUp, ...(catchUp === 'all' && { overlap: 'queue' }) })
        }}
        allowDeselect={false}
        error={errors['catch_up']}
      />
      <Select
        label="If the last run isn't finished"
        description={OVERLAP_HELP[form.overlap]}
        inputWrapperOrder={order}
        data={OVERLAP_WORDS}
        value={form.overlap}
        onChange={(name) => onChange({ overlap: overlapOf(name) })}
        allowDeselect={false}
        error={errors['overlap']}
      />
      <NumberField
        label="Pause after failures"
        description="In a row. Leave it empty to never pause."
        inputWrapperOrder={order}
        placeholder="Never"
        min={1}
        allowDecimal={false}
        allowNegative={false}
        value={form.pauseAfterFailures}
        onChange={(pauseAfterFailures) => onChange({ pauseAfterFailures })}
        error={errors['pause_after_failures']}
      />
      <DurationField
        label="Delay of up to"
        description="Spreads schedules that have the same time."
        value={form.jitterSeconds}
        onChange={(jitterSeconds) => onChange({ jitterSeconds })}
        error={errors['jitter_seconds']}
      />
    </SimpleGrid>
  )
}
