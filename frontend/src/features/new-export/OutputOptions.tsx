import { Accordion, Checkbox, NumberInput, Select, SimpleGrid, Stack } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { useState } from 'react'
import type { FieldErrors } from './field-errors'
import {
  type Compression,
  type ExportForm,
  type Format,
  type Level,
  type Period,
  compressionsOf,
  usualCompression,
} from './form'
import { FORMAT_WORDS } from './formats'

const FORMAT_HELP: Record<Format, string> = {
  parquet: 'Small and typed. Best for training and tables.',
  jsonl: 'One record per line. Most tools can stream it.',
  json: 'One document. For small datasets and the web.',
  csv: 'For spreadsheets. Has no types.',
  arrow: 'Memory-mapped: opens instantly. Larger than Parquet.',
}
const LEVEL_WORDS: { value: Level; label: string }[] = [
  { value: 'none', label: 'None' },
  { value: 'basic', label: 'Basic' },
  { value: 'strict', label: 'Strict' },
]
const LEVEL_HELP: Record<Level, string> = {
  none: 'Rejects only rows that cannot be written.',
  basic: 'Rejects rows without required values.',
  strict: 'Also rejects doubtful values, such as future times.',
}
const PERIOD_WORDS: { value: Period; label: string }[] = [
  { value: 'date', label: 'By day' },
  { value: 'month', label: 'By month' },
]
const COMPRESSION_HELP: Record<Compression, string> = {
  none: 'Larger files, slightly faster to write.',
  gzip: 'Works with every tool.',
  zstd: 'Smaller and faster than gzip. Needs newer tools.',
}

const ADVANCED = [
  'batchSize',
  'maxRejectRatio',
  'partitionBy',
  'includeMetadata',
  'escapesFormulas',
  'isPlanEstimated',
] as const

interface OutputOptionsProps {
  form: UseFormReturnType<ExportForm>
  errors: FieldErrors
}

/** Validation and output options. Rarely used ones are collapsed. */
export function OutputOptions({ form, errors }: OutputOptionsProps) {
  const { format, compression, level } = form.values

  const [opened, setOpened] = useState<string | null>(null)
  if (opened === null && ADVANCED.some((name) => errors[name])) setOpened('advanced')

  const input = (name: keyof ExportForm, type: 'input' | 'checkbox' = 'input') => ({
    ...form.getInputProps(name, { type }),
    error: errors[name],
  })

  function chooseFormat(chosen: string | null) {
    const found = FORMAT_WORDS.find(({ value }) => value === chosen)
    if (found === undefined) return
    form.setFieldValue('format', found.value)
    // No compression is kept. Otherwise each format gets the compression that its readers expect.
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
      <Accordion variant="contained" keepMounted={false} value={opened} onChange={setOpened}>
        <Accordion.Item value="advanced">
          <Accordion.Control>Advanced</Accordion.Control>
          <Accordion.Panel>
            <Stack gap="md">
              <NumberInput
                label="Batch size"
                description="Maximum rows in memory per step. Larger is faster, up to about 20,000."
                min={1}
                max={1_000_000}
                step={1000}
                thousandSeparator=","
                {...input('batchSize')}
              />
              <NumberInput
                label="Maximum reject ratio"
                description="From 0 to 1. The export fails if a larger share of rows is rejected. 1 never fails."
                min={0}
                max={1}
                step={0.01}
                decimalScale={6}
                {...input('maxRejectRatio')}
              />
              <Select
                label="Folders"
                description="A folder for each day or month in UTC, which DuckDB, Polars and pyarrow read as a column."
                placeholder="None"
                data={PERIOD_WORDS}
                clearable
                {...input('partitionBy')}
              />
              <Checkbox
                label="Write dataset card and metadata"
                description="Adds README.md, croissant.json and datacontract.yaml. JSON files also get export_metadata."
                {...input('includeMetadata', 'checkbox')}
              />
              <Checkbox
                label="Escape CSV formulas"
                description="Adds ' before cells that a spreadsheet would run as a formula."
                {...input('escapesFormulas', 'checkbox')}
              />
              <Checkbox
                label="Estimate row counts"
                description="Plans large tables of logs from a sample instead of counting every row. All rows are exported."
                {...input('isPlanEstimated', 'checkbox')}
              />
            </Stack>
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  )
}
