import { screen, waitFor } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { Preset } from '@/lib/api/presets'
import { created, openForm, serveForm } from '@/testing/export-form'
import { network, problemResponse } from '@/testing/network'

beforeEach(serveForm)

let saved: Preset[]

function aPreset(name: string, config: object, owner: Preset['owner'] = null): Preset {
  return {
    preset_id: `p-${name}`,
    name,
    config: { ...config },
    owner,
    created_at: '2026-02-01T09:00:00Z',
    updated_at: '2026-02-01T09:00:00Z',
  }
}

function servePresets(...presets: Preset[]) {
  saved = presets
  network.use(
    http.get('*/api/v1/presets', () => HttpResponse.json({ presets: saved })),
    http.post('*/api/v1/presets', async ({ request }) => {
      const { name, config } = (await request.json()) as Preset
      if (name === 'Broken') return problemResponse(422, { code: 'config_invalid' })
      saved.push(aPreset(name, config))
      return HttpResponse.json(saved.at(-1), { status: 201 })
    }),
    http.patch('*/api/v1/presets/:id', async ({ request, params }) => {
      const { config } = (await request.json()) as Preset
      saved = saved.map((each) => (each.preset_id === params['id'] ? { ...each, config } : each))
      return HttpResponse.json(saved.find((each) => each.preset_id === params['id']))
    }),
    http.delete('*/api/v1/presets/:id', ({ params }) => {
      saved = saved.filter((each) => each.preset_id !== params['id'])
      return new HttpResponse(null, { status: 204 })
    }),
  )
}

test('a preset brings the form back', async () => {
  servePresets()
  const { user } = await openForm()
  await user.click(screen.getByRole('checkbox', { name: 'IP records' }))
  await user.click(screen.getByRole('button', { name: 'Presets' }))
  expect(await screen.findByText(/No presets yet/)).toBeVisible()
  await user.type(await screen.findByLabelText('Preset name'), 'Both')
  await user.click(screen.getByRole('button', { name: 'Save' }))
  expect(await screen.findByRole('button', { name: 'Both' })).toBeVisible()
  expect(saved[0]?.config).toMatchObject({ data_types: ['logs', 'ips'] })
  await user.keyboard('{Escape}')
  await user.click(screen.getByRole('checkbox', { name: 'IP records' }))
  await user.click(screen.getByRole('button', { name: 'Presets' }))
  await user.click(await screen.findByRole('button', { name: 'Both' }))
  expect(screen.getByRole('checkbox', { name: 'IP records' })).toBeChecked()
})

test('saving a preset is no part of the export and starts none', async () => {
  servePresets()
  const { user } = await openForm()
  await user.click(screen.getByRole('button', { name: 'Presets' }))
  const name = await screen.findByLabelText('Preset name')
  // A form inside of another is not valid, and its submit would be the outer one's too.
  expect(document.querySelectorAll('form')).toHaveLength(2)
  expect(document.querySelector('form form')).toBeNull()
  await user.type(name, 'Mine{Enter}')
  expect(await screen.findByRole('button', { name: 'Mine' })).toBeVisible()
  expect(created).toEqual([])
})

test('a preset of the same name is replaced, and one of another account is left alone', async () => {
  servePresets(
    aPreset('Mine', { data_types: ['ips'] }),
    aPreset('Theirs', { data_types: ['ips'] }, { user_id: 'u-2', name: 'ann' }),
  )
  const { user } = await openForm()
  await user.click(screen.getByRole('button', { name: 'Presets' }))
  expect(await screen.findByRole('button', { name: 'Theirs (ann)' })).toBeVisible()
  const name = screen.getByLabelText('Preset name')
  await user.type(name, 'theirs')
  expect(screen.getByRole('button', { name: 'Save' })).toBeVisible()
  await user.clear(name)
  await user.type(name, 'mine')
  await user.click(screen.getByRole('button', { name: 'Replace' }))
  await waitFor(() => expect(saved[0]?.config).toMatchObject({ data_types: ['logs'] }))
  expect(saved).toHaveLength(2)
})

test('a preset is deleted after a question', async () => {
  servePresets(aPreset('Mine', { data_types: ['ips'] }))
  const { user } = await openForm()
  await user.click(screen.getByRole('button', { name: 'Presets' }))
  await user.click(await screen.findByRole('button', { name: 'Delete preset Mine' }))
  await user.click(await screen.findByRole('button', { name: 'Delete' }))
  await waitFor(() => expect(saved).toEqual([]))
})

test('presets of this browser are moved to the service once', async () => {
  servePresets(aPreset('Nightly', { data_types: ['ips'] }))
  const config = { data_types: ['logs'] }
  const kept = ['Nightly', 'Broken'].map((name) => ({ name, config }))
  localStorage.setItem('lumber-templates', JSON.stringify([...kept, 'not a preset']))
  const { user } = await openForm()
  await user.click(screen.getByRole('button', { name: 'Presets' }))
  expect(await screen.findByText('This browser has 2 presets')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Move them' }))
  // A name that is taken gets a number, and what the service refuses stays here.
  expect(await screen.findByRole('button', { name: 'Nightly (2)' })).toBeVisible()
  expect(saved.map(({ name }) => name)).toEqual(['Nightly', 'Nightly (2)'])
  expect(screen.getByText('The service refused Broken.')).toBeVisible()
  expect(JSON.parse(localStorage.getItem('lumber-templates') ?? '')).toEqual([{ name: 'Broken', config }])
  await user.click(screen.getByRole('button', { name: 'Delete them' }))
  expect(screen.queryByText(/This browser has/)).toBeNull()
  expect(localStorage.getItem('lumber-templates')).toBeNull()
})
