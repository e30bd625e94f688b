import { screen, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import type { TablePage } from '@/lib/api/table-rows'
import { network } from '@/testing/network'
import { HOSTILE } from '@/testing/records'
import { renderApp } from '@/testing/render'

const column = (name: string, is_sortable = false) => ({
  name,
  type: 'string',
  is_nullable: true,
  is_json: false,
  is_sortable,
  operators: [{ name: 'eq', label: 'is' }],
})
const PAGE: TablePage = {
  kind: 'logs',
  source: null,
  columns: [column('timestamp', true), column('message')],
  rows: [
    {
      key: '2,12',
      id: '12',
      values: { timestamp: '2026-01-31T12:00:00.000000Z', message: HOSTILE },
      cut: ['message'],
    },
  ],
  looked: 1,
  next: '2,12',
}

function serve(page: Partial<TablePage> = {}) {
  const asked: URL[] = []
  network.use(
    http.get('*/api/v1/datasets', () =>
      HttpResponse.json(
        ['logs', 'ips'].map((kind) => ({
          kind,
          title: kind,
          description: '',
          rows: 120,
          is_estimate: kind === 'ips',
          first: null,
          last: null,
        })),
      ),
    ),
    http.get('*/api/v1/sources', () =>
      HttpResponse.json({ sources: [{ name: 'plant', mappings: { ci_runs: {} } }] }),
    ),
    http.get('*/api/v1/datasets/:kind/rows', ({ request }) => {
      asked.push(new URL(request.url))
      return HttpResponse.json({ ...PAGE, ...page })
    }),
    http.get('*/api/v1/datasets/:kind/rows/columns', () =>
      HttpResponse.json({
        kind: 'logs',
        looked: 120,
        note: 'Of a sample.',
        columns: [
          { name: 'message', nulls: 30, distinct: 2, bins: [], outside: 0, top: [{ value: 'up', rows: 80 }] },
        ],
      }),
    ),
    http.get('*/api/v1/datasets/:kind/rows/one', ({ request }) => {
      const id = new URL(request.url).searchParams.get('row')
      return HttpResponse.json({ ...PAGE.rows[0], ...PAGE, id, cut: [], raw_column: null })
    }),
  )
  return asked
}

test('rows of a table are turned page by page, and back', async () => {
  const asked = serve()
  const { user, router } = renderApp('/data/rows?kind=logs')
  const table = within(await screen.findByRole('table'))
  expect(table.getByText(`${HOSTILE}…`)).toBeVisible()
  expect(document.querySelector('img[src="x"]')).toBeNull()
  expect(table.getByRole('columnheader', { name: /^timestamp/ })).toHaveAttribute('aria-sort', 'descending')
  await user.click(screen.getByRole('button', { name: 'Next' }))
  expect(router.state.location.search).toEqual({ kind: 'logs', after: '2,12' })
  await user.click(screen.getByRole('button', { name: 'Previous' }))
  expect(router.state.location.search).toEqual({ kind: 'logs' })
  expect(screen.getByRole('button', { name: 'First' })).toBeDisabled()
  await user.click(screen.getByRole('button', { name: /^timestamp.*Values, sort and filter/ }))
  await user.click(await screen.findByRole('button', { name: 'Sort ascending' }))
  expect(router.state.location.search).toEqual({ kind: 'logs', order: 'asc' })
  expect(asked.map((url) => [url.searchParams.get('after'), url.searchParams.get('order')])).toEqual([
    [null, 'desc'],
    ['2,12', 'desc'],
    [null, 'asc'],
  ])
})

test('a filter from a column, a row in full, and the table of a source', async () => {
  const asked = serve({ looked: 5000 })
  const { user, router } = renderApp('/data/rows')
  await user.click(await screen.findByRole('button', { name: /^message.*Values, sort and filter/ }))
  await user.click(await screen.findByRole('button', { name: 'up · 80' }))
  expect(await screen.findByText('1 row found among 5,000 rows')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Look further' })).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Show row 12' }))
  const drawer = within(await screen.findByRole('dialog', { name: 'Row 12 of logs' }))
  expect(await drawer.findByText(HOSTILE)).toBeVisible()
  await user.keyboard('{Escape}')
  await user.click(screen.getByRole('combobox', { name: 'Table' }))
  await user.click(await screen.findByRole('option', { name: 'ci_runs' }))
  expect(router.state.location.search).toEqual({ kind: 'ci_runs', source: 'plant' })
  expect(asked.at(-1)?.pathname).toBe('/api/v1/datasets/ci_runs/rows')
  expect(asked.at(-1)?.searchParams.get('source')).toBe('plant')
})

test('a search without result says so', async () => {
  serve({ rows: [], looked: 120, next: null })
  renderApp('/data/rows?kind=logs&search=nothing')
  expect(await screen.findByText('No rows found')).toBeVisible()
})
