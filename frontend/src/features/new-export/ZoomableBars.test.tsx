import { screen } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { ConfigInput } from '@/lib/api/exports'
import { network, problemResponse } from '@/testing/network'
import { aPreview, datasetDetails } from '@/testing/records'
import { renderPart } from '@/testing/render'
import { ZoomableBars } from './ZoomableBars'

const CONFIG: ConfigInput = { data_types: ['logs'], filters: { 'logs.message': { contains: 'x' } } }
// A year a bar; one row in 2065.
const BARS = Array.from({ length: 40 }, (_, index) => ({
  start: `${2026 + index}-01-01T00:00:00Z`,
  end: `${2027 + index}-01-01T00:00:00Z`,
  rows: index === 0 ? 1199 : index === 39 ? 1 : 0,
}))
const TIME = {
  name: 'timestamp',
  type: 'time',
  operators: ['eq', 'gte', 'lte'],
  allowed: [],
  description: 'When the line was written.',
  known: null,
}

let previewed: unknown[] = []

beforeEach(() => {
  previewed = []
  network.use(
    http.get('*/api/v1/datasets/:kind', () => HttpResponse.json(datasetDetails({ filters: [TIME] }))),
    http.post('*/api/v1/export/preview', async ({ request }) => {
      previewed.push(await request.json())
      return HttpResponse.json(aPreview())
    }),
  )
})

function show(config: ConfigInput | null = CONFIG) {
  return renderPart(<ZoomableBars kind="logs" bars={BARS} config={config} label="Rows of logs" />)
}

test('a row far away is said, and the main part can be shown alone and left again', async () => {
  const { user } = show()
  expect(screen.getByText(/^1 row is far outside the main range, /)).toBeVisible()
  expect(screen.getByRole('img', { name: /Rows of logs: 1,200 rows in 40 bars/ })).toBeVisible()
  expect(previewed).toEqual([])
  await user.click(await screen.findByRole('button', { name: 'Zoom to main range' }))
  expect(
    await screen.findByRole('img', { name: /Rows of logs, main range: 1,200 rows in 2 bars/ }),
  ).toBeVisible()
  expect(previewed).toEqual([
    {
      data_types: ['logs'],
      filters: {
        'logs.message': { contains: 'x' },
        'logs.timestamp': { gte: '2026-01-01T00:00:00Z', lte: '2027-01-01T00:00:00Z' },
      },
    },
  ])
  await user.click(screen.getByRole('button', { name: 'Show all' }))
  expect(screen.getByRole('img', { name: /Rows of logs: 1,200 rows in 40 bars/ })).toBeVisible()
})

test('a main part that cannot be counted says why, and the whole stays', async () => {
  network.use(http.post('*/api/v1/export/preview', () => problemResponse(500, { detail: 'The log has it.' })))
  const { user } = show()
  await user.click(await screen.findByRole('button', { name: 'Zoom to main range' }))
  expect(await screen.findByText('The log has it.')).toBeVisible()
  expect(screen.getByRole('img', { name: /Rows of logs: 1,200 rows in 40 bars/ })).toBeVisible()
})

test('while the form is incomplete it is only said', () => {
  show(null)
  expect(screen.getByText(/^1 row is far outside/)).toBeVisible()
  expect(screen.queryByRole('button')).toBeNull()
})
