import { screen, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import type { RowPage } from '@/lib/api/rows'
import { network, problemResponse } from '@/testing/network'
import { HOSTILE } from '@/testing/records'
import { renderApp } from '@/testing/render'
import { cellText, rangeText, typeWord } from './cells'

const COLUMNS = [
  { name: 'id', type: 'int64', is_nullable: false, is_json: false, operators: [] },
  { name: 'message', type: 'string', is_nullable: true, is_json: false, operators: [] },
]
const PAGE: RowPage = {
  kind: 'logs',
  split: null,
  total: 120,
  tables: [
    {
      name: 'logs',
      rows: 120,
      is_derived: false,
      splits: [
        { name: 'train', rows: 100 },
        { name: 'test', rows: 20 },
      ],
    },
    { name: 'ips', rows: 0, is_derived: false, splits: [] },
  ],
  columns: COLUMNS,
  rows: [
    { place: 0, split: 'train', file: 'a', values: { id: 1, message: HOSTILE }, cut: [] },
    { place: 1, split: 'train', file: 'a', values: { id: 2, message: null }, cut: [] },
    { place: 2, split: 'train', file: 'a', values: { id: 3, message: 'a long one' }, cut: ['message'] },
  ],
  looked: 3,
  next: 50,
}

function serve(page: Partial<RowPage> = {}) {
  const asked: URLSearchParams[] = []
  network.use(
    http.get('*/api/v1/export/:id/rows', ({ request }) => {
      asked.push(new URL(request.url).searchParams)
      return HttpResponse.json({ ...PAGE, ...page })
    }),
  )
  return asked
}

test('rows show their values as text, what is missing, and what is cut', async () => {
  serve()
  renderApp('/exports/e-1/rows')
  const table = within(await screen.findByRole('table'))
  expect(table.getByRole('columnheader', { name: /^id/ })).toBeVisible()
  expect(table.getByText(HOSTILE)).toBeVisible()
  expect(document.querySelector('img[src="x"]')).toBeNull()
  expect(table.getByText('null')).toBeVisible()
  expect(table.getByText('a long one…')).toBeVisible()
})

test('pages, tables and splits stand in the address', async () => {
  const asked = serve()
  const { user, router } = renderApp('/exports/e-1/rows')
  await user.click(await screen.findByRole('button', { name: 'Next' }))
  expect(router.state.location.search).toEqual({ place: 50 })
  await user.click(screen.getByRole('button', { name: 'Last' }))
  expect(router.state.location.search).toEqual({ place: 100 })
  await user.click(screen.getByRole('radio', { name: /^test/ }))
  expect(router.state.location.search).toEqual({ split: 'test' })
  await user.click(screen.getByRole('radio', { name: /^ips/ }))
  expect(router.state.location.search).toEqual({ kind: 'ips' })
  expect(asked.map((params) => params.get('place'))).toEqual([null, '50', '100', null, null])
})

test('a refused look says why', async () => {
  network.use(
    http.get('*/api/v1/export/:id/rows', () =>
      problemResponse(403, { code: 'policy_refused', detail: 'Results may not be downloaded.' }),
    ),
  )
  renderApp('/exports/e-1/rows')
  expect(await screen.findByText(/Results may not be downloaded/)).toBeVisible()
})

test('values and places in words', () => {
  expect(cellText('2026-01-31T12:00:00.000000Z')).toBe('2026-01-31 12:00:00')
  expect(cellText('2026-01-31T12:00:00.120000Z')).toBe('2026-01-31 12:00:00.12')
  expect(cellText(null)).toBeNull()
  expect(cellText(0)).toBe('0')
  expect(rangeText(0, 50, 1000)).toBe('Rows 1 to 50 of 1,000')
  expect(rangeText(0, 0, 0)).toBe('No rows')
  expect(typeWord({ name: 'x', type: 'string', is_nullable: true, is_json: true, operators: [] })).toBe(
    'JSON',
  )
})
