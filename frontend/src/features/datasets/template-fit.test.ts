import { expect, test } from 'vitest'
import { aVersion } from '@/testing/records'
import { templateFits } from './template-fit'

test.each([
  [{ since: 1, unmatched: 30, unmatched_added: 10 }, 20, '50% of new rows match no template of v1'],
  [{ since: 1, unmatched: 30, unmatched_added: 0 }, 0, '30% of rows match no template of v1'],
  [{ since: 2, unmatched: 30, unmatched_added: null }, 20, '30% of rows match no template of v2'],
  [{ since: 2, unmatched: null, unmatched_added: null }, 20, 'templates of v2'],
])('a version says how its templates fit: %j', (templates, added, text) => {
  const counts = { mode: 'append', rows: 100, added, changed: 0, removed: 0, templates }
  expect(templateFits(aVersion({ kinds: { logs: counts } }))).toEqual([text])
})

test('versions without templates say nothing of them', () => {
  expect(templateFits(aVersion({ kinds: { ips: { mode: 'whole', rows: 1, added: 1 } } }))).toEqual([])
})
