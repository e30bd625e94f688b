import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import { browserZone, wallToMoment } from '@/lib/time'
import { created, openForm, previewed, serveForm } from '@/testing/export-form'
import { network, problemResponse } from '@/testing/network'
import { HOSTILE, aDataset, aPreview, anExport } from '@/testing/records'
import { renderApp } from '@/testing/render'

beforeEach(serveForm)

test('a first visit shows what there is and what the defaults would give', async () => {
  await openForm()
  expect(screen.getByText(/20,000 rows/)).toBeVisible()
  expect(screen.getByRole('checkbox', { name: 'Logs' })).toBeChecked()
  expect(screen.getByText('≈ 50.9 KiB')).toBeVisible()
  expect(screen.getByText(/12 rows would be rejected: required 12/)).toBeVisible()
  expect(screen.getByRole('img', { name: /Rows of logs over time: 1,200 rows in 2 bars/ })).toBeVisible()
  expect(document.title).toBe('New export · Lumber')
})

test('a record that holds markup stays text', async () => {
  await openForm()
  expect(screen.getByLabelText('Sample of logs')).toHaveTextContent('<img src=x onerror=')
  expect(HOSTILE).toContain('onerror')
  expect(document.querySelector('img[src="x"]')).toBeNull()
})

test('the preview follows the form after a short delay, with one call for several changes', async () => {
  await openForm()
  const before = previewed.length
  fireEvent.click(screen.getByRole('checkbox', { name: 'IP records' }))
  fireEvent.change(screen.getByLabelText('Start'), { target: { value: '2026-01-01T10:00' } })
  await waitFor(() => expect(previewed.length).toBeGreaterThan(before))
  expect(previewed.length).toBe(before + 1)
  expect(previewed.at(-1)).toMatchObject({
    data_types: ['logs', 'ips'],
    start_date: wallToMoment('2026-01-01 10:00:00', browserZone()),
  })
})

test('the export that is started is the one of the form, and its page opens', async () => {
  network.use(
    http.get('*/api/v1/export/:id/status', () => HttpResponse.json(anExport())),
    http.get('*/api/v1/export/:id/progress', () => problemResponse(404, {})),
  )
  const { user, router } = await openForm()
  await user.click(screen.getByRole('button', { name: 'Start export' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/exports/e-1'))
  expect(created).toEqual([
    expect.objectContaining({
      data_types: ['logs'],
      output_format: 'parquet',
      compression: 'zstd',
      batch_size: 20_000,
      start_date: null,
    }),
  ])
})

test('without a kind nothing is sent, and the field says so', async () => {
  const { user } = await openForm()
  await user.click(screen.getByRole('checkbox', { name: 'Logs' }))
  await user.click(screen.getByRole('button', { name: 'Start export' }))
  expect(await screen.findByText('Choose at least one data type.')).toBeVisible()
  expect(await screen.findByText('The preview resumes when the form is complete.')).toBeVisible()
  expect(created).toEqual([])
  // The errors are listed beside the button, and the first one has the focus.
  await waitFor(() => expect(screen.getByRole('checkbox', { name: 'Logs' })).toHaveFocus())
  const errors = screen.getByRole('group', { name: 'Errors' })
  expect(errors).toHaveTextContent('1 error to correct')
  expect(within(errors).getByRole('button')).toHaveTextContent('Data: Choose at least one data type.')
})

test('a section folds to a line that says what it holds, and opens when it has an error', async () => {
  network.use(
    http.post('*/api/v1/export/', () =>
      problemResponse(422, {
        code: 'config_invalid',
        errors: [{ field: 'batch_size', message: 'is too large', allowed: [] }],
      }),
    ),
  )
  const { user } = await openForm()
  const output = screen.getByRole('button', { name: /^Output/ })
  expect(output).toHaveTextContent(/Output\s*Parquet, zstd, basic validation/)
  await user.click(output)
  expect(output).toHaveAttribute('aria-expanded', 'false')
  const bar = screen.getByRole('region', { name: 'Start the export' })
  expect(bar).toHaveTextContent('Logs, all time, Parquet, zstd, basic validation')
  await user.click(screen.getByRole('button', { name: 'Start export' }))
  await waitFor(() => expect(output).toHaveAttribute('aria-expanded', 'true'))
  await waitFor(() => expect(screen.getByLabelText('Batch size')).toHaveFocus())
})

test('a new export gets its name', async () => {
  const { user } = await openForm()
  await user.type(screen.getByRole('textbox', { name: 'Name' }), ' nightly ')
  await user.click(screen.getByRole('button', { name: 'Start export' }))
  await waitFor(() => expect(created).toMatchObject([{ name: 'nightly', data_types: ['logs'] }]))
})

test("the service's errors land at their fields, and what has no field is still said", async () => {
  network.use(
    http.post('*/api/v1/export/', () =>
      problemResponse(422, {
        code: 'config_invalid',
        errors: [
          { field: 'processes', value: [], message: 'is not a process name', allowed: [] },
          { field: 'filters.logs.nope', value: 1, message: 'cannot be filtered on', allowed: ['logs.id'] },
        ],
      }),
    ),
  )
  const { user } = await openForm()
  await user.click(screen.getByRole('button', { name: 'Start export' }))
  expect(await screen.findByText('is not a process name.')).toBeVisible()
  expect(screen.getByRole('combobox', { name: 'Processes' })).toBeInvalid()
  expect(screen.getByText('filters.logs.nope: cannot be filtered on. Allowed: logs.id.')).toBeVisible()
})

test('a full queue is said beside the button, and the form stays', async () => {
  network.use(
    http.post('*/api/v1/export/', () =>
      problemResponse(429, {
        code: 'too_many_exports',
        title: 'Too many exports wait.',
        detail: 'Try later.',
      }),
    ),
  )
  const { user } = await openForm()
  await user.click(screen.getByRole('button', { name: 'Start export' }))
  const notice = await screen.findByRole('alert')
  expect(within(notice).getByText('Try later.')).toBeVisible()
  expect(screen.getByRole('checkbox', { name: 'Logs' })).toBeChecked()
})

test('a condition offers the columns and operators of the kind only, and its known values', async () => {
  const { user } = await openForm()
  await user.click(screen.getByRole('button', { name: 'Add condition' }))
  const row = within(screen.getByRole('group', { name: 'Condition 1' }))
  await user.click(row.getByRole('combobox', { name: 'Column' }))
  const columns = (await screen.findAllByRole('option')).map((option) => option.textContent)
  expect(columns).toEqual(expect.arrayContaining(['process_name', 'message']))
  await user.click(screen.getByRole('option', { name: 'message' }))
  await user.click(row.getByRole('combobox', { name: 'Operator' }))
  await user.click(await screen.findByRole('option', { name: 'contains' }))
  await user.type(row.getByRole('combobox', { name: 'Value' }), 'failed')
  await waitFor(() =>
    expect(previewed.at(-1)?.['filters']).toEqual({ 'logs.message': { contains: 'failed' } }),
  )
})

test('a filter that does not narrow a kind is said at that kind', async () => {
  const report = aPreview()
  const logs = report.kinds['logs']
  if (logs === undefined) throw new Error('There is no preview of logs.')
  report.kinds = {
    logs,
    ips: { ...logs, unapplied_filters: ['processes'] },
    anomalies: { ...logs, rows: 0, unapplied_filters: ['log_level', 'host_name', 'processes'] },
  }
  network.use(http.post('*/api/v1/export/preview', () => HttpResponse.json(report)))
  await openForm()
  const previewOf = (kind: string) => within(screen.getByRole('region', { name: `Preview of ${kind}` }))
  expect(
    previewOf('ips').getByText('The filter on processes does not apply to ips, which has no such column.'),
  ).toBeVisible()
  expect(
    previewOf('anomalies').getByText(
      'The filters on log_level, host_name and processes do not apply to anomalies, which has no such columns.',
    ),
  ).toBeVisible()
  expect(previewOf('logs').queryByText(/not apply/)).toBeNull()
})

test('the preview says about how large the splits are, and shows no sample that it has no key for', async () => {
  const report = aPreview()
  const logs = report.kinds['logs']
  if (logs === undefined) throw new Error('There is no preview of logs.')
  const changes = {
    splits: { train: 960, test: 240 },
    splits_are_estimated: true,
    missing_key: 'privacy.key: is missing',
  }
  report.kinds = { logs: { ...logs, ...changes, sample: { ...logs.sample, after: [] } } }
  network.use(http.post('*/api/v1/export/preview', () => HttpResponse.json(report)))
  await openForm()
  expect(screen.getByText('Splits (estimated): train 960, test 240.')).toBeVisible()
  expect(screen.queryByLabelText('Sample of logs')).toBeNull()
  expect(screen.getByText(/needs a key to preview/)).toBeVisible()
})

test('when the data cannot be listed the form says so and offers another try', async () => {
  let isBroken = true
  network.use(
    http.get('*/api/v1/datasets', () =>
      isBroken ? problemResponse(500, { title: 'Unexpected' }) : HttpResponse.json([aDataset()]),
    ),
  )
  const { user } = renderApp('/')
  expect(await screen.findByText('The data types could not be loaded')).toBeVisible()
  isBroken = false
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByRole('checkbox', { name: 'Logs' })).toBeVisible()
})

test("the service's errors of what is for training stand beside their inputs", async () => {
  network.use(
    http.post('*/api/v1/export/preview', () =>
      problemResponse(422, {
        code: 'config_invalid',
        errors: [
          { field: 'split.embargo_seconds', value: 1, message: 'is too long', allowed: [] },
          { field: 'sample.rows', value: 5, message: 'is more than there is', allowed: [] },
          { field: 'fields.logs', value: 'x', message: "'x' is not a column of logs", allowed: ['message'] },
          { field: 'labels', value: true, message: 'are for logs only', allowed: ['logs'] },
          { field: 'privacy.key', value: null, message: 'is missing', allowed: [] },
        ],
      }),
    ),
  )
  const app = renderApp('/')
  await screen.findByRole('checkbox', { name: 'Logs' })
  // What is wrong unfolds by itself.
  await screen.findByRole('group', { name: 'Splits' })
  fireEvent.click(screen.getByRole('combobox', { name: 'Split method' }))
  const modes = within(screen.getByRole('listbox', { name: 'Split method' }))
  fireEvent.click(modes.getByRole('option', { name: 'By time' }))
  fireEvent.click(screen.getByRole('combobox', { name: 'Sample' }))
  fireEvent.click(screen.getByRole('option', { name: 'Number of rows' }))
  fireEvent.click(screen.getByRole('switch', { name: /Pseudonymise people/ }))
  await waitFor(() => expect(screen.getByLabelText('Embargo')).toBeInvalid())
  expect(screen.getByLabelText('Rows to keep')).toBeInvalid()
  expect(screen.getByText('is more than there is.')).toBeVisible()
  expect(screen.getByRole('combobox', { name: 'Columns of logs' })).toBeInvalid()
  expect(screen.getByText("'x' is not a column of logs. Allowed: message.")).toBeVisible()
  const labels = within(screen.getByRole('group', { name: 'Labels' }))
  expect(labels.getByText('are for logs only. Allowed: logs.')).toBeVisible()
  expect(screen.getByText('The key is missing.')).toBeVisible()
  expect(app.container).not.toHaveTextContent('Invalid config')
})

test('a relative range replaces the dates, and both come back', async () => {
  const { user } = await openForm()
  await user.click(screen.getByRole('button', { name: 'Last day' }))
  await user.click(screen.getByRole('radio', { name: 'Relative' }))
  const range = screen.getByRole('combobox', { name: 'Relative range' })
  await user.clear(range)
  await user.type(range, 'last 12 hours')
  await waitFor(() =>
    expect(previewed.at(-1)).toMatchObject({
      start_date: null,
      end_date: null,
      date_range: 'last 12 hours',
      time_zone: browserZone(),
    }),
  )
  await user.click(screen.getByRole('radio', { name: 'Dates' }))
  expect(screen.getByLabelText('Start')).not.toHaveValue('')
})

test('an empty database offers ways to fill it where the preview will be', async () => {
  let rows = 0
  network.use(
    http.get('*/api/v1/datasets', () => HttpResponse.json([aDataset({ rows, first: null, last: null })])),
    http.post('*/api/v1/ingest/sample', () => {
      rows = 20_000
      return HttpResponse.json({ logs: 20_000, anomalies: 96, ips: 1234 })
    }),
  )
  const { user } = renderApp('/')
  const preview = await screen.findByRole('region', { name: 'Preview' })
  expect(await within(preview).findByText('The database is empty')).toBeVisible()
  expect(within(preview).getByRole('link', { name: 'Upload a log' })).toHaveAttribute('href', '/data')
  await user.click(within(preview).getByRole('button', { name: 'Connect a table' }))
  expect(await screen.findByLabelText('commands that connect a table')).toHaveTextContent('lumber source add')
  await user.keyboard('{Escape}')
  await user.click(within(preview).getByRole('button', { name: 'Load sample data' }))
  expect(await screen.findByText(/Loaded 20,000 log lines, 96 anomalies and 1,234 IP records/)).toBeVisible()
  expect(await within(preview).findByText('1,200')).toBeVisible()
  expect(within(preview).queryByText('The database is empty')).toBeNull()
})

test.each([
  ['Anomaly detection', { labels: { assume_normal: true }, split: { mode: 'time', embargo_seconds: 300 } }],
  ['Log sequences', { templates: {}, sequences: {}, split: { mode: 'time' } }],
  ['Private dataset to share', { privacy: { addresses: 'prefix_preserving', renumber_ids: true } }],
])('the recipe %s fills the form', async (name, wanted) => {
  const { user } = await openForm()
  await user.click(screen.getByRole('button', { name }))
  await waitFor(() => expect(previewed.at(-1)).toMatchObject(wanted))
  await user.click(screen.getByRole('button', { name: 'Start export' }))
  await waitFor(() => expect(created).toHaveLength(1))
  expect(created[0]).toMatchObject({ data_types: ['logs'], output_format: 'parquet', ...wanted })
})
