import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import { created, openForm, previewed, serveForm } from '@/testing/export-form'
import { network } from '@/testing/network'
import { aDestination, aTableSource, datasetDetails } from '@/testing/records'

beforeEach(serveForm)

test('an export becomes a version of a dataset and goes to a destination', async () => {
  network.use(http.get('*/api/v1/destinations', () => HttpResponse.json({ destinations: [aDestination()] })))
  const { user } = await openForm()
  await user.click(screen.getByRole('button', { name: /^Dataset and destination/ }))
  const isIncremental = await screen.findByRole('checkbox', { name: 'Incremental' })
  expect(isIncremental).toBeDisabled()
  await user.type(screen.getByRole('combobox', { name: 'Dataset' }), 'plant')
  await user.click(isIncremental)
  await user.click(screen.getByRole('checkbox', { name: 'New major version' }))
  await user.click(screen.getByRole('combobox', { name: 'Destination' }))
  await user.click(await screen.findByRole('option', { name: 'lake' }))
  await user.click(screen.getByRole('button', { name: 'Start export' }))
  await waitFor(() =>
    expect(created).toMatchObject([
      { dataset: 'plant', incremental: true, new_major: true, destination: 'lake' },
    ]),
  )
})

test('rows come from a source, with its data types and what it promises', async () => {
  network.use(http.get('*/api/v1/sources', () => HttpResponse.json({ sources: [aTableSource()] })))
  const { user } = await openForm()
  await user.click(screen.getByRole('checkbox', { name: 'IP records' }))
  await user.click(await screen.findByRole('combobox', { name: 'Rows from' }))
  await user.click(await screen.findByRole('option', { name: 'plant (PostgreSQL)' }))
  const promises = within(screen.getByRole('list', { name: 'What plant promises' }))
  expect(
    promises.getByText('logs from public.event_log: snapshot, every row is read as it was at one moment.'),
  ).toBeVisible()
  const ips = screen.getByRole('checkbox', { name: 'IP records' })
  expect(ips).not.toBeChecked()
  expect(ips).toBeDisabled()
  expect(screen.getByText('plant has no mapping for it')).toBeVisible()
  expect(screen.queryByRole('combobox', { name: 'Processes' })).toBeNull()
  await waitFor(() => expect(previewed.at(-1)).toMatchObject({ source: 'plant', data_types: ['logs'] }))
  await user.click(screen.getByRole('combobox', { name: 'Rows from' }))
  await user.click(await screen.findByRole('option', { name: 'This database' }))
  // Not by a call: the preview of the form as it was at first may still be fresh.
  expect(await screen.findByRole('combobox', { name: 'Processes' })).toBeVisible()
  expect(screen.queryByRole('list', { name: 'What plant promises' })).toBeNull()
  await user.click(screen.getByRole('combobox', { name: 'Rows from' }))
  await user.click(await screen.findByRole('option', { name: 'plant (PostgreSQL)' }))
  await user.click(screen.getByRole('button', { name: 'Start export' }))
  await waitFor(() => expect(created).toMatchObject([{ source: 'plant', data_types: ['logs'] }]))
})

test('a source offers data types of its own, with their columns', async () => {
  const [mapping] = Object.values(aTableSource().mappings)
  const source = aTableSource({ mappings: mapping === undefined ? {} : { ci_runs: mapping } })
  network.use(
    http.get('*/api/v1/sources', () => HttpResponse.json({ sources: [source] })),
    http.get('*/api/v1/sources/plant/datasets', () =>
      HttpResponse.json([
        {
          ...datasetDetails(),
          kind: 'ci_runs',
          title: 'CI runs',
          description: 'Runs of builders.',
          is_built_in: false,
          process_column: null,
          filters: datasetDetails().filters.map((filter) => ({ ...filter, name: `ci_${filter.name}` })),
        },
      ]),
    ),
  )
  const { user } = await openForm()
  await user.click(await screen.findByRole('combobox', { name: 'Rows from' }))
  await user.click(await screen.findByRole('option', { name: 'plant (PostgreSQL)' }))
  const runs = await screen.findByRole('checkbox', { name: 'CI runs' })
  expect(screen.getByText('Runs of builders.')).toBeVisible()
  // The only one that the source has.
  expect(runs).toBeChecked()
  expect(screen.getByRole('checkbox', { name: 'Logs' })).toBeDisabled()
  await waitFor(() => expect(previewed.at(-1)).toMatchObject({ source: 'plant', data_types: ['ci_runs'] }))
  await user.click(screen.getByRole('button', { name: 'Add condition' }))
  await user.click(screen.getByRole('combobox', { name: 'Column' }))
  await user.click(await screen.findByRole('option', { name: 'ci_message' }))
  await user.click(screen.getByRole('button', { name: 'Start export' }))
  // Without a value, the form isn't sent.
  expect(created).toEqual([])
  await user.click(screen.getByRole('combobox', { name: 'Rows from' }))
  await user.click(await screen.findByRole('option', { name: 'This database' }))
  expect(screen.queryByRole('checkbox', { name: 'CI runs' })).toBeNull()
})
