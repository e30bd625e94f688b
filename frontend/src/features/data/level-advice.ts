import type { Schemas } from '@/lib/api/client'

export const NOUNS: Record<string, string> = {
  log_level: 'level',
  process_name: 'process',
  host_name: 'host',
}
const FEW = 0.1
const WITH_FIELDS = ['jsonl', 'journald', 'logfmt', 'csv', 'parquet']
// After their header, lines may have a form of their own.
const WITH_TEXT = ['iso8601', 'rfc3164', 'rfc5424', 'pattern']

interface Recognised {
  formats: readonly Schemas['RecognisedFormat'][]
  filled: Record<string, number>
  loaded: number
}

/** Whether most lines are records, whose fields can be named. */
export function hasFields(formats: Recognised['formats']): boolean {
  return WITH_FIELDS.includes(formats[0]?.format ?? '')
}

/** What to do if few lines have a level, process or host. Null if nothing would help. As the command line. */
export function levelAdvice({ formats, filled, loaded }: Recognised): string | null {
  const few = Object.keys(filled).filter((name) => (filled[name] ?? 0) < FEW * loaded)
  const form = formats[0]?.format
  if (form === undefined || few.length === 0) return null
  // Most programs name no host in their records.
  if (WITH_FIELDS.includes(form) && few.some((name) => name !== 'host_name')) {
    return `${lack(few, filled)}: if a field has it, name the field under \u201cDefine the format\u201d.`
  }
  if (WITH_TEXT.includes(form) && few.includes('process_name')) {
    return `${lack(few, filled)}: if the text has it, write a pattern under \u201cDefine the format\u201d.`
  }
  if (few.includes('log_level'))
    return `${lack(['log_level'], filled)}: set the default level if you know it.`
  return null
}

function lack(few: readonly string[], filled: Record<string, number>): string {
  const nouns = few.map((name) => NOUNS[name] ?? name)
  const listed = nouns.length > 1 ? `${nouns.slice(0, -1).join(', ')} or ${nouns.at(-1)}` : nouns[0]
  return few.some((name) => filled[name]) ? `Few lines have a ${listed}` : `No line has a ${listed}`
}
