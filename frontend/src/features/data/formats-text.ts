import type { Schemas } from '@/lib/api/client'
import { formatCount, plural } from '@/lib/format'

const MOST_FORMATS = 6

/** What lines were recognised as: `310 lines as an access log, 14 as CEF, 3 not recognised`. */
export function formatsText(formats: readonly Schemas['RecognisedFormat'][], unrecognised: number): string {
  const isLong = formats.length > MOST_FORMATS
  const shown = isLong ? formats.slice(0, MOST_FORMATS - 1) : formats
  const others = formats.slice(shown.length)
  const parts = shown.map(
    ({ name, lines }, place) => `${place === 0 ? plural(lines, 'line') : formatCount(lines)} as ${name}`,
  )
  if (others.length > 0) {
    const lines = others.reduce((sum, each) => sum + each.lines, 0)
    parts.push(`${formatCount(lines)} in ${others.length} other formats`)
  }
  if (parts.length === 0) return `none of ${plural(unrecognised, 'line')}`
  if (unrecognised > 0) parts.push(`${formatCount(unrecognised)} not recognised`)
  return parts.join(', ')
}
