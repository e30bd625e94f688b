import { queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap, unwrapNothing } from './client'
import type { ConfigInput } from './exports'

export type Preset = Schemas['PresetReport']

const PRESETS = '/api/v1/presets'
const ONE = `${PRESETS}/{preset_id}` as const
const at = (presetId: string) => ({ params: { path: { preset_id: presetId } } })

/** The presets of the account, by name; for admins, those of all accounts. */
export const presetsQuery = () =>
  queryOptions({
    queryKey: ['presets'],
    queryFn: async ({ signal }) => (await unwrap(api.GET(PRESETS, { signal }))).presets,
  })

export const createPreset = (name: string, config: ConfigInput) =>
  unwrap(api.POST(PRESETS, { body: { name, config: { ...config } } }))

/** Give a preset another config. */
export const replacePreset = (presetId: string, config: ConfigInput) =>
  unwrap(api.PATCH(ONE, { ...at(presetId), body: { config: { ...config } } }))

export const removePreset = (presetId: string) => unwrapNothing(api.DELETE(ONE, at(presetId)))
