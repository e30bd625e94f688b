import { screen, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { Schemas } from '@/lib/api/client'
import type { ConfigInput } from '@/lib/api/exports'
import { network } from '@/testing/network'
import { aPreview, aTimeline, datasetDetails } from '@/testing/records'
import { renderPart } from '@/testing/render'
import { KindPreview } from './KindPreview'

const COUNTED = 'Splits: train 960, test 240'

beforeEach(() => {
  network.use(http.get('*/api/v1/datasets/:kind', () => HttpResponse.json(datasetDetails())))
})

function show(config: ConfigInput | null, changes: Partial<Schemas['KindPreviewReport']> = {}) {
  const logs = aPreview().kinds['logs']
  if (logs === undefined) throw new Error('There is no preview of logs.')
  const preview = { ...logs, splits: { train: 960, test: 240 }, ...changes }
  return renderPart(<KindPreview kind="logs" preview={preview} config={config} timeline={aTimeline()} />)
}

test('splits that were counted are no guess', () => {
  show({ data_types: ['logs'], split: { mode: 'time' } })
  expect(screen.getByText(`${COUNTED}.`)).toBeVisible()
})

test('a preview that estimates says so', () => {
  show({ data_types: ['logs'], planning: 'estimated' }, { rows_are_estimated: true })
  expect(screen.getByText('about 1,200 rows')).toBeVisible()
  expect(screen.getByText(/are estimates from sampled keys/)).toBeVisible()
})

test.each<Partial<ConfigInput>>([{ sample: { share: 0.1 } }, { deduplicate: { mode: 'exact' } }])(
  'the numbers of the splits are those before other steps: %o',
  (step) => {
    show({ data_types: ['logs'], ...step })
    const text = `${COUNTED}, before deduplication and sampling.`
    expect(screen.getByText(text)).toBeVisible()
  },
)

test('rows far out are counted and named', () => {
  const side = (day: string) => ({ rows: 1, first: `${day}T00:00:00Z`, last: `${day}T00:00:00Z` })
  show(
    { data_types: ['logs'] },
    { far_out: { rows: 2, before: side('1970-01-01'), after: side('2610-05-03') } },
  )
  expect(
    screen.getByText('2 rows are far outside the shown range: 1970-01-01, 2610-05-03 (UTC).'),
  ).toBeVisible()
})

test.each([
  [132, 'Files in 132 folders.'],
  [1, 'Files in 1 folder.'],
  [null, null],
])('the folders of a preview with %s of them are counted', (folders, text) => {
  show({ data_types: ['logs'], partition_by: folders === null ? null : 'month' }, { folders })
  if (text === null) expect(screen.queryByText(/folder/)).toBeNull()
  else expect(screen.getByText(text)).toBeVisible()
})

test.each([
  [50_000, 'The sample asks for 50,000 rows; the selection has 1,200.'],
  [1_200, null],
])('a sample of %d rows says whether there are so many', (rows, text) => {
  show({ data_types: ['logs'], sample: { rows } })
  if (text === null) expect(screen.queryByText(/The sample asks for/)).toBeNull()
  else expect(screen.getByText(text)).toBeVisible()
})

test('what privacy replaces is counted by column and type, with an example', () => {
  const example = { before: '… bob from …', after: '… user_0123456789abcdef from …' }
  show(
    { data_types: ['logs'], privacy: {} },
    {
      replacements: [
        { column: 'message', type: 'user', values: 1_234, examples: [example] },
        {
          column: 'host_name',
          type: 'own:host_name',
          values: 2,
          examples: [{ before: 'web1', after: null }],
        },
        { column: 'device_ip', type: 'address', values: 3, examples: [] },
      ],
    },
  )
  const rows = within(screen.getByRole('region', { name: 'Replaced in logs' })).getAllByRole('row')
  const texts = rows.map((row) => [...row.children].map((cell) => cell.textContent))
  expect(texts).toEqual([
    ['Column', 'Type', 'Values', 'Example'],
    ['message', 'user', '1,234', '… bob from … → … user_0123456789abcdef from …'],
    ['host_name', 'own:host_name', '2', 'web1 → null'],
    ['device_ip', 'address', '3', ''],
  ])
})
