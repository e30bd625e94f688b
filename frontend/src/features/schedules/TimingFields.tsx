import { Button, Group, SegmentedControl, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { DurationField } from '@/components/DurationField'
import { ZoneSelect } from '@/components/ZoneSelect'
import type { ScheduleFieldsProps } from './ScheduleEditor'
import { PRESETS } from './form'

/** When a schedule runs: a cron expression or an interval, in a time zone. */
export function TimingFields({ form, onChange, errors }: ScheduleFieldsProps) {
  return (
    <Stack gap="sm">
      <SegmentedControl
        aria-label="Timing"
        data={[
          { value: 'cron', label: 'At set times' },
          { value: 'interval', label: 'At an interval' },
        ]}
        value={form.mode}
        onChange={(mode) => onChange({ mode: mode === 'interval' ? 'interval' : 'cron' })}
        style={{ alignSelf: 'flex-start' }}
      />
      {form.mode === 'cron' && (
        <Group gap="xs" role="group" aria-label="Common times">
          {PRESETS.map(({ label, cron }) => (
            <Button
              key={label}
              size="compact-sm"
              variant={form.cron.trim() === cron ? 'filled' : 'default'}
              aria-pressed={form.cron.trim() === cron}
              onClick={() => onChange({ cron })}
            >
              {label}
            </Button>
          ))}
        </Group>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        {form.mode === 'cron' ? (
          <TextInput
            label="Cron expression"
            description="Minute, hour, day of month, month, day of week."
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            autoComplete="off"
            spellCheck={false}
            required
            value={form.cron}
            onChange={(event) => onChange({ cron: event.currentTarget.value })}
            error={errors['cron']}
          />
        ) : (
          <DurationField
            label="Every"
            usualUnit={3600}
            value={form.everySeconds}
            onChange={(everySeconds) => onChange({ everySeconds })}
            error={errors['every_seconds']}
          />
        )}
        <ZoneSelect
          label="Time zone"
          description="Follows daylight saving time: a time that the clock skips or repeats runs once."
          value={form.zone}
          onChange={(zone) => onChange({ zone })}
          error={errors['time_zone']}
        />
      </SimpleGrid>
    </Stack>
  )
}
