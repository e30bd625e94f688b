import { fireEvent, screen } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Schemas } from '@/lib/api/client'
import { network } from '@/testing/network'
import { aPreview, aTimeline, datasetDetails } from '@/testing/records'
import { renderPart } from '@/testing/render'
import { KindTimeline } from './KindTimeline'
import type { Timeline } from './timeline'

const TIME = {
  name: 'timestamp',
  type: 'time',
  operators: ['eq', 'gte', 'lte'],
  allowed: [],
  description: 'When the line was written.',
  known: null,
}
// Two bars of 15 days with 400 and 800 rows.
const DAY = 86_400_000

beforeEach(() => {
  network.use(
    http.get('*/api/v1/datasets/:kind', () => HttpResponse.json(datasetDetails({ filters: [TIME] }))),
  )
})

function show(
  timeline: Timeline | null,
  changes: Partial<Schemas['KindPreviewReport']> = {},
  isMeasured = true,
) {
  const logs = aPreview().kinds['logs']
  if (logs === undefined) throw new Error('There is no preview of logs.')
  return renderPart(
    <KindTimeline
      kind="logs"
      preview={{ ...logs, ...changes }}
      timeline={timeline}
      isMeasured={isMeasured}
    />,
  )
}

test('the picture has its numbers in words, and the exact first and last time', () => {
  show(null)
  const name = 'Rows of logs over time: 1,200 rows in 2 bars, at most 800 per bar.'
  expect(screen.getByRole('img', { name })).toBeInTheDocument()
  expect(screen.getByTitle('2026-01-01 00:00:04 UTC')).toBeVisible()
  expect(screen.getByTitle('2026-01-31 23:59:58 UTC')).toBeVisible()
  expect(screen.queryByRole('slider')).toBeNull()
})

test('keys choose a range, which Enter sets and Escape drops', () => {
  const onRange = vi.fn()
  show(aTimeline({ onRange }))
  const start = screen.getByRole('slider', { name: 'Start of the range' })
  fireEvent.keyDown(start, { key: 'PageUp' })
  expect(screen.getByText(/about 1,120 rows/)).toBeVisible()
  fireEvent.keyDown(start, { key: 'Escape' })
  expect(screen.queryByText(/about/)).toBeNull()
  fireEvent.keyDown(start, { key: 'PageUp' })
  fireEvent.keyDown(start, { key: 'Enter' })
  expect(onRange.mock.calls).toEqual([
    [{ from: Date.parse('2026-01-01T00:00:00Z') + 3 * DAY, to: Date.parse('2026-01-31T00:00:00Z') }],
  ])
})

const CUT = { split: 'test', start: '2026-01-16T00:00:00Z', until: '2026-01-17T00:00:00Z' }

test('keys move a cut and its embargo, with the share of rows before', () => {
  const [onCut, onEmbargo] = [vi.fn(), vi.fn()]
  show(aTimeline({ onCut, onEmbargo }), { cuts: [CUT] })
  expect(screen.getByText(/Embargo: 1 d/)).toBeVisible()
  fireEvent.keyDown(screen.getByRole('slider', { name: 'Start of test' }), { key: 'PageUp' })
  const [split, at, shareBefore] = onCut.mock.calls[0] as [string, number, (at: number) => number]
  expect([split, at]).toEqual(['test', Date.parse('2026-01-19T00:00:00Z')])
  expect(shareBefore(at)).toBeCloseTo((400 + 160) / 1200)
  fireEvent.keyDown(screen.getByRole('slider', { name: 'Embargo' }), { key: 'PageUp' })
  expect(onEmbargo).toHaveBeenCalledWith(4 * DAY)
})

test('cuts that the rows of another kind decide are shown and not moved', () => {
  show(aTimeline(), { cuts: [CUT] }, false)
  expect(screen.getByRole('slider', { name: 'Start of test' })).toBeDisabled()
  expect(screen.queryByRole('slider', { name: 'Embargo' })).toBeNull()
})

test('rows far away are named, and one click leaves them out', async () => {
  const onLeaveOut = vi.fn()
  const side = { rows: 1, first: '2099-12-31T00:00:00Z', last: '2099-12-31T00:00:00Z' }
  const { user } = show(aTimeline({ onLeaveOut }), { far_out: { rows: 1, before: null, after: side } })
  expect(screen.getByText(/^1 row is far outside the shown range: 2099-12-31/)).toBeVisible()
  await user.click(await screen.findByRole('button', { name: 'Leave it out' }))
  expect(onLeaveOut.mock.calls).toEqual([['logs', 'timestamp', { lte: '2026-01-31T00:00:00Z' }]])
})
