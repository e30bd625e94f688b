/** Formats numbers in English, like all other text here. */

const INTEGER = new Intl.NumberFormat('en-US')
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })
const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
const MINUTE = 60
const HOUR = 3_600
const DAY = 86_400

export function formatCount(value: number): string {
  return INTEGER.format(value)
}

export function formatCompact(value: number): string {
  return COMPACT.format(value)
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** 1536 -> "1.5 KiB". */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

/** 3725 -> "1 h 2 min". */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return 'under 1 s'
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < MINUTE) return `${Math.round(seconds)} s`
  const rounded = Math.round(seconds)
  if (rounded < HOUR) return join(Math.floor(rounded / MINUTE), 'min', rounded % MINUTE, 's')
  if (rounded < DAY)
    return join(Math.floor(rounded / HOUR), 'h', Math.floor((rounded % HOUR) / MINUTE), 'min')
  return join(Math.floor(rounded / DAY), 'd', Math.floor((rounded % DAY) / HOUR), 'h')
}

export function formatPercent(share: number): string {
  const percent = share * 100
  // Never round an incomplete share to 100, or a positive one to 0.
  if (percent > 99.9 && percent < 100) return '>99.9%'
  if (percent > 0 && percent < 0.1) return '<0.1%'
  return `${Number(percent.toFixed(1))}%`
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  const text = `${formatCount(large)} ${largeUnit}`
  return small === 0 ? text : `${text} ${small} ${smallUnit}`
}
