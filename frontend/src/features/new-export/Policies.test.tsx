import { screen, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { MergedRule } from '@/lib/api/policies'
import { network, problemResponse } from '@/testing/network'
import { aDataset, aDestination, aPreview, aSession, datasetDetails } from '@/testing/records'
import { renderApp } from '@/testing/render'

const POLICY = { policy_id: 'p-1', name: 'support', version: 3 }
let rules: MergedRule[]

function aRule(rule: string, value: unknown, kind: string | null = null): MergedRule {
  return { rule, kind, value, policies: [POLICY] }
}

beforeEach(() => {
  rules = []
  const until = '2026-11-30T00:00:00Z'
  const use = { rows: 900, running_rows: 100, written_bytes: 2048, downloaded_bytes: 0, until }
  network.use(
    http.get('*/api/v1/session', () => HttpResponse.json(aSession())),
    http.get('*/api/v1/datasets', () =>
      HttpResponse.json([aDataset(), aDataset({ kind: 'ips', title: 'IP records' })]),
    ),
    http.get('*/api/v1/datasets/logs', () => HttpResponse.json(datasetDetails())),
    http.post('*/api/v1/export/preview', () => HttpResponse.json(aPreview())),
    http.get('*/api/v1/policies/mine', () =>
      HttpResponse.json({ rules, use: rules.length > 0 ? use : null }),
    ),
  )
})

test('what is not allowed is disabled, with the reason and the policy', async () => {
  rules = [
    aRule('kinds', ['logs']),
    aRule('processes', ['sshd']),
    aRule('max_days', 7),
    aRule('privacy_required', true),
    aRule('privacy_modules', ['irreversible_addresses', 'email']),
    aRule('rows_per_day', 5000),
  ]
  const { user } = renderApp('/')
  const notice = within(await screen.findByRole('alert', { name: 'Policies limit your exports' }))
  expect(notice.getByText('at most 5,000 rows a day (policy support, version 3)')).toBeVisible()
  expect(notice.getByText(/Today: 1,000 rows, 2\.0 KiB written/)).toBeVisible()

  expect(screen.getByRole('checkbox', { name: /IP records/ })).toBeDisabled()
  expect(screen.getByText('Not allowed by the policy support, version 3.')).toBeVisible()
  expect(screen.getByRole('checkbox', { name: /^Logs/ })).toBeEnabled()
  expect(screen.getByText(/Choose from sshd: others are not allowed by the policy support/)).toBeVisible()
  expect(screen.getByText(/Required: at most 7 days/)).toBeVisible()
  expect(screen.getByRole('button', { name: 'All time' })).toBeDisabled()

  await user.click(screen.getByRole('button', { name: /^Privacy/ }))
  const privacy = await screen.findByRole('switch', { name: /^Pseudonymise/ })
  await user.click(privacy)
  expect(privacy).toBeDisabled()
  expect(privacy).toBeChecked()
  expect(screen.getByRole('checkbox', { name: /^E-mail addresses/ })).toBeDisabled()
  expect(screen.getByRole('checkbox', { name: /^Host names/ })).toBeEnabled()
  await user.click(screen.getByRole('combobox', { name: 'IP addresses' }))
  expect(await screen.findByRole('option', { name: 'Keep (not allowed)' })).toHaveAttribute(
    'data-combobox-disabled',
  )
  expect(screen.getByRole('option', { name: 'Remove' })).not.toHaveAttribute('data-combobox-disabled')
})

test('a destination that the policies do not allow cannot be chosen', async () => {
  rules = [aRule('destinations', ['download', 's3://bucket/datasets'])]
  const destinations = [
    aDestination({ name: 'lake', url: 's3://bucket/datasets/plants' }),
    aDestination({ name: 'other', url: 's3://bucket/datasets-of-others' }),
  ]
  network.use(http.get('*/api/v1/destinations', () => HttpResponse.json({ destinations })))
  const { user } = renderApp('/')
  await user.click(await screen.findByRole('button', { name: /^Dataset and destination/ }))
  expect(await screen.findByText(/^Some destinations: Not allowed by the policy support/)).toBeVisible()
  await user.click(screen.getByRole('combobox', { name: 'Destination' }))
  const other = await screen.findByRole('option', { name: 'other (not allowed)' })
  expect(other).toHaveAttribute('data-combobox-disabled')
  expect(screen.getByRole('option', { name: 'lake' })).not.toHaveAttribute('data-combobox-disabled')
})

test('a refusal by a policy lands at its field', async () => {
  const errors = [
    { field: 'start_date', value: null, message: 'rule earliest: must be later (support 3)', allowed: [] },
    { field: 'max_rows', value: 9, message: 'rule max_rows: too many (support 3)', allowed: [] },
  ]
  network.use(
    http.post('*/api/v1/export/preview', () => problemResponse(403, { code: 'policy_refused', errors })),
  )
  renderApp('/')
  expect(await screen.findByText('rule earliest: must be later (support 3).')).toBeVisible()
  expect(screen.getByLabelText('Start')).toHaveAttribute('aria-invalid', 'true')
  expect(screen.getByText('max_rows: rule max_rows: too many (support 3).')).toBeVisible()
})

test('without policies nothing is said about them', async () => {
  renderApp('/')
  expect(await screen.findByRole('checkbox', { name: /IP records/ })).toBeEnabled()
  expect(screen.queryByText('Policies limit your exports')).toBeNull()
})
