import { TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { browserZone, endOfSecond, momentToWall, utcText, wallToMoment, zonedText } from '@/lib/time'

interface MomentInputProps {
  label: string
  /** UTC. */
  value: string | null
  onChange: (moment: string | null) => void
  /** Time zone of the input: the browser's or UTC. The other is shown below. */
  zone?: string
  /** An inclusive end: the value covers its whole second. */
  isEnd?: boolean
  /** Text for an empty input. */
  unset?: string
  error?: ReactNode
}

/**
 * A moment, entered in one time zone and shown in the other below. It is the browser's own input: it
 * works with keyboards and screen readers, and phones show their own picker.
 */
export function MomentInput({
  label,
  value,
  onChange,
  zone = browserZone(),
  isEnd = false,
  unset = 'No limit',
  error,
}: MomentInputProps) {
  const wall = value === null ? null : momentToWall(value, zone)
  return (
    <TextInput
      type="datetime-local"
      step={1}
      label={label}
      description={value === null ? unset : otherClock(value, zone)}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={wall?.replace(' ', 'T') ?? ''}
      onChange={(event) => {
        const moment = wallToMoment(event.currentTarget.value, zone)
        onChange(moment !== null && isEnd ? endOfSecond(moment) : moment)
      }}
      error={error}
    />
  )
}

/** The moment in UTC, or where the input is in UTC, on the local clock. */
function otherClock(moment: string, zone: string): string {
  return zone === 'UTC' && browserZone() !== 'UTC' ? zonedText(moment, browserZone()) : utcText(moment)
}
