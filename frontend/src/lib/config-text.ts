/** Configs of exports in words. */
import { browserZone, momentToWall } from './time'

type Config = Record<string, unknown>

/** Return a config in words, such as "logs as parquet, last 24 hours, into the dataset plant". */
export function configText(config: Config): string {
  const { dataset, destination } = config
  return [
    `${listOf(config['data_types'])} as ${textOf(config['output_format'] ?? 'json')}`,
    rangeText(config),
    typeof dataset === 'string' &&
      `${config['incremental'] === true ? 'new rows ' : ''}into the dataset ${dataset}` +
        (config['new_major'] === true ? ' as a new major version' : ''),
    typeof destination === 'string' && `to the destination ${destination}`,
  ]
    .filter(Boolean)
    .join(', ')
}

/** Return the time range of a config. */
export function rangeText(config: Config): string {
  if (typeof config['date_range'] === 'string') return config['date_range']
  const [start, last, before] = [config['start_date'], config['end_date'], config['end_before']].map(dayText)
  const end = last ?? (before && `before ${before}`)
  if (start && end) return `${start} to ${end}`
  if (start) return `from ${start}`
  if (end) return last ? `until ${last}` : end
  return 'all time'
}

/** The minute on the local clock; the export's page has it to the second. */
function dayText(moment: unknown): string | null {
  return typeof moment === 'string' ? (momentToWall(moment, browserZone())?.slice(0, 16) ?? moment) : null
}

function listOf(value: unknown): string {
  return Array.isArray(value) ? value.map(textOf).join(', ') : 'nothing'
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
