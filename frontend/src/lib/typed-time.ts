/** Times as people type them: `2026-11-3 14`, `yesterday 9:30`, `-7d`. */

import { endOfSecond, momentToWall, wallToMoment } from './time'

/** What a text may look like, for an error. */
export const TIME_HINT = 'Not a time. Type 2026-11-03 14:30, yesterday, 9:30 or -7d.'

const DATE = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/
const DAY_FIRST = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/
const CLOCK = /^(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6}))?)?)?(am|pm)?$/
const AGO = /^(?:- ?(\d{1,5}) ?([a-z]+)|(\d{1,5}) ?([a-z]+) ago)$/
const WITH_ZONE = /^\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:z| ?utc|[+-]\d\d:\d\d)$/
const NAMED_DAYS: Record<string, number> = { today: 0, yesterday: -1, tomorrow: 1 }
const UNITS: Record<string, string> = { min: 'm', mins: 'm', hr: 'h', hrs: 'h' }
const EXACT_MILLIS: Record<string, number> = { m: 60_000, h: 3_600_000 }
const DAYS: Record<string, number> = { d: 1, w: 7 }
const DAY_MILLIS = 86_400_000

/**
 * Return the moment in UTC that a text means on the clock of a zone; null if it means none. A day without a
 * time is its beginning, and as an inclusive end its last second. `now` is in milliseconds since 1970.
 */
export function readMoment(typed: string, zone: string, now: number, isEnd = false): string | null {
  const text = typed.trim().toLowerCase().replace(/\s+/g, ' ')
  const whole = (moment: string | null) => (moment !== null && isEnd ? endOfSecond(moment) : moment)
  if (text === 'now') return whole(momentOf(now))
  if (WITH_ZONE.test(text)) {
    const iso = text
      .replace(/ ?utc$/, 'z')
      .replace(' ', 't')
      .toUpperCase()
    const millis = Date.parse(iso)
    const fraction = /\.\d+/.exec(iso)?.[0] ?? ''
    return Number.isNaN(millis)
      ? null
      : fraction === ''
        ? whole(momentOf(millis))
        : momentOf(millis).replace('Z', `${fraction}Z`)
  }
  const ago = AGO.exec(text)
  if (ago !== null) return whole(before(now, Number(ago[1] ?? ago[3]), ago[2] ?? ago[4] ?? '', zone))
  const [first = '', ...rest] = text.split(/ (?:at )?|(?<=\d)t(?=\d)/)
  const day = dayOf(first, zone, now)
  const clock = (day === null ? [first, ...rest] : rest).join('')
  const wallDay = day ?? dayOf('today', zone, now)
  if (wallDay === null) return null
  if (clock === '') return whole(wallToMoment(`${wallDay} ${isEnd ? '23:59:59' : '00:00:00'}`, zone))
  const time = clockOf(clock)
  if (time === null) return null
  const moment = wallToMoment(`${wallDay} ${time.wall}`, zone)
  if (moment === null || time.fraction === '') return whole(moment)
  return moment.replace('Z', `.${time.fraction}Z`)
}

/** Return a moment as it is typed in a zone, without seconds that are zero. Null: it isn't a moment. */
export function typedText(moment: string, zone: string): string | null {
  return momentToWall(moment, zone)?.replace(/:00$/, '') ?? null
}

/** Return the day of a wall clock, `2026-11-03`; null if the text is no day. */
function dayOf(text: string, zone: string, now: number): string | null {
  const shift = NAMED_DAYS[text]
  if (shift !== undefined) return shiftedDay(now, shift, zone)
  const named = DATE.exec(text)
  const [year, month, day] =
    named !== null
      ? [named[1], named[3], named[4]]
      : (COMPACT.exec(text)?.slice(1) ?? DAY_FIRST.exec(text)?.slice(1).toReversed() ?? [])
  if (year === undefined || month === undefined || day === undefined) return null
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}

/** Return a time of day, `14:30:00`, and its fraction; null if the text is none. */
function clockOf(text: string): { wall: string; fraction: string } | null {
  const found = CLOCK.exec(text)
  if (found === null) return null
  const [, hours = '', minutes = '0', seconds = '0', fraction = '', half] = found
  let hour = Number(hours)
  if (half !== undefined && (hour < 1 || hour > 12)) return null
  if (half !== undefined) hour = (hour % 12) + (half === 'pm' ? 12 : 0)
  if (hour > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null
  return { wall: [String(hour), minutes, seconds].map((part) => part.padStart(2, '0')).join(':'), fraction }
}

/** Return the moment some units ago. Days and weeks keep the time on the clock. */
function before(now: number, count: number, word: string, zone: string): string | null {
  const unit = UNITS[word] ?? (/^(m|h|d|w|minutes?|hours?|days?|weeks?)$/.test(word) ? word.charAt(0) : '')
  const exact = EXACT_MILLIS[unit]
  if (exact !== undefined) return momentOf(now - count * exact)
  const days = DAYS[unit]
  const clock = momentToWall(momentOf(now), zone)?.slice(11)
  if (days === undefined || clock === undefined) return null
  return wallToMoment(`${shiftedDay(now, -count * days, zone)} ${clock}`, zone)
}

/** Return the day on the clock of a zone, some days after today. */
function shiftedDay(now: number, days: number, zone: string): string {
  const today = momentToWall(momentOf(now), zone)?.slice(0, 10) ?? ''
  return new Date(Date.parse(today) + days * DAY_MILLIS).toISOString().slice(0, 10)
}

function momentOf(millis: number): string {
  return `${new Date(millis).toISOString().slice(0, 19)}Z`
}
