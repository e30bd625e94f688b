import { screen, within } from '@testing-library/react'
import { expect, test } from 'vitest'
import { renderPart } from '@/testing/render'
import { SampleRecords } from './SampleRecords'

const SAMPLE = {
  before: [{ id: 7, severity_text: 'err' }],
  after: [{ id: 7, log_level: 'ERROR', label: null, template_id: 't_1' }],
  not_shown: ['repeat_count'],
  approximate: ['template_id'],
}

test('a table shows every column that is written, and says which ones a preview cannot show', async () => {
  const { user } = renderPart(<SampleRecords kind="logs" sample={SAMPLE} missingKey={null} />)
  const table = within(screen.getByRole('region', { name: 'Sample of logs' }))
  const heads = table.getAllByRole('columnheader').map((head) => head.textContent)
  expect(heads).toEqual(['id', 'log_level', 'label', 'template_id', 'repeat_count'])
  const cells = table.getAllByRole('cell').map((cell) => cell.textContent)
  expect(cells).toEqual(['7', 'ERROR', 'null', 't_1', 'not shown in a preview'])
  expect(screen.getByText(/^From the sample rows: template_id\./)).toBeVisible()
  await user.click(screen.getByText('JSON'))
  expect(screen.getByLabelText('Sample of logs')).toHaveTextContent('"log_level": "ERROR"')
  expect(screen.getByText('Not shown in a preview: repeat_count.')).toBeVisible()
  await user.click(screen.getByText('As stored'))
  expect(screen.getByLabelText('Sample of logs')).toHaveTextContent('"severity_text": "err"')
  expect(screen.queryByText(/Not shown/)).toBeNull()
})
