import { expect, test, vi } from 'vitest'
import { type Bar, rowCounter } from './axis'
import { stepsOf, thinned } from './series'

function barsOf(count: number): Bar[] {
  const at = (index: number) => new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString()
  return Array.from({ length: count }, (_, index) => ({
    start: at(index * 2),
    end: at(index * 2 + 1),
    rows: index % 7,
  }))
}

test('rows before a time are those of the bars before it, and a part of the one that it is in', () => {
  const bars = barsOf(50)
  const before = rowCounter(bars)
  const plain = (at: number) =>
    Math.round(
      bars.reduce((rows, bar) => {
        const [start, end] = [Date.parse(bar.start), Date.parse(bar.end)]
        return rows + bar.rows * Math.min(1, Math.max(0, (at - start) / (end - start)))
      }, 0),
    )
  for (let at = Date.UTC(2026, 0, 1) - 1500; at < Date.UTC(2026, 0, 1, 0, 2); at += 250) {
    expect(before(at)).toBe(plain(at))
  }
  expect(rowCounter([])(0)).toBe(0)
})

test('a long series is drawn with few steps that keep its peaks, and a short one as it is', () => {
  const length = 100_000
  const times = Array.from({ length }, (_, index) => index * 10)
  const values: (number | null)[] = times.map((_, index) => (index % 1000 === 500 ? 99 : 1))
  values[0] = null
  const series = { name: 'rows', color: 'blue', times, values }
  const thin = thinned(series)
  expect(thin.times.length).toBeLessThanOrEqual(4096)
  expect(thin.values.length).toBe(thin.times.length)
  expect(thin.values.filter((value) => value === 99)).toHaveLength(100)
  expect(thin.times[0]).toBe(0)
  expect(thin.times[thin.times.length - 1]).toBeGreaterThan((length - 1) * 10 - 3000)
  expect(thin.times.every((time, index) => index === 0 || time > (thin.times[index - 1] ?? 0))).toBe(true)
  const short = { ...series, times: [1, 2], values: [3, 4] }
  expect(thinned(short)).toBe(short)
})

test('dates of bars are read once, however often they are drawn and counted', () => {
  const bars = Array.from({ length: 500 }, (_, index) => ({
    start: new Date(index * 1000).toISOString(),
    end: new Date((index + 1) * 1000).toISOString(),
    rows: index,
  }))
  const parse = vi.spyOn(Date, 'parse')
  stepsOf(bars, 'rows', 'blue')
  rowCounter(bars)
  expect(stepsOf(bars, 'rows', 'red').times).toHaveLength(501)
  expect(parse).toHaveBeenCalledTimes(501)
  parse.mockRestore()
})
