const MOST_BYTES = 16 * 1024
const MOST_LINES = 20

/** The first whole lines of a file; empty if it is compressed or no text. */
export async function firstLines(file: File): Promise<string> {
  const text = await file.slice(0, MOST_BYTES).text()
  const end = file.size > MOST_BYTES ? text.lastIndexOf('\n') : text.length
  const whole = text.slice(0, end)
  // A slice may cut a letter, but only in the line that is left out.
  if (/[\0\ufffd]/.test(whole)) return ''
  return whole.split(/\r?\n/).slice(0, MOST_LINES).join('\n')
}
