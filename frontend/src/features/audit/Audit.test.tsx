import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { AuditLine, OutgoingItem } from '@/lib/api/audit'
import { network } from '@/testing/network'
import { HOSTILE, aSession, anAccount } from '@/testing/records'
import { renderApp } from '@/testing/render'

const HASH = '9f2c0e7d5b1a4c3e8f6071829304a5b6c7d8e9f00112233445566778899aabbc'
const LINE: AuditLine = {
  seq: 42,
  at: '2026-11-29T12:00:00.000005Z',
  actor_kind: 'key',
  actor_id: 'u-anna',
  actor_name: 'anna',
  key_id: 'k3v9q2m7x1ab',
  address: '10.0.0.7',
  action: 'download',
  target_kind: 'export',
  target_id: '4a1f3c52-7d0e-4b58-9c39-0d8a3f1f7f10',
  result: 'refused',
  reason: 'policy_refused',
  details: { file: HOSTILE, bytes: 12, kinds: ['logs', 'ips'] },
  prev_hash: '0'.repeat(64),
  hash: HASH,
}
const ITEM: OutgoingItem = {
  seq: 41,
  at: '2026-11-29T12:00:00Z',
  actor_kind: 'key',
  actor_id: 'u-anna',
  actor_name: 'anna',
  key_id: 'k3v9q2m7x1ab',
  address: '10.0.0.7',
  target_kind: 'export',
  target_id: '4a1f3c52-7d0e-4b58-9c39-0d8a3f1f7f10',
  file: 'logs/train.parquet',
  bytes: 2048,
  bytes_sent: 1024,
  is_complete: false,
  sha256: 'e3b0',
  created_by: 'bob',
  kinds: ['logs'],
  columns: ['logs.message'],
  filters: ['logs.process_name in'],
  is_private: true,
  privacy: ['email', 'secrets'],
  policies: ['support 3'],
}
let asked: URLSearchParams[] = []
const account = anAccount({ role: 'auditor', scopes: ['audit:read'] })

beforeEach(() => {
  asked = []
  network.use(
    http.get('*/api/v1/session', () => HttpResponse.json(aSession(account))),
    http.get('*/api/v1/audit', ({ request }) => {
      const query = new URL(request.url).searchParams
      asked.push(query)
      const isFirst = !query.has('before')
      return HttpResponse.json({
        lines: [isFirst ? LINE : { ...LINE, seq: 7, action: 'login', details: {} }],
        next_before: isFirst ? 42 : null,
      })
    }),
    http.get('*/api/v1/audit/outgoing', ({ request }) => {
      asked.push(new URL(request.url).searchParams)
      return HttpResponse.json({ outgoing: [ITEM], next_before: null })
    }),
  )
})

test('an auditor starts at the trail, and sees who did what, with which key and result', async () => {
  const { router } = renderApp('/')
  const table = within(await screen.findByRole('table', { name: 'Audit trail' }))
  expect(router.state.location.pathname).toBe('/audit')
  expect(table.getByText('anna')).toBeVisible()
  expect(table.getByText('key k3v9q2m7x1ab, from 10.0.0.7')).toBeVisible()
  expect(table.getByText('refused')).toBeVisible()
  expect(table.getByText('policy_refused')).toBeVisible()
  expect(table.getByText(HOSTILE)).toBeVisible()
  expect(table.queryByRole('link')).toBeNull()
})

test('filters stand in the address, and are sent', async () => {
  const { user, router } = renderApp('/audit?actor=anna&action=download&action=login&since=2026-11-01')
  await screen.findByRole('table', { name: 'Audit trail' })
  expect(asked[0]?.get('actor')).toBe('anna')
  expect(asked[0]?.getAll('action')).toEqual(['login', 'download'])
  expect(asked[0]?.get('since')).toMatch(/^2026-1[01]-\d\dT/)
  await user.type(screen.getByLabelText('Export id'), '4a1f')
  await waitFor(() => expect(asked.at(-1)?.get('target')).toBe('export:4a1f'))
  expect(router.state.location.search).toMatchObject({ actor: 'anna', export: '4a1f' })
})

test('older lines come when they are asked for', async () => {
  const { user } = renderApp('/audit')
  await user.click(await screen.findByRole('button', { name: 'Show older' }))
  expect(await screen.findByText('2 lines shown: all')).toBeVisible()
  expect(asked[1]?.get('before')).toBe('42')
})

test('an intact chain shows its hash, and a changed one its lines', async () => {
  const report = {
    is_ok: true,
    lines: 42,
    first_seq: 1,
    last_seq: 42,
    hash: HASH,
    problem_count: 0,
    problems: [],
  }
  const problem = { kind: 'changed', seq: 7, message: 'the line was changed' }
  network.use(
    http.get('*/api/v1/audit/verify', ({ request }) =>
      HttpResponse.json(
        new URL(request.url).searchParams.get('expect') === HASH
          ? { ...report, is_ok: false, problem_count: 1, problems: [problem] }
          : report,
      ),
    ),
  )
  const { user } = renderApp('/audit')
  await user.click(await screen.findByRole('button', { name: 'Check the chain' }))
  expect(await screen.findByText('The chain is intact: 42 lines')).toBeVisible()
  expect(screen.getByLabelText('hash of the last line')).toHaveTextContent(HASH)
  await user.type(screen.getByLabelText(/^Hash of an earlier check/), HASH)
  await user.click(screen.getByRole('button', { name: 'Check the chain' }))
  expect(await screen.findByText('Line 7: the line was changed')).toBeVisible()
})

test('the trail is exported as JSON Lines', async () => {
  renderApp('/audit')
  const link = await screen.findByRole('link', { name: 'Export as JSON Lines' })
  expect(link).toHaveAttribute('href', '/api/v1/audit/export')
  expect(link).toHaveAttribute('download', 'audit.jsonl')
})

test('what left the house says who got which columns, how private, under which policy, by which key', async () => {
  renderApp('/audit/outgoing?actor=anna')
  const table = within(await screen.findByRole('table', { name: 'Outgoing data' }))
  for (const text of [
    'anna',
    'key k3v9q2m7x1ab, from 10.0.0.7',
    'logs/train.parquet',
    'created by bob',
    'logs.message',
    'filtered: logs.process_name in',
    'private',
    'email, secrets',
    'support 3',
    'in part',
  ]) {
    expect(table.getByText(text)).toBeVisible()
  }
  expect(table.getByText(/1\.0 KiB/)).toBeVisible()
  expect(asked[0]?.get('actor')).toBe('anna')
  expect(document.title).toBe('Outgoing data · Lumber')
})
