import type { ConfigInput } from '@/lib/api/exports'

/** A named config that an earlier version kept in this browser. */
export interface BrowserPreset {
  name: string
  config: ConfigInput
}

const KEY = 'lumber-templates'

/** Return the named configs that are still in this browser. Invalid entries are ignored. */
export function browserPresets(storage: Storage = localStorage): BrowserPreset[] {
  try {
    const found: unknown = JSON.parse(storage.getItem(KEY) ?? '[]')
    return Array.isArray(found) ? found.filter(isPreset) : []
  } catch {
    return []
  }
}

/** Keep only some of them in this browser: those that couldn't be taken over. */
export function keepInBrowser(presets: BrowserPreset[], storage: Storage = localStorage) {
  if (presets.length === 0) storage.removeItem(KEY)
  else storage.setItem(KEY, JSON.stringify(presets))
}

/** Return a name that isn't taken: the name itself, or with a number behind it. */
export function freeName(name: string, taken: readonly string[]): string {
  const known = new Set(taken.map((each) => each.toLowerCase()))
  let [free, number] = [name, 2]
  for (; known.has(free.toLowerCase()); number++) free = `${name} (${number})`
  return free
}

function isPreset(value: unknown): value is BrowserPreset {
  if (typeof value !== 'object' || value === null) return false
  const { name, config } = value as Partial<BrowserPreset>
  return typeof name === 'string' && Array.isArray(config?.data_types)
}
