import { Loader, SimpleGrid, Stack, Text, TextInput, Textarea } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { type FormatBody, type FormatTest, formatTestQuery } from '@/lib/api/own-formats'
import { FormatResult } from './FormatResult'
import { SaveFormat } from './SaveFormat'
import { mappingOf, textOf } from './field-mapping'
import type { ReadingOptions } from './upload-queue'

const WAIT_MS = 400
const MONOSPACE = { input: { fontFamily: 'var(--mantine-font-family-monospace)' } }

interface FormatEditorProps {
  /** Lines to begin with; empty if the file shows none. */
  lines: string
  options: ReadingOptions
  onChange: (changes: Partial<ReadingOptions>) => void
  /** The saved format that is being changed; empty for a new one. */
  savedName: string
  onSaved: (name: string) => void
}

/** Defines the form of lines, or the fields and times of records, and tests it with lines at once. */
export function FormatEditor({ lines, options, onChange, savedName, onSaved }: FormatEditorProps) {
  const [text, setText] = useState(lines)
  const [fields, setFields] = useState(() => textOf(options.map))
  return (
    <Stack gap="sm" role="group" aria-label="Own format">
      <Textarea
        label="Pattern"
        description="Form of each line, for example: %{TIMESTAMP_ISO8601:timestamp} %{LOGLEVEL:level} %{GREEDYDATA:message}. A regular expression names its fields with (?P<name>...)."
        autosize
        minRows={2}
        spellCheck={false}
        styles={MONOSPACE}
        value={options.pattern ?? ''}
        onChange={(event) => onChange({ pattern: event.currentTarget.value || null, format: 'auto' })}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Textarea
          label="Fields of columns"
          description="If the names differ, one per line: message=Content, timestamp=Date+Time."
          autosize
          minRows={2}
          spellCheck={false}
          value={fields}
          onChange={(event) => {
            setFields(event.currentTarget.value)
            onChange({ map: mappingOf(event.currentTarget.value) })
          }}
        />
        <TextInput
          label="Form of times"
          description="If it is not ISO 8601, for example %d/%m/%Y %H:%M:%S."
          value={options.time_format ?? ''}
          onChange={(event) => onChange({ time_format: event.currentTarget.value || null })}
        />
      </SimpleGrid>
      <Textarea
        label="Lines to test"
        description="The first lines of the file. If it is compressed, paste some lines."
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        styles={MONOSPACE}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Trial options={options} text={text} />
      <SaveFormat savedName={savedName} format={formatOf(options)} onSaved={onSaved} />
    </Stack>
  )
}

function formatOf(options: ReadingOptions): FormatBody {
  const { kind, pattern, map, time_format, timezone, default_level } = options
  return { kind, pattern, map, time_format, timezone, default_level }
}

/** The result for the lines, again after each change. */
function Trial({ options, text }: { options: ReadingOptions; text: string }) {
  const { pattern, map, time_format, year } = options
  const isDefined = Boolean(pattern) || Boolean(time_format) || Object.keys(map ?? {}).length > 0
  const test: FormatTest = { ...formatOf(options), year, text }
  const [settled] = useDebouncedValue(JSON.stringify(test), WAIT_MS)
  const tested = JSON.parse(settled) as FormatTest
  const trial = useQuery({ ...formatTestQuery(tested), enabled: isDefined && text.trim() !== '' })
  const isOld = isDefined && (trial.isFetching || settled !== JSON.stringify(test))
  return (
    <section aria-label="Result" aria-busy={isOld}>
      {isOld && (
        <Text size="sm" role="status">
          <Loader size="xs" mr="xs" aria-hidden />
          Testing the format
        </Text>
      )}
      {trial.error && <ErrorNotice error={trial.error} title="The format cannot be tested" />}
      {isDefined && !trial.error && trial.data && !isOld && (
        <FormatResult trial={trial.data} pattern={tested.pattern ?? ''} />
      )}
    </section>
  )
}
