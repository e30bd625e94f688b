import { screen, waitFor } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import { network, problemResponse } from '@/testing/network'
import { aDataset, aSession, anAccount, datasetDetails } from '@/testing/records'
import { renderApp } from '@/testing/render'

beforeEach(() => {
  network.use(
    http.get('*/api/v1/datasets', () =>
      HttpResponse.json([
        aDataset(),
        aDataset({ kind: 'ips', title: 'IP records', rows: 5, is_estimate: true }),
      ]),
    ),
    http.get('*/api/v1/ingest/sources', () => HttpResponse.json({ sources: [], total: 0 })),
    http.get('*/api/v1/datasets/:kind', ({ params }) =>
      HttpResponse.json(
        params['kind'] === 'logs' ? datasetDetails() : datasetDetails({ kind: 'ips', process_column: null }),
      ),
    ),
  )
})

test('the page shows kinds, counts, processes and columns', async () => {
  renderApp('/data')
  expect(await screen.findByRole('button', { name: /^Logs/, pressed: true })).toHaveTextContent('20,000 rows')
  expect(await screen.findByRole('heading', { name: 'Columns of logs' })).toBeVisible()
  expect(screen.getByRole('progressbar', { name: 'Rows of nginx' })).toHaveAttribute('aria-valuenow', '100')
  expect(screen.getByText('The text of the line.')).toBeVisible()
  expect(document.title).toBe('Data · Lumber')
})

test('another kind is shown when it is chosen, and the address says so', async () => {
  const { user, router } = renderApp('/data')
  await user.click(await screen.findByRole('button', { name: /^IP records/ }))
  expect(await screen.findByRole('heading', { name: 'Columns of ips' })).toBeVisible()
  expect(screen.queryByText('Top processes')).toBeNull()
  await waitFor(() => expect(router.state.location.search).toEqual({ kind: 'ips' }))
})

test('an empty database says how to fill it', async () => {
  network.use(
    http.get('*/api/v1/datasets', () => HttpResponse.json([aDataset({ rows: 0, first: null, last: null })])),
  )
  renderApp('/data')
  expect(await screen.findByText('The database is empty')).toBeVisible()
  expect(screen.getByLabelText('commands that load data')).toHaveTextContent('lumber ingest logs')
})

test('a database that does not answer is said', async () => {
  network.use(
    http.get('*/api/v1/datasets', () =>
      problemResponse(500, { code: 'database_unreachable', detail: 'It refused the connection.' }),
    ),
  )
  renderApp('/data')
  expect(await screen.findByText('It refused the connection.')).toBeVisible()
})

test('somebody who may only read is offered nothing that would be refused', async () => {
  network.use(
    http.get('*/api/v1/session', () =>
      HttpResponse.json(aSession(anAccount({ role: 'viewer', scopes: ['exports:read', 'sources:read'] }))),
    ),
    http.get('*/api/v1/ingest/sources', () => HttpResponse.json({ sources: [], total: 0 })),
    http.get('*/api/v1/datasets', () => HttpResponse.json([aDataset({ rows: 0, first: null, last: null })])),
  )
  renderApp('/data')
  expect(await screen.findByText('The database is empty')).toBeVisible()
  for (const name of ['Load sample data', 'Connect a table']) {
    expect(screen.queryByRole('button', { name })).toBeNull()
  }
})
