import { TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { browserZone, endOfSecond, momentToWall, utcText, wallToMoment } from '@/lib/time'

interface MomentInputProps {
  label: string
  /** UTC. */
  value: string | null
  onChange: (moment: string | null) => void
  /** An inclusive end: what is set covers its whole second. */
  isEnd?: boolean
  error?: ReactNode
}

/**
 * A moment, set on the local clock and shown in UTC below. The browser's own input: it can be typed in,
 * works with a keyboard and a screen reader, and is the telephone's own picker there.
 */
export function MomentInput({ label, value, onChange, isEnd = false, error }: MomentInputProps) {
  const zone = browserZone()
  const wall = value === null ? null : momentToWall(value, zone)
  return (
    <TextInput
      type="datetime-local"
      step={1}
      label={label}
      description={value === null ? 'No bound' : utcText(value)}
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
