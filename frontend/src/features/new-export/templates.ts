import type { ConfigInput } from '@/lib/api/exports'

/** Named configs, kept in this browser. */
export interface Template {
  name: string
  config: ConfigInput
}

const KEY = 'lumber-templates'

/** Return the saved templates by name. Invalid entries in the storage are ignored. */
export function loadTemplates(storage: Storage = localStorage): Template[] {
  try {
    const found: unknown = JSON.parse(storage.getItem(KEY) ?? '[]')
    return Array.isArray(found) ? found.filter(isTemplate) : []
  } catch {
    return []
  }
}

/** Save a template, replacing one with the same name. Return all templates. */
export function saveTemplate(template: Template, storage: Storage = localStorage): Template[] {
  const others = loadTemplates(storage).filter(({ name }) => name !== template.name)
  return store([...others, template], storage)
}

export function deleteTemplate(name: string, storage: Storage = localStorage): Template[] {
  return store(
    loadTemplates(storage).filter((template) => template.name !== name),
    storage,
  )
}

function store(templates: Template[], storage: Storage): Template[] {
  const sorted = templates.toSorted((one, other) => one.name.localeCompare(other.name))
  storage.setItem(KEY, JSON.stringify(sorted))
  return sorted
}

function isTemplate(value: unknown): value is Template {
  if (typeof value !== 'object' || value === null) return false
  const { name, config } = value as Partial<Template>
  return typeof name === 'string' && Array.isArray(config?.data_types)
}
