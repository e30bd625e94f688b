import { screen } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import { network } from '@/testing/network'
import { renderPart } from '@/testing/render'
import { StoredOverTime } from './StoredOverTime'

test('the stored bytes are drawn over time', async () => {
  const point = (day: number, exports: number, bytes: number) => ({
    start: `2026-02-0${day}T00:00:00Z`,
    end: `2026-02-0${day + 1}T00:00:00Z`,
    exports,
    bytes,
  })
  network.use(
    http.get('*/api/v1/export/stats/stored', () =>
      HttpResponse.json({ points: [point(1, 1, 1024), point(4, 3, 1536 * 1024)] }),
    ),
  )
  const { user } = renderPart(<StoredOverTime />)
  await user.click(screen.getByRole('button', { name: 'Storage…' }))
  const name = 'Stored bytes over time: 3 completed exports with 1.5 MiB.'
  expect(await screen.findByRole('img', { name })).toBeInTheDocument()
})

test('without exports there is nothing to draw', async () => {
  network.use(http.get('*/api/v1/export/stats/stored', () => HttpResponse.json({ points: [] })))
  const { user } = renderPart(<StoredOverTime />)
  await user.click(screen.getByRole('button', { name: 'Storage…' }))
  expect(await screen.findByText('No export has completed yet.')).toBeVisible()
})
