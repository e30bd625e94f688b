import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mainPart, narrowTo } from './main-part'

const HOUR = 3_600_000

function barsOf(rows: readonly number[]) {
  const at = (hour: number) => new Date(Date.UTC(2026, 0) + hour * HOUR).toISOString()
  return rows.map((count, index) => ({ start: at(index), end: at(index + 1), rows: count }))
}

/** Forty bars, empty but for these. */
function sparse(rows: Record<number, number>) {
  return barsOf(Array.from({ length: 40 }, (_, index) => rows[index] ?? 0))
}

const total = (bars: { rows: number }[]) => bars.reduce((sum, { rows }) => sum + rows, 0)

test('one row far away is outside of the main part', () => {
  const bars = sparse({ 0: 1200, 39: 1 })
  expect(mainPart(bars)).toEqual({ start: bars[0]?.start, end: bars[0]?.end, outside: 1 })
})

test('the main part may lie between rows far away, and holds what touches it', () => {
  const bars = sparse({ 0: 1, 20: 5, 21: 9000, 22: 2, 39: 3 })
  expect(mainPart(bars)).toEqual({ start: bars[20]?.start, end: bars[22]?.end, outside: 4 })
})

test.each([
  ['rows everywhere', sparse(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [index, 10])))],
  ['two halves', sparse({ 0: 500, 39: 500 })],
  ['few rows', sparse({ 0: 12, 39: 1 })],
  ['a part that is wide enough', sparse({ ...Array.from({ length: 20 }, () => 50), 39: 1 })],
  ['one bar', barsOf([5000])],
  ['no bars', []],
])('%s are shown as they are', (_name, bars) => {
  expect(mainPart(bars)).toBeNull()
})

test('whatever the rows, the main part is narrow, cut off by empty bars, and loses few rows', () => {
  const many = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 8 })
  const strays = fc.uniqueArray(fc.tuple(fc.nat(39), fc.nat(200)), { selector: ([at]) => at, maxLength: 5 })
  fc.assert(
    fc.property(fc.nat(39), many, strays, (at, crowd, few) => {
      const crowded = crowd.map((rows, index) => [at + index, rows])
      const bars = sparse({ ...Object.fromEntries(few), ...Object.fromEntries(crowded) })
      const found = mainPart(bars)
      if (found === null) return
      const from = bars.findIndex(({ start }) => start === found.start)
      const to = bars.findIndex(({ end }) => end === found.end)
      expect(total(bars.slice(from, to + 1)) + found.outside).toBe(total(bars))
      expect(found.outside).toBeGreaterThan(0)
      expect(found.outside).toBeLessThanOrEqual(Math.max(1, total(bars) / 100))
      expect(to + 1 - from).toBeLessThanOrEqual(bars.length / 4)
      expect([bars[from - 1]?.rows ?? 0, bars[to + 1]?.rows ?? 0]).toEqual([0, 0])
    }),
  )
})

test('the part is a condition on the time of its kind, beside all others', () => {
  const part = { start: '2026-01-01T00:00:00Z', end: '2026-02-01T00:00:00Z', outside: 1 }
  const bounds = { gte: part.start, lte: part.end }
  const config = { data_types: ['ips', 'logs'], start_date: '2025-12-31T00:00:00Z' }
  expect(narrowTo(config, 'ips', 'first_seen', part)).toEqual({
    ...config,
    filters: { 'ips.first_seen': bounds },
  })
  const given = (filter: unknown) =>
    narrowTo({ ...config, filters: { message: 'x', 'ips.first_seen': filter } }, 'ips', 'first_seen', part)
      .filters
  expect(given({ lt: '2099-01-01', gte: '1970-01-01' })).toEqual({
    message: 'x',
    'ips.first_seen': { lt: '2099-01-01', ...bounds },
  })
  expect(given('2026-01-05')).toMatchObject({ 'ips.first_seen': { eq: '2026-01-05', ...bounds } })
  expect(given(['2026-01-05'])).toMatchObject({ 'ips.first_seen': { in: ['2026-01-05'], ...bounds } })
  expect(given(null)).toMatchObject({ 'ips.first_seen': { is_null: true, ...bounds } })
})
