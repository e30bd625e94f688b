import { screen, waitFor, within } from '@testing-library/react'
import fc from 'fast-check'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import { PRIVACY_MODULES, type Policy } from '@/lib/api/policies'
import { network, problemResponse } from '@/testing/network'
import { aDataset, aPolicy, aSession, aUser, datasetDetails } from '@/testing/records'
import { renderApp } from '@/testing/render'
import { formToPolicy, policyToForm } from './form'

let policies: Policy[]
let sent: unknown
let deleted: string | null

beforeEach(() => {
  policies = [aPolicy()]
  sent = null
  deleted = null
  network.use(
    http.get('*/api/v1/session', () => HttpResponse.json(aSession())),
    http.get('*/api/v1/users', () => HttpResponse.json({ users: [aUser()] })),
    http.get('*/api/v1/datasets', () => HttpResponse.json([aDataset()])),
    http.get('*/api/v1/datasets/logs', () => HttpResponse.json(datasetDetails())),
    http.get('*/api/v1/policies', () => HttpResponse.json({ policies })),
    http.get('*/api/v1/policies/:id', () => HttpResponse.json(policies[0])),
    http.put('*/api/v1/policies/:id', async ({ request }) => {
      sent = await request.json()
      return HttpResponse.json(aPolicy({ version: 4 }))
    }),
    http.post('*/api/v1/policies', async ({ request }) => {
      sent = await request.json()
      return HttpResponse.json(aPolicy(), { status: 201 })
    }),
    http.delete('*/api/v1/policies/:id', ({ params }) => {
      deleted = String(params['id'])
      return new HttpResponse(null, { status: 204 })
    }),
  )
})

test('policies are listed with whom they are for, what they allow, and their version', async () => {
  renderApp('/policies')
  const row = within((await screen.findByRole('link', { name: 'support' })).closest('tr') as HTMLElement)
  for (const text of [
    'role exporter, ann',
    'data types: logs',
    'columns of logs: ids, times and message',
    'at most 31 days',
    'privacy must be on',
    'at most 1,000,000 rows in an export',
    'enabled',
    '3',
  ]) {
    expect(row.getByText(text)).toBeVisible()
  }
})

test('without policies the page says what that means', async () => {
  policies = []
  renderApp('/policies')
  expect(await screen.findByText(/Whoever may create exports may export everything/)).toBeVisible()
})

test('a policy is created, and rules that are left empty restrict nothing', async () => {
  const { user, router } = renderApp('/policies/new')
  await user.type(await screen.findByLabelText(/^Name/), 'viewers')
  await user.click(screen.getByRole('checkbox', { name: 'exporter' }))
  await user.type(screen.getByLabelText('Rows in an export'), '5000')
  await user.click(screen.getByRole('switch', { name: 'Exports must be private' }))
  await user.click(screen.getByRole('checkbox', { name: 'secrets' }))
  await user.click(screen.getByRole('button', { name: 'Create policy' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/policies'))
  expect(sent).toEqual({
    name: 'viewers',
    applies_to: { roles: ['exporter'], users: [] },
    kinds: null,
    columns: null,
    processes: null,
    earliest: null,
    latest: null,
    max_days: null,
    privacy_required: true,
    privacy_modules: ['secrets'],
    max_rows: 5000,
    destinations: null,
    rows_per_day: null,
    bytes_per_day: null,
    is_enabled: true,
  })
})

test('a policy is turned off, and the rest of it stays', async () => {
  const { user } = renderApp('/policies/p-1')
  expect(await screen.findByText('version 3')).toBeVisible()
  await user.click(screen.getByRole('switch', { name: 'Enabled' }))
  await user.click(screen.getByRole('button', { name: 'Save policy' }))
  await waitFor(() => expect(sent).toMatchObject({ name: 'support', is_enabled: false, max_days: 31 }))
})

test('what the service refuses is marked at its field', async () => {
  const errors = [
    { field: 'applies_to', value: null, message: 'names nobody', allowed: [] },
    { field: 'name', value: 'x', message: 'is taken', allowed: [] },
  ]
  network.use(http.post('*/api/v1/policies', () => problemResponse(422, { code: 'config_invalid', errors })))
  const { user } = renderApp('/policies/new')
  await user.type(await screen.findByLabelText(/^Name/), 'x')
  await user.click(screen.getByRole('button', { name: 'Create policy' }))
  expect(await screen.findByText('Is taken.')).toBeVisible()
  expect(screen.getByText('Names nobody.')).toBeVisible()
  expect(screen.getByText('The policy was not saved. Correct the marked fields.')).toBeVisible()
})

test('a policy is deleted only when the admin confirms it', async () => {
  const { user, router } = renderApp('/policies/p-1')
  await user.click(await screen.findByRole('button', { name: 'Delete' }))
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete policy' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/policies'))
  expect(deleted).toBe('p-1')
})

test('a policy that is opened and saved is the same', () => {
  const names = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 3 })
  const count = fc.option(fc.integer({ min: 1, max: 1e9 }))
  const rules = fc.record({
    kinds: fc.option(names),
    columns: fc.option(fc.dictionary(fc.constantFrom('logs', 'ips'), names, { minKeys: 1 })),
    processes: fc.option(names),
    max_days: count,
    max_rows: count,
    destinations: fc.option(names),
    rows_per_day: count,
    bytes_per_day: fc.option(fc.integer({ min: 1, max: 1e12 })),
    privacy: fc.option(fc.subarray([...PRIVACY_MODULES])),
    is_enabled: fc.boolean(),
  })
  fc.assert(
    fc.property(rules, ({ privacy, ...others }) => {
      const privacyRules = { privacy_required: privacy !== null, privacy_modules: privacy ?? [] }
      const policy = aPolicy({ ...others, ...privacyRules })
      expect(policy).toMatchObject(formToPolicy(policyToForm(policy)))
    }),
  )
})
