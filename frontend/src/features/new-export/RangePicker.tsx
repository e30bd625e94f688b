import { Button, Checkbox, Group, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { MomentInput } from '@/components/MomentInput'
import { browserZone } from '@/lib/time'
import { policiesText, ruleText } from '@/lib/policy-text'
import { type Rules, ruleOf, useRules } from './rules'
import { QUICK_RANGES, quickRange } from './quick-ranges'

interface RangePickerProps {
  start: string | null
  end: string | null
  /** The end is the first moment after the range. */
  isEndExcluded: boolean
  onChange: (range: { start: string | null; end: string | null }) => void
  onEndExcluded: (isExcluded: boolean) => void
  startError?: ReactNode
  endError?: ReactNode
}

/** A time range, entered in local time or UTC. The other is shown below. */
export function RangePicker({
  start,
  end,
  isEndExcluded,
  onChange,
  onEndExcluded,
  startError,
  endError,
}: RangePickerProps) {
  const local = browserZone()
  const [zone, setZone] = useState(local)
  const isOpen = start === null && end === null
  const rules = useRules()
  const limits = ['earliest', 'latest', 'max_days'].flatMap((name) => ruleOf(rules, name) ?? [])
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {isEndExcluded ? 'The end is not included.' : 'Both ends are included.'} Leave a date empty for no
        limit.
      </Text>
      {limits.map((rule) => (
        <Text key={rule.rule} size="sm">
          Required: {ruleText(rule)} ({policiesText(rule)}).
        </Text>
      ))}
      <Group gap="xs" role="group" aria-label="Quick ranges">
        {QUICK_RANGES.map(({ label, seconds }) => (
          <Button
            key={label}
            size="compact-sm"
            disabled={!isWithin(seconds, rules)}
            aria-pressed={seconds === null ? isOpen : undefined}
            variant={seconds === null && isOpen ? 'filled' : 'default'}
            onClick={() => onChange(quickRange(seconds, Date.now()))}
          >
            {label}
          </Button>
        ))}
      </Group>
      {local !== 'UTC' && (
        <Group gap="xs">
          <Text size="sm">Enter times in</Text>
          <SegmentedControl
            size="xs"
            aria-label="Time zone of the range"
            data={[
              { value: local, label: 'Local time' },
              { value: 'UTC', label: 'UTC' },
            ]}
            value={zone}
            onChange={setZone}
          />
        </Group>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <MomentInput
          label="Start"
          value={start}
          zone={zone}
          onChange={(moment) => onChange({ start: moment, end })}
          error={startError}
        />
        <MomentInput
          label="End"
          value={end}
          zone={zone}
          onChange={(moment) => onChange({ start, end: moment })}
          isEnd={!isEndExcluded}
          error={endError}
        />
      </SimpleGrid>
      <Checkbox
        label="Exclude the end"
        description="Adjacent ranges then share no log line and no anomaly."
        checked={isEndExcluded}
        onChange={(event) => onEndExcluded(event.currentTarget.checked)}
      />
    </Stack>
  )
}

const DAY_SECONDS = 86_400

/** Whether policies allow a range of this many seconds up to now; null: all time. */
function isWithin(seconds: number | null, rules: Rules): boolean {
  if (seconds === null) return !['earliest', 'latest', 'max_days'].some((name) => ruleOf(rules, name))
  const most = ruleOf(rules, 'max_days')
  return most === undefined || seconds <= Number(most.value) * DAY_SECONDS
}
