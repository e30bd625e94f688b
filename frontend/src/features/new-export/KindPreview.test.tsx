import { screen } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { ConfigInput } from '@/lib/api/exports'
import { network } from '@/testing/network'
import { aPreview, datasetDetails } from '@/testing/records'
import { renderPart } from '@/testing/render'
import { KindPreview } from './KindPreview'

const COUNTED = 'Splits: train 960, test 240'

beforeEach(() => {
  network.use(http.get('*/api/v1/datasets/:kind', () => HttpResponse.json(datasetDetails())))
})

function show(config: ConfigInput | null) {
  const logs = aPreview().kinds['logs']
  if (logs === undefined) throw new Error('There is no preview of logs.')
  const preview = { ...logs, splits: { train: 960, test: 240 } }
  return renderPart(<KindPreview kind="logs" preview={preview} config={config} />)
}

test('splits that were counted are no guess', () => {
  show({ data_types: ['logs'], split: { mode: 'time' } })
  expect(screen.getByText(`${COUNTED}.`)).toBeVisible()
})

test.each<Partial<ConfigInput>>([{ sample: { share: 0.1 } }, { deduplicate: { mode: 'exact' } }])(
  'the numbers of the splits are those before other steps: %o',
  (step) => {
    show({ data_types: ['logs'], ...step })
    const text = `${COUNTED}, before deduplication and sampling.`
    expect(screen.getByText(text)).toBeVisible()
  },
)
