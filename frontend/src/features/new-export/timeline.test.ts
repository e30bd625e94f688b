import { expect, test } from 'vitest'
import { withCut } from './timeline'
import { type SplitForm, splitToForm } from './training/split'

const AT = Date.parse('2026-01-20T00:00:00Z')

function shares(train: number, validation: number, test: number): SplitForm {
  return splitToForm({ mode: 'time', ratios: { train, validation, test } })
}

test.each([
  ['validation', 0.7, [0.7, 0.2, 0.1]],
  ['validation', 0.95, [0.89, 0.01, 0.1]],
  ['test', 0.953, [0.8, 0.15, 0.05]],
  ['test', 0.5, [0.8, 0.01, 0.19]],
] as const)(
  'a cut of shares that moves changes the splits beside it: %s at %f',
  (split, before, expected) => {
    const { ratios } = withCut(shares(0.8, 0.1, 0.1), split, AT, () => before)
    expect([ratios.train, ratios.validation, ratios.test]).toEqual(expected)
  },
)

test('without validation the one cut is between train and test', () => {
  const { ratios } = withCut(shares(0.8, 0, 0.2), 'test', AT, () => 0.66)
  expect(ratios).toEqual({ train: 0.66, validation: 0, test: 0.34 })
})

test('a cut by date becomes another date', () => {
  const dated = splitToForm({ mode: 'time', dates: { test: '2026-01-10T00:00:00Z' } })
  expect(withCut(dated, 'test', AT, () => 0.5).dates.test).toBe('2026-01-20T00:00:00Z')
})

test('a split by group has no cut to move', () => {
  const grouped = splitToForm({ mode: 'group' })
  expect(withCut(grouped, 'test', AT, () => 0.5)).toBe(grouped)
})
