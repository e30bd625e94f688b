import { expect, test } from 'vitest'
import { type Journal, phasesOf, speedOf } from './journal'

const BEGAN = '2026-03-01T12:00:00Z'
const at = (seconds: number) => Date.parse(BEGAN) + seconds * 1000
const iso = (seconds: number) => new Date(at(seconds)).toISOString()

function aJournal(readings: [number, number][]): Journal {
  return {
    began_at: BEGAN,
    phases: [
      { phase: 'planning', attempt: 1, started_at: iso(0), ended_at: iso(2) },
      { phase: 'exporting', attempt: 1, started_at: iso(2), ended_at: null },
    ],
    readings: readings.map(([seconds, rows]) => ({ seconds, rows })),
    lines: [],
  }
}

test('the phase that runs is timed up to now, and an open one of a dead run is left out', () => {
  const shown = phasesOf(aJournal([]), at(7), true)
  expect(shown.map(({ name, seconds, isOpen }) => [name, seconds, isOpen])).toEqual([
    ['Planning', 2, false],
    ['Exporting', 5, true],
  ])
  expect(phasesOf(aJournal([]), 0, false).map(({ name }) => name)).toEqual(['Planning'])
})

test('phases of several attempts name their attempt', () => {
  const journal = aJournal([])
  journal.phases.push({ phase: 'exporting', attempt: 2, started_at: iso(9), ended_at: iso(12) })
  expect(phasesOf(journal, 0, false).map(({ name }) => name)).toEqual([
    'Planning (attempt 1)',
    'Exporting (attempt 2)',
  ])
})

test('speed is that between readings, and waiting is no part of the mean', () => {
  const speed = speedOf(
    aJournal([
      [1, 0],
      [4, 0],
      [5, 500],
      [6, 1500],
    ]),
    null,
  )
  expect(speed?.series.values).toEqual([0, 500, 1000, 1000])
  expect(speed?.series.times).toEqual([at(1), at(4), at(5), at(6)])
  expect([speed?.mean, speed?.most]).toEqual([750, 1000])
  expect(speed?.axis).toEqual({ from: at(0), to: at(6) })
})

test('readings close together are one step, and a run that begins again is never negative', () => {
  const many = Array.from({ length: 1001 }, (_, index): [number, number] => [index, index * 10])
  const speed = speedOf(aJournal(many), null)
  expect(speed?.series.times.length).toBeLessThan(90)
  expect(new Set(speed?.series.values)).toEqual(new Set([10]))
  expect(
    speedOf(
      aJournal([
        [0, 900],
        [1, 100],
      ]),
      null,
    )?.most,
  ).toBe(0)
  expect(speedOf(aJournal([]), at(3))).toBeNull()
})
