import type { ReactNode } from 'react'
import type { Problem } from '@/lib/api/problem'
import { type ExportForm } from './form'
import { filterKey } from './filters'
import { TRAINING_FIELDS } from './training/training'

const PLACES: Record<string, string> = {
  name: 'name',
  source: 'source',
  data_types: 'kinds',
  start_date: 'start',
  end_date: 'end',
  end_before: 'end',
  date_range: 'relative',
  time_zone: 'relative.zone',
  processes: 'processes',
  output_format: 'format',
  compression: 'compression',
  validation_level: 'level',
  batch_size: 'batchSize',
  include_metadata: 'includeMetadata',
  max_reject_ratio: 'maxRejectRatio',
  csv_escape_formulas: 'escapesFormulas',
  partition_by: 'partitionBy',
  planning: 'isPlanEstimated',
  dataset: 'publishing.dataset',
  incremental: 'publishing.isIncremental',
  new_major: 'publishing.isNewMajor',
  destination: 'publishing.destination',
}

const OPTIONS: readonly string[] = [...TRAINING_FIELDS, 'privacy']
/** The inputs of those options, by the config's own paths. */
const OPTION_INPUTS = [
  'split.ratios',
  'split.ratios.train',
  'split.ratios.validation',
  'split.ratios.test',
  'split.dates',
  'split.dates.validation',
  'split.dates.test',
  'split.embargo_seconds',
  'split.by',
  'split.stratify',
  'split.unseen',
  'split.seed',
  'labels.window_seconds.before',
  'labels.window_seconds.after',
  'labels.detectors',
  'deduplicate.burst_seconds',
  'sample.share',
  'sample.rows',
  'sample.stratify',
  'sample.seed',
  'order.seed',
  'templates.masks',
  'templates.custom_masks',
  'templates.keep',
  'templates.similarity',
  'templates.prefix_tokens',
  'templates.max_templates',
  'sequences.unit',
  'sequences.size',
  'sequences.step',
  'sequences.gap_seconds',
  'sequences.max_length',
  'sequences.drop_last',
  'privacy.addresses',
  'privacy.ipv4_prefix',
  'privacy.ipv6_prefix',
  'privacy.identifiers',
  'privacy.context',
  'privacy.drop_scope',
  'privacy.renumber_ids',
  'privacy.shift_times',
  'privacy.shift_group',
  'privacy.known_values',
  'privacy.k_anonymity',
  'privacy.rules',
  'privacy.key',
]

/** Errors by the path of the form's field. */
export type FieldErrors = Record<string, ReactNode>

interface PlacedErrors {
  /** By the path of the form's field. */
  fields: Record<string, string>
  /** Errors that belong to no field. */
  others: string[]
}

/** Find the form's field for every error of the service. */
export function placeErrors(problem: Problem, form: ExportForm): PlacedErrors {
  const fields: Record<string, string> = {}
  const others: string[] = []
  for (const error of problem.errors ?? []) {
    const allowed = error.allowed?.length ? ` Allowed: ${error.allowed.join(', ')}.` : ''
    const message = `${error.message}.${allowed}`.replace('..', '.')
    const place = placeOf(error.field, form)
    if (place === null) others.push(`${error.field}: ${message}`)
    else fields[place] = fields[place] === undefined ? message : `${fields[place]} ${message}`
  }
  return { fields, others }
}

function placeOf(field: string, form: ExportForm): string | null {
  const path = field.replace(/^body\./, '')
  if (path.startsWith('filters.')) {
    const index = form.filters.findIndex((row) => filterKey(row) === path.slice('filters.'.length))
    return index < 0 ? null : `filters.${index}.values`
  }
  const [name = ''] = path.split('.')
  return OPTIONS.includes(name) ? optionPlace(path) : (PLACES[name] ?? null)
}

/** Return the innermost place that shows the errors of a path: an input, or the part that it stands in. */
function optionPlace(path: string): string {
  const parts = path.split('.')
  if (parts[0] === 'fields') return parts.slice(0, 2).join('.')
  const places = parts.map((_, index) => parts.slice(0, index + 1).join('.'))
  return places.findLast((place) => OPTION_INPUTS.includes(place)) ?? parts[0] ?? path
}
