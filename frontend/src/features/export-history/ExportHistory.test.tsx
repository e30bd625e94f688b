import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import fc from 'fast-check'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { ExportMetadata } from '@/lib/api/exports'
import { SORTS, historyFilter, historySearch } from '@/lib/history'
import { network, problemResponse } from '@/testing/network'
import { aDataset, aProgress, anExport } from '@/testing/records'
import { renderApp } from '@/testing/render'

let rows: ExportMetadata[] = []
let asked: URLSearchParams[] = []

const STATS = {
  by_status: { pending: 0, running: 0, completed: 3, failed: 1, cancelled: 0 },
  queue: { waiting: 0, running: 0, oldest_waiting_seconds: null },
  totals: { exports: 3, rows: 1200, rejected_rows: 0, bytes: 2048, seconds: 3, exports_by_seconds: {} },
  kinds: {},
  last_day: {},
  retention: { days: 30, total_bytes: null, keep_last: null },
}

beforeEach(() => {
  asked = []
  rows = [1, 2, 3].map((number) =>
    anExport({
      export_id: `0000000${number}-aaaa`,
      status: 'completed',
      record_count: number === 2 ? 999 : number,
      file_size: 1024 * number,
      created_at: `2026-02-0${number}T09:00:00Z`,
    }),
  )
  network.use(
    http.get('*/api/v1/datasets', () => HttpResponse.json([aDataset()])),
    http.get('*/api/v1/export/stats', () => HttpResponse.json(STATS)),
    http.get('*/api/v1/export/', ({ request }) => {
      asked.push(new URL(request.url).searchParams)
      return HttpResponse.json(rows, { headers: { 'X-Total-Count': String(rows.length) } })
    }),
    http.get('*/api/v1/export/:id/progress', () => HttpResponse.json(aProgress())),
  )
})

function shownIds() {
  return screen
    .getAllByRole('link')
    .map((link) => link.textContent)
    .filter((text) => /^0000000\d$/.test(text))
}

test('the history shows each export, and all of them added up', async () => {
  renderApp('/exports')
  expect(await screen.findByRole('link', { name: '00000002' })).toHaveAttribute(
    'href',
    '/exports/00000002-aaaa',
  )
  expect(screen.getByText('999')).toBeVisible()
  expect(screen.getByText('2.0 KiB')).toBeVisible()
  expect(await screen.findByText(/3 completed exports with 1,200 rows in 2.0 KiB/)).toBeVisible()
})

test('how long exports stay is said beside the totals and where one cleans up', async () => {
  const sent: unknown[] = []
  network.use(
    http.post('*/api/v1/export/cleanup', async ({ request }) => {
      sent.push(await request.json())
      return HttpResponse.json({ exports: [], orphans: [], freed_bytes: 0, kept: 3, is_dry_run: true })
    }),
  )
  const { user } = renderApp('/exports')
  const text = 'The service deletes automatically: exports that finished more than 30 days ago.'
  expect(await screen.findByText(text)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Clean up…' }))
  expect(await within(await screen.findByRole('dialog')).findByText(text)).toBeVisible()
  expect(await screen.findByText('Nothing to delete: 3 finished exports kept.')).toBeVisible()
  expect(sent).toEqual([{ is_dry_run: true }])
})

test('what the address says is what the service is asked for', async () => {
  renderApp('/exports?status=%5B%22failed%22%2C%22running%22%5D&kind=ips&text=sshd&page=3&size=50')
  await screen.findByRole('link', { name: '00000001' })
  const query = asked.at(-1)
  expect(query?.getAll('status').toSorted()).toEqual(['failed', 'running'])
  expect([query?.get('kind'), query?.get('text')]).toEqual(['ips', 'sshd'])
  expect([query?.get('limit'), query?.get('offset')]).toEqual(['50', '100'])
  expect(screen.getByLabelText('Search')).toHaveValue('sshd')
})

test('a filter goes into the address and leads back to the first page', async () => {
  const { router } = renderApp('/exports?page=2')
  await screen.findByRole('link', { name: '00000001' })
  fireEvent.change(screen.getByLabelText('Search'), { target: { value: 'disk' } })
  await waitFor(() => expect(router.state.location.search).toEqual({ text: 'disk' }))
  await waitFor(() => expect(asked.at(-1)?.get('text')).toBe('disk'))
})

test('a column sorts all exports, the other way at the second click', async () => {
  const { user, router } = renderApp('/exports?page=2')
  await screen.findByRole('link', { name: '00000001' })
  rows = [2, 3, 1].flatMap((number) => rows[number - 1] ?? [])
  await user.click(screen.getByRole('button', { name: 'Rows' }))
  await waitFor(() => expect(shownIds()).toEqual(['00000002', '00000003', '00000001']))
  expect([asked.at(-1)?.get('order'), asked.at(-1)?.get('offset')]).toEqual(['most_rows', '0'])
  expect(screen.getByRole('columnheader', { name: 'Rows' })).toHaveAttribute('aria-sort', 'descending')
  await user.click(screen.getByRole('button', { name: 'Rows' }))
  await waitFor(() => expect(asked.at(-1)?.get('order')).toBe('fewest_rows'))
  expect(router.state.location.search).toEqual({ sort: 'rows', order: 'asc' })
})

test('a sorted list has as many pages as any other', async () => {
  network.use(
    http.get('*/api/v1/export/', ({ request }) => {
      asked.push(new URL(request.url).searchParams)
      return HttpResponse.json(rows, { headers: { 'X-Total-Count': '5000' } })
    }),
  )
  const { user } = renderApp('/exports?sort=duration&size=100')
  await user.click(await screen.findByRole('button', { name: 'Page 50' }))
  await waitFor(() => expect(asked.at(-1)?.get('offset')).toBe('4900'))
  expect([asked.at(-1)?.get('order'), asked.at(-1)?.get('limit')]).toEqual(['longest', '100'])
})

test('a running export moves, and cannot be chosen for deletion', async () => {
  rows = [anExport({ export_id: '00000009-x', status: 'running' })]
  renderApp('/exports')
  const bar = await screen.findByRole('progressbar', { name: 'Progress of 00000009' })
  expect(bar).toHaveAttribute('aria-valuenow', '42.5')
  expect(screen.getByRole('checkbox', { name: 'Select 00000009' })).toBeDisabled()
})

test('several exports are deleted after a question, and those that stay are told', async () => {
  const sent: unknown[] = []
  network.use(
    http.post('*/api/v1/export/bulk', async ({ request }) => {
      sent.push(await request.json())
      rows = rows.filter((row) => row.export_id.startsWith('00000001'))
      const failed = [
        { export_id: '00000001-aaaa', name: null, code: 'export_state', message: 'It runs again.' },
      ]
      return HttpResponse.json({ matched: null, done: 2, failed, until: null, after: null })
    }),
  )
  const { user } = renderApp('/exports')
  await user.click(await screen.findByRole('checkbox', { name: 'Select all finished exports' }))
  await user.click(screen.getByRole('button', { name: 'Delete 3' }))
  const dialog = await screen.findByRole('dialog', { name: 'Delete 3 exports?' })
  expect(sent).toEqual([])
  await user.click(within(dialog).getByRole('button', { name: 'Delete' }))
  const told = await screen.findByRole('alert', { name: '1 export was not changed' })
  expect(within(told).getByText('00000001: It runs again.')).toBeVisible()
  await waitFor(() => expect(shownIds()).toEqual(['00000001']))
  const ids = ['00000001-aaaa', '00000002-aaaa', '00000003-aaaa']
  expect(sent).toEqual([{ action: 'delete', ids }])
  expect(screen.queryByRole('region', { name: 'Selected exports' })).toBeNull()
})

test('all that match are counted by the service and tagged batch by batch', async () => {
  const sent: Record<string, unknown>[] = []
  const until = '2026-03-01T00:00:00Z'
  const after = { created_at: '2026-02-01T00:00:00Z', export_id: 'x' }
  network.use(
    http.get('*/api/v1/export/', () => HttpResponse.json(rows, { headers: { 'X-Total-Count': '5000' } })),
    http.post('*/api/v1/export/bulk', async ({ request }) => {
      const body = (await request.json()) as Record<string, unknown>
      sent.push(body)
      if (body['is_dry_run'])
        return HttpResponse.json({ matched: 4_999, done: 0, failed: [], until, after: null })
      const isLast = body['after'] !== undefined
      return HttpResponse.json({ matched: null, done: 50, failed: [], until, after: isLast ? null : after })
    }),
  )
  const { user } = renderApp('/exports?text=sshd')
  await user.click(await screen.findByRole('checkbox', { name: 'Select 00000002' }))
  await user.click(screen.getByRole('button', { name: 'Take all 5,000 that match' }))
  expect(await screen.findByText('All 4,999 exports that match')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Tags…' }))
  const dialog = await screen.findByRole('dialog', { name: 'Tags of 4,999 exports' })
  await user.type(within(dialog).getByPlaceholderText('Type a tag, then Enter'), 'old{Enter}')
  await user.click(within(dialog).getByRole('button', { name: 'Add' }))
  expect(await screen.findByText('Tagged 100 exports.')).toBeVisible()
  expect(sent).toEqual([
    { action: 'delete', matching: { text: 'sshd' }, is_dry_run: true },
    { action: 'tag', tags: ['old'], matching: { text: 'sshd' } },
    { action: 'tag', tags: ['old'], matching: { text: 'sshd' }, until, after },
  ])
})

test('two selected exports lead to their comparison', async () => {
  const { user } = renderApp('/exports')
  await user.click(await screen.findByRole('button', { name: 'Actions of 00000003' }))
  await user.click(await screen.findByRole('menuitem', { name: 'Compare…' }))
  expect(screen.getByText('Select another one to compare.')).toBeVisible()
  await user.click(screen.getByRole('checkbox', { name: 'Select 00000001' }))
  expect(screen.getByRole('link', { name: 'Compare' })).toHaveAttribute(
    'href',
    '/compare?a=00000003-aaaa&b=00000001-aaaa',
  )
})

test('a row shows name, tags and what the export has, and its menu names it', async () => {
  const sent: unknown[] = []
  rows = [anExport({ export_id: '00000001-aaaa', status: 'completed', name: 'Old name', tags: ['plant'] })]
  network.use(
    http.patch('*/api/v1/export/:id', async ({ request }) => {
      sent.push(await request.json())
      rows = [anExport({ ...rows[0], name: 'New name' })]
      return HttpResponse.json(rows[0])
    }),
  )
  const { user, router } = renderApp('/exports')
  expect(await screen.findByRole('link', { name: 'Old name' })).toHaveAttribute(
    'href',
    '/exports/00000001-aaaa',
  )
  expect(screen.getByText('logs · all time · parquet zstd')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Actions of Old name' }))
  await user.click(await screen.findByRole('menuitem', { name: 'Name, tags, note…' }))
  const dialog = await screen.findByRole('dialog', { name: 'Name this export' })
  const field = within(dialog).getByRole('textbox', { name: 'Name' })
  await user.clear(field)
  await user.type(field, 'New name')
  await user.click(within(dialog).getByRole('button', { name: 'Save' }))
  expect(await screen.findByRole('link', { name: 'New name' })).toBeVisible()
  expect(sent).toEqual([{ name: 'New name', tags: ['plant'], note: null }])
  await user.click(screen.getByRole('button', { name: 'plant' }))
  await waitFor(() => expect(router.state.location.search).toEqual({ tag: ['plant'] }))
  await waitFor(() => expect(asked.at(-1)?.getAll('tag')).toEqual(['plant']))
})

test('without exports the page leads to the first one; with filters it says that nothing matches', async () => {
  rows = []
  const first = renderApp('/exports')
  expect(await screen.findByRole('link', { name: 'Create an export' })).toHaveAttribute('href', '/')
  first.unmount()
  renderApp('/exports?text=nothing')
  expect(await screen.findByText('No matching exports')).toBeVisible()
})

test('a history that cannot be loaded says why', async () => {
  network.use(http.get('*/api/v1/export/', () => problemResponse(500, { detail: 'The log has it.' })))
  renderApp('/exports')
  expect(await screen.findByText('The history could not be loaded')).toBeVisible()
})

test('whatever stands in the address, the service is asked for something that it takes', () => {
  const names = ['status', 'kind', 'text', 'since', 'until', 'sort', 'order', 'page', 'size']
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), fc.anything()), (raw) => {
      const search = historySearch(raw)
      const filter = historyFilter(search, 'Europe/Berlin')
      expect(historySearch({ ...search })).toEqual(search)
      expect(filter.order).toBeTypeOf('string')
      expect(filter.limit).toBeGreaterThan(0)
      expect(filter.limit).toBeLessThanOrEqual(1000)
      expect(filter.offset).toBeGreaterThanOrEqual(0)
      expect(filter.offset).toBeLessThan(2 ** 31)
    }),
  )
})

test('every column has an order of the service in both directions', () => {
  const orders = SORTS.flatMap((sort) =>
    (['asc', undefined] as const).map((order) => historyFilter({ sort, order }).order),
  )
  expect(new Set(orders).size).toBe(2 * SORTS.length)
  expect(historyFilter({}).order).toBe('newest')
  expect(historyFilter({ sort: 'size' }).order).toBe('largest')
  expect(historyFilter({ sort: 'duration', order: 'asc' }).order).toBe('shortest')
})

test('days are local days, with both ends', () => {
  expect(historyFilter({ since: '2026-03-29', until: '2026-03-29' }, 'Europe/Berlin')).toMatchObject({
    created_from: '2026-03-28T23:00:00Z',
    created_to: '2026-03-29T21:59:59.999999Z',
  })
})
