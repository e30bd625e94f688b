import { ActionIcon, TextInput } from '@mantine/core'
import { type ReactNode, useRef, useState } from 'react'
import { browserZone, endOfSecond, momentToWall, utcText, wallToMoment, zonedText } from '@/lib/time'
import { TIME_HINT, readMoment, typedText } from '@/lib/typed-time'
import { Icon } from './Icon'
import classes from './MomentInput.module.css'

interface MomentInputProps {
  label: string
  /** UTC; or the text that was typed, if it isn't a time. */
  value: string | null
  onChange: (moment: string | null) => void
  /** Time zone of the input: the browser's or UTC. The other is shown below. */
  zone?: string
  /** An inclusive end: the value covers its whole second, or its day if only that is typed. */
  isEnd?: boolean
  /** Text for an empty input. */
  unset?: string
  error?: ReactNode
}

/**
 * A moment, typed with few keys in one time zone and shown in the other below: `2026-11-3 14`, `yesterday`,
 * `-7d`. A button opens the browser's own picker.
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
  // What is being typed, with the value that it gave: any other value comes from elsewhere and is shown.
  const [draft, setDraft] = useState<{ text: string; value: string | null } | null>(null)
  const picker = useRef<HTMLInputElement>(null)
  const wall = value === null ? '' : momentToWall(value, zone)
  const isTyping = draft !== null && draft.value === value
  const text = isTyping ? draft.text : value === null ? '' : (typedText(value, zone) ?? value)

  function type(typed: string) {
    const read = typed.trim() === '' ? null : readMoment(typed, zone, Date.now(), isEnd)
    const isRead = read !== null || typed.trim() === ''
    setDraft({ text: typed, value: isRead ? read : value })
    if (isRead) onChange(read)
  }

  /** Take what was typed, also if it is no time: the field then says so, and nothing else is exported. */
  function finish() {
    if (!isTyping) return
    const typed = draft.text.trim()
    setDraft(null)
    if (typed !== '' && readMoment(typed, zone, Date.now(), isEnd) === null) onChange(typed)
  }

  function pick(chosen: string) {
    const moment = wallToMoment(chosen, zone)
    setDraft(null)
    onChange(moment !== null && isEnd ? endOfSecond(moment) : moment)
  }

  return (
    <TextInput
      label={label}
      description={isTyping && wall === null ? '' : value === null ? unset : otherClock(value, zone)}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      placeholder="2026-11-03 14:30, yesterday, -7d"
      autoComplete="off"
      spellCheck={false}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
      onBlur={finish}
      onKeyDown={(event) => {
        if (event.key === 'Enter') finish()
      }}
      error={error ?? (wall === null && !isTyping ? TIME_HINT : undefined)}
      rightSection={
        <>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Pick ${label.toLowerCase()}`}
            onClick={() => picker.current?.showPicker()}
          >
            <Icon name="calendar" size={16} />
          </ActionIcon>
          <input
            ref={picker}
            type="datetime-local"
            step={1}
            className={classes.picker}
            tabIndex={-1}
            aria-hidden
            value={wall?.replace(' ', 'T') ?? ''}
            onChange={(event) => pick(event.currentTarget.value)}
          />
        </>
      }
    />
  )
}

/** The moment in UTC, or where the input is in UTC, on the local clock. */
function otherClock(moment: string, zone: string): string {
  if (Number.isNaN(Date.parse(moment))) return ''
  return zone === 'UTC' && browserZone() !== 'UTC' ? zonedText(moment, browserZone()) : utcText(moment)
}
