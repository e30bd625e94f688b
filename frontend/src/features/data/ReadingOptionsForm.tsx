import { Accordion, Checkbox, NumberInput, Select, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { FormatSelect } from './FormatSelect'
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
              <FormatSelect value={value} onChange={onChange} />
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
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  )
}
