import { screen, within } from '@testing-library/react'
import { expect, test } from 'vitest'
import type { LeakagePair } from '@/lib/api/manifest'
import { renderPart } from '@/testing/render'
import { BalanceBars } from './BalanceBars'
import { LeakageTable } from './LeakageTable'
import { RowsOverTime } from './RowsOverTime'

test('the class balance of each split is a bar with its numbers', () => {
  const labels = { train: { '1': 30, '0': 10, null: 60 }, test: { '1': 0, '0': 0, null: 0 } }
  renderPart(<BalanceBars labels={labels} />)
  const section = within(screen.getByRole('region', { name: 'Class balance' }))
  expect(section.getByText('label 1: 30 (30%), label 0: 10 (10%), no label: 60 (60%)')).toBeVisible()
  expect(section.getByText('no rows')).toBeVisible()
})

test('leakage is a matrix of splits, of the measure that is chosen', async () => {
  const pair = (a: string, b: string, exact: number, groups: number): LeakagePair => ({
    a,
    b,
    exact: { columns: [], rows: 1, share: exact },
    near: null,
    template: null,
    groups: { columns: [], rows: 1, share: groups },
    time: null,
  })
  const pairs = [
    pair('train', 'validation', 0.25, 1),
    pair('train', 'test', 0, 1),
    pair('validation', 'test', 0.5, 1),
  ]
  const { user } = renderPart(<LeakageTable pairs={pairs} />)
  const rows = () =>
    within(screen.getByRole('table', { name: /Rows of the split on the left/ }))
      .getAllByRole('row')
      .map((row) => row.textContent)
  expect(rows()).toEqual(['in trainin validation', 'validation25%–', 'testnone50%'])
  await user.click(screen.getByText('Same group', { selector: 'span' }))
  expect(rows()).toEqual(['in trainin validation', 'validation100%–', 'test100%100%'])
})

test('anomalies are drawn over the volume of logs, and said', () => {
  const time = (days: Record<string, number>) => ({
    first: '2026-01-01T00:00:04Z',
    last: '2026-01-02T23:59:58Z',
    rows_per_day: days,
    longest_gaps: [],
  })
  renderPart(
    <RowsOverTime
      kind="logs"
      time={time({ '2026-01-01': 100, '2026-01-02': 200 })}
      anomalies={time({ '2026-01-01': 1, '2026-01-02': 4 })}
    />,
  )
  const name =
    'Rows of logs over time: 300 rows in 2 bars, at most 200 per bar. Over it 5 anomalies, at most 4 on 2026-01-02.'
  expect(screen.getByRole('img', { name })).toBeInTheDocument()
  expect(screen.getByText(/^Red, on the right axis: anomalies\./)).toBeVisible()
})
