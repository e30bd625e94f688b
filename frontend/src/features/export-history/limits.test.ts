import { expect, test } from 'vitest'
import { NO_LIMITS, limitsToRequest } from './limits'

test('only limits that are set are sent, sizes in bytes', () => {
  expect(limitsToRequest(NO_LIMITS)).toEqual({})
  expect(limitsToRequest({ days: 30, gibibytes: 1.5, count: 0 })).toEqual({
    days: 30,
    total_bytes: 1_610_612_736,
    keep_last: 0,
  })
})

test('zero days, which the service does not take, are no limit', () => {
  expect(limitsToRequest({ ...NO_LIMITS, days: 0 })).toEqual({})
})
