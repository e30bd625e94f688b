import type { ConfigInput } from '@/lib/api/exports'
import { rangeText } from '@/lib/config-text'
import { plural } from '@/lib/format'
import type { ExportForm } from './form'
import { FORMAT_WORDS } from './formats'
import { TRAINING_FIELDS } from './training/training'

export type SectionName = 'data' | 'time' | 'filters' | 'output' | 'publishing' | 'training' | 'privacy'

export const SECTION_TITLES: Record<SectionName, string> = {
  data: 'Data',
  time: 'Time range',
  filters: 'Filters',
  output: 'Output',
  publishing: 'Dataset and destination',
  training: 'Training',
  privacy: 'Privacy',
}

export const SECTION_NAMES = Object.keys(SECTION_TITLES) as SectionName[]

/** Sections that are open in a new form: those that a new user needs. */
export const OPEN_AT_FIRST = ['data', 'time', 'filters', 'output'] as const

const SECTIONS: Record<string, SectionName> = {
  source: 'data',
  kinds: 'data',
  start: 'time',
  end: 'time',
  relative: 'time',
  processes: 'filters',
  filters: 'filters',
  publishing: 'publishing',
  privacy: 'privacy',
}

/** Return the section that shows the errors of a field of the form; `name` stands above them. */
export function sectionOf(place: string): SectionName | 'name' {
  const [field = ''] = place.split('.')
  if (field === 'name') return 'name'
  if (TRAINING_FIELDS.some((name) => name === field)) return 'training'
  return SECTIONS[field] ?? 'output'
}

/** Return the place of the first error, in the order of the sections; null without errors. */
export function firstError(errors: Record<string, unknown>): string | null {
  const order = ['name', ...SECTION_NAMES]
  const places = Object.keys(errors)
  return (
    places.toSorted((one, other) => order.indexOf(sectionOf(one)) - order.indexOf(sectionOf(other)))[0] ??
    null
  )
}

/** Return what the first sections hold, in a few words each. Training and privacy have their own summaries. */
export function sectionWords(
  form: ExportForm,
  config: ConfigInput,
  titleOf: (kind: string) => string,
): Record<Exclude<SectionName, 'training' | 'privacy'>, string[]> {
  const { source, kinds, processes, filters, publishing } = form
  return {
    data: [...kinds.map(titleOf), ...(source === null ? [] : [`from ${source}`])],
    time: [rangeText(config)],
    filters: [
      ...(processes.length > 0 ? [plural(processes.length, 'process', 'processes')] : []),
      ...(filters.length > 0 ? [plural(filters.length, 'condition')] : []),
    ],
    output: outputWords(form),
    publishing: [
      ...(publishing.dataset === '' ? [] : [`dataset ${publishing.dataset}`]),
      ...(publishing.isIncremental ? ['new rows only'] : []),
      ...(publishing.isNewMajor ? ['new major version'] : []),
      ...(publishing.destination === null ? [] : [`to ${publishing.destination}`]),
    ],
  }
}

function outputWords({ format, compression, level, partitionBy }: ExportForm): string[] {
  return [
    FORMAT_WORDS.find(({ value }) => value === format)?.label ?? format,
    compression === 'none' ? 'not compressed' : compression,
    `${level === 'none' ? 'no' : level} validation`,
    ...(partitionBy === null ? [] : [partitionBy === 'date' ? 'by day' : 'by month']),
  ]
}
