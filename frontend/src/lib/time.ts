/**
 * Moments and wall clocks. A moment is a string in UTC, `2026-01-31T12:00:00Z`, with up to six digits after
 * the second: JavaScript's own dates end at milliseconds, so the digits are carried as text. A wall clock is
 * what a picker shows, `2026-01-31 13:00:00`, without a zone.
 */

const WALL = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}))?$/
const FORMATS = new Map<string, Intl.DateTimeFormat>()

/** The browser's time zone, such as `Europe/Berlin`. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

/**
 * Return the moment of a wall clock in a zone, to the second; null when the text is no time. Where clocks
 * go back, the first of the two moments; where they jump ahead, the time moves ahead with them.
 */
export function wallToMoment(wall: string, zone: string): string | null {
  const naive = wallMillis(wall)
  if (naive === null) return null
  // The offset a day before and a day after: at most one change lies between them.
  const offsets = [naive - 86_400_000, naive + 86_400_000].map((at) => offsetAt(at, zone))
  const candidates = offsets.map((offset) => naive - offset)
  const exact = candidates.filter((at) => at + offsetAt(at, zone) === naive)
  const chosen = exact.length > 0 ? Math.min(...exact) : naive - Math.min(...offsets)
  return toMoment(chosen)
}

/** Return what a clock in a zone shows at a moment, to the second. Null when the text is no moment. */
export function momentToWall(moment: string, zone: string): string | null {
  const millis = Date.parse(moment)
  if (Number.isNaN(millis)) return null
  const second = Math.floor(millis / 1000) * 1000
  return new Date(second + offsetAt(second, zone)).toISOString().slice(0, 19).replace('T', ' ')
}

/** The last microsecond of the moment's second: an inclusive end that people set holds its whole second. */
export function endOfSecond(moment: string): string {
  return moment.replace(/(\.\d+)?Z$/, '.999999Z')
}

/** Write a moment with Z, to the microsecond; a time without a zone is UTC, as for the service. */
export function asUtc(value: string | null | undefined): string | null {
  if (value === null || value === undefined) return null
  const digits = /\.(\d{1,6})/.exec(value)?.[1]
  const whole = value.replace(/\.\d+/, '')
  const millis = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(whole) ? whole : `${whole}Z`)
  if (Number.isNaN(millis)) return value
  const second = new Date(millis).toISOString().slice(0, 19)
  return `${second}${digits && Number(digits) !== 0 ? `.${digits}` : ''}Z`
}

/** "+02:00" at a moment. */
export function offsetText(moment: string, zone: string): string {
  const minutes = Math.round(offsetAt(Date.parse(moment), zone) / 60_000)
  const sign = minutes < 0 ? '-' : '+'
  const size = Math.abs(minutes)
  return `${sign}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`
}

/** "2026-01-31 12:00:00 UTC", with a fraction where there is one. */
export function utcText(moment: string): string {
  const millis = Date.parse(moment)
  if (Number.isNaN(millis)) return moment
  const fraction = /\.(\d*?)0*(?:Z|\+00:00)$/.exec(moment)?.[1]
  const text = new Date(Math.floor(millis / 1000) * 1000).toISOString().slice(0, 19).replace('T', ' ')
  return `${text}${fraction ? `.${fraction}` : ''} UTC`
}

/** "2026-01-31 13:00:00 in Europe/Berlin (UTC+01:00)". */
export function zonedText(moment: string, zone: string): string {
  const wall = momentToWall(moment, zone)
  return wall === null ? moment : `${wall} in ${zone} (UTC${offsetText(moment, zone)})`
}

/** "3 minutes ago", seen from `now`. */
export function ageText(moment: string, now: number): string {
  const seconds = Math.round((now - Date.parse(moment)) / 1000)
  if (seconds < 5) return 'just now'
  if (seconds < 60) return `${seconds} seconds ago`
  const steps: [number, string][] = [
    [86_400, 'day'],
    [3_600, 'hour'],
    [60, 'minute'],
  ]
  for (const [size, name] of steps) {
    const count = Math.floor(seconds / size)
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'} ago`
  }
  return 'just now'
}

/** How far a zone's clock is ahead of UTC at a moment, in milliseconds. */
function offsetAt(millis: number, zone: string): number {
  let format = FORMATS.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    FORMATS.set(zone, format)
  }
  const second = Math.floor(millis / 1000) * 1000
  const part: Record<string, string> = {}
  for (const { type, value } of format.formatToParts(second)) part[type] = value
  const number = (name: string) => Number(part[name])
  const year = part['era'] === 'BC' ? 1 - number('year') : number('year')
  const shown = new Date(0)
  shown.setUTCFullYear(year, number('month') - 1, number('day'))
  shown.setUTCHours(number('hour'), number('minute'), number('second'))
  return shown.getTime() - second
}

function wallMillis(wall: string): number | null {
  const found = WALL.exec(wall)
  if (found === null) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1)
    .map((x) => Number(x ?? 0))
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  // Refuse what the calendar has not, such as 30 February, instead of moving it.
  return date.toISOString().slice(0, 10) === `${found[1]}-${found[2]}-${found[3]}` && hour < 24 && minute < 60
    ? date.getTime()
    : null
}

function toMoment(millis: number): string {
  return new Date(millis).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
