import { screen, within } from '@testing-library/react'
import { expect, test } from 'vitest'
import type { LeakagePair } from '@/lib/api/manifest'
import { renderPart } from '@/testing/render'
import { BalanceBars } from './BalanceBars'
import { LeakageTable } from './LeakageTable'

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
