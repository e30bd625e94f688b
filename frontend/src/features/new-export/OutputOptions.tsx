import { Accordion, Checkbox, NumberInput, Select, SimpleGrid, Stack } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { FieldErrors } from './field-errors'
import {
  type Compression,
  type ExportForm,
  type Format,
  type Level,
  compressionsOf,
  usualCompression,
} from './form'

const FORMAT_WORDS: { value: Format; label: string }[] = [
  { value: 'parquet', label: 'Parquet' },
  { value: 'jsonl', label: 'JSON Lines' },
  { value: 'json', label: 'JSON' },
  { value: 'csv', label: 'CSV' },
  { value: 'arrow', label: 'Arrow' },
]
const FORMAT_HELP: Record<Format, string> = {
  parquet: 'Small and typed; best for training and for tables.',
  jsonl: 'One record a line; most tools read it as a stream.',
  json: 'One document; for small datasets and the web.',
  csv: 'For spreadsheets; without types.',
  arrow: 'Opens at once, without reading; larger than Parquet.',
}
const LEVEL_WORDS: { value: Level; label: string }[] = [
  { value: 'none', label: 'None' },
  { value: 'basic', label: 'Basic' },
  { value: 'strict', label: 'Strict' },
]
const LEVEL_HELP: Record<Level, string> = {
  none: 'Only what cannot be written at all is rejected.',
  basic: 'Rejects rows without what they must have.',
  strict: 'Also rejects doubtful values, such as times in the future.',
}
const COMPRESSION_HELP: Record<Compression, string> = {
  none: 'Larger files, a little faster to write.',
  gzip: 'Every tool opens it.',
  zstd: 'Smaller and faster than gzip; newer tools open it.',
}

interface OutputOptionsProps {
  form: UseFormReturnType<ExportForm>
  errors: FieldErrors
}

/** How the rows are checked and written. What few people change is folded away. */
export function OutputOptions({ form, errors }: OutputOptionsProps) {
  const { format, compression, level } = form.values

  const input = (name: keyof ExportForm, type: 'input' | 'checkbox' = 'input') => ({
    ...form.getInputProps(name, { type }),
    error: errors[name],
  })

  function chooseFormat(chosen: string | null) {
    const found = FORMAT_WORDS.find(({ value }) => value === chosen)
    if (found === undefined) return
    form.setFieldValue('format', found.value)
    // What was chosen stays when there is no compression; else each format gets the one its readers expect.
    if (compression !== 'none') form.setFieldValue('compression', usualCompression(found.value))
  }

  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <Select
          label="Format"
          description={FORMAT_HELP[format]}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          data={FORMAT_WORDS}
          allowDeselect={false}
          {...input('format')}
          onChange={chooseFormat}
        />
        <Select
          label="Compression"
          description={COMPRESSION_HELP[compression]}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          data={compressionsOf(format)}
          allowDeselect={false}
          {...input('compression')}
        />
        <Select
          label="Validation"
          description={LEVEL_HELP[level]}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          data={LEVEL_WORDS}
          allowDeselect={false}
          {...input('level')}
        />
      </SimpleGrid>
      <Accordion variant="contained" keepMounted={false}>
        <Accordion.Item value="advanced">
          <Accordion.Control>Advanced</Accordion.Control>
          <Accordion.Panel>
            <Stack gap="md">
              <NumberInput
                label="Batch size"
                description="Most rows that one step holds in memory. Larger is faster, up to about 20,000."
                min={1}
                max={1_000_000}
                step={1000}
                thousandSeparator=","
                {...input('batchSize')}
              />
              <NumberInput
                label="Highest share of rejected rows"
                description="From 0 to 1: the export fails when more rows than this break a rule. 1 never fails."
                min={0}
                max={1}
                step={0.01}
                decimalScale={6}
                {...input('maxRejectRatio')}
              />
              <Checkbox
                label="Write the dataset card and the metadata"
                description="A card, croissant.json and a data contract that say what is in the dataset; in JSON documents export_metadata too."
                {...input('includeMetadata', 'checkbox')}
              />
              <Checkbox
                label="Disarm formulas in CSV"
                description="Puts ' before cells that a spreadsheet would run as a formula."
                {...input('escapesFormulas', 'checkbox')}
              />
            </Stack>
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  )
}
