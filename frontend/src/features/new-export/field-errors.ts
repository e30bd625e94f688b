import type { ReactNode } from 'react'
import type { Problem } from '@/lib/api/problem'
import { type ExportForm } from './form'
import { filterKey } from './filters'

const PLACES: Record<string, keyof ExportForm> = {
  data_types: 'kinds',
  start_date: 'start',
  end_date: 'end',
  processes: 'processes',
  output_format: 'format',
  compression: 'compression',
  validation_level: 'level',
  batch_size: 'batchSize',
  include_metadata: 'includeMetadata',
  max_reject_ratio: 'maxRejectRatio',
  csv_escape_formulas: 'escapesFormulas',
}

/** What to show at fields, by the path of the form's field. */
export type FieldErrors = Record<string, ReactNode>

interface PlacedErrors {
  /** By the path of the form's field. */
  fields: Record<string, string>
  /** What no field can show. */
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
  return PLACES[path.split('.')[0] ?? ''] ?? null
}
