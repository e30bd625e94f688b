import {
  Accordion,
  Checkbox,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  TextInput,
  Textarea,
} from '@mantine/core'
import { useState } from 'react'
import formats from '@/lib/api/formats.json'
import type { ReadingOptions } from './upload-queue'

const KINDS = [
  { value: 'logs', label: 'Logs' },
  { value: 'anomalies', label: 'Anomalies' },
  { value: 'ips', label: 'IP records' },
]
const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']

interface ReadingOptionsFormProps {
  value: ReadingOptions
  onChange: (changes: Partial<ReadingOptions>) => void
}

/** The data type of the files, and reading options in a collapsed section. */
export function ReadingOptionsForm({ value, onChange }: ReadingOptionsFormProps) {
  const [fields, setFields] = useState('')
  const isLogs = value.kind === 'logs'
  return (
    <Stack gap="xs">
      <Select
        label="Data type"
        data={KINDS}
        value={value.kind}
        allowDeselect={false}
        maw={240}
        onChange={(kind) => onChange({ kind: kind ?? 'logs', format: 'auto' })}
      />
      <Accordion variant="contained">
        <Accordion.Item value="reading">
          <Accordion.Control>Reading options</Accordion.Control>
          <Accordion.Panel>
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <TextInput
                label="Time zone"
                description="For times without a zone: an IANA name, or an offset such as +02:00."
                value={value.timezone}
                onChange={(event) => onChange({ timezone: event.currentTarget.value })}
              />
              <NumberInput
                label="Year"
                description="Of the first line, if times have no year. Leave empty to use the file's date."
                min={1}
                max={9999}
                allowDecimal={false}
                value={value.year ?? ''}
                onChange={(year) => onChange({ year: typeof year === 'number' ? year : null })}
              />
              <Select
                label="Format"
                description="auto: recognises each file and line by content."
                data={isLogs ? [...formats.records, ...formats.logs] : formats.records}
                value={value.format}
                allowDeselect={false}
                onChange={(format) => onChange({ format: format ?? 'auto' })}
              />
              <TextInput
                label="Source name"
                description="Set a new name to load the same content again."
                value={value.source_id ?? ''}
                onChange={(event) => onChange({ source_id: event.currentTarget.value || null })}
              />
              {isLogs && (
                <Select
                  label="Default level"
                  description="For lines without a level. Leave empty for none."
                  data={LEVELS}
                  clearable
                  clearButtonProps={{ 'aria-label': 'Clear level' }}
                  value={value.default_level ?? null}
                  onChange={(level) => onChange({ default_level: level })}
                />
              )}
              <Textarea
                label="Fields of columns"
                description="For CSV and JSON with other names, one per line: message=Content, timestamp=Date+Time."
                autosize
                minRows={2}
                value={fields}
                onChange={(event) => {
                  setFields(event.currentTarget.value)
                  onChange({ map: mapping(event.currentTarget.value) })
                }}
              />
              <TextInput
                label="Form of times"
                description="If it is not ISO 8601, for example %d/%m/%Y %H:%M:%S."
                value={value.time_format ?? ''}
                onChange={(event) => onChange({ time_format: event.currentTarget.value || null })}
              />
              {isLogs && (
                <Checkbox
                  mt="lg"
                  label="Join stack traces to the line that they continue"
                  checked={value.multiline === 'auto'}
                  onChange={(event) => onChange({ multiline: event.currentTarget.checked ? 'auto' : 'none' })}
                />
              )}
              {isLogs && (
                <Checkbox
                  mt="lg"
                  label="Update IP records from addresses in messages"
                  checked={value.derive_ips}
                  onChange={(event) => onChange({ derive_ips: event.currentTarget.checked })}
                />
              )}
            </SimpleGrid>
            {isLogs && (
              <Textarea
                mt="sm"
                label="Pattern"
                description="For lines in a form of your own: %{TIMESTAMP_ISO8601:timestamp} %{LOGLEVEL:level} %{GREEDYDATA:message}, or a regular expression with groups (?P<name>...). Choose a file to see the result."
                autosize
                spellCheck={false}
                styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
                value={value.pattern ?? ''}
                onChange={(event) => onChange({ pattern: event.currentTarget.value || null })}
              />
            )}
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  )
}

/** Read one `column=field` per line. */
function mapping(text: string): Record<string, string> {
  const pairs = text.split('\n').map((line) => line.split(/=(.*)/s).map((part) => part.trim()))
  return Object.fromEntries(pairs.filter(([column, field]) => column && field).map(([a, b]) => [a, b]))
}
