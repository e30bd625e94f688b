import { expect, test } from 'vitest'
import { readMoment, typedText } from './typed-time'

const BERLIN = 'Europe/Berlin'
/** 15:20:30 in Berlin, in the week after the clocks went back. */
const NOW = Date.parse('2026-10-30T14:20:30.400Z')

test.each([
  ['2026-11-3 14', '2026-11-03T13:00:00Z'],
  ['2026-11-03', '2026-11-02T23:00:00Z'],
  ['2026-11-03T14:30', '2026-11-03T13:30:00Z'],
  ['2026-11-03 14:30:05.25', '2026-11-03T13:30:05.25Z'],
  ['2026/11/3 at 2pm', '2026-11-03T13:00:00Z'],
  ['2026-11-03 12 am', '2026-11-02T23:00:00Z'],
  ['20261103 9:5', '2026-11-03T08:05:00Z'],
  ['3.11.2026 14:00', '2026-11-03T13:00:00Z'],
  ['2026-11-03 14:30 UTC', '2026-11-03T14:30:00Z'],
  ['2026-11-03T14:30:00.123456Z', '2026-11-03T14:30:00.123456Z'],
  ['2026-11-03T14:30:00+02:00', '2026-11-03T12:30:00Z'],
  ['now', '2026-10-30T14:20:30Z'],
  ['today', '2026-10-29T23:00:00Z'],
  ['Yesterday', '2026-10-28T23:00:00Z'],
  ['  yesterday   9:30 ', '2026-10-29T08:30:00Z'],
  ['9:30', '2026-10-30T08:30:00Z'],
  ['14', '2026-10-30T13:00:00Z'],
  ['-90m', '2026-10-30T12:50:30Z'],
  ['-12h', '2026-10-30T02:20:30Z'],
  // The clocks went back between: it was summer time, at the same time of day.
  ['-7d', '2026-10-23T13:20:30Z'],
  ['2 weeks ago', '2026-10-16T13:20:30Z'],
  ['30 min ago', '2026-10-30T13:50:30Z'],
])('%s is a time', (typed, moment) => {
  expect(readMoment(typed, BERLIN, NOW)).toBe(moment)
})

test.each(['soon', '2026-02-30', '2026-13-1', '2026-11-03 25', '9:60', '13pm', '2026-11', '-7x', '1-1-1'])(
  '%s is no time',
  (typed) => {
    expect(readMoment(typed, BERLIN, NOW)).toBeNull()
  },
)

test('an inclusive end holds its whole day or second', () => {
  expect(readMoment('2026-11-03', 'UTC', NOW, true)).toBe('2026-11-03T23:59:59.999999Z')
  expect(readMoment('yesterday', BERLIN, NOW, true)).toBe('2026-10-29T22:59:59.999999Z')
  expect(readMoment('2026-11-03 14', 'UTC', NOW, true)).toBe('2026-11-03T14:00:00.999999Z')
  expect(readMoment('-1h', 'UTC', NOW, true)).toBe('2026-10-30T13:20:30.999999Z')
  // A fraction is meant as it is typed.
  expect(readMoment('2026-11-03 14:00:00.5', 'UTC', NOW, true)).toBe('2026-11-03T14:00:00.5Z')
})

test('what is shown is read again as the same moment', () => {
  for (const moment of ['2026-11-03T13:00:00Z', '2026-11-03T13:00:05Z', '2026-07-01T00:00:00Z']) {
    const text = typedText(moment, BERLIN) ?? ''
    expect(readMoment(text, BERLIN, NOW)).toBe(moment)
  }
  expect(typedText('2026-11-03T13:00:00Z', BERLIN)).toBe('2026-11-03 14:00')
  expect(typedText('no moment', BERLIN)).toBeNull()
})
