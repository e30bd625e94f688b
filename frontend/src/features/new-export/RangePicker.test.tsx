import { fireEvent, screen } from '@testing-library/react'
import { useState } from 'react'
import { beforeEach, expect, test, vi } from 'vitest'
import { renderPart } from '@/testing/render'
import { RangePicker } from './RangePicker'

interface Range {
  start: string | null
  end: string | null
}

let range: Range

function liveIn(zone: string) {
  const options = { timeZone: zone } as Intl.ResolvedDateTimeFormatOptions
  vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockReturnValue(options)
}

function Form({ initial }: { initial: Range }) {
  const [value, setValue] = useState(initial)
  const [isExcluded, setExcluded] = useState(false)
  return (
    <RangePicker
      {...value}
      isEndExcluded={isExcluded}
      onChange={(changed) => {
        range = changed
        setValue(changed)
      }}
      onEndExcluded={setExcluded}
    />
  )
}

function open(initial: Range = { start: null, end: null }) {
  range = initial
  return renderPart(<Form initial={initial} />)
}

function set(label: string, wall: string) {
  fireEvent.change(screen.getByLabelText(label), { target: { value: wall } })
}

beforeEach(() => liveIn('Europe/Berlin'))

test('a range is set on the local clock, with UTC below', () => {
  open()
  set('Start', '2026-01-31T13:00')
  set('End', '2026-07-31T13:05')
  expect(range).toEqual({ start: '2026-01-31T12:00:00Z', end: '2026-07-31T11:05:00.999999Z' })
  expect(screen.getByText('2026-01-31 12:00:00 UTC')).toBeVisible()
  expect(screen.getByText('2026-07-31 11:05:00.999999 UTC')).toBeVisible()
})

test('in UTC what is set is what is sent, with the local time below', async () => {
  const { user } = open()
  await user.click(screen.getByRole('radio', { name: 'UTC' }))
  set('Start', '2026-01-31T13:00')
  set('End', '2026-07-31T13:05')
  expect(range).toEqual({ start: '2026-01-31T13:00:00Z', end: '2026-07-31T13:05:00.999999Z' })
  expect(screen.getByText('2026-01-31 14:00:00 in Europe/Berlin (UTC+01:00)')).toBeVisible()
  expect(screen.getByText('2026-07-31 15:05:00 in Europe/Berlin (UTC+02:00)')).toBeVisible()
})

test('another clock shows the same range and changes nothing', async () => {
  // Both are 02:30 on the local clock: only UTC tells them apart.
  const initial = { start: '2026-10-25T00:30:00Z', end: '2026-10-25T01:30:00.999999Z' }
  const { user } = open(initial)
  expect(screen.getByLabelText('Start')).toHaveValue('2026-10-25 02:30')
  expect(screen.getByLabelText('End')).toHaveValue('2026-10-25 02:30')
  await user.click(screen.getByRole('radio', { name: 'UTC' }))
  expect(screen.getByLabelText('Start')).toHaveValue('2026-10-25 00:30')
  expect(screen.getByLabelText('End')).toHaveValue('2026-10-25 01:30')
  expect(range).toBe(initial)
})

test('a quick choice is shown on both clocks', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-03-29T12:00:00Z'))
  const { user } = open()
  await user.click(screen.getByRole('button', { name: 'Last day' }))
  expect(range).toEqual({ start: '2026-03-28T12:00:00Z', end: '2026-03-29T12:00:00Z' })
  // The clocks went ahead in the night between.
  expect(screen.getByLabelText('Start')).toHaveValue('2026-03-28 13:00')
  expect(screen.getByLabelText('End')).toHaveValue('2026-03-29 14:00')
  expect(screen.getByText('2026-03-28 12:00:00 UTC')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'All time' }))
  expect(range).toEqual({ start: null, end: null })
})

test('where the local clock is UTC there is nothing to choose', () => {
  liveIn('UTC')
  open({ start: '2026-01-31T13:00:00Z', end: null })
  expect(screen.queryByRole('radio', { name: 'UTC' })).toBeNull()
  expect(screen.getByText('2026-01-31 13:00:00 UTC')).toBeVisible()
})

test('an excluded end is the moment itself, and not its whole second', async () => {
  const { user } = open()
  await user.click(screen.getByRole('checkbox', { name: 'Exclude the end' }))
  expect(screen.getByText(/The end is not included/)).toBeVisible()
  set('End', '2026-07-31T13:05')
  expect(range.end).toBe('2026-07-31T11:05:00Z')
})

test('a few keys are enough, and the field shows the whole time when it is left', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-11-05T12:00:00Z'))
  const { user } = open()
  await user.type(screen.getByLabelText('Start'), '2026-11-3 14')
  expect(range.start).toBe('2026-11-03T13:00:00Z')
  expect(screen.getByText('2026-11-03 13:00:00 UTC')).toBeVisible()
  expect(screen.getByLabelText('Start')).toHaveValue('2026-11-3 14')
  await user.type(screen.getByLabelText('End'), 'yesterday')
  // As an inclusive end, a day is meant as a whole.
  expect(range.end).toBe('2026-11-04T22:59:59.999999Z')
  expect(screen.getByLabelText('Start')).toHaveValue('2026-11-03 14:00')
  await user.clear(screen.getByLabelText('Start'))
  expect(range.start).toBeNull()
})

test('what is no time is said when the field is left, and is not taken for an earlier value', async () => {
  const { user } = open({ start: '2026-11-03T13:00:00Z', end: null })
  const start = screen.getByLabelText('Start')
  await user.clear(start)
  await user.type(start, 'someday')
  expect(start).not.toHaveAttribute('aria-invalid', 'true')
  await user.tab()
  expect(start).toHaveAttribute('aria-invalid', 'true')
  expect(screen.getByText(/^Not a time/)).toBeVisible()
  expect(start).toHaveValue('someday')
  expect(range.start).toBe('someday')
  await user.clear(start)
  await user.type(start, '-7d{Enter}')
  expect(start).not.toHaveAttribute('aria-invalid', 'true')
  expect(Date.parse(range.start ?? '')).not.toBeNaN()
})
