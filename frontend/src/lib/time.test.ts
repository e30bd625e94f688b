import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ageText, endOfSecond, momentToWall, offsetText, utcText, wallToMoment, zonedText } from './time'

// Half hours, odd offsets, both hemispheres, a day that was skipped, and a 30-minute summer time.
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Africa/Monrovia',
  'America/Sao_Paulo',
]
const zones = fc.constantFrom(...ZONES)
const seconds = fc.integer({ min: Date.UTC(1970, 0, 3) / 1000, max: Date.UTC(2099, 0) / 1000 })

function moment(at: number) {
  return new Date(at * 1000).toISOString().replace('.000Z', 'Z')
}

describe('moments and wall clocks', () => {
  test('a moment survives the way over any wall clock, but in the hour that comes twice', () => {
    fc.assert(
      fc.property(seconds, zones, (at, zone) => {
        const wall = momentToWall(moment(at), zone) ?? ''
        const back = wallToMoment(wall, zone) ?? ''
        // The first of the two moments, and the same on the clock.
        expect(Date.parse(back)).toBeLessThanOrEqual(at * 1000)
        expect(momentToWall(back, zone)).toBe(wall)
        if (Date.parse(back) !== at * 1000)
          expect(at * 1000 - Date.parse(back)).toBeLessThanOrEqual(7_200_000)
      }),
      { numRuns: 400 },
    )
  })

  test.each([
    ['2026-03-29 01:59:59', 'Europe/Berlin', '2026-03-29T00:59:59Z'],
    ['2026-03-29 02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00Z'], // in the gap: 03:30 on the clock
    ['2026-03-29 03:00:00', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['2026-10-25 02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00Z'], // twice: the first
    ['2026-10-25 03:00:00', 'Europe/Berlin', '2026-10-25T02:00:00Z'],
    ['2026-11-01 01:30:00', 'America/New_York', '2026-11-01T05:30:00Z'],
    ['2026-07-01 00:00', 'Asia/Kolkata', '2026-06-30T18:30:00Z'],
    ['0099-01-01 00:00:00', 'UTC', '0099-01-01T00:00:00Z'],
  ])('%s in %s is %s', (wall, zone, expected) => {
    expect(wallToMoment(wall, zone)).toBe(expected)
  })

  test.each(['', 'yesterday', '2026-02-30 00:00:00', '2026-01-01 25:00:00', '2026-01-01'])(
    '%j is no time on a clock',
    (wall) => {
      expect(wallToMoment(wall, 'UTC')).toBeNull()
    },
  )

  test('digits below the second do not move the second, also before 1970', () => {
    expect(momentToWall('2026-01-01T00:00:00.999999Z', 'UTC')).toBe('2026-01-01 00:00:00')
    expect(momentToWall('1969-12-31T23:59:59.500000Z', 'UTC')).toBe('1969-12-31 23:59:59')
  })

  test('an end holds its whole second', () => {
    expect(endOfSecond('2026-01-01T10:00:00Z')).toBe('2026-01-01T10:00:00.999999Z')
    expect(endOfSecond('2026-01-01T10:00:00.5Z')).toBe('2026-01-01T10:00:00.999999Z')
  })
})

test('times are told for people', () => {
  expect(utcText('2026-01-01T00:00:00.123000Z')).toBe('2026-01-01 00:00:00.123 UTC')
  expect(utcText('2026-01-01T00:00:00Z')).toBe('2026-01-01 00:00:00 UTC')
  expect(utcText('2026-01-01T02:00:00+02:00')).toBe('2026-01-01 00:00:00 UTC')
  expect(offsetText('2026-07-01T00:00:00Z', 'America/St_Johns')).toBe('-02:30')
  expect(zonedText('2026-07-01T00:00:00Z', 'America/St_Johns')).toBe(
    '2026-06-30 21:30:00 in America/St_Johns (UTC-02:30)',
  )
  expect(zonedText('soon', 'UTC')).toBe('soon')
  const now = Date.parse('2026-01-02T00:00:00Z')
  expect(ageText('2026-01-01T23:59:58Z', now)).toBe('just now')
  expect(ageText('2026-01-01T23:58:59Z', now)).toBe('1 minute ago')
  expect(ageText('2025-12-30T00:00:00Z', now)).toBe('3 days ago')
})
