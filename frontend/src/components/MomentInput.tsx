import { TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { browserZone, endOfSecond, momentToWall, utcText, wallToMoment, zonedText } from '@/lib/time'

interface MomentInputProps {
  label: string
  /** UTC. */
  value: string | null
  onChange: (moment: string | null) => void
  /** Whose clock the input shows; the browser's zone, or UTC. The other one is shown below. */
  zone?: string
  /** An inclusive end: what is set covers its whole second. */
  isEnd?: boolean
  /** What to say while nothing is set. */
  unset?: string
  error?: ReactNode
}

/**
 * A moment, set on one clock and shown on the other below. The browser's own input: it can be typed in, works
 * with a keyboard and a screen reader, and is the telephone's own picker there.
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
