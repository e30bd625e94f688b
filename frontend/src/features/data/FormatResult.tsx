import { Alert, Stack, Text } from '@mantine/core'
import { Icon } from '@/components/Icon'
import type { FormatTrial } from '@/lib/api/own-formats'
import { formatCount, plural } from '@/lib/format'
import { FirstRows } from './FirstRows'
import { MarkedText } from './MarkedText'

const MOST_ROWS = 10
const MOST_REJECTS = 3

interface FormatResultProps {
  trial: FormatTrial
  /** The pattern that was tested. */
  pattern: string
}

/** What a format makes of the tested lines, and where a pattern or a line is wrong. */
export function FormatResult({ trial, pattern }: FormatResultProps) {
  if (!trial.is_valid) return <Errors errors={trial.errors} pattern={pattern} />
  const { rows, rejects } = trial
  return (
    <Stack gap="xs">
      <Text size="sm">
        {plural(trial.lines, 'line')}: {formatCount(trial.loaded)} would be loaded,{' '}
        {formatCount(trial.rejected)} rejected.
      </Text>
      {rejects.slice(0, MOST_REJECTS).map((reject) => (
        <Reject key={reject.line} reject={reject} pattern={pattern} />
      ))}
      {rejects.length > MOST_REJECTS && (
        <Text size="sm">{plural(rejects.length - MOST_REJECTS, 'more rejected line')}</Text>
      )}
      {rows.length > 0 && <FirstRows rows={rows.slice(0, MOST_ROWS).map(({ row }) => row)} />}
    </Stack>
  )
}

function Errors({ errors, pattern }: { errors: FormatTrial['errors']; pattern: string }) {
  return (
    <Alert color="red" role="alert" icon={<Icon name="alert" />} title="The format is not valid">
      <Stack gap="xs">
        {errors.map(({ field, message, position }) => (
          <div key={`${field} ${position} ${message}`}>
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {field}: {message}
            </Text>
            {field === 'pattern' && typeof position === 'number' && (
              <MarkedText text={pattern} start={position} end={endOfWord(pattern, position)} />
            )}
          </div>
        ))}
      </Stack>
    </Alert>
  )
}

function Reject({ reject, pattern }: { reject: FormatTrial['rejects'][number]; pattern: string }) {
  const { line, text, reason, matched_characters, pattern_start, pattern_end } = reject
  return (
    <Stack gap={4} role="group" aria-label={`Rejected line ${formatCount(line)}`}>
      <Text size="sm" c="red" style={{ overflowWrap: 'anywhere' }}>
        Line {formatCount(line)} rejected: {reason}
      </Text>
      {matched_characters !== null && <MarkedText text={text} start={matched_characters} end={text.length} />}
      {pattern_start !== null && pattern_end !== null && (
        <MarkedText text={pattern} start={pattern_start} end={pattern_end} />
      )}
    </Stack>
  )
}

/** Where the word at a place ends; one character if it is no word. */
function endOfWord(text: string, start: number): number {
  const [word] = /^\w+/.exec(Array.from(text).slice(start).join('')) ?? []
  return start + (word?.length ?? 1)
}
