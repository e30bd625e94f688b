import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { Version } from '@/lib/api/named-datasets'
import { network, problemResponse } from '@/testing/network'
import {
  aDestination,
  aNamedDataset,
  aProgress,
  aSession,
  aVersion,
  anAccount,
  anExport,
} from '@/testing/records'
import { renderApp } from '@/testing/render'

let versions: Version[]
let gate: object | null
let tables: object[]
let backfills: object[]
const calls: { path: string; body: unknown }[] = []

beforeEach(() => {
  gate = null
  tables = []
  backfills = []
  versions = [
    aVersion({
      number: 3,
      data_version: '1.2.0',
      export_id: 'e-3',
      state: 'held',
      reason: 'The volume is 12 times the usual one.\nThe column label has another type.',
    }),
    aVersion({ tags: ['golden'] }),
    aVersion({ number: 1, data_version: '1.0.0', export_id: 'e-1', added: 1200, changed: 0, removed: 0 }),
  ]
  calls.length = 0
  const answer = async ({ request }: { request: Request }) => {
    const text = await request.text()
    const path = `${request.method} ${new URL(request.url).pathname.replace('/api/v1', '')}`
    calls.push({ path, body: text === '' ? null : (JSON.parse(text) as unknown) })
    // Decisions and retention answer with what they changed.
    return request.method === 'DELETE' ? new HttpResponse(null, { status: 204 }) : HttpResponse.json({})
  }
  network.use(
    http.get('*/api/v1/named-datasets', () => HttpResponse.json({ datasets: [aNamedDataset({ held: 1 })] })),
    http.get('*/api/v1/named-datasets/:name', () =>
      HttpResponse.json({ ...aNamedDataset({ held: 1 }), versions }),
    ),
    http.get('*/api/v1/named-datasets/:name/gate', () => HttpResponse.json({ gate })),
    http.put('*/api/v1/named-datasets/:name/gate', async ({ request }) => {
      gate = (await request.json()) as object | null
      calls.push({ path: 'PUT gate', body: gate })
      return HttpResponse.json({ gate })
    }),
    http.get('*/api/v1/named-datasets/:name/tables', () => HttpResponse.json({ tables })),
    http.get('*/api/v1/named-datasets/:name/backfills', () => HttpResponse.json({ backfills })),
    http.get('*/api/v1/test-sets', () =>
      HttpResponse.json({
        test_sets: [{ name: 'plant-test', rows: 1200, frozen_at: '2026-02-01T02:00:00Z' }],
      }),
    ),
    http.all('*/api/v1/named-datasets/:name/*', answer),
    http.all('*/api/v1/named-datasets/:name/*/*', answer),
    http.all('*/api/v1/named-datasets/:name/*/*/*', answer),
  )
})

test('datasets are listed with their latest version and what is held', async () => {
  renderApp('/datasets')
  const row = within((await screen.findByRole('link', { name: 'plant' })).closest('tr') as HTMLElement)
  for (const text of ['v2', '1.1.0', '1 held', '1,500']) expect(row.getByText(text)).toBeVisible()
})

test('without datasets the page says what one is and how to begin', async () => {
  network.use(http.get('*/api/v1/named-datasets', () => HttpResponse.json({ datasets: [] })))
  renderApp('/datasets')
  expect(await screen.findByText(/Give an export a dataset name/)).toBeVisible()
  expect(screen.getByText(/lumber export .*--dataset plant --incremental/)).toBeVisible()
})

test('the log of a dataset has what each version added, changed and removed', async () => {
  renderApp('/datasets/plant')
  const table = within(await screen.findByRole('table', { name: 'Versions' }))
  const row = within(table.getByText('golden').closest('tr') as HTMLElement)
  for (const text of ['published', '+300', '2', '−1']) expect(row.getByText(text)).toBeVisible()
  expect(row.getByRole('link', { name: 'e-2' })).toHaveAttribute('href', '/exports/e-2')
  expect(screen.getByText(/lumber\.open\("plant@v2"\)/)).toBeVisible()
})

test('a held version has its reasons, and is published', async () => {
  const { user } = renderApp('/datasets/plant')
  const held = within(await screen.findByRole('region', { name: 'v3 is held' }))
  expect(held.getByText(/The volume is 12 times the usual one/)).toBeVisible()
  await user.click(held.getByRole('button', { name: 'Publish v3' }))
  expect(await screen.findByText('Published v3 of plant.')).toBeVisible()
  expect(calls).toEqual([{ path: 'POST /named-datasets/plant/versions/3/publish', body: null }])
})

test('a held version is dropped only when the person confirms it', async () => {
  const { user } = renderApp('/datasets/plant')
  await user.click(await screen.findByRole('button', { name: 'Drop v3' }))
  expect(calls).toEqual([])
  const dialog = within(await screen.findByRole('dialog'))
  const reason = dialog.getByLabelText('Reason (optional)')
  await user.click(reason)
  await user.paste('x'.repeat(501))
  await user.click(dialog.getByRole('button', { name: 'Drop version' }))
  expect(dialog.getByText('It is 1 character too long. Allowed are 500.')).toBeVisible()
  expect(calls).toEqual([])
  await user.clear(reason)
  await user.type(reason, ' a broken sensor ')
  await user.click(dialog.getByRole('button', { name: 'Drop version' }))
  await waitFor(() =>
    expect(calls).toEqual([
      { path: 'POST /named-datasets/plant/versions/3/drop', body: { reason: 'a broken sensor' } },
    ]),
  )
})

test('a gate is set with its usual limits and a test set, and removed', async () => {
  const { user } = renderApp('/datasets/plant')
  expect(await screen.findByText('Every new version is published.')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Set gate' }))
  await user.type(screen.getByLabelText('Fewest rows'), '10')
  await user.type(screen.getByLabelText('Most rows'), '9')
  await user.click(screen.getByRole('button', { name: 'Save gate' }))
  expect(screen.getByText('Enter at least 10.')).toBeVisible()
  expect(calls).toEqual([])
  await user.clear(screen.getByLabelText('Most rows'))
  await user.click(screen.getByRole('combobox', { name: 'Test set' }))
  await user.click(await screen.findByRole('option', { name: 'plant-test (1,200 rows)' }))
  await user.click(screen.getByRole('button', { name: 'Save gate' }))
  expect(await screen.findByText('One of its rows is in the test set plant-test.')).toBeVisible()
  expect(calls).toEqual([
    {
      path: 'PUT gate',
      body: {
        schema_change: 'hold',
        max_drift: { '*': 0.3 },
        max_reject_ratio: 0.05,
        rows: { min: 10, max: null, min_ratio: 0.2, max_ratio: 5 },
        max_class_change: null,
        test_set: { name: 'plant-test', max_share: 0 },
      },
    },
  ])
  await user.click(screen.getByRole('button', { name: 'Change gate' }))
  await user.click(screen.getByRole('switch', { name: /^Hold versions/ }))
  await user.click(screen.getByRole('button', { name: 'Remove gate' }))
  expect(await screen.findByText('Every new version is published.')).toBeVisible()
  expect(calls[1]).toEqual({ path: 'PUT gate', body: null })
})

test('of many versions the newest are shown, and more on demand', async () => {
  versions = Array.from({ length: 45 }, (_, index) =>
    aVersion({ number: 45 - index, export_id: `e-${45 - index}` }),
  )
  const { user } = renderApp('/datasets/plant')
  expect(await screen.findByText('20 of 45 versions')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Show more versions' }))
  await user.click(screen.getByRole('button', { name: 'Show more versions' }))
  expect(screen.getByRole('link', { name: 'e-1' })).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Show more versions' })).toBeNull()
})

test('versions are tagged and untagged, and retention is saved', async () => {
  const { user } = renderApp('/datasets/plant')
  await user.click(await screen.findByRole('button', { name: 'Tag version 1' }))
  await user.type(await screen.findByLabelText(/^Tag for v1/), 'paper')
  await user.click(screen.getByRole('button', { name: 'Tag' }))
  await waitFor(() => expect(calls).toHaveLength(1))
  await user.click(screen.getByRole('button', { name: 'Remove the tag golden' }))
  await user.type(screen.getByLabelText('Newest versions to keep'), '10')
  await user.click(screen.getByRole('button', { name: 'Save retention' }))
  await waitFor(() =>
    expect(calls).toEqual([
      { path: 'PUT /named-datasets/plant/tags/paper', body: { version: 'v1' } },
      { path: 'DELETE /named-datasets/plant/tags/golden', body: null },
      { path: 'PUT /named-datasets/plant/keep', body: { last: 10, days: null } },
    ]),
  )
})

test('somebody who may only read is not offered to decide or to tag', async () => {
  const account = anAccount({ role: 'viewer', scopes: ['exports:read', 'sources:read'] })
  network.use(http.get('*/api/v1/session', () => HttpResponse.json(aSession(account))))
  renderApp('/datasets/plant')
  expect(await screen.findByText(/The volume is 12 times/)).toBeVisible()
  for (const name of [/^Publish/, /^Drop/, /^Tag version/, /^Remove the tag/, /^Save retention/, /gate$/]) {
    expect(screen.queryByRole('button', { name })).toBeNull()
  }
})

test('a dataset that does not exist is said to be none', async () => {
  network.use(http.get('*/api/v1/named-datasets/:name', () => problemResponse(404, {})))
  renderApp('/datasets/nothing')
  expect(await screen.findByText('Dataset not found')).toBeVisible()
})

test('the page of an export says which version it is and where it went', async () => {
  const config = { data_types: ['logs'], dataset: 'plant', destination: 'lake' }
  const details = anExport({ export_id: 'e-2', status: 'failed', export_config: config })
  network.use(
    http.get('*/api/v1/export/:id/status', () => HttpResponse.json(details)),
    http.get('*/api/v1/export/:id/progress', () => HttpResponse.json(aProgress({ status: 'failed' }))),
  )
  renderApp('/exports/e-2')
  const link = await screen.findByRole('link', { name: 'plant' })
  expect(link).toHaveAttribute('href', '/datasets/plant')
  expect(link.parentElement).toHaveTextContent(
    'For the dataset plant. To be published to the destination lake.',
  )
})

test('tables say what they lack and why, and are tried again, stopped and set', async () => {
  tables = [
    {
      format: 'delta',
      to: 'lake',
      committed: 1,
      latest: 2,
      failures: 1,
      error: 'The bucket is full.',
      next_at: '2026-02-01T02:01:00Z',
    },
  ]
  network.use(http.get('*/api/v1/destinations', () => HttpResponse.json({ destinations: [aDestination()] })))
  const { user } = renderApp('/datasets/plant')
  const delta = within(await screen.findByRole('group', { name: 'Delta Lake' }))
  expect(delta.getByText('has v1, v2 waits')).toBeVisible()
  expect(delta.getByText(/The bucket is full/)).toBeVisible()
  await user.click(delta.getByRole('button', { name: 'Try now' }))
  await waitFor(() => expect(calls).toContainEqual(put('delta', 'lake')))
  await user.click(delta.getByRole('button', { name: 'Stop committing' }))
  const question = within(await screen.findByRole('dialog', { name: 'Stop committing plant to Delta Lake?' }))
  await user.click(question.getByRole('button', { name: 'Stop committing' }))
  await waitFor(() =>
    expect(calls).toContainEqual({ path: 'DELETE /named-datasets/plant/tables/delta', body: null }),
  )
  const form = within(screen.getByRole('form', { name: 'Commit to tables' }))
  await user.click(form.getByRole('combobox', { name: 'Destination' }))
  await user.click(await screen.findByRole('option', { name: aDestination().name }))
  await user.click(form.getByRole('button', { name: 'Commit versions' }))
  await waitFor(() => expect(calls).toContainEqual(put('iceberg', aDestination().name)))
})

const put = (format: string, to: string) => ({
  path: `PUT /named-datasets/plant/tables/${format}`,
  body: { to },
})

test('a backfill is counted, started, followed and cancelled', async () => {
  network.use(
    http.post('*/api/v1/named-datasets/:name/backfills', async ({ request }) => {
      const body = (await request.json()) as { start: string; is_preview: boolean }
      calls.push({ path: 'POST backfills', body })
      if (body.start === '2030-01-01') {
        const errors = [{ field: 'start_date', value: null, message: 'is in the future', allowed: [] }]
        return problemResponse(422, { code: 'config_invalid', errors })
      }
      if (!body.is_preview) backfills = [aBackfill]
      return HttpResponse.json({
        windows: [{ rows: 1200 }, { rows: 34 }],
        notes: ['Each window reads all ips, because they change.'],
        backfill: body.is_preview ? null : aBackfill,
      })
    }),
  )
  const { user } = renderApp('/datasets/plant')
  const form = within(await screen.findByRole('form', { name: 'Start a backfill' }))
  fireEvent.change(form.getByLabelText(/First day/), { target: { value: '2030-01-01' } })
  await user.click(form.getByRole('button', { name: 'Start backfill' }))
  expect(await form.findByText('Is in the future.')).toBeVisible()
  fireEvent.change(form.getByLabelText(/First day/), { target: { value: '2026-01-01' } })
  expect(form.queryByText('Is in the future.')).toBeNull()
  await user.click(form.getByRole('button', { name: 'Count rows' }))
  expect(await form.findByText('2 windows with about 1,234 rows.')).toBeVisible()
  expect(form.getByText(/Each window reads all ips/)).toBeVisible()
  await user.click(form.getByRole('button', { name: 'Start backfill' }))
  const running = within(await screen.findByRole('group', { name: 'Last backfill' }))
  expect(running.getByText(/running, 1 of 2 windows done/)).toBeVisible()
  expect(running.getByRole('progressbar')).toHaveAttribute('aria-label', 'Backfill: 1 of 2 windows')
  expect(screen.queryByRole('form', { name: 'Start a backfill' })).toBeNull()
  expect(calls).toContainEqual({
    path: 'POST backfills',
    body: { start: '2026-01-01', end: null, window: '1month', is_preview: false },
  })
  await user.click(running.getByRole('button', { name: 'Cancel backfill' }))
  const question = within(await screen.findByRole('dialog', { name: 'Cancel the backfill of plant?' }))
  await user.click(question.getByRole('button', { name: 'Cancel backfill' }))
  await waitFor(() =>
    expect(calls).toContainEqual({ path: 'POST /named-datasets/plant/backfills/b-1/cancel', body: null }),
  )
})

const aBackfill = {
  backfill_id: 'b-1',
  start: '2026-01-01',
  end: null,
  window: '1month',
  state: 'running',
  windows: 2,
  done: 1,
  export_id: 'e-9',
  reason: null,
  created_at: '2026-02-01T02:00:00Z',
  finished_at: null,
}
