import { expect, test } from 'vitest'
import { retentionText } from './retention'

const NONE = { days: null, total_bytes: null, keep_last: null }

test('without limits everything is kept', () => {
  expect(retentionText(NONE)).toBe('Exports are kept until someone deletes them.')
})

test('each limit is said, also one of nothing', () => {
  expect(retentionText({ days: 30, total_bytes: 10 * 1024 ** 3, keep_last: 1500 })).toBe(
    'The service deletes automatically: exports that finished more than 30 days ago; ' +
      'the oldest exports, while all exports take more than 10.0 GiB; all finished exports except the last 1,500.',
  )
  expect(retentionText({ ...NONE, days: 0.5 })).toContain('more than 12 h ago.')
  expect(retentionText({ ...NONE, days: 1 })).toContain('more than 1 day ago.')
  expect(retentionText({ ...NONE, total_bytes: 0 })).toContain('more than 0 bytes.')
  expect(retentionText({ ...NONE, keep_last: 0 })).toContain(': all finished exports.')
  expect(retentionText({ ...NONE, keep_last: 1 })).toContain('except the last one.')
})
