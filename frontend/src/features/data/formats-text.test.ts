import { expect, test } from 'vitest'
import { formatsText } from './formats-text'

const form = (name: string, lines: number) => ({ format: 'auto', name, lines })

test('each format is named with its lines, and lines without one are counted', () => {
  const formats = [form('an access log', 2310), form('syslog (RFC 3164)', 14)]
  expect(formatsText(formats, 3)).toBe(
    '2,310 lines as an access log, 14 as syslog (RFC 3164), 3 not recognised',
  )
  expect(formatsText([form('CSV', 1)], 0)).toBe('1 line as CSV')
  expect(formatsText([], 2)).toBe('none of 2 lines')
})

test('of many formats the rest is counted', () => {
  const formats = Array.from({ length: 8 }, (_, n) => form(`f${n}`, 100 - n))
  expect(formatsText(formats, 0)).toMatch(/96 as f4, 282 in 3 other formats$/)
})
