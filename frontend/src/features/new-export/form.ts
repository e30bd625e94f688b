import type { ConfigInput } from '@/lib/api/exports'
import { asUtc } from '@/lib/time'
import { TIME_HINT } from '@/lib/typed-time'
import { type FilterRow, filtersToRows, rowsToFilters } from './filters'
import { type PublishingForm, formToPublishing, publishingToForm } from './publishing'
import { type RelativeRange, formToRelative, relativeToForm } from './relative'
import { type PrivacyForm, formToPrivacy, privacyProblems, privacyToForm } from './training/privacy'
import { type TrainingForm, formToTraining, trainingProblems, trainingToForm } from './training/training'

export const FORMATS = ['parquet', 'jsonl', 'json', 'csv', 'arrow'] as const
export const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const
export const LEVELS = ['none', 'basic', 'strict'] as const

export type Format = (typeof FORMATS)[number]
export type Compression = (typeof COMPRESSIONS)[number]
export type Level = (typeof LEVELS)[number]
export type Period = NonNullable<ConfigInput['partition_by']>

/** What the form holds. Moments are UTC; the inputs turn them into local wall clocks and back. */
export interface ExportForm {
  /** The source that rows are read from; null: the tables of this database. */
  source: string | null
  kinds: string[]
  start: string | null
  end: string | null
  /** The end is the first moment after the range. */
  isEndExcluded: boolean
  /** Instead of start and end. */
  relative: RelativeRange | null
  processes: string[]
  filters: FilterRow[]
  format: Format
  compression: Compression
  level: Level
  batchSize: number
  includeMetadata: boolean
  maxRejectRatio: number
  escapesFormulas: boolean
  /** Partitions of large tables are planned from a sample. */
  isPlanEstimated: boolean
  /** The files are in folders, one for each day or month. */
  partitionBy: Period | null
  publishing: PublishingForm
  training: TrainingForm
  privacy: PrivacyForm
}

/** The initial form, with the usual choices for training. */
export const DEFAULT_FORM: ExportForm = {
  source: null,
  kinds: ['logs'],
  start: null,
  end: null,
  isEndExcluded: false,
  relative: null,
  processes: [],
  filters: [],
  format: 'parquet',
  compression: 'zstd',
  level: 'basic',
  batchSize: 20_000,
  includeMetadata: true,
  maxRejectRatio: 1,
  escapesFormulas: true,
  isPlanEstimated: false,
  partitionBy: null,
  publishing: publishingToForm({}),
  training: trainingToForm({}),
  privacy: privacyToForm(null),
}

/** The service's defaults for missing fields. */
const SERVICE_DEFAULTS = {
  start_date: null,
  end_date: null,
  end_before: null,
  filters: {},
  processes: [],
  batch_size: 1000,
  include_metadata: true,
  validation_level: 'basic',
  output_format: 'json',
  compression: false,
  max_reject_ratio: 1,
  csv_escape_formulas: true,
  partition_by: null,
  planning: 'exact' as 'exact' | 'estimated',
  date_range: null,
  time_zone: null,
  dataset: null,
  incremental: false,
  new_major: false,
  destination: null,
  source: null,
} as const satisfies Partial<ConfigInput>

/** Return the compressions that a format has. */
export function compressionsOf(format: Format): Compression[] {
  return COMPRESSIONS.filter((name) => format !== 'arrow' || name !== 'gzip')
}

/** Return the compression that a format's readers open by themselves. */
export function usualCompression(format: Format): Compression {
  return format === 'parquet' || format === 'arrow' ? 'zstd' : 'gzip'
}

/** Convert the form to a config. Training options are included only if they have an effect. */
export function formToConfig(form: ExportForm): ConfigInput {
  const privacy = formToPrivacy(form.privacy)
  return {
    ...(form.source !== null && { source: form.source }),
    data_types: form.kinds,
    ...formToRange(form),
    filters: rowsToFilters(form.filters),
    processes: form.processes,
    validation_level: form.level,
    output_format: form.format,
    compression: form.compression,
    batch_size: form.batchSize,
    include_metadata: form.includeMetadata,
    max_reject_ratio: form.maxRejectRatio,
    csv_escape_formulas: form.escapesFormulas,
    ...(form.isPlanEstimated && { planning: 'estimated' as const }),
    ...(form.partitionBy && { partition_by: form.partitionBy }),
    ...formToPublishing(form.publishing),
    ...formToTraining(form.training, form.kinds),
    ...(privacy && { privacy }),
  }
}

/** Relative dates replace the others, which the form keeps for the way back. */
function formToRange({ start, end, isEndExcluded, relative }: ExportForm): Partial<ConfigInput> {
  if (relative !== null) return { start_date: null, end_date: null, ...formToRelative(relative) }
  return {
    start_date: start,
    end_date: isEndExcluded ? null : end,
    ...(isEndExcluded && { end_before: end }),
  }
}

/** Convert any valid config to an equivalent form. */
export function configToForm(input: Record<string, unknown>): ExportForm {
  const config = { ...SERVICE_DEFAULTS, ...input } as ConfigInput & typeof SERVICE_DEFAULTS
  const format: Format = config.output_format
  const before = input['end_before']
  const isEndExcluded = typeof before === 'string'
  return {
    source: config.source,
    kinds: [...config.data_types],
    start: asUtc(config.start_date),
    end: asUtc(isEndExcluded ? before : config.end_date),
    isEndExcluded,
    relative: relativeToForm(config),
    processes: [...config.processes],
    filters: filtersToRows(config.filters),
    format,
    compression: namedCompression(config.compression, format),
    level: config.validation_level,
    batchSize: config.batch_size,
    includeMetadata: config.include_metadata,
    maxRejectRatio: config.max_reject_ratio,
    escapesFormulas: config.csv_escape_formulas,
    isPlanEstimated: config.planning === 'estimated',
    partitionBy: config.partition_by,
    publishing: publishingToForm(config),
    training: trainingToForm(config),
    privacy: privacyToForm(config.privacy),
  }
}

/** Leave out defaults, for shorter snippets. */
export function withoutDefaults(config: ConfigInput): ConfigInput {
  const kept = Object.entries(config).filter(([name, value]) => {
    const usual = SERVICE_DEFAULTS[name as keyof typeof SERVICE_DEFAULTS] as unknown
    return usual === undefined || JSON.stringify(value) !== JSON.stringify(usual)
  })
  return Object.fromEntries(kept) as ConfigInput
}

/** Return the errors that the form finds without the service. */
export function validateForm(form: ExportForm): Record<string, string> {
  const errors: Record<string, string> = {}
  if (form.kinds.length === 0) errors['kinds'] = 'Choose at least one data type.'
  if (form.relative !== null) {
    if (form.relative.range.trim() === '') errors['relative'] = 'Enter a range, such as last 24 hours.'
  } else {
    if (isUnreadable(form.start)) errors['start'] = TIME_HINT
    if (isUnreadable(form.end)) errors['end'] = TIME_HINT
  }
  if (form.relative === null && form.start !== null && form.end !== null) {
    const seconds = Date.parse(form.end) - Date.parse(form.start)
    if (seconds < 0) errors['end'] = 'The end is before the start.'
    else if (form.isEndExcluded && form.end === form.start) errors['end'] = 'The end is not after the start.'
  }
  if (!Number.isInteger(form.batchSize) || form.batchSize < 1 || form.batchSize > 1_000_000) {
    errors['batchSize'] = 'Enter a whole number from 1 to 1,000,000.'
  }
  if (!(form.maxRejectRatio >= 0 && form.maxRejectRatio <= 1)) {
    errors['maxRejectRatio'] = 'Enter a number from 0 to 1.'
  }
  const seen = new Set<string>()
  form.filters.forEach((row, index) => {
    if (row.column === '') errors[`filters.${index}.column`] = 'Choose a column.'
    if (row.values.every((value) => value === '')) errors[`filters.${index}.values`] = 'Enter a value.'
    const condition = `${row.kind} ${row.column} ${row.operator}`
    if (row.column !== '' && seen.has(condition)) {
      errors[`filters.${index}.operator`] = 'This condition is already set.'
    }
    seen.add(condition)
  })
  return { ...errors, ...optionProblems(form) }
}

/** Return the errors of the training and privacy options. */
export function optionProblems({ training, privacy }: ExportForm): Record<string, string> {
  return { ...trainingProblems(training), ...privacyProblems(privacy) }
}

/** Keep only errors that the form still has. */
export function stillTrue<T>(errors: Record<string, T>, form: ExportForm): Record<string, T> {
  const now = validateForm(form)
  return Object.fromEntries(Object.entries(errors).filter(([place]) => place in now))
}

/** Whether a date is a text that is no time. */
function isUnreadable(value: string | null): boolean {
  return value !== null && Number.isNaN(Date.parse(value))
}

function namedCompression(value: boolean | string, format: Format): Compression {
  if (value === true) return usualCompression(format)
  return COMPRESSIONS.find((name) => name === value) ?? 'none'
}
