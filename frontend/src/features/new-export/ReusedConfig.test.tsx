import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import { created, openForm, previewed, serveForm } from '@/testing/export-form'
import { network, problemResponse } from '@/testing/network'
import { anExport } from '@/testing/records'

beforeEach(serveForm)

test('an old export fills the form', async () => {
  network.use(
    http.get('*/api/v1/export/:id/status', () =>
      HttpResponse.json(
        anExport({
          export_config: {
            data_types: ['logs'],
            processes: ['gone'],
            filters: { log_level: ['ERROR'] },
            output_format: 'csv',
            compression: true,
          },
        }),
      ),
    ),
  )
  await openForm('/?from=e-1')
  await waitFor(() =>
    expect(previewed.at(-1)).toMatchObject({
      processes: ['gone'],
      filters: { log_level: ['ERROR'] },
      output_format: 'csv',
      compression: 'gzip',
    }),
  )
  expect(screen.getByText('gone')).toBeVisible()
})

test('the form begins with the config of an old export and the change that a verdict offers', async () => {
  const split = { mode: 'time', ratios: { train: 0.8, test: 0.2 }, seed: 0 }
  network.use(
    http.get('*/api/v1/export/:id/status', () =>
      HttpResponse.json(anExport({ export_config: { data_types: ['logs'], output_format: 'csv', split } })),
    ),
    http.get('*/api/v1/export/:id/verdicts', () =>
      HttpResponse.json([
        {
          topic: 'leakage',
          title: 'Leakage',
          level: 'amber',
          text: 'Shared.',
          fix: {
            text: 'Split by host_name instead',
            changes: { split: { ...split, mode: 'group', by: 'host_name' } },
          },
          thresholds: [],
        },
      ]),
    ),
  )
  await openForm('/?from=e-1&fix=leakage')
  expect(screen.getByText('Split by host_name instead')).toBeVisible()
  await waitFor(() =>
    expect(previewed.at(-1)).toMatchObject({
      output_format: 'csv',
      split: { mode: 'group', by: 'host_name', ratios: { train: 0.8, test: 0.2 } },
    }),
  )
})

test('the form can be copied as a command', async () => {
  const { user } = await openForm()
  await user.click(screen.getByRole('button', { name: /Copy as curl/ }))
  expect(await screen.findByLabelText('curl command')).toHaveTextContent('/api/v1/export/')
  await user.click(screen.getByRole('tab', { name: 'JSON' }))
  expect(JSON.parse((await screen.findByLabelText('JSON config')).textContent)).toEqual({
    data_types: ['logs'],
    output_format: 'parquet',
    compression: 'zstd',
    batch_size: 20_000,
  })
})

test('a clone opens the part for training with what it has, and sends the same', async () => {
  const split = { mode: 'time', ratios: { train: 0.9, test: 0.1 }, embargo_seconds: 60 }
  const export_config = { data_types: ['logs'], split, fields: { logs: ['message'] } }
  network.use(
    http.get('*/api/v1/export/:id/progress', () => problemResponse(404, {})),
    http.get('*/api/v1/export/:id/status', () => HttpResponse.json(anExport({ export_config }))),
  )
  const { user } = await openForm('/?from=e-1')
  expect(screen.getByRole('button', { name: /Training/ })).toHaveTextContent(
    'split by time, selected columns',
  )
  const splits = within(screen.getByRole('group', { name: 'Splits' }))
  expect(splits.getByLabelText('Train')).toHaveValue('90%')
  expect(splits.getByLabelText('Validation')).toHaveValue('0%')
  expect(splits.getByLabelText('Embargo')).toHaveValue('1')
  expect(splits.getByRole('combobox', { name: 'Embargo: unit' })).toHaveValue('minutes')
  await user.click(screen.getByRole('button', { name: 'Start export' }))
  await waitFor(() =>
    expect(created).toEqual([expect.objectContaining({ split, fields: { logs: ['message'] } })]),
  )
})

test('the config and the name of the form go to a new schedule', async () => {
  network.use(
    http.post('*/api/v1/schedules/preview', () => HttpResponse.json({ sentence: 'Daily', next: [] })),
  )
  const { user, router } = await openForm()
  await user.type(screen.getByRole('textbox', { name: 'Name' }), 'nightly plant')
  await user.click(screen.getByRole('button', { name: /^Dataset and destination/ }))
  await user.type(await screen.findByRole('combobox', { name: 'Dataset' }), 'plant')
  await user.click(screen.getByRole('button', { name: 'Schedule…' }))
  expect(
    await screen.findByText('Each run exports logs as parquet, all time, into the dataset plant.'),
  ).toBeVisible()
  expect(router.state.location.pathname).toBe('/schedules/new')
  expect(screen.getByRole('textbox', { name: 'Name' })).toHaveValue('nightly plant')
})
