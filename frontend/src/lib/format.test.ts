import { expect, test } from 'vitest'
import { formatBytes, formatDuration, formatPercent, plural } from './format'

test.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1536, '1.5 KiB'],
  [268_435_456, '256 MiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test.each([
  [0.2, 'under 1 s'],
  [9.94, '9.9 s'],
  [59.6, '60 s'],
  [119.7, '2 min'],
  [3725, '1 h 2 min'],
  [90_000, '1 d 1 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})

test('a share is never rounded to all or nothing', () => {
  expect(formatPercent(1)).toBe('100%')
  expect(formatPercent(0.99999)).toBe('>99.9%')
  expect(formatPercent(0.00001)).toBe('<0.1%')
  expect(formatPercent(0)).toBe('0%')
  expect(formatPercent(0.125)).toBe('12.5%')
})

test('one is singular', () => {
  expect(plural(1, 'row')).toBe('1 row')
  expect(plural(1200, 'row')).toBe('1,200 rows')
})
