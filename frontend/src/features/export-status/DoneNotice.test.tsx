import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'
import { aProgress } from '@/testing/records'
import { renderPart } from '@/testing/render'
import { DoneNotice } from './DoneNotice'
import { tabTitle } from './tab-title'

afterEach(() => vi.unstubAllGlobals())

function allow(answer: NotificationPermission): string[] {
  const shown: string[] = []
  function Notice(title: string) {
    shown.push(title)
  }
  Notice.requestPermission = () => Promise.resolve(answer)
  vi.stubGlobal('Notification', Notice)
  return shown
}

test('the tab shows how far an export is', () => {
  expect(tabTitle('nightly', 'running', aProgress())).toBe('42% · nightly')
  expect(tabTitle('nightly', 'running', aProgress({ processed_records: 1_000_000 }))).toBe('99% · nightly')
  expect(tabTitle('nightly', 'running', undefined)).toBe('0% · nightly')
  expect(tabTitle('nightly', 'pending', undefined)).toBe('Queued · nightly')
  expect(tabTitle('nightly', 'completed', aProgress())).toBeUndefined()
})

test('the browser tells the end, once, to those who asked', async () => {
  const shown = allow('granted')
  const { rerender } = renderPart(<DoneNotice title="nightly" status="running" />)
  await userEvent.click(screen.getByRole('button', { name: 'Notify me when it is done' }))
  expect(await screen.findByText(/will notify you/)).toBeVisible()
  expect(shown).toEqual([])
  rerender(<DoneNotice title="nightly" status="completed" />)
  rerender(<DoneNotice title="nightly" status="completed" />)
  expect(shown).toEqual(['nightly: completed'])
})

test('nobody is told without asking, and a refusal is said', async () => {
  const shown = allow('denied')
  const { rerender } = renderPart(<DoneNotice title="nightly" status="running" />)
  await userEvent.click(screen.getByRole('button', { name: 'Notify me when it is done' }))
  expect(await screen.findByText(/does not allow notifications/)).toBeVisible()
  rerender(<DoneNotice title="nightly" status="completed" />)
  expect(shown).toEqual([])
})
