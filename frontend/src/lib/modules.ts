import { api } from './api/client'

const RETRY_MS = 2000

/** The service answers, and doesn't have this part of the pages: another version runs. */
export class MissingModuleError extends Error {}

/**
 * Load a part of the pages, also over a lost connection: ask again until the service is back.
 * Rejects with MissingModuleError when the service answers and still doesn't have it, as after an upgrade.
 */
export async function loadModule<T>(
  load: () => Promise<T>,
  isServed: () => Promise<boolean> = asked,
  retryMs: number = RETRY_MS,
): Promise<T> {
  for (let refusals = 0; ;) {
    try {
      return await load()
    } catch (error) {
      // It may have come back since the module was asked for: only the second refusal counts.
      refusals = (await isServed()) ? refusals + 1 : 0
      if (refusals > 1) throw new MissingModuleError((error as Error).message, { cause: error })
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }
}

async function asked(): Promise<boolean> {
  try {
    return (await api.GET('/api/v1/health/live')).response.ok
  } catch {
    return false
  }
}
