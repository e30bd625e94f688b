import { Notifications } from '@mantine/notifications'
import { screen, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { SourceRecord } from '@/lib/api/ingest'
import { network, problemResponse } from '@/testing/network'
import { HOSTILE, aSource } from '@/testing/records'
import { renderPart } from '@/testing/render'
import { LoadedSources } from './LoadedSources'

const SOURCES = '*/api/v1/ingest/sources'

let all: SourceRecord[] = []

beforeEach(() => {
  all = []
  network.use(
    http.get(SOURCES, ({ request }) => {
      const query = new URL(request.url).searchParams
      const [limit, offset] = [Number(query.get('limit')), Number(query.get('offset'))]
      return HttpResponse.json({ sources: all.slice(offset, offset + limit), total: all.length })
    }),
  )
})

test('each file is shown with what became of its lines, and when', async () => {
  all = [
    aSource({
      source_id: 'a',
      name: '-',
      lines: 1_000_000,
      loaded: 1_000_000,
      rejected: 0,
      can_delete: false,
      formats: [], // an earlier version loaded it
      unrecognised: 0,
    }),
    aSource({ source_id: 'b', name: HOSTILE, kind: 'ips', is_complete: false }),
  ]
  renderPart(<LoadedSources />)
  const table = await screen.findByRole('table', { name: 'Loaded files' })
  const [, first, second] = within(table).getAllByRole('row')
  expect(first).toHaveTextContent(/^standard inputlogs1,000,0001,000,00002026-02-01/)
  expect(second).toHaveTextContent(HOSTILE)
  expect(second).toHaveTextContent('Recognised: 1,198 lines as syslog (RFC 3164), 2 not recognised')
  expect(second).toHaveTextContent('Incomplete. Load the file again to resume.')
  expect(first).not.toHaveTextContent('Not to its end')
  expect(screen.queryByRole('button', { name: 'Delete rows of standard input' })).toBeNull()
  expect(screen.getByRole('button', { name: `Delete rows of ${HOSTILE}` })).toBeVisible()
  expect(document.querySelector('img[src=x]')).toBeNull()
})

test('rejected lines are shown below their file', async () => {
  all = [aSource()]
  network.use(
    http.get(`${SOURCES}/logs-1/rejects`, () =>
      HttpResponse.text(`${JSON.stringify({ line: 17, reason: 'no time', raw: '-- MARK --' })}\n`),
    ),
  )
  const { user } = renderPart(<LoadedSources />)
  await user.click(await screen.findByRole('button', { name: 'Show rejected lines of auth.log: 2' }))
  const rejected = await screen.findByRole('table', { name: 'Rejected lines' })
  expect(within(rejected).getByText('-- MARK --')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Hide rejected lines of auth.log: 2' }))
  expect(screen.queryByRole('table', { name: 'Rejected lines' })).toBeNull()
})

test('a file is deleted after a confirmation, and the reason is shown if it was not', async () => {
  all = [aSource({ source_id: 'a b' })]
  const deleted: unknown[] = []
  const conflict = problemResponse(409, { detail: 'Exports are reading rows.' })
  network.use(
    http.delete('*/api/v1/loads/:id', () => conflict, { once: true }),
    http.delete('*/api/v1/loads/:id', ({ params }) => {
      deleted.push(params.id)
      all = []
      return HttpResponse.json({
        source_id: 'a b',
        kind: 'logs',
        name: 'auth.log',
        rows_deleted: 3,
        addresses_deleted: 1,
        addresses_updated: 0,
      })
    }),
  )
  const { user } = renderPart(
    <>
      <Notifications />
      <LoadedSources />
    </>,
  )
  const remove = async () => {
    await user.click(await screen.findByRole('button', { name: 'Delete rows of auth.log' }))
    await user.click(await screen.findByRole('button', { name: 'Delete rows' }))
  }
  await remove()
  expect(await screen.findByText('Exports are reading rows.')).toBeVisible()
  expect(deleted).toEqual([])
  await remove()
  expect(await screen.findByText('Deleted 3 rows and 1 IP record.')).toBeVisible()
  expect(await screen.findByText('No files loaded yet.')).toBeVisible()
  expect(deleted).toEqual(['a b'])
})

test('many files are in pages', async () => {
  all = Array.from({ length: 23 }, (_, index) => aSource({ source_id: `s${index}`, name: `${index}.log` }))
  const { user } = renderPart(<LoadedSources />)
  expect(await screen.findByText('0.log')).toBeVisible()
  expect(screen.getByText('23 files')).toBeVisible()
  expect(screen.queryByText('10.log')).toBeNull()
  await user.click(screen.getByRole('button', { name: 'Page 3 of files' }))
  expect(await screen.findByText('22.log')).toBeVisible()
  expect(screen.queryByText('0.log')).toBeNull()
})

test('a list that cannot be fetched says why and can be asked for again', async () => {
  network.use(http.get(SOURCES, () => problemResponse(500, { detail: 'The log has it.' }), { once: true }))
  const { user } = renderPart(<LoadedSources />)
  expect(await screen.findByText('The log has it.')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByText('No files loaded yet.')).toBeVisible()
})
