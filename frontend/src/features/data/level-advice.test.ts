import { expect, test } from 'vitest'
import { hasFields, levelAdvice } from './level-advice'

const advice = (format: string, [log_level, process_name, host_name]: [number, number, number]) =>
  levelAdvice({
    formats: [{ format, name: 'a form', lines: 100 }],
    filled: { log_level, process_name, host_name },
    loaded: 100,
  })

test('the format decides what helps', () => {
  expect(advice('csv', [0, 100, 100])).toMatch(/^No line has a level: if a field has it, name the field/)
  expect(advice('jsonl', [5, 0, 0])).toMatch(/^Few lines have a level, process or host: if a field/)
  expect(advice('iso8601', [0, 0, 0])).toMatch(/if the text has it, write a pattern/)
  expect(advice('rfc3164', [0, 100, 100])).toBe('No line has a level: set the default level if you know it.')
})

test('nothing is said if nothing would help', () => {
  expect(advice('jsonl', [100, 100, 0])).toBeNull()
  expect(advice('klog', [100, 0, 0])).toBeNull()
  expect(advice('iso8601', [10, 10, 10])).toBeNull()
})

test('records have fields, and lines of text have none', () => {
  expect(hasFields([{ format: 'csv', name: 'CSV', lines: 1 }])).toBe(true)
  expect(hasFields([{ format: 'rfc3164', name: 'syslog (RFC 3164)', lines: 1 }])).toBe(false)
  expect(hasFields([])).toBe(false)
})
