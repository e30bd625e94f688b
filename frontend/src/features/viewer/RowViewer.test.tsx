import { screen, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test, vi } from 'vitest'
import type { HeadsReport, RowPage } from '@/lib/api/rows'
import { network, problemResponse } from '@/testing/network'
import { HOSTILE } from '@/testing/records'
import { renderApp } from '@/testing/render'
import { conditionText, conditionsText, parseConditions, typedValue } from './conditions'
import { cellText, rangeText, typeWord } from './cells'

const OPERATORS = [
  { name: 'eq', label: 'is' },
  { name: 'is_null', label: 'is empty' },
]
const COLUMNS = [
  { name: 'id', type: 'int64', is_nullable: false, is_json: false, is_sortable: true, operators: OPERATORS },
  {
    name: 'message',
    type: 'string',
    is_nullable: true,
    is_json: false,
    is_sortable: true,
    operators: OPERATORS,
  },
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
      rejected: 3,
      splits: [
        { name: 'train', rows: 100 },
        { name: 'test', rows: 20 },
      ],
    },
    { name: 'ips', rows: 0, is_derived: false, rejected: 0, splits: [] },
  ],
  columns: COLUMNS,
  rows: [
    { place: 0, split: 'train', file: 'a', values: { id: 1, message: HOSTILE }, cut: [] },
    { place: 1, split: 'train', file: 'a', values: { id: 2, message: null }, cut: [] },
    { place: 2, split: 'train', file: 'a', values: { id: 3, message: 'a long one' }, cut: ['message'] },
  ],
  looked: 3,
  next: 50,
  sort_refusal: null,
}
const HEADS: HeadsReport = {
  kind: 'logs',
  split: null,
  looked: 120,
  total: 120,
  note: null,
  columns: [
    {
      name: 'id',
      nulls: 0,
      distinct: 120,
      minimum: 1,
      maximum: 120,
      bins: [
        { start: 1, rows: 60 },
        { start: 60, rows: 60 },
      ],
      outside: 0,
      top: [],
    },
    {
      name: 'message',
      nulls: 30,
      distinct: 2,
      bins: [],
      outside: 0,
      top: [
        { value: 'up', rows: 80 },
        { value: 'down', rows: 10 },
      ],
    },
  ],
}

function serve(page: Partial<RowPage> = {}) {
  const asked: URLSearchParams[] = []
  network.use(
    http.get('*/api/v1/export/:id/rows', ({ request }) => {
      asked.push(new URL(request.url).searchParams)
      return HttpResponse.json({ ...PAGE, ...page })
    }),
    http.get('*/api/v1/export/:id/rows/columns', () => HttpResponse.json(HEADS)),
    http.get('*/api/v1/export/:id/rows/one', ({ request }) => {
      const place = Number(new URL(request.url).searchParams.get('place'))
      const values = { id: place + 1, message: 'short', raw_message: `<13>line ${place + 1}` }
      return HttpResponse.json({
        kind: 'logs',
        columns: [...COLUMNS, { ...COLUMNS[1], name: 'raw_message' }],
        raw_column: 'raw_message',
        place,
        split: 'train',
        file: 'logs/a.parquet',
        values,
        cut: [],
      })
    }),
    http.get('*/api/v1/export/:id/rows/rejects', ({ request }) => {
      const rule = new URL(request.url).searchParams.get('rule')
      return HttpResponse.json({
        kind: 'logs',
        total: 3,
        rules: [{ column: 'device_ip', rule: 'is_address', rows: 3 }],
        rows: [
          {
            place: 0,
            id: 7,
            rule: 'is_address',
            column: 'device_ip',
            value: HOSTILE,
            reason: rule === null ? 'is no address' : 'only this rule',
            is_cut: false,
          },
        ],
        looked: 1,
        next: null,
      })
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

test('a search that finds little says how far it looked, and goes on', async () => {
  const asked = serve({ rows: PAGE.rows.slice(0, 1), looked: 40, next: 40 })
  const { user } = renderApp('/exports/e-1/rows')
  await user.type(await screen.findByRole('textbox', { name: 'Search in all columns' }), 'fail')
  expect(await screen.findByText('1 row found in rows 1 to 40 of 120')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Look further' }))
  await vi.waitFor(() => expect(asked.at(-1)?.get('place')).toBe('40'))
  expect(asked.at(-1)?.get('search')).toBe('fail')
  await user.click(screen.getByRole('button', { name: 'Previous' }))
  await vi.waitFor(() => expect(screen.getByRole('button', { name: 'First' })).toBeDisabled())
})

test('filters are added by hand and from a column, and removed', async () => {
  const asked = serve()
  const { user, router } = renderApp('/exports/e-1/rows')
  await user.click(await screen.findByRole('button', { name: 'Filter' }))
  const form = within(screen.getByRole('form', { name: 'New filter' }))
  await user.click(form.getByRole('combobox', { name: 'Column' }))
  await user.click(await screen.findByRole('option', { name: 'id' }))
  await user.type(form.getByRole('textbox', { name: 'Value' }), '5')
  await user.click(form.getByRole('button', { name: 'Apply' }))
  expect(router.state.location.search).toEqual({ filters: '{"id":{"eq":"5"}}' })
  await user.click(await screen.findByRole('button', { name: /^message.*Values, sort and filter/ }))
  await user.click(await screen.findByRole('button', { name: 'up · 80' }))
  expect(asked.at(-1)?.get('filters')).toBe('{"id":{"eq":"5"},"message":{"eq":"up"}}')
  await user.click(screen.getByRole('button', { name: 'Remove: id is 5' }))
  expect(router.state.location.search).toEqual({ filters: '{"message":{"eq":"up"}}' })
})

test('a column shows what its values are like, and sorts', async () => {
  serve()
  const { user, router } = renderApp('/exports/e-1/rows')
  expect(await screen.findByText('2 values, 25% null')).toBeVisible()
  await user.click(screen.getByRole('button', { name: /^id.*Values, sort and filter/ }))
  expect(await screen.findByText(/120 with a value, 0 null, 120 different. From 1 to 120/)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Sort descending' }))
  expect(router.state.location.search).toEqual({ sort: 'id', order: 'desc' })
  expect(screen.getByRole('columnheader', { name: /^id/ })).toHaveAttribute('aria-sort', 'descending')
})

test('where sorting is not cheap, the column says why', async () => {
  serve({ sort_refusal: 'These rows are too many.' })
  const { user } = renderApp('/exports/e-1/rows')
  await user.click(await screen.findByRole('button', { name: /^id.*Values, sort and filter/ }))
  expect(await screen.findByText('These rows are too many.')).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Sort ascending' })).toBeNull()
})

test('one row is shown in full with its raw line, and so is the next', async () => {
  serve()
  const { user, router } = renderApp('/exports/e-1/rows')
  await user.click(await screen.findByRole('button', { name: 'Show row 2' }))
  const drawer = within(await screen.findByRole('dialog', { name: 'Row 2 of 120' }))
  expect(await drawer.findByLabelText('raw line')).toHaveTextContent('<13>line 2')
  await user.click(drawer.getByRole('button', { name: 'Next row' }))
  expect(router.state.location.search).toEqual({ row: 2 })
  expect(await drawer.findByText('<13>line 3')).toBeVisible()
  await user.keyboard('{Escape}')
  expect(router.state.location.search).toEqual({})
})

test('rejected rows are beside the accepted ones, with the rule that they broke', async () => {
  serve()
  const { user } = renderApp('/exports/e-1/rows')
  await user.click(await screen.findByRole('radio', { name: 'rejected 3' }))
  const table = within(await screen.findByRole('region', { name: 'Rejected rows' }))
  expect(table.getByText('device_ip.is_address')).toBeVisible()
  expect(table.getByText('is no address')).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Filter' })).toBeNull()
  expect(document.querySelector('img[src="x"]')).toBeNull()
  await user.click(screen.getByRole('combobox', { name: 'Broken rule' }))
  await user.click(await screen.findByRole('option', { name: /device_ip.is_address/ }))
  expect(await table.findByText('only this rule')).toBeVisible()
})

test('a row of the database is found, or its absence explained', async () => {
  serve()
  const asked: URLSearchParams[] = []
  network.use(
    http.get('*/api/v1/export/:id/rows/explain', ({ request }) => {
      const params = new URL(request.url).searchParams
      asked.push(params)
      const found = { kind: 'logs', row: 7, split: null, file: null, place: null, filters: [], next: null }
      const rest = { ...found, rules: [], duplicate_of: null }
      if (params.get('row') === '7') {
        return HttpResponse.json({ ...rest, outcome: 'duplicate', text: 'A duplicate of row 6.' })
      }
      return HttpResponse.json(
        params.get('place') === '0'
          ? { ...rest, outcome: 'unfinished', text: 'Look further.', next: 60 }
          : { ...rest, outcome: 'written', text: 'Written to train.', place: 61 },
      )
    }),
  )
  const { user, router } = renderApp('/exports/e-1/rows')
  const id = await screen.findByRole('textbox', { name: 'Id in the database' })
  await user.type(id, 'x')
  await user.click(screen.getByRole('button', { name: 'Find row' }))
  expect(screen.getByText('A whole number, such as 4711')).toBeVisible()
  expect(asked).toEqual([])
  await user.clear(id)
  await user.type(id, '7{Enter}')
  expect(await screen.findByText('A duplicate of row 6.')).toBeVisible()
  expect(router.state.location.search).toEqual({ find: '7' })
  await user.click(screen.getByRole('button', { name: 'Close' }))
  expect(router.state.location.search).toEqual({})
  await user.type(id, '9007199254740993{Enter}')
  expect(await screen.findByText('Written to train.')).toBeVisible()
  expect(asked.map((params) => [params.get('row'), params.get('place')]).slice(1)).toEqual([
    ['9007199254740993', '0'],
    ['9007199254740993', '60'],
  ])
  await user.click(screen.getByRole('button', { name: 'Show row' }))
  expect(router.state.location.search).toEqual({ find: '9007199254740993', place: 50, row: 61 })
})

test('conditions in the address are read, and what is none is ignored', () => {
  const filters = '{"id":{"gte":5,"lt":9},"level":["a","b"],"x":"y"}'
  expect(parseConditions(filters)).toEqual([
    { column: 'id', operator: 'gte', value: 5 },
    { column: 'id', operator: 'lt', value: 9 },
    { column: 'level', operator: 'in', value: ['a', 'b'] },
    { column: 'x', operator: 'eq', value: 'y' },
  ])
  expect(parseConditions('[')).toEqual([])
  expect(parseConditions('[1]')).toEqual([])
  expect(conditionsText([])).toBeUndefined()
  expect(typedValue('in', 'a, b')).toEqual(['a', 'b'])
  expect(conditionText([], { column: 'a', operator: 'is_null', value: false })).toBe('a has a value')
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
  expect(
    typeWord({
      name: 'x',
      type: 'string',
      is_nullable: true,
      is_json: true,
      is_sortable: false,
      operators: [],
    }),
  ).toBe('JSON')
})
