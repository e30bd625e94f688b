import { Accordion, Checkbox, NumberInput, Select, SimpleGrid, Stack, TextInput } from '@mantine/core'
import type { ReadingOptions } from './upload-queue'

const KINDS = [
  { value: 'logs', label: 'Logs' },
  { value: 'anomalies', label: 'Anomalies' },
  { value: 'ips', label: 'IP records' },
]
const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']
const RECORD_FORMATS = ['auto', 'jsonl', 'journald', 'csv', 'parquet']
const LINE_FORMATS = ['syslog', 'rfc3164', 'rfc5424', 'iso8601', 'labelled']

interface ReadingOptionsFormProps {
  value: ReadingOptions
  onChange: (changes: Partial<ReadingOptions>) => void
}

/** What the files hold, and, folded away, how their lines are read. */
export function ReadingOptionsForm({ value, onChange }: ReadingOptionsFormProps) {
  const isLogs = value.kind === 'logs'
  return (
    <Stack gap="xs">
      <Select
        label="The files hold"
        data={KINDS}
        value={value.kind}
        allowDeselect={false}
        maw={240}
        onChange={(kind) => onChange({ kind: kind ?? 'logs', format: 'auto' })}
      />
      <Accordion variant="contained">
        <Accordion.Item value="reading">
          <Accordion.Control>How to read the lines</Accordion.Control>
          <Accordion.Panel>
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <TextInput
                label="Time zone"
                description="Of times that name none. An IANA name, or an offset such as +02:00."
                value={value.timezone}
                onChange={(event) => onChange({ timezone: event.currentTarget.value })}
              />
              <NumberInput
                label="Year"
                description="Of the first line, where times have none. Empty: by the time of the file."
                min={1}
                max={9999}
                allowDecimal={false}
                value={value.year ?? ''}
                onChange={(year) => onChange({ year: typeof year === 'number' ? year : null })}
              />
              <Select
                label="Format"
                description="auto: each file, and each line, is recognised by content."
                data={isLogs ? [...RECORD_FORMATS, ...LINE_FORMATS] : RECORD_FORMATS}
                value={value.format}
                allowDeselect={false}
                onChange={(format) => onChange({ format: format ?? 'auto' })}
              />
              <TextInput
                label="Load as another source"
                description="A name under which content is loaded that was loaded before."
                value={value.source_id ?? ''}
                onChange={(event) => onChange({ source_id: event.currentTarget.value || null })}
              />
              {isLogs && (
                <Select
                  label="Level of lines that have none"
                  description="Empty: none. It is never guessed."
                  data={LEVELS}
                  clearable
                  clearButtonProps={{ 'aria-label': 'Clear the level' }}
                  value={value.default_level ?? null}
                  onChange={(level) => onChange({ default_level: level })}
                />
              )}
              {isLogs && (
                <Checkbox
                  mt="lg"
                  label="Keep the IP records up to date with the addresses in messages"
                  checked={value.derive_ips}
                  onChange={(event) => onChange({ derive_ips: event.currentTarget.checked })}
                />
              )}
            </SimpleGrid>
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  )
}
